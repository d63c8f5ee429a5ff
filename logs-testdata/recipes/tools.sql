SELECT tool, count(*) AS publishes, round(100 * avg((outcome IS NOT NULL)::INT))::INT AS percent_failed
FROM 'runs.jsonl' WHERE verdict IS NOT NULL AND tool IS NOT NULL
GROUP BY tool ORDER BY tool;
