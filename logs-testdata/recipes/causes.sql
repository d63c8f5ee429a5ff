SELECT cause, count(DISTINCT coalesce(run::VARCHAR, file)) AS runs, count(DISTINCT repository) AS repositories
FROM 'runs.jsonl' WHERE outcome IN ('failed', 'published-without-provenance')
GROUP BY cause ORDER BY runs DESC, cause;
