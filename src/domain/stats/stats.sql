-- name: figures_people
-- params: time day_ago, time week_ago
-- returns: i64 people, i64 reachable, i64 new_day, i64 new_week, i64 premium
SELECT CAST(COUNT(*) AS BIGINT),
       CAST(COUNT(CASE WHEN telegram_id IS NOT NULL AND unreachable_at IS NULL AND blocked_at IS NULL THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN created_at >= $1 THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN created_at >= $2 THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN tier = 'premium' THEN 1 END) AS BIGINT)
FROM users WHERE erased_at IS NULL;

-- name: figures_active
-- People by their newest mark: one probe of an index for each person, however long their histories are.
-- params: day day_from, day week_from, day month_from
-- returns: i64 of_day, i64 of_week, i64 of_month
SELECT CAST(COUNT(CASE WHEN x.last >= $1 THEN 1 END) AS BIGINT), CAST(COUNT(CASE WHEN x.last >= $2 THEN 1 END) AS BIGINT),
       CAST(COUNT(x.last) AS BIGINT)
FROM (SELECT (SELECT MAX(l.log_date) FROM habit_logs l WHERE l.user_id = u.id AND l.log_date >= $3) AS last
      FROM users u WHERE u.erased_at IS NULL) x;

-- name: figures_marks
-- params: day from_day
-- returns: i64 marks
SELECT CAST(COALESCE(SUM(x.n), 0) AS BIGINT)
FROM (SELECT (SELECT CAST(COUNT(*) AS BIGINT) FROM habit_logs l WHERE l.user_id = u.id AND l.log_date >= $1) AS n
      FROM users u WHERE u.erased_at IS NULL) x;

-- name: figures_habits
-- returns: i64 habits
SELECT CAST(COUNT(*) AS BIGINT) FROM habits WHERE deleted_at IS NULL;

-- name: figures_deliveries
-- What became of reminders and snoozes that were due lately, by index.
-- params: time since
-- returns: i64 sent, i64 missed, i64 waiting
SELECT CAST(COUNT(CASE WHEN status = 'sent' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN status = 'missed' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN status = 'queued' THEN 1 END) AS BIGINT)
FROM deliveries WHERE created_at >= $1 AND (kind = 'reminder' OR kind = 'snooze');

-- name: figures_broadcasts
-- returns: i64 running
SELECT CAST(COUNT(*) AS BIGINT) FROM broadcasts WHERE status = 'running';
