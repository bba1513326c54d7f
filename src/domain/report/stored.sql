-- name: stored_report_get
-- params: text name
-- returns: json body, i64 took_ms, time counted_at
SELECT body, took_ms, counted_at FROM stored_reports WHERE name = $1;

-- name: stored_report_put
-- params: text name, json body, i64 took_ms, time counted_at
INSERT INTO stored_reports (name, body, took_ms, counted_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET body = excluded.body, took_ms = excluded.took_ms, counted_at = excluded.counted_at;

-- name: stored_report_drop
-- params: text name
DELETE FROM stored_reports WHERE name = $1;
