-- name: doctor_directory_telegram
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT u.id, 'telegram id ' || CAST(u.telegram_id AS TEXT) || ' has no directory key of this person'
FROM users u LEFT JOIN directory d ON d.key = 'tg:' || CAST(u.telegram_id AS TEXT)
WHERE u.telegram_id IS NOT NULL AND (d.user_id IS NULL OR d.user_id <> u.id) ORDER BY u.id LIMIT $1;

-- name: doctor_directory_referral
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT u.id, 'referral code ' || u.referral_code || ' has no directory key of this person'
FROM users u LEFT JOIN directory d ON d.key = 'ref:' || u.referral_code
WHERE u.erased_at IS NULL AND (d.user_id IS NULL OR d.user_id <> u.id) ORDER BY u.id LIMIT $1;

-- name: doctor_erased_left
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT x.user_id, 'an erased person still has rows in ' || x.place
FROM (SELECT user_id, 'habits' AS place FROM habits UNION ALL SELECT user_id, 'sessions' FROM sessions
      UNION ALL SELECT user_id, 'directory' FROM directory UNION ALL SELECT user_id, 'idempotency' FROM idempotency
      UNION ALL SELECT user_id, 'habit_decline_notes' FROM habit_decline_notes
      UNION ALL SELECT user_id, 'deliveries' FROM deliveries UNION ALL SELECT user_id, 'quarantine' FROM quarantine UNION ALL SELECT user_id, 'dialogs' FROM dialogs
      UNION ALL SELECT user_id, 'outbox' FROM outbox WHERE channel IN ('telegram', 'files') AND done_at IS NOT NULL) x
JOIN users u ON u.id = x.user_id
WHERE u.erased_at IS NOT NULL ORDER BY x.user_id, x.place LIMIT $1;

-- name: doctor_erased_named
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT id, 'an erased person still has a name' FROM users
WHERE erased_at IS NOT NULL AND (username IS NOT NULL OR first_name IS NOT NULL OR receipt_contact IS NOT NULL) ORDER BY id LIMIT $1;

-- name: doctor_logs_future
-- The newest local day anywhere on Earth is the UTC day of 14 hours ahead.
-- params: i64 limit, day newest
-- returns: uuid user_id, text detail
SELECT user_id, 'a mark on ' || CAST(log_date AS TEXT) || ' lies in the future'
FROM habit_logs WHERE log_date > $2 ORDER BY user_id, log_date, habit_id LIMIT $1;

-- name: doctor_logs_value
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT l.user_id, 'the mark of ' || CAST(l.log_date AS TEXT) || ' has a value, its habit is yes_no'
FROM habits h JOIN habit_logs l ON l.user_id = h.user_id AND l.habit_id = h.id
WHERE h.kind = 'yes_no' AND l.value IS NOT NULL ORDER BY l.user_id, l.log_date, l.habit_id LIMIT $1;

-- name: doctor_logs_reason
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT user_id, 'the mark of ' || CAST(log_date AS TEXT) || ' has a decline note and is not declined'
FROM habit_logs
WHERE decline_note_id IS NOT NULL AND status IS DISTINCT FROM 'declined' ORDER BY user_id, log_date, habit_id LIMIT $1;

-- name: doctor_notes_orphan
-- A writer may have a younger note in hand.
-- params: i64 limit, time before
-- returns: uuid user_id, text detail
SELECT n.user_id, 'a decline note has been without a log for more than two days'
FROM habit_decline_notes n
WHERE n.created_at < $2
  AND NOT EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = n.user_id AND l.decline_note_id = n.id)
ORDER BY n.user_id, n.id LIMIT $1;

-- name: doctor_streak_missing
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT h.user_id, 'habit "' || h.name || '" has marks and no checkpoint in streaks'
FROM habits h LEFT JOIN streaks c ON c.user_id = h.user_id AND c.habit_id = h.id
WHERE c.user_id IS NULL
  AND EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = h.user_id AND l.habit_id = h.id)
