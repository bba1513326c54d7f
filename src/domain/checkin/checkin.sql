-- name: checkin_target
-- What one mark needs: the habit, the day's row as it stands, and how far the checkpoint is.
-- params: uuid user_id, uuid habit_id, day log_date
-- returns: text kind, day last_date, day log_date, text status, i64 value, text note, text source, time marked_at,
--   uuid decline_note_id, text preset, text decline_note
SELECT h.kind, c.last_date, l.log_date, l.status, l.value, l.note, l.source, l.marked_at, l.decline_note_id, n.preset,
       n.note
FROM habits h
LEFT JOIN streaks c ON c.user_id = h.user_id AND c.habit_id = h.id
LEFT JOIN habit_logs l ON l.user_id = h.user_id AND l.habit_id = h.id AND l.log_date = $3
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id
WHERE h.user_id = $1 AND h.id = $2 AND h.deleted_at IS NULL;

-- name: checkin_target_many [postgres]
-- The same for many marks of many people, each with its session: arrays of equal length. The first and the last of the days
-- let PostgreSQL open only their partitions; as a plain join it would read every partition by (user_id, habit_id) alone.
-- reason: arrays exist on PostgreSQL only; SQLite answers one key in microseconds without a round trip.
-- params: i64[] i, uuid[] user_id, uuid[] session_id, uuid[] habit_id, day[] log_date, day first_day, day last_day
-- returns: i64 i, bytes token_hash, bool is_admin, time expires_at, text timezone, i64 day_starts_at, text tier,
--   time trial_ends_at, text origin, text kind, day last_date, day log_date, text status, i64 value, text note, text source,
--   time marked_at, uuid decline_note_id, text preset, text decline_note
SELECT k.i, s.token_hash, s.is_admin, s.expires_at, u.timezone, u.day_starts_at, u.tier, u.trial_ends_at, s.origin,
       h.kind, c.last_date, l.log_date, l.status, l.value, l.note, l.source, l.marked_at, l.decline_note_id, n.preset, n.note
FROM unnest($1, $2, $3, $4, $5) AS k (i, user_id, session_id, habit_id, log_date)
JOIN sessions s ON s.user_id = k.user_id AND s.id = k.session_id
JOIN users u ON u.id = k.user_id AND u.erased_at IS NULL
LEFT JOIN habits h ON h.user_id = k.user_id AND h.id = k.habit_id AND h.deleted_at IS NULL
LEFT JOIN streaks c ON c.user_id = h.user_id AND c.habit_id = h.id
LEFT JOIN LATERAL (SELECT * FROM habit_logs l
                   WHERE l.user_id = k.user_id AND l.habit_id = k.habit_id AND l.log_date = k.log_date
                     AND l.log_date >= $6 AND l.log_date <= $7
                   LIMIT 1) l ON h.id IS NOT NULL
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id;

-- name: checkin_known_many [postgres]
-- checkin_target_many for people who are known otherwise.
-- reason: arrays exist on PostgreSQL only; SQLite answers one key in microseconds without a round trip.
-- params: i64[] i, uuid[] user_id, uuid[] habit_id, day[] log_date, day first_day, day last_day
-- returns: i64 i, text kind, day last_date, day log_date, text status, i64 value, text note, text source, time marked_at,
--   uuid decline_note_id, text preset, text decline_note
SELECT k.i, h.kind, c.last_date, l.log_date, l.status, l.value, l.note, l.source, l.marked_at, l.decline_note_id, n.preset,
       n.note
FROM unnest($1, $2, $3, $4) AS k (i, user_id, habit_id, log_date)
JOIN users u ON u.id = k.user_id AND u.erased_at IS NULL
LEFT JOIN habits h ON h.user_id = k.user_id AND h.id = k.habit_id AND h.deleted_at IS NULL
LEFT JOIN streaks c ON c.user_id = h.user_id AND c.habit_id = h.id
LEFT JOIN LATERAL (SELECT * FROM habit_logs l
                   WHERE l.user_id = k.user_id AND l.habit_id = k.habit_id AND l.log_date = k.log_date
                     AND l.log_date >= $5 AND l.log_date <= $6
                   LIMIT 1) l ON h.id IS NOT NULL
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id;

-- name: checkin_existing
-- The rows of a habit between two days, as checkin_target gives one.
-- params: uuid user_id, uuid habit_id, day from_day, day to_day
-- returns: day log_date, text status, i64 value, text note, text source, time marked_at, uuid decline_note_id, text preset,
--   text decline_note
SELECT l.log_date, l.status, l.value, l.note, l.source, l.marked_at, l.decline_note_id, n.preset, n.note
FROM habit_logs l
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id
WHERE l.user_id = $1 AND l.habit_id = $2 AND l.log_date >= $3 AND l.log_date <= $4
ORDER BY l.log_date;

