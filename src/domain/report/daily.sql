-- name: daily_count
-- Marks made between two moments, the second one not included, by the index on marked_at.
-- params: time since, time before
-- returns: i64 active, i64 done, i64 declined, i64 skipped
SELECT CAST(COUNT(DISTINCT user_id) AS BIGINT), CAST(COUNT(CASE WHEN status = 'done' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN status = 'declined' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN status = 'skipped' THEN 1 END) AS BIGINT)
FROM habit_logs
WHERE marked_at >= $1 AND marked_at < $2 AND source <> 'import' AND source <> 'auto' AND status IS NOT NULL;

-- name: daily_rows
-- params: day from_day, day to_day
-- returns: day day, i64 active, i64 done, i64 declined, i64 skipped
SELECT day, active, done, declined, skipped FROM daily_stats WHERE day >= $1 AND day <= $2 ORDER BY day;

-- name: daily_bounds
-- The days that have rows.
-- returns: day first, day last, i64 count
SELECT MIN(day), MAX(day), CAST(COUNT(*) AS BIGINT) FROM daily_stats;

-- name: daily_first_mark
-- When the first mark of all was made.
-- returns: time first
SELECT MIN(marked_at) FROM habit_logs WHERE source <> 'import' AND source <> 'auto';

-- name: daily_upsert
-- params: day day, i64 active, i64 done, i64 declined, i64 skipped
INSERT INTO daily_stats (day, active, done, declined, skipped) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (day) DO UPDATE SET active = excluded.active, done = excluded.done, declined = excluded.declined,
                                skipped = excluded.skipped;

-- name: daily_change_add
-- params: uuid id, day first_day, day last_day
INSERT INTO daily_changes (id, first_day, last_day) VALUES ($1, $2, $3);

-- name: daily_changes
-- What touches these days.
-- params: day from_day, day to_day
-- returns: uuid id, day first_day, day last_day
SELECT id, first_day, last_day FROM daily_changes WHERE last_day >= $1 AND first_day <= $2 ORDER BY id;

-- name: daily_change_next
-- returns: uuid id, day first_day, day last_day
SELECT id, first_day, last_day FROM daily_changes ORDER BY id LIMIT 1;

-- name: daily_change_cut
-- params: uuid id, day first_day
UPDATE daily_changes SET first_day = $2 WHERE id = $1 AND first_day < $2;

-- name: daily_change_drop
-- params: uuid id
DELETE FROM daily_changes WHERE id = $1;

-- name: daily_of_person
-- When a person made their first and their last mark.
-- params: uuid user_id
-- returns: time first, time last
SELECT MIN(marked_at), MAX(marked_at) FROM habit_logs WHERE user_id = $1 AND source <> 'import' AND source <> 'auto';
