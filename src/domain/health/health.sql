-- name: health_oldest_reminder
-- The reminder that should be claimed first: the first entry of its index.
-- returns: time next_due_at
SELECT MIN(next_due_at) FROM habit_schedules WHERE next_due_at IS NOT NULL;
