-- Queries of bench/lane_bench.c.

-- name: bench_upsert
-- params: uuid user_id, day on_day, i64 value, time at
INSERT INTO bench_rows (user_id, on_day, value, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id, on_day) DO UPDATE SET value = excluded.value, at = excluded.at

-- name: bench_upsert_many [postgres]
-- reason: array statements exist on PostgreSQL only
-- params: uuid[] user_ids, day[] days, i64[] vals, time[] ats
INSERT INTO bench_rows (user_id, on_day, value, at) SELECT u, d, v, a FROM unnest($1, $2, $3, $4) AS x (u, d, v, a)
ON CONFLICT (user_id, on_day) DO UPDATE SET value = excluded.value, at = excluded.at
