-- name: report_newest
-- The day of the newest log.
-- returns: day newest
SELECT MAX(log_date) FROM habit_logs;

-- name: report_revenue
-- What was paid between two moments, the second one not included.
-- params: time since, time before
-- returns: text currency, text provider, i64 payments, i64 payers, i64 amount, i64 lost
SELECT currency, provider, CAST(COUNT(*) AS BIGINT), CAST(COUNT(DISTINCT user_id) AS BIGINT), CAST(SUM(amount) AS BIGINT),
       CAST(SUM(CASE WHEN status = 'charged_back' THEN amount ELSE refunded END) AS BIGINT)
FROM payments WHERE provider <> 'balance' AND paid_at >= $1 AND paid_at < $2
GROUP BY currency, provider ORDER BY currency, provider;

-- name: report_active
-- People with a mark made between two moments.
-- params: time since, time before
-- returns: i64 active
SELECT CAST(COUNT(DISTINCT user_id) AS BIGINT) FROM habit_logs
WHERE marked_at >= $1 AND marked_at < $2 AND source <> 'import' AND source <> 'auto' AND status IS NOT NULL;

-- name: report_people
-- params: time since, time before
-- returns: i64 users, i64 new_users
SELECT CAST(COUNT(CASE WHEN erased_at IS NULL THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN created_at >= $1 THEN 1 END) AS BIGINT)
FROM users WHERE created_at < $2;

-- name: report_active_habits
-- returns: i64 habits
SELECT CAST(COUNT(*) AS BIGINT) FROM habits WHERE deleted_at IS NULL AND archived_at IS NULL AND paused_at IS NULL;

-- name: report_reminders
-- What became of the reminders and snoozes of these days.
-- params: time since, time before
-- returns: i64 sent, i64 missed
SELECT CAST(COUNT(CASE WHEN status = 'sent' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN status = 'missed' THEN 1 END) AS BIGINT)
FROM deliveries WHERE created_at >= $1 AND created_at < $2 AND (kind = 'reminder' OR kind = 'snooze');

-- name: report_payers
-- Who paid in these days, as report_revenue counts it.
-- params: time since, time before
-- returns: i64 payers
SELECT CAST(COUNT(DISTINCT user_id) AS BIGINT) FROM payments
WHERE provider <> 'balance' AND paid_at >= $1 AND paid_at < $2;

-- name: report_subscriptions
-- returns: text status, i64 count
SELECT status, CAST(COUNT(*) AS BIGINT) FROM subscriptions GROUP BY status ORDER BY status;

-- name: report_came
-- params: time since, time before
-- returns: i64 people
SELECT CAST(COUNT(*) AS BIGINT) FROM users WHERE created_at >= $1 AND created_at < $2;

-- name: report_came_back
-- Of those who came between two moments, who made a mark between two others.
-- params: time since, time before, time marked_since, time marked_before
-- returns: i64 people
SELECT CAST(COUNT(*) AS BIGINT) FROM users u
WHERE u.created_at >= $1 AND u.created_at < $2
  AND EXISTS (SELECT 1 FROM habit_logs l
              WHERE l.user_id = u.id AND l.marked_at >= $3 AND l.marked_at < $4 AND l.source <> 'import'
                AND l.source <> 'auto' AND l.status IS NOT NULL);

-- name: report_habit_kinds
-- params: time since, time before
-- returns: text kind, i64 habits, i64 active, i64 paused, i64 archived, i64 made
SELECT kind, CAST(COUNT(*) AS BIGINT),
       CAST(COUNT(CASE WHEN archived_at IS NULL AND paused_at IS NULL THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN archived_at IS NULL AND paused_at IS NOT NULL THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN archived_at IS NOT NULL THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN created_at >= $1 AND created_at < $2 THEN 1 END) AS BIGINT)
FROM habits WHERE deleted_at IS NULL GROUP BY kind ORDER BY kind;

-- name: report_habit_marks
-- params: time since, time before
-- returns: text kind, i64 done, i64 declined, i64 skipped
SELECT h.kind, CAST(COUNT(CASE WHEN l.status = 'done' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN l.status = 'declined' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN l.status = 'skipped' THEN 1 END) AS BIGINT)
FROM habit_logs l JOIN habits h ON h.user_id = l.user_id AND h.id = l.habit_id
WHERE l.marked_at >= $1 AND l.marked_at < $2 AND l.source <> 'import' AND l.source <> 'auto' AND l.status IS NOT NULL
GROUP BY h.kind ORDER BY h.kind;

-- name: report_trials
-- Trials that ended between two moments, and those whose person bought a period before the second that was not taken back.
-- params: time since, time before
-- returns: i64 ended, i64 converted
SELECT CAST(COUNT(*) AS BIGINT),
       CAST(COUNT(CASE WHEN EXISTS (SELECT 1 FROM subscription_periods d
                                    WHERE d.user_id = u.id AND d.payment_id IS NOT NULL AND d.status <> 'revoked'
                                      AND d.bought_at < $2) THEN 1 END) AS BIGINT)
FROM users u WHERE u.trial_ends_at >= $1 AND u.trial_ends_at < $2;

-- name: report_subscribers
-- People inside a paid period at the first moment, at the second, and those of the first who are not among the second.
-- params: time since, time before
-- returns: i64 at_start, i64 at_end, i64 lost
SELECT CAST(COUNT(CASE WHEN x.at_start > 0 THEN 1 END) AS BIGINT), CAST(COUNT(CASE WHEN x.at_end > 0 THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN x.at_start > 0 AND x.at_end = 0 THEN 1 END) AS BIGINT)
FROM (SELECT user_id, SUM(CASE WHEN starts_at <= $1 AND ends_at > $1 THEN 1 ELSE 0 END) AS at_start,
             SUM(CASE WHEN starts_at <= $2 AND ends_at > $2 THEN 1 ELSE 0 END) AS at_end
      FROM subscription_periods WHERE payment_id IS NOT NULL AND ends_at > $1 GROUP BY user_id) x;

-- name: report_mrr
-- What the paid periods that run at a moment bring in a month.
-- params: time at
-- returns: text currency, i64 periods, i64 amount
SELECT p.currency, CAST(COUNT(*) AS BIGINT),
       CAST(SUM(CASE WHEN d.months > 0 THEN p.amount / d.months ELSE p.amount * 30 / d.days END) AS BIGINT)
FROM subscription_periods d JOIN payments p ON p.user_id = d.user_id AND p.id = d.payment_id
WHERE d.starts_at <= $1 AND d.ends_at > $1
GROUP BY p.currency ORDER BY p.currency;

-- name: report_referrals
-- People invited between two moments; rewards given then, and those of them that were taken back since; what stands of them.
-- params: time since, time before
-- returns: i64 invited, i64 rewarded, i64 taken_back, i64 reward
SELECT CAST(COUNT(CASE WHEN created_at >= $1 AND created_at < $2 THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN rewarded_at >= $1 AND rewarded_at < $2 AND status = 'rewarded' THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN rewarded_at >= $1 AND rewarded_at < $2 AND status = 'taken_back' THEN 1 END) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN rewarded_at >= $1 AND rewarded_at < $2 AND status = 'rewarded' THEN reward END), 0) AS BIGINT)
FROM referrals;
