# Scans the logs and archives of a folder by GNU parallel: parallel.sh LOGS ROWS
mkdir -p "$2"
find "$1" -type f \( -name '*.log' -o -name '*.zip' \) -print0 |
  parallel -0 -n 200 pubmortem scan {} -q -f jsonl="$2/{#}.jsonl" -o /dev/null
