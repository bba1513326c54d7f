-- name: bench_schedule [sqlite]
-- reason: SQLite takes row by row what PostgreSQL takes as arrays.
-- params: uuid user_id, uuid id, uuid habit_id, i64 reminder_time, day starts_on, time next_due_at, time created_at
INSERT INTO habit_schedules (user_id, id, habit_id, schedule_type, reminder_time, starts_on, is_enabled, next_due_at,
                             created_at, updated_at)
VALUES ($1, $2, $3, 'daily', $4, $5, TRUE, $6, $7, $7);

-- name: bench_schedule_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: uuid[] user_id, uuid[] id, uuid[] habit_id, i64[] reminder_time, day starts_on, time[] next_due_at, time created_at
INSERT INTO habit_schedules (user_id, id, habit_id, schedule_type, reminder_time, starts_on, is_enabled, next_due_at,
                             created_at, updated_at)
SELECT user_id, id, habit_id, 'daily', CAST(reminder_time AS smallint), $5, TRUE, next_due_at, $7, $7
FROM unnest($1, $2, $3, $4, $6) AS k (user_id, id, habit_id, reminder_time, next_due_at);

-- name: bench_claimed
-- What the ticks left behind.
-- params: time due_at
-- returns: i64 messages, i64 deliveries, i64 due
SELECT CAST((SELECT COUNT(*) FROM outbox) AS BIGINT), CAST((SELECT COUNT(*) FROM deliveries) AS BIGINT),
       CAST((SELECT COUNT(*) FROM habit_schedules WHERE next_due_at <= $1) AS BIGINT);
