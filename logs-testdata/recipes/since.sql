SELECT cause, min(date)::VARCHAR AS first_seen, max(date)::VARCHAR AS last_seen
FROM 'runs.jsonl' WHERE outcome IN ('failed', 'published-without-provenance')
GROUP BY cause ORDER BY first_seen, cause;
