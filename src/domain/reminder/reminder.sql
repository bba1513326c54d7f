-- name: reminder_next
-- When the first reminder, weekly summary and look for silence are due: the first entry of each index.
-- returns: time next_due_at, time next_summary_at, time next_nudge_at
SELECT (SELECT MIN(next_due_at) FROM habit_schedules WHERE next_due_at IS NOT NULL),
       (SELECT MIN(next_summary_at) FROM users WHERE next_summary_at IS NOT NULL),
       (SELECT MIN(next_nudge_at) FROM users WHERE next_nudge_at IS NOT NULL);

-- name: reminder_due
-- The first schedules that are due, with what decides about them.
-- params: time before, i64 limit
-- returns: uuid user_id, uuid id, text schedule_type, i64 reminder_time, i64 days_of_week, text rrule, day starts_on,
--   bool is_enabled, time next_due_at, time updated_at, day habit_starts_on, time paused_at, time archived_at, time deleted_at,
--   i64 telegram_id, text timezone, i64 day_starts_at, i64 week_starts_on, i64 quiet_from, i64 quiet_to,
--   bool notifications_enabled, time unreachable_at, time blocked_at
SELECT s.user_id, s.id, s.schedule_type, s.reminder_time, s.days_of_week, s.rrule, s.starts_on, s.is_enabled, s.next_due_at,
       s.updated_at, h.starts_on, h.paused_at, h.archived_at, h.deleted_at, u.telegram_id, u.timezone, u.day_starts_at,
       u.week_starts_on, u.quiet_from, u.quiet_to, u.notifications_enabled, u.unreachable_at, u.blocked_at
FROM habit_schedules s
JOIN habits h ON h.user_id = s.user_id AND h.id = s.habit_id
JOIN users u ON u.id = s.user_id
WHERE s.next_due_at <= $1
ORDER BY s.next_due_at NULLS LAST LIMIT $2;

-- name: reminder_advance
-- When a schedule is due next; a schedule that was changed since it was read is left alone.
-- params: uuid user_id, uuid schedule_id, time next_due_at, time was_due_at, time was_updated_at
UPDATE habit_schedules SET next_due_at = $3
WHERE user_id = $1 AND id = $2 AND next_due_at = $4 AND updated_at = $5;

-- name: reminder_advance_many [postgres]
-- reason: one statement for a whole tick; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, uuid[] schedule_id, time[] next_due_at, time[] was_due_at, time[] was_updated_at
UPDATE habit_schedules s SET next_due_at = k.next_due_at
FROM unnest($1, $2, $3, $4, $5) AS k (user_id, id, next_due_at, was_due_at, was_updated_at)
WHERE s.user_id = k.user_id AND s.id = k.id AND s.next_due_at = k.was_due_at AND s.updated_at = k.was_updated_at;

-- name: reminder_person
-- What decides whether and when a person is told something.
-- params: uuid user_id
-- returns: i64 telegram_id, text timezone, i64 day_starts_at, i64 week_starts_on, i64 quiet_from, i64 quiet_to,
--   bool notifications_enabled, time unreachable_at, time blocked_at
SELECT telegram_id, timezone, day_starts_at, week_starts_on, quiet_from, quiet_to, notifications_enabled, unreachable_at,
       blocked_at
FROM users WHERE id = $1;

-- name: reminder_summaries_due
-- The first people whose weekly summary is due.
-- params: time before, i64 limit
-- returns: uuid user_id, time next_summary_at, i64 telegram_id, text timezone, i64 day_starts_at, i64 week_starts_on,
--   i64 quiet_from, i64 quiet_to, bool notifications_enabled, time unreachable_at, time blocked_at
SELECT id, next_summary_at, telegram_id, timezone, day_starts_at, week_starts_on, quiet_from, quiet_to,
       notifications_enabled, unreachable_at, blocked_at
FROM users WHERE next_summary_at <= $1 ORDER BY next_summary_at NULLS LAST LIMIT $2;

-- name: reminder_summary_advance
-- params: uuid user_id, time next_summary_at, time was_due_at
UPDATE users SET next_summary_at = $2 WHERE id = $1 AND next_summary_at = $3;

-- name: reminder_summary_advance_many [postgres]
-- reason: one statement for a whole tick; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, time[] next_summary_at, time[] was_due_at
UPDATE users u SET next_summary_at = k.next_summary_at
FROM unnest($1, $2, $3) AS k (user_id, next_summary_at, was_due_at)
WHERE u.id = k.user_id AND u.next_summary_at = k.was_due_at;

