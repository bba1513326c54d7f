-- name: schedule_list
-- Every schedule of a person, by habit, oldest first.
-- params: uuid user_id
-- returns: uuid id, uuid habit_id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule, day starts_on,
--   bool is_enabled, time created_at
SELECT id, habit_id, schedule_type, reminder_time, days_of_week, rrule, starts_on, is_enabled, created_at
FROM habit_schedules WHERE user_id = $1 ORDER BY habit_id, created_at, id;

-- name: schedule_of_habit
-- The schedules of one habit, oldest first.
-- params: uuid user_id, uuid habit_id
-- returns: uuid id, uuid habit_id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule, day starts_on,
--   bool is_enabled, time created_at
SELECT id, habit_id, schedule_type, reminder_time, days_of_week, rrule, starts_on, is_enabled, created_at
FROM habit_schedules WHERE user_id = $1 AND habit_id = $2 ORDER BY created_at, id;

-- name: schedule_count
-- How many schedules a person has.
-- params: uuid user_id
-- returns: i64 count
SELECT CAST(COUNT(*) AS BIGINT) FROM habit_schedules WHERE user_id = $1;

-- name: schedule_insert
-- params: uuid user_id, uuid id, uuid habit_id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule,
--   day starts_on, bool is_enabled, time next_due_at, time now
INSERT INTO habit_schedules (user_id, id, habit_id, schedule_type, reminder_time, days_of_week, rrule, starts_on,
                             is_enabled, next_due_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11);

-- name: schedule_update
-- params: uuid user_id, uuid id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule, day starts_on,
--   bool is_enabled, time next_due_at, time updated_at
UPDATE habit_schedules
SET schedule_type = $3, reminder_time = $4, days_of_week = $5, rrule = $6, starts_on = $7, is_enabled = $8,
    next_due_at = $9, updated_at = $10
WHERE user_id = $1 AND id = $2;

-- name: schedule_set_due
-- params: uuid user_id, uuid id, time next_due_at
UPDATE habit_schedules SET next_due_at = $3 WHERE user_id = $1 AND id = $2;

-- name: schedule_delete
-- params: uuid user_id, uuid habit_id, uuid id
DELETE FROM habit_schedules WHERE user_id = $1 AND habit_id = $2 AND id = $3;
