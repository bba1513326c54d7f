-- name: system_log_add
-- params: time created_at, uuid id, text level, text source, text fingerprint, text message, json context
INSERT INTO system_logs (created_at, id, level, source, fingerprint, message, context)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (created_at, id) DO NOTHING;

-- name: system_log_count
-- returns: i64 n
SELECT CAST(COUNT(*) AS BIGINT) FROM system_logs;

-- name: system_log_drop_oldest
-- params: i64 limit
DELETE FROM system_logs
WHERE (created_at, id) IN (SELECT created_at, id FROM system_logs ORDER BY created_at, id LIMIT $1);

-- name: system_log_list
-- Newest first, behind a place.
-- params: time before, uuid before_id, time from_at, text only_level, text only_source, i64 limit
-- returns: time created_at, uuid id, text level, text source, text fingerprint, text message, json context
SELECT created_at, id, level, source, fingerprint, message, context FROM system_logs
WHERE (created_at, id) < ($1, $2) AND created_at >= $3 AND ($4 IS NULL OR level = $4) AND ($5 IS NULL OR source = $5)
ORDER BY created_at DESC, id DESC LIMIT $6;

-- name: system_log_list_of
-- The same of one kind: by its index.
-- params: time before, uuid before_id, time from_at, text only_level, text only_source, i64 limit, text fingerprint
-- returns: time created_at, uuid id, text level, text source, text fingerprint, text message, json context
SELECT created_at, id, level, source, fingerprint, message, context FROM system_logs
WHERE fingerprint = $7 AND created_at <= $1 AND (created_at, id) < ($1, $2) AND created_at >= $3
  AND ($4 IS NULL OR level = $4) AND ($5 IS NULL OR source = $5)
ORDER BY created_at DESC, id DESC LIMIT $6;