ORDER BY h.user_id, h.id LIMIT $1;

-- name: doctor_schedule_due
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT s.user_id, 'a schedule of habit "' || h.name || '" waits for a reminder that must not come'
FROM habit_schedules s JOIN habits h ON h.user_id = s.user_id AND h.id = s.habit_id
WHERE s.next_due_at IS NOT NULL
  AND (NOT s.is_enabled OR s.reminder_time IS NULL OR h.archived_at IS NOT NULL OR h.paused_at IS NOT NULL
       OR h.deleted_at IS NOT NULL)
ORDER BY s.user_id, s.id LIMIT $1;

-- name: doctor_schedule_silent
-- Not custom ones: their rules can come to an end.
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT s.user_id, 'a schedule of habit "' || h.name || '" waits for no reminder'
FROM habit_schedules s JOIN habits h ON h.user_id = s.user_id AND h.id = s.habit_id
WHERE s.next_due_at IS NULL AND s.is_enabled AND s.reminder_time IS NOT NULL AND s.schedule_type <> 'custom'
  AND h.archived_at IS NULL AND h.paused_at IS NULL AND h.deleted_at IS NULL
ORDER BY s.user_id, s.id LIMIT $1;

-- name: doctor_referral_age
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT r.referred_id, 'the person who invited is not older than the invited one'
FROM referrals r JOIN users a ON a.id = r.referrer_id JOIN users b ON b.id = r.referred_id
WHERE a.created_at >= b.created_at ORDER BY r.referred_id LIMIT $1;

-- name: doctor_outbox_sending
-- params: i64 limit, time hour_ago
-- returns: uuid user_id, text detail
SELECT user_id, 'a message has been on its way for more than an hour, under fence ' || CAST(fence AS TEXT)
FROM outbox WHERE status = 'sending' AND attempted_at < $2 ORDER BY user_id, id LIMIT $1;

-- name: doctor_deliveries_queued
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT d.user_id, 'a ' || d.kind || ' of ' || CAST(d.local_date AS TEXT) || ' waits for a message that is not there'
FROM deliveries d
WHERE d.status = 'queued'
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.user_id = d.user_id AND o.id = d.outbox_id AND o.done_at IS NULL)
ORDER BY d.user_id, d.kind, d.ref_id, d.local_date, d.occasion LIMIT $1;

-- name: doctor_inbox_pending
-- Nobody's: the person behind it is not known yet.
-- params: i64 limit, time hour_ago
-- returns: uuid user_id, text detail
SELECT CAST(NULL AS uuid), source || ' ' || external_id || ' has been waiting for more than an hour'
FROM inbox WHERE status = 'pending' AND received_at < $2 ORDER BY source, received_at, external_id LIMIT $1;

-- name: doctor_alerts_open
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT CAST(NULL AS uuid), 'more than one alert "' || fingerprint || '" is not resolved'
FROM admin_alerts WHERE status <> 'resolved' GROUP BY fingerprint HAVING COUNT(*) > 1 ORDER BY fingerprint LIMIT $1;

-- name: doctor_broadcast_counts
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT user_id, 'a broadcast has more answers than messages' FROM broadcasts
WHERE sent + failed > queued ORDER BY user_id, id LIMIT $1;

-- name: doctor_users
-- Every person, for the checks that need C.
-- returns: uuid id, text timezone, day cohort_day, day cohort_week, time created_at
SELECT id, timezone, cohort_day, cohort_week, created_at FROM users WHERE erased_at IS NULL ORDER BY id;

-- name: doctor_streaks
-- Every checkpoint behind a habit, in pages.
-- params: uuid after_user, uuid after_habit, i64 limit
-- returns: uuid user_id, uuid habit_id
SELECT user_id, habit_id FROM streaks WHERE (user_id, habit_id) > ($1, $2) ORDER BY user_id, habit_id LIMIT $3;
