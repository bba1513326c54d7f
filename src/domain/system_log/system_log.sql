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
-- What was logged in a time, behind a place.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, time from_at, time to_at, text only_level, text only_source
-- returns: sorted created_at, uuid id, text level, text source, text fingerprint, text message, json context
SELECT {column}, id, level, source, fingerprint, message, context FROM system_logs
WHERE ({column}, id) {beyond} ($1, $2) AND created_at >= $4 AND created_at < $5
  AND ($6 IS NULL OR level = $6) AND ($7 IS NULL OR source = $7)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: system_log_list_of
-- The same of one kind: by its index.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, time from_at, time to_at, text only_level, text only_source, text fingerprint
-- returns: sorted created_at, uuid id, text level, text source, text fingerprint, text message, json context
SELECT {column}, id, level, source, fingerprint, message, context FROM system_logs
WHERE fingerprint = $8 AND ({column}, id) {beyond} ($1, $2) AND created_at >= $4 AND created_at < $5
  AND ($6 IS NULL OR level = $6) AND ($7 IS NULL OR source = $7)
ORDER BY {column} {direction}, id {direction} LIMIT $3;
