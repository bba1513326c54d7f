-- name: admin_people
-- People, newest first, behind a place.
-- params: time before, uuid before_id, text username, uuid only_user, i64 limit
-- returns: uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at,
--   time created_at
SELECT id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at, created_at
FROM users
WHERE (created_at, id) < ($1, $2) AND ($3 IS NULL OR username = $3) AND ($4 IS NULL OR id = $4)
ORDER BY created_at DESC, id DESC LIMIT $5;

-- name: admin_person
-- params: uuid user_id
-- returns: uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at,
--   time created_at
SELECT id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at, created_at
FROM users WHERE id = $1;

-- name: admin_by_directory
-- Whom an outside identifier leads to.
-- params: text key
-- returns: uuid user_id
SELECT user_id FROM directory WHERE key = $1;

-- name: admin_block
-- params: uuid user_id, time blocked_at, time updated_at
UPDATE users SET blocked_at = $2, updated_at = $3 WHERE id = $1;

-- name: admin_payments
-- Payments, newest first, behind a place.
-- params: time before, uuid before_id, text charge, text only_provider, text only_status, i64 limit
-- returns: uuid user_id, uuid id, time created_at
SELECT user_id, id, created_at FROM payments
WHERE (created_at, id) < ($1, $2) AND ($3 IS NULL OR provider_payment_id = $3) AND ($4 IS NULL OR provider = $4)
  AND ($5 IS NULL OR status = $5)
ORDER BY created_at DESC, id DESC LIMIT $6;

-- name: admin_payments_of
-- The same of one person.
-- params: time before, uuid before_id, text charge, text only_provider, text only_status, i64 limit, uuid user_id
-- returns: uuid user_id, uuid id, time created_at
SELECT user_id, id, created_at FROM payments
WHERE user_id = $7 AND (created_at, id) < ($1, $2) AND ($3 IS NULL OR provider_payment_id = $3)
  AND ($4 IS NULL OR provider = $4) AND ($5 IS NULL OR status = $5)
ORDER BY created_at DESC, id DESC LIMIT $6;

-- name: admin_audit
-- What was done, newest first, behind a place.
-- params: time before, uuid before_id, text only_operation, i64 limit
-- returns: uuid id, uuid user_id, text actor, text operation, text request_id, json detail, time created_at
SELECT id, user_id, actor, operation, request_id, detail, created_at FROM audit_log
WHERE (created_at, id) < ($1, $2) AND ($3 IS NULL OR operation = $3)
ORDER BY created_at DESC, id DESC LIMIT $4;

-- name: admin_audit_of
-- The same of what was done to one person.
-- params: time before, uuid before_id, text only_operation, i64 limit, uuid user_id
-- returns: uuid id, uuid user_id, text actor, text operation, text request_id, json detail, time created_at
SELECT id, user_id, actor, operation, request_id, detail, created_at FROM audit_log
WHERE user_id = $5 AND (created_at, id) < ($1, $2) AND ($3 IS NULL OR operation = $3)
ORDER BY created_at DESC, id DESC LIMIT $4;

-- name: admin_subscriptions
-- Subscriptions, the last to end first, behind a place.
-- params: time before, uuid before_id, text only_status, i64 limit
-- returns: uuid user_id, uuid id, text plan, text status, text renews_by, time canceled_at, time starts_at, time ends_at
SELECT user_id, id, plan, status, renews_by, canceled_at, starts_at, ends_at FROM subscriptions
WHERE (ends_at, id) < ($1, $2) AND ($3 IS NULL OR status = $3)
ORDER BY ends_at DESC, id DESC LIMIT $4;

-- name: admin_referrals
-- Referrals, newest first, behind a place.
-- params: time before, uuid before_id, text only_status, i64 limit
-- returns: uuid referrer_id, uuid referred_id, text status, text reasons, i64 reward, time created_at
SELECT referrer_id, referred_id, status, reasons, reward, created_at FROM referrals
WHERE (created_at, referred_id) < ($1, $2) AND ($3 IS NULL OR status = $3)
ORDER BY created_at DESC, referred_id DESC LIMIT $4;

-- name: admin_referrals_held
-- The same of those that wait for an operator: by their own index.
-- params: time before, uuid before_id, i64 limit
-- returns: uuid referrer_id, uuid referred_id, text status, text reasons, i64 reward, time created_at
SELECT referrer_id, referred_id, status, reasons, reward, created_at FROM referrals
WHERE status = 'held' AND (created_at, referred_id) < ($1, $2)
ORDER BY created_at DESC, referred_id DESC LIMIT $3;

-- name: admin_broadcasts
-- Broadcasts of all operators, newest first, behind a place.
-- params: time before, uuid before_id, i64 limit
-- returns: uuid user_id, uuid id, text body, text status, i64 people, i64 queued, i64 sent, i64 failed, time created_at,
--   time updated_at
SELECT user_id, id, body, status, people, queued, sent, failed, created_at, updated_at FROM broadcasts
WHERE (created_at, id) < ($1, $2)
ORDER BY created_at DESC, id DESC LIMIT $3;

-- name: admin_doctor_last
-- What the doctor found when an operator asked last: by an index of its own.
-- returns: uuid user_id, json detail, time created_at
SELECT user_id, detail, created_at FROM audit_log WHERE operation = 'doctor.run' ORDER BY created_at DESC LIMIT 1;
