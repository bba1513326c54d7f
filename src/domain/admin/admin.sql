-- name: admin_people
-- People behind a place.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, time from_at, time to_at, bool only_erased
-- returns: time created_at, uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at
SELECT created_at, id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at
FROM users
WHERE ({column}, id) {beyond} ($1, $2) AND created_at >= $4 AND created_at < $5 AND ($6 IS NULL OR (erased_at IS NOT NULL) = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_people_named
-- The same of those with a name: by its index.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, time from_at, time to_at, bool only_erased, text username
-- returns: time created_at, uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at
SELECT created_at, id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at
FROM users
WHERE ({column}, id) {beyond} ($1, $2) AND created_at >= $4 AND created_at < $5 AND ($6 IS NULL OR (erased_at IS NOT NULL) = $6)
  AND username = $7
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_people_marked
-- The same of those who made a mark between two moments, as report_active counts them.
-- sorts: time created_at
-- params: sorted place, uuid place_id, i64 limit, time from_at, time to_at, bool only_erased, time since, time before
-- returns: time created_at, uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, bool is_admin, time blocked_at, time erased_at, time unreachable_at
SELECT created_at, id, telegram_id, username, first_name, language_code, timezone, tier, trial_ends_at, referral_code, is_admin,
       blocked_at, erased_at, unreachable_at
FROM users
WHERE ({column}, id) {beyond} ($1, $2) AND created_at >= $4 AND created_at < $5 AND ($6 IS NULL OR (erased_at IS NOT NULL) = $6)
  AND EXISTS (SELECT 1 FROM habit_logs l
              WHERE l.user_id = users.id AND l.marked_at >= $7 AND l.marked_at < $8 AND l.source <> 'import' AND l.source <> 'auto'
                AND l.status IS NOT NULL)
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
-- params: sorted place, uuid place_id, i64 limit, text only_provider, text only_status, text only_currency
-- returns: sorted value, uuid id, uuid user_id
SELECT {column}, id, user_id FROM payments
WHERE ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR provider = $4) AND ($5 IS NULL OR status = $5)
  AND ($6 IS NULL OR currency = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_payments_of
-- The same of one person.
-- sorts: time created_at, i64 amount
-- params: sorted place, uuid place_id, i64 limit, text only_provider, text only_status, text only_currency, uuid user_id
-- returns: sorted value, uuid id, uuid user_id
SELECT {column}, id, user_id FROM payments
WHERE ({column}, id) {beyond} ($1, $2) AND user_id = $7 AND ($4 IS NULL OR provider = $4) AND ($5 IS NULL OR status = $5)
  AND ($6 IS NULL OR currency = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_payments_charged
-- The same with a charge: by the index of each provider, so all of them are named.
-- sorts: time created_at, i64 amount
-- params: sorted place, uuid place_id, i64 limit, text only_provider, text only_status, text only_currency, text charge, uuid only_user
-- returns: sorted value, uuid id, uuid user_id
SELECT {column}, id, user_id FROM payments
WHERE ({column}, id) {beyond} ($1, $2)
  AND provider IN ('stars', 'yookassa', 'cryptobot', 'sandbox', 'balance') AND provider_payment_id = $7 AND ($8 IS NULL OR user_id = $8)
  AND ($4 IS NULL OR provider = $4) AND ($5 IS NULL OR status = $5)
  AND ($6 IS NULL OR currency = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_payments_revenue
-- The same of those that came in between two moments, as report_revenue counts them: by when they were paid.
-- sorts: time created_at, i64 amount
-- params: sorted place, uuid place_id, i64 limit, text only_provider, text only_status, text only_currency, time since, time before, uuid only_user
-- returns: sorted value, uuid id, uuid user_id
SELECT {column}, id, user_id FROM payments
WHERE ({column}, id) {beyond} ($1, $2)
  AND provider <> 'balance' AND paid_at >= $7 AND paid_at < $8 AND ($9 IS NULL OR user_id = $9)
  AND ($4 IS NULL OR provider = $4) AND ($5 IS NULL OR status = $5)
  AND ($6 IS NULL OR currency = $6)
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

-- name: admin_outbox_queued
-- What waits in one lane of one channel, behind a place: by the index that the sender reads.
-- sorts: time due_at
-- params: sorted place, uuid place_id, i64 limit, text only_kind, i64 lane, text channel
-- returns: sorted value, uuid id, uuid user_id, text channel, i64 lane, text status, text kind, i64 chat_id, i64 attempts,
--   i64 unknowns, time created_at, time expires_at, time attempted_at, time done_at, text error
SELECT {column}, id, user_id, channel, lane, status, COALESCE(view, method), chat_id, attempts, unknowns, created_at, expires_at, attempted_at,
       done_at, error FROM outbox
WHERE status = 'queued' AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR COALESCE(view, method) = $4) AND lane = $5
  AND channel = $6
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_outbox_held
-- What is held.
-- sorts: time due_at
-- params: sorted place, uuid place_id, i64 limit, text only_kind, i64 only_lane, text only_channel
-- returns: sorted value, uuid id, uuid user_id, text channel, i64 lane, text status, text kind, i64 chat_id, i64 attempts,
--   i64 unknowns, time created_at, time expires_at, time attempted_at, time done_at, text error
SELECT {column}, id, user_id, channel, lane, status, COALESCE(view, method), chat_id, attempts, unknowns, created_at, expires_at, attempted_at,
       done_at, error FROM outbox
WHERE status = 'held' AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR COALESCE(view, method) = $4) AND ($5 IS NULL OR lane = $5)
  AND ($6 IS NULL OR channel = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_outbox_sending
-- What is being sent: as little as is in flight.
-- sorts: time due_at
-- params: sorted place, uuid place_id, i64 limit, text only_kind, i64 only_lane, text only_channel
-- returns: sorted value, uuid id, uuid user_id, text channel, i64 lane, text status, text kind, i64 chat_id, i64 attempts,
--   i64 unknowns, time created_at, time expires_at, time attempted_at, time done_at, text error
SELECT {column}, id, user_id, channel, lane, status, COALESCE(view, method), chat_id, attempts, unknowns, created_at, expires_at, attempted_at,
       done_at, error FROM outbox
WHERE status = 'sending' AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR COALESCE(view, method) = $4) AND ($5 IS NULL OR lane = $5)
  AND ($6 IS NULL OR channel = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_outbox_trouble
-- What failed, or what nobody knows the end of.
-- sorts: time due_at
-- params: sorted place, uuid place_id, i64 limit, text only_kind, i64 only_lane, text only_channel, text status
-- returns: sorted value, uuid id, uuid user_id, text channel, i64 lane, text status, text kind, i64 chat_id, i64 attempts,
--   i64 unknowns, time created_at, time expires_at, time attempted_at, time done_at, text error
SELECT {column}, id, user_id, channel, lane, status, COALESCE(view, method), chat_id, attempts, unknowns, created_at, expires_at, attempted_at,
       done_at, error FROM outbox
WHERE (status = 'failed' OR unknowns > 0) AND status = $7 AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR COALESCE(view, method) = $4) AND ($5 IS NULL OR lane = $5)
  AND ($6 IS NULL OR channel = $6)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_outbox_of
-- What one person is and was sent.
-- sorts: time due_at
-- params: sorted place, uuid place_id, i64 limit, text only_kind, i64 only_lane, text only_channel, uuid user_id, text only_status
-- returns: sorted value, uuid id, uuid user_id, text channel, i64 lane, text status, text kind, i64 chat_id, i64 attempts,
--   i64 unknowns, time created_at, time expires_at, time attempted_at, time done_at, text error
SELECT {column}, id, user_id, channel, lane, status, COALESCE(view, method), chat_id, attempts, unknowns, created_at, expires_at, attempted_at,
       done_at, error FROM outbox
WHERE user_id = $7 AND ({column}, id) {beyond} ($1, $2) AND ($4 IS NULL OR COALESCE(view, method) = $4) AND ($5 IS NULL OR lane = $5)
  AND ($6 IS NULL OR channel = $6) AND ($8 IS NULL OR status = $8)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: admin_inbox
-- What came and was not acted on, behind a place. The same id of two senders differs in its form.
-- sorts: time received_at
-- params: sorted place, text place_id, i64 limit, text only_status, text only_source
-- returns: sorted value, text external_id, text source, text status, i64 chat_id, i64 bytes, i64 attempts, time next_at,
--   i64 fence, time processed_at, text error
SELECT {column}, external_id, source, status, chat_id, CAST(length(body) AS BIGINT), attempts, next_at, fence, processed_at, error FROM inbox
WHERE body IS NOT NULL AND ({column}, external_id) {beyond} ($1, $2) AND ($4 IS NULL OR status = $4)
  AND ($5 IS NULL OR source = $5)
ORDER BY {column} {direction}, external_id {direction} LIMIT $3;
