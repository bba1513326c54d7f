-- name: adopt_user_insert
-- params: uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone,
--   bool notifications_enabled, text tier, time trial_ends_at, text referral_code, uuid referred_by, time blocked_at,
--   day cohort_day, day cohort_week, time created_at, time updated_at
INSERT INTO users (id, telegram_id, username, first_name, language_code, timezone, day_starts_at, week_starts_on,
                   notifications_enabled, tier, trial_ends_at, referral_code, referred_by, is_admin, blocked_at, cohort_day,
                   cohort_week, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 0, 1, $7, $8, $9, $10, $11, FALSE, $12, $13, $14, $15, $16);

-- name: adopt_directory_insert
-- params: text key, uuid user_id, time created_at
INSERT INTO directory (key, user_id, created_at) VALUES ($1, $2, $3);

-- name: adopt_referral_insert
-- params: uuid referrer_id, uuid referred_id, text status, i64 reward, text reasons, time rewarded_at, time created_at
INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, rewarded_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, FALSE, $6, $7, $7);

-- name: adopt_quarantine
-- Keeps a row of the source with what was found; nothing when it is kept already.
-- params: text source_table, i64 source_id, text finding, text outcome, uuid user_id, json source_row, time created_at
INSERT INTO quarantine (source_table, source_id, finding, outcome, user_id, source_row, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (source_table, source_id, finding) DO NOTHING;

-- name: adopt_person
-- params: uuid id
-- returns: uuid id
SELECT id FROM users WHERE id = $1;

-- name: adopt_strangers
-- People that are there, one at most.
-- returns: i64 n
SELECT COUNT(*) FROM (SELECT 1 FROM users LIMIT 1) x;

-- name: adopt_money
-- What all wallets hold, and what all postings sum up to.
-- returns: i64 wallets, i64 postings
SELECT (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM balances),
       (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM balance_transactions);

-- name: adopt_back_user
-- A person as written; with the following, what is read back of them.
-- params: uuid user_id
-- returns: i64 telegram_id, text username, text first_name, text language_code, text timezone, bool notifications_enabled,
--   text referral_code, uuid referred_by, time blocked_at, time trial_ends_at, time created_at
SELECT telegram_id, username, first_name, language_code, timezone, notifications_enabled, referral_code, referred_by,
       blocked_at, trial_ends_at, created_at
FROM users WHERE id = $1;

-- name: adopt_back_habits
-- params: uuid user_id
-- returns: uuid id, text name, text description, text emoji, day starts_on, time archived_at, time created_at
SELECT id, name, description, emoji, starts_on, archived_at, created_at FROM habits WHERE user_id = $1 ORDER BY position;

-- name: adopt_back_schedules
-- params: uuid user_id
-- returns: uuid id, uuid habit_id, text schedule_type, i64 reminder_time, i64 days_of_week, bool is_enabled, time created_at
SELECT id, habit_id, schedule_type, COALESCE(reminder_time, -1), COALESCE(days_of_week, 0), is_enabled, created_at
FROM habit_schedules WHERE user_id = $1 ORDER BY id;

-- name: adopt_back_logs
-- params: uuid user_id
-- returns: uuid habit_id, day log_date, text status, text note, text source, uuid decline_note_id, time marked_at
SELECT habit_id, log_date, status, note, source, decline_note_id, marked_at
FROM habit_logs WHERE user_id = $1 ORDER BY habit_id, log_date;

-- name: adopt_back_notes
-- params: uuid user_id
-- returns: uuid id, text preset, text note, time created_at
SELECT id, preset, note, created_at FROM habit_decline_notes WHERE user_id = $1 ORDER BY id;

-- name: adopt_back_payments
-- params: uuid user_id
-- returns: uuid id, text provider, text provider_payment_id, text purpose, text plan, i64 amount, i64 refunded, text currency,
--   text status, time created_at
SELECT id, provider, provider_payment_id, purpose, plan, amount, refunded, currency, status, created_at
FROM payments WHERE user_id = $1 ORDER BY id;

-- name: adopt_back_postings
-- params: uuid user_id
-- returns: text kind, i64 amount, text idempotency_key, uuid payment_id, text reason, time created_at
SELECT kind, amount, idempotency_key, payment_id, reason, created_at
FROM balance_transactions WHERE user_id = $1 ORDER BY seq;

-- name: adopt_back_balance
-- params: uuid user_id
-- returns: i64 amount, i64 seq
SELECT amount, seq FROM balances WHERE user_id = $1;

-- name: adopt_back_periods
-- params: uuid user_id
-- returns: uuid payment_id, text plan, i64 months, i64 days, time bought_at
SELECT payment_id, plan, months, days, bought_at FROM subscription_periods WHERE user_id = $1 ORDER BY id;

-- name: adopt_back_referral
-- params: uuid referred_id
-- returns: uuid referrer_id, text status, i64 reward, text reasons, time created_at
SELECT referrer_id, status, reward, reasons, created_at FROM referrals WHERE referred_id = $1;
