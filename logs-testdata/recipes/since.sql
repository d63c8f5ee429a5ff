SELECT cause, left(min(date)::VARCHAR, 10) AS first_seen, left(max(date)::VARCHAR, 10) AS last_seen
FROM 'runs.jsonl' WHERE outcome IN ('failed', 'published-without-provenance')
GROUP BY cause ORDER BY first_seen, cause;
