-- name: admin_people
-- People behind a place.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, text username
-- returns: time created_at, uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at
SELECT created_at, id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at
FROM users
WHERE ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR username = $4)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_person
-- params: uuid user_id
-- returns: time created_at, uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at
SELECT created_at, id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at
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
-- Payments behind a place.
-- sorts: time created_at, i64 amount
-- params: sorted place, uuid place_id, i64 limit, text charge, text only_provider, text only_status
-- returns: sorted value, uuid id, uuid user_id
SELECT {column}, id, user_id FROM payments
WHERE ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR provider_payment_id = $4) AND ($5 IS NULL OR provider = $5)
  AND ($6 IS NULL OR status = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_payments_of
-- The same of one person.
-- sorts: time created_at, i64 amount
-- params: sorted place, uuid place_id, i64 limit, text charge, text only_provider, text only_status, uuid user_id
-- returns: sorted value, uuid id, uuid user_id
SELECT {column}, id, user_id FROM payments
WHERE user_id = $7 AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR provider_payment_id = $4)
  AND ($5 IS NULL OR provider = $5) AND ($6 IS NULL OR status = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_audit
-- What was done, behind a place.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, text only_operation
-- returns: sorted value, uuid id, uuid user_id, text actor, text operation, text request_id, json detail, time created_at
SELECT {column}, id, user_id, actor, operation, request_id, detail, created_at FROM audit_log
WHERE ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR operation = $4)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_audit_of
-- The same of what was done to one person.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, text only_operation, uuid user_id
-- returns: sorted value, uuid id, uuid user_id, text actor, text operation, text request_id, json detail, time created_at
SELECT {column}, id, user_id, actor, operation, request_id, detail, created_at FROM audit_log
WHERE user_id = $5 AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR operation = $4)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_subscriptions
-- Subscriptions behind a place.
-- sorts: time ends_at, time starts_at
-- params: sorted place, uuid place_id, i64 limit, text only_status
-- returns: sorted value, uuid id, uuid user_id, text plan, text status, text renews_by, time canceled_at, time starts_at, time ends_at
SELECT {column}, id, user_id, plan, status, renews_by, canceled_at, starts_at, ends_at FROM subscriptions
WHERE ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR status = $4)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_referrals
-- Referrals behind a place.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, text only_status
-- returns: sorted value, uuid referred_id, uuid referrer_id, text status, text reasons, i64 reward, time created_at
SELECT {column}, referred_id, referrer_id, status, reasons, reward, created_at FROM referrals
WHERE ({column}, referred_id) {beyond} ($1, $2) AND ($4 IS NULL OR status = $4)
ORDER BY {column} {direction}, referred_id {direction} LIMIT $3;

-- name: admin_referrals_held
-- The same of those that wait for an operator: by their own index.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit
-- returns: sorted value, uuid referred_id, uuid referrer_id, text status, text reasons, i64 reward, time created_at
SELECT {column}, referred_id, referrer_id, status, reasons, reward, created_at FROM referrals
WHERE status = 'held' AND ({column}, referred_id) {beyond} ($1, $2)
ORDER BY {column} {direction}, referred_id {direction} LIMIT $3;

-- name: admin_broadcasts
-- Broadcasts of all operators behind a place. They are written by hand, so few that sorting them all is cheap.
-- sorts: time created_at, i64 people, i64 queued, i64 sent, i64 failed
-- params: sorted place, uuid place_id, i64 limit, text only_status
-- returns: sorted value, uuid id, uuid user_id, text body, text status, i64 people, i64 queued, i64 sent, i64 failed,
--   time created_at, time updated_at
SELECT {column}, id, user_id, body, status, people, queued, sent, failed, created_at, updated_at FROM broadcasts
WHERE ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR status = $4)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_doctor_last
-- What the doctor found when an operator asked last: by an index of its own.
-- returns: uuid user_id, json detail, time created_at
SELECT user_id, detail, created_at FROM audit_log WHERE operation = 'doctor.run' ORDER BY created_at DESC LIMIT 1;
