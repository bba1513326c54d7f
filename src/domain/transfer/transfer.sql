-- name: transfer_known
-- Every habit of a person, deleted ones too: what an import may know again.
-- params: uuid user_id
-- returns: uuid id, text import_format, text import_ref, time deleted_at, time archived_at, time paused_at, i64 position,
--   text kind
SELECT id, import_format, import_ref, deleted_at, archived_at, paused_at, position, kind FROM habits WHERE user_id = $1;

-- name: transfer_id_taken
-- Whose habit has that id; ids of habits are unique across people.
-- params: uuid id
-- returns: uuid user_id
SELECT user_id FROM habits WHERE id = $1;

-- name: transfer_days
-- The days a habit has marks on.
-- params: uuid user_id, uuid habit_id
-- returns: day log_date
SELECT log_date FROM habit_logs WHERE user_id = $1 AND habit_id = $2 ORDER BY log_date;

-- name: transfer_undelete
-- Brings a deleted habit back; $3 archives it when it comes back beyond the tier's limit.
-- params: uuid user_id, uuid id, time archived_at, time updated_at
UPDATE habits SET deleted_at = NULL, archived_at = COALESCE(archived_at, $3), updated_at = $4
WHERE user_id = $1 AND id = $2;

-- name: transfer_schedule_insert
-- params: uuid user_id, uuid id, uuid habit_id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule,
--   day starts_on, bool is_enabled, time created_at, time updated_at
INSERT INTO habit_schedules (user_id, id, habit_id, schedule_type, reminder_time, days_of_week, rrule, starts_on,
                             is_enabled, next_due_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10, $11)
ON CONFLICT (user_id, id) DO NOTHING;

-- name: transfer_decline_insert
-- params: uuid user_id, uuid id, text preset, text note, time created_at
INSERT INTO habit_decline_notes (user_id, id, preset, note, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, id) DO NOTHING;

-- name: transfer_log_insert
-- A mark of an import: a day that has one keeps it.
-- params: uuid user_id, uuid habit_id, day log_date, text status, i64 value, text note, text source, uuid decline_note_id,
--   i64 version, time marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (user_id, habit_id, log_date) DO NOTHING;

-- name: transfer_log_insert_8 [sqlite]
-- Eight marks without reasons at once.
-- reason: starting and ending a statement is nearly half of a row's time on SQLite; PostgreSQL takes arrays.
-- params: uuid user_id, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at, uuid habit_id, day log_date, text status, i64 value, text note, text source,
--   i64 version, time marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, $9),
       ($1, $10, $11, $12, $13, $14, $15, NULL, $16, $17),
       ($1, $18, $19, $20, $21, $22, $23, NULL, $24, $25),
       ($1, $26, $27, $28, $29, $30, $31, NULL, $32, $33),
       ($1, $34, $35, $36, $37, $38, $39, NULL, $40, $41),
       ($1, $42, $43, $44, $45, $46, $47, NULL, $48, $49),
       ($1, $50, $51, $52, $53, $54, $55, NULL, $56, $57),
       ($1, $58, $59, $60, $61, $62, $63, NULL, $64, $65)
ON CONFLICT (user_id, habit_id, log_date) DO NOTHING;

-- name: transfer_decline_insert_many [postgres]
-- reason: one statement for a batch saves a round trip a row; SQLite has no arrays and no round trips to save.
-- params: uuid user_id, uuid[] id, text[] preset, text[] note, time[] created_at
INSERT INTO habit_decline_notes (user_id, id, preset, note, created_at)
SELECT $1, id, preset, note, created_at FROM unnest($2, $3, $4, $5) AS k (id, preset, note, created_at)
ON CONFLICT (user_id, id) DO NOTHING;

-- name: transfer_log_insert_many [postgres]
-- Marks of a batch; none of its keys twice.
-- reason: one statement for a batch saves a round trip a row; SQLite has no arrays and no round trips to save.
-- params: uuid user_id, uuid[] habit_id, day[] log_date, text[] status, i64[] value, text[] note, text[] source,
--   uuid[] decline_note_id, i64[] version, time[] marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
SELECT $1, habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at
FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10)
     AS k (habit_id, log_date, status, value, note, source, decline_note_id, version, marked_at)
ON CONFLICT (user_id, habit_id, log_date) DO NOTHING;

-- name: transfer_habits
-- A person's habits for an export, deleted ones left out.
-- params: uuid user_id
-- returns: uuid id, text name, text description, text emoji, text color, text kind, text target_kind, i64 target_value,
--   text unit, i64 frequency_count, i64 frequency_days, day starts_on, i64 position, time archived_at, time paused_at,
--   text paused_by, text import_format, text import_ref, time created_at, time updated_at
SELECT id, name, description, emoji, color, kind, target_kind, target_value, unit, frequency_count, frequency_days,
       starts_on, position, archived_at, paused_at, paused_by, import_format, import_ref, created_at, updated_at
FROM habits WHERE user_id = $1 AND deleted_at IS NULL ORDER BY position, created_at, id;

-- name: transfer_schedules
-- params: uuid user_id, uuid habit_id
-- returns: uuid id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule, day starts_on, bool is_enabled,
--   time created_at, time updated_at
SELECT id, schedule_type, reminder_time, days_of_week, rrule, starts_on, is_enabled, created_at, updated_at
FROM habit_schedules WHERE user_id = $1 AND habit_id = $2 ORDER BY created_at, id;

-- name: transfer_logs
-- A habit's marks with their reasons, by day.
-- params: uuid user_id, uuid habit_id
-- returns: day log_date, text status, i64 value, text note, text source, i64 version, time marked_at, uuid decline_note_id,
--   text preset, text decline_note, time declined_at
SELECT l.log_date, l.status, l.value, l.note, l.source, l.version, l.marked_at, l.decline_note_id, n.preset, n.note,
       n.created_at
FROM habit_logs l
LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id
WHERE l.user_id = $1 AND l.habit_id = $2 ORDER BY l.log_date;
