-- name: habit_get
-- One habit of a person, unless it is deleted.
-- params: uuid user_id, uuid id
-- returns: uuid id, text name, text description, text emoji, text color, text kind, text target_kind, i64 target_value,
--   text unit, i64 frequency_count, i64 frequency_days, day starts_on, i64 position, time archived_at, time paused_at,
--   text paused_by, time deleted_at, time created_at
SELECT id, name, description, emoji, color, kind, target_kind, target_value, unit, frequency_count, frequency_days,
       starts_on, position, archived_at, paused_at, paused_by, deleted_at, created_at
FROM habits WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: habit_list
-- A page of a person's habits by position: $2 the active ones, $3 the archived ones, behind ($4, $5).
-- params: uuid user_id, bool active, bool archived, i64 after_position, uuid after_id, i64 limit
-- returns: uuid id, text name, text description, text emoji, text color, text kind, text target_kind, i64 target_value,
--   text unit, i64 frequency_count, i64 frequency_days, day starts_on, i64 position, time archived_at, time paused_at,
--   text paused_by, time deleted_at, time created_at
SELECT id, name, description, emoji, color, kind, target_kind, target_value, unit, frequency_count, frequency_days,
       starts_on, position, archived_at, paused_at, paused_by, deleted_at, created_at
FROM habits
WHERE user_id = $1 AND deleted_at IS NULL AND (($2 AND archived_at IS NULL) OR ($3 AND archived_at IS NOT NULL))
  AND (position, id) > ($4, $5)
ORDER BY position, id LIMIT $6;

-- name: habit_insert
-- params: uuid user_id, uuid id, text name, text description, text emoji, text color, text kind, text target_kind,
--   i64 target_value, text unit, i64 frequency_count, i64 frequency_days, day starts_on, i64 position, time archived_at,
--   time paused_at, text paused_by, text import_format, text import_ref, time created_at, time updated_at
INSERT INTO habits (user_id, id, name, description, emoji, color, kind, target_kind, target_value, unit, frequency_count,
                    frequency_days, starts_on, position, archived_at, paused_at, paused_by, import_format, import_ref,
                    created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21);

-- name: habit_update
-- params: uuid user_id, uuid id, text name, text description, text emoji, text color, text kind, text target_kind,
--   i64 target_value, text unit, i64 frequency_count, i64 frequency_days, day starts_on, time archived_at, time paused_at,
--   text paused_by, time updated_at
UPDATE habits
SET name = $3, description = $4, emoji = $5, color = $6, kind = $7, target_kind = $8, target_value = $9, unit = $10,
    frequency_count = $11, frequency_days = $12, starts_on = $13, archived_at = $14, paused_at = $15, paused_by = $16,
    updated_at = $17
WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: habit_counts
-- How many habits a person has, how many count against the tier's limit, and the last position.
-- params: uuid user_id
-- returns: i64 total, i64 active, i64 last_position
SELECT CAST(COUNT(*) AS BIGINT),
       CAST(COUNT(CASE WHEN archived_at IS NULL AND paused_at IS NULL THEN 1 END) AS BIGINT),
       CAST(COALESCE(MAX(position), -1) AS BIGINT)
FROM habits WHERE user_id = $1 AND deleted_at IS NULL;

-- name: habit_order
-- A person's habits in their order.
-- params: uuid user_id
-- returns: uuid id, i64 position
SELECT id, position FROM habits WHERE user_id = $1 AND deleted_at IS NULL ORDER BY position, id;

-- name: habit_set_position
-- params: uuid user_id, uuid id, i64 position
UPDATE habits SET position = $3 WHERE user_id = $1 AND id = $2;

-- name: habit_has_logs
-- Whether anything was ever marked.
-- params: uuid user_id, uuid habit_id
-- returns: day log_date
SELECT log_date FROM habit_logs WHERE user_id = $1 AND habit_id = $2 LIMIT 1;

-- name: habit_delete
-- params: uuid user_id, uuid id, time deleted_at
UPDATE habits SET deleted_at = $3, updated_at = $3 WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL;

-- name: habit_deleted
-- What a habit deleted after $3 was called.
-- params: uuid user_id, uuid id, time since
-- returns: text emoji, text name
SELECT emoji, name FROM habits WHERE user_id = $1 AND id = $2 AND deleted_at > $3;

-- name: habit_restore
-- Brings back a habit deleted after $3.
-- params: uuid user_id, uuid id, time since, time updated_at
UPDATE habits SET deleted_at = NULL, updated_at = $4 WHERE user_id = $1 AND id = $2 AND deleted_at > $3;

-- name: habit_limited
-- Habits that count against the tier's limit or were paused by it, those created first first.
-- params: uuid user_id, i64 limit
-- returns: uuid id, text paused_by
SELECT id, paused_by FROM habits
WHERE user_id = $1 AND deleted_at IS NULL AND archived_at IS NULL AND (paused_at IS NULL OR paused_by = 'tier')
ORDER BY created_at, id LIMIT $2;
