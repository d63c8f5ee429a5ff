SELECT package, arg_max(verdict, date) AS newest, arg_max(cause, date) AS cause
FROM 'runs.jsonl' WHERE verdict IS NOT NULL
GROUP BY package HAVING newest <> 'healthy' ORDER BY package;
