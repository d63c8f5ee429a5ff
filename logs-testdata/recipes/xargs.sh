# Scans the logs and archives of a folder in several processes: xargs.sh LOGS ROWS
mkdir -p "$2"
export rows="$2"
find "$1" -type f \( -name '*.log' -o -name '*.zip' \) -print0 |
  xargs -0 -n 200 -P "$(getconf _NPROCESSORS_ONLN)" sh -c 'pubmortem scan "$@" -q -f jsonl="$rows/$$.jsonl" -o /dev/null' sh
