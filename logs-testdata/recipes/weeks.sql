SELECT date_trunc('week', date::TIMESTAMP)::DATE::VARCHAR AS week, cause, count(*) AS publishes
FROM 'runs.jsonl' WHERE outcome IN ('failed', 'published-without-provenance')
GROUP BY ALL ORDER BY week, cause;