-- name: reminder_nudges_due
-- The first people to look at for silence: when they last marked a day themselves (of the last weeks), when they were nudged
-- last, and one of their active habits.
-- params: time before, i64 limit, day from_day
-- returns: uuid user_id, time next_nudge_at, time created_at, time marked_at, day nudged_on, uuid habit_id, i64 telegram_id,
--   text timezone, i64 day_starts_at, i64 week_starts_on, i64 quiet_from, i64 quiet_to, bool notifications_enabled,
--   time unreachable_at, time blocked_at
SELECT u.id, u.next_nudge_at, u.created_at,
       (SELECT MAX(l.marked_at) FROM habit_logs l
        WHERE l.user_id = u.id AND l.log_date >= $3 AND (l.source = 'api' OR l.source = 'bot' OR l.source = 'web')),
       (SELECT MAX(d.local_date) FROM deliveries d WHERE d.user_id = u.id AND d.kind = 'nudge' AND d.ref_id = u.id),
       (SELECT h.id FROM habits h
        WHERE h.user_id = u.id AND h.deleted_at IS NULL AND h.archived_at IS NULL AND h.paused_at IS NULL
        ORDER BY h.id LIMIT 1),
       u.telegram_id, u.timezone, u.day_starts_at, u.week_starts_on, u.quiet_from, u.quiet_to, u.notifications_enabled,
       u.unreachable_at, u.blocked_at
FROM users u WHERE u.next_nudge_at <= $1 ORDER BY u.next_nudge_at NULLS LAST LIMIT $2;

-- name: reminder_nudge_advance
-- params: uuid user_id, time next_nudge_at, time was_due_at
UPDATE users SET next_nudge_at = $2 WHERE id = $1 AND next_nudge_at = $3;

-- name: reminder_nudge_advance_many [postgres]
-- reason: one statement for a whole tick; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, time[] next_nudge_at, time[] was_due_at
UPDATE users u SET next_nudge_at = k.next_nudge_at
FROM unnest($1, $2, $3) AS k (user_id, next_nudge_at, was_due_at)
WHERE u.id = k.user_id AND u.next_nudge_at = k.was_due_at;

-- name: reminder_schedule_habit
-- Whose schedule it is.
-- params: uuid user_id, uuid schedule_id
-- returns: uuid habit_id
SELECT habit_id FROM habit_schedules WHERE user_id = $1 AND id = $2;

-- name: reminder_look_again
-- A person's reminders that wait for a later moment are due now.
-- params: uuid user_id, time now
UPDATE outbox SET due_at = $2
WHERE user_id = $1 AND status = 'queued' AND view = 'reminder' AND due_at > $2;

-- name: reminder_marked_at
-- When a person last marked a day themselves, of the last weeks.
-- params: uuid user_id, day from_day
-- returns: time marked_at
SELECT MAX(marked_at) FROM habit_logs
WHERE user_id = $1 AND log_date >= $2 AND (source = 'api' OR source = 'bot' OR source = 'web');

-- name: reminder_snoozes_pending
-- How many snoozes of a habit and day wait.
-- params: uuid user_id, uuid habit_id, day local_date
-- returns: i64 count
SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries
WHERE user_id = $1 AND kind = 'snooze' AND ref_id = $2 AND local_date = $3 AND status = 'queued';

-- name: reminder_milestone_likely
-- Whether a done may have brought a streak to a milestone. Who cannot be told, and a daily habit that has not five marks in the
-- six days before, is known to be none without a look at its history.
-- params: uuid user_id, uuid habit_id, day from_day, day log_date
-- returns: i64 found
SELECT 1 FROM users u JOIN habits h ON h.user_id = u.id
WHERE u.id = $1 AND h.id = $2 AND u.telegram_id IS NOT NULL AND u.unreachable_at IS NULL
  AND (h.frequency_count IS NULL OR h.frequency_count <> h.frequency_days
       OR (SELECT COUNT(*) FROM habit_logs l
           WHERE l.user_id = $1 AND l.habit_id = $2 AND l.log_date >= $3 AND l.log_date < $4) >= 5);

-- name: reminder_milestone_likely_many [postgres]
-- The same for many; the bounds of all days let PostgreSQL open only their partitions.
-- reason: arrays exist on PostgreSQL only; SQLite has no round trips to save.
-- params: i64[] i, uuid[] user_id, uuid[] habit_id, day[] from_day, day[] log_date, day after_day, day last_day
-- returns: i64 i
SELECT k.i FROM unnest($1, $2, $3, $4, $5) AS k (i, user_id, habit_id, from_day, log_date)
JOIN users u ON u.id = k.user_id AND u.telegram_id IS NOT NULL AND u.unreachable_at IS NULL
JOIN habits h ON h.user_id = k.user_id AND h.id = k.habit_id
WHERE h.frequency_count IS NULL OR h.frequency_count <> h.frequency_days
   OR (SELECT COUNT(*) FROM habit_logs l
       WHERE l.user_id = k.user_id AND l.habit_id = k.habit_id AND l.log_date >= k.from_day AND l.log_date < k.log_date
         AND l.log_date > $6 AND l.log_date < $7) >= 5
ORDER BY k.i;

-- name: reminder_milestone_told
-- How often a run of days was told that it reached a length.
-- params: uuid user_id, uuid habit_id, day from_day, day to_day, i64 occasion
-- returns: i64 count
SELECT CAST(COUNT(*) AS BIGINT) FROM deliveries
WHERE user_id = $1 AND kind = 'milestone' AND ref_id = $2 AND local_date >= $3 AND local_date <= $4 AND occasion = $5;