-- name: checkin_page
-- The first rows of checkin_existing.
-- params: uuid user_id, uuid habit_id, day from_day, day to_day, i64 limit
-- returns: day log_date, text status, i64 value, text note, text source, time marked_at, uuid decline_note_id, text preset,
--   text decline_note
SELECT l.log_date, l.status, l.value, l.note, l.source, l.marked_at, l.decline_note_id, n.preset, n.note
FROM habit_logs l
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id
WHERE l.user_id = $1 AND l.habit_id = $2 AND l.log_date >= $3 AND l.log_date <= $4
ORDER BY l.log_date LIMIT $5;

-- name: log_insert
-- Writes a mark of a day that has none. Where the row is known to be missing it saves SQLite the upsert's second half: an
-- update's room to undo, for every row. The foreign key is the proof of ownership.
-- params: uuid user_id, uuid habit_id, day log_date, text status, i64 value, text note, text source, uuid decline_note_id,
--   time marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
ON CONFLICT (user_id, habit_id, log_date) DO NOTHING;

-- name: log_upsert
-- Writes a mark; changes no row when the stored one was made later. The foreign key is the proof of ownership.
-- params: uuid user_id, uuid habit_id, day log_date, text status, i64 value, text note, text source, uuid decline_note_id,
--   time marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
ON CONFLICT (user_id, habit_id, log_date) DO UPDATE
SET status = excluded.status, value = excluded.value, note = excluded.note, source = excluded.source,
    decline_note_id = excluded.decline_note_id, version = habit_logs.version + 1, marked_at = excluded.marked_at
WHERE habit_logs.marked_at <= excluded.marked_at;

-- name: log_upsert_many [postgres]
-- Many marks without decline notes, no key twice.
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, uuid[] habit_id, day[] log_date, text[] status, i64[] value, text[] note, text[] source,
--   time[] marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
SELECT user_id, habit_id, log_date, status, value, note, source, NULL, 1, marked_at
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
     AS k (user_id, habit_id, log_date, status, value, note, source, marked_at)
ON CONFLICT (user_id, habit_id, log_date) DO UPDATE
SET status = excluded.status, value = excluded.value, note = excluded.note, source = excluded.source,
    decline_note_id = excluded.decline_note_id, version = habit_logs.version + 1, marked_at = excluded.marked_at
WHERE habit_logs.marked_at <= excluded.marked_at;

-- name: log_delete
-- params: uuid user_id, uuid habit_id, day log_date
DELETE FROM habit_logs WHERE user_id = $1 AND habit_id = $2 AND log_date = $3;

-- name: decline_note_insert
-- params: uuid user_id, uuid id, text preset, text note, time created_at
INSERT INTO habit_decline_notes (user_id, id, preset, note, created_at) VALUES ($1, $2, $3, $4, $5);

-- name: decline_note_drop
-- Deletes a decline note that nothing points to any more.
-- params: uuid user_id, uuid id
DELETE FROM habit_decline_notes
WHERE user_id = $1 AND id = $2
  AND NOT EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = $1 AND l.decline_note_id = $2);

-- name: checkin_count_days
-- Marks of all habits of a person by day.
-- params: uuid user_id, day from_day, day to_day
-- returns: day log_date, text status, i64 n
SELECT l.log_date, l.status, CAST(COUNT(*) AS BIGINT)
FROM habit_logs l JOIN habits h ON h.user_id = l.user_id AND h.id = l.habit_id AND h.deleted_at IS NULL
WHERE l.user_id = $1 AND l.log_date >= $2 AND l.log_date <= $3 AND l.status IS NOT NULL
GROUP BY l.log_date, l.status;

-- name: checkin_count_habits
-- The same by habit.
-- params: uuid user_id, day from_day, day to_day
-- returns: uuid habit_id, text status, i64 n
SELECT l.habit_id, l.status, CAST(COUNT(*) AS BIGINT)
FROM habit_logs l JOIN habits h ON h.user_id = l.user_id AND h.id = l.habit_id AND h.deleted_at IS NULL
WHERE l.user_id = $1 AND l.log_date >= $2 AND l.log_date <= $3 AND l.status IS NOT NULL
GROUP BY l.habit_id, l.status ORDER BY l.habit_id;
