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
