-- name: checkpoint_habit
-- What the mathematics needs of a habit, and its checkpoint when there is one.
-- params: uuid user_id, uuid habit_id
-- returns: text kind, text target_kind, i64 target_value, i64 frequency_count, i64 frequency_days, day starts_on,
--   day last_date, day window_from, day first_date, f64 score, day run_from, day interval_from,
--   day interval_done, bytes run_starts
SELECT h.kind, h.target_kind, h.target_value, h.frequency_count, h.frequency_days, h.starts_on, c.last_date, c.window_from,
       c.first_date, c.score, c.run_from, c.interval_from, c.interval_done, c.run_starts
FROM habits h LEFT JOIN streaks c ON c.user_id = h.user_id AND c.habit_id = h.id
WHERE h.user_id = $1 AND h.id = $2;

-- name: checkpoint_list
-- The checkpoints of a person's habits that are neither deleted nor archived nor paused.
-- params: uuid user_id
-- returns: uuid habit_id, day last_date, day window_from, day first_date, f64 score, day run_from,
--   day interval_from, day interval_done, bytes run_starts
SELECT c.habit_id, c.last_date, c.window_from, c.first_date, c.score, c.run_from,
       c.interval_from, c.interval_done, c.run_starts
FROM streaks c JOIN habits h ON h.user_id = c.user_id AND h.id = c.habit_id
WHERE c.user_id = $1 AND h.deleted_at IS NULL AND h.archived_at IS NULL AND h.paused_at IS NULL
ORDER BY c.habit_id;

-- name: checkpoint_habits
-- The habits of a person that have a checkpoint, deleted and archived ones too.
-- params: uuid user_id
-- returns: uuid habit_id
SELECT habit_id FROM streaks WHERE user_id = $1 ORDER BY habit_id;

-- name: checkpoint_marks [sqlite]
-- The marks that roll those checkpoints forward to a day; `after_day` is the oldest window_from of them.
-- reason: PostgreSQL, left to itself, reads a year of every habit and joins the checkpoints after.
-- params: uuid user_id, day to_day, day after_day
-- returns: uuid habit_id, day log_date, text status, text source, i64 value, text note, text decline_note
SELECT l.habit_id, l.log_date, l.status, l.source, l.value, l.note, n.note
FROM streaks c
JOIN habits h ON h.user_id = c.user_id AND h.id = c.habit_id
JOIN habit_logs l ON l.user_id = c.user_id AND l.habit_id = c.habit_id AND l.log_date > c.window_from
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id
WHERE c.user_id = $1 AND l.log_date <= $2 AND l.log_date > $3
  AND h.deleted_at IS NULL AND h.archived_at IS NULL AND h.paused_at IS NULL
ORDER BY l.habit_id, l.log_date;

-- name: checkpoint_marks [postgres]
-- reason: OFFSET 0 keeps the window of each habit inside its own scan; $3 tells which partitions are not opened at all.
-- params: uuid user_id, day to_day, day after_day
-- returns: uuid habit_id, day log_date, text status, text source, i64 value, text note, text decline_note
SELECT l.habit_id, l.log_date, l.status, l.source, l.value, l.note, n.note
FROM streaks c
JOIN habits h ON h.user_id = c.user_id AND h.id = c.habit_id
CROSS JOIN LATERAL (SELECT x.habit_id, x.log_date, x.status, x.source, x.value, x.note, x.decline_note_id FROM habit_logs x
                    WHERE x.user_id = c.user_id AND x.habit_id = c.habit_id AND x.log_date > c.window_from
                      AND x.log_date <= $2 AND x.log_date > $3
                    OFFSET 0) l
LEFT JOIN habit_decline_notes n ON n.user_id = c.user_id AND n.id = l.decline_note_id
WHERE c.user_id = $1 AND h.deleted_at IS NULL AND h.archived_at IS NULL AND h.paused_at IS NULL
ORDER BY l.habit_id, l.log_date;

-- name: checkpoint_habit_marks
-- The marks of one habit after a day, up to another.
-- params: uuid user_id, uuid habit_id, day after_day, day to_day
-- returns: day log_date, text status, text source, i64 value
SELECT log_date, status, source, value FROM habit_logs
WHERE user_id = $1 AND habit_id = $2 AND log_date > $3 AND log_date <= $4
ORDER BY log_date;

-- name: checkpoint_day
-- What a person marked on a day.
-- params: uuid user_id, day log_date
-- returns: uuid habit_id, text status, i64 value, text note, text decline_note
SELECT l.habit_id, l.status, l.value, l.note, n.note
FROM habit_logs l
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id
WHERE l.user_id = $1 AND l.log_date = $2
ORDER BY l.habit_id;

-- name: checkpoint_save
-- params: uuid user_id, uuid habit_id, day last_date, day window_from, day first_date, f64 score, day run_from,
--   day interval_from, day interval_done, bytes run_starts
INSERT INTO streaks (user_id, habit_id, last_date, window_from, first_date, score, run_from,
                     interval_from, interval_done, run_starts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (user_id, habit_id) DO UPDATE
SET last_date = excluded.last_date, window_from = excluded.window_from, first_date = excluded.first_date,
    score = excluded.score, run_from = excluded.run_from,
    interval_from = excluded.interval_from, interval_done = excluded.interval_done,
    run_starts = excluded.run_starts;
