-- name: payment_insert
-- A new order; nothing when the key was used.
-- params: uuid user_id, uuid id, text provider, text idempotency_key, text purpose, text plan, i64 amount, text currency,
--   bytes payer_hmac, bool save_method, text method, time created_at
-- returns: uuid id
INSERT INTO payments (user_id, id, provider, idempotency_key, purpose, plan, amount, currency, payer_hmac, save_method,
                      method, refunded, status, events, checks, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 'created', 0, 0, $12, $12)
ON CONFLICT (user_id, idempotency_key) DO NOTHING
RETURNING id;

-- name: payment_get
-- params: uuid user_id, uuid id
-- returns: uuid user_id, uuid id, text provider, text provider_payment_id, text idempotency_key, text purpose, text plan,
--   i64 amount, i64 refunded, text currency, text status, text pay_url, text method, time created_at, time paid_at,
--   bytes payer_hmac, i64 events, time waiting_since, i64 checks, time next_check_at, bool save_method
SELECT user_id, id, provider, provider_payment_id, idempotency_key, purpose, plan, amount, refunded, currency, status,
       pay_url, method, created_at, paid_at, payer_hmac, events, waiting_since, checks, next_check_at,
       save_method
FROM payments WHERE user_id = $1 AND id = $2;

-- name: payment_owner
-- Whose payment it is.
-- params: uuid id
-- returns: uuid user_id
SELECT user_id FROM payments WHERE id = $1;

-- name: payment_by_key
-- params: uuid user_id, text idempotency_key
-- returns: uuid id
SELECT id FROM payments WHERE user_id = $1 AND idempotency_key = $2;

-- name: payment_update
-- The row after an event.
-- params: uuid user_id, uuid id, text provider_payment_id, i64 refunded, text status, text pay_url, text method, i64 events,
--   time waiting_since, i64 checks, time next_check_at, time paid_at, time updated_at
UPDATE payments
SET provider_payment_id = $3, refunded = $4, status = $5, pay_url = $6, method = $7, events = $8, waiting_since = $9,
    checks = $10, next_check_at = $11, paid_at = $12, updated_at = $13
WHERE user_id = $1 AND id = $2;

-- name: payment_event_insert
-- Records an event; nothing when the same one is there.
-- params: uuid user_id, uuid id, uuid payment_id, text kind, text ref, text charge, i64 amount, text currency,
--   bytes payer_hmac, text note, time occurred_at, time recorded_at
-- returns: uuid id
INSERT INTO payment_events (user_id, id, payment_id, kind, ref, charge, amount, currency, payer_hmac, note, occurred_at,
                            recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (user_id, id) DO NOTHING
RETURNING id;

-- name: payment_events
-- All events of a payment, in an order that does not depend on when they came.
-- params: uuid user_id, uuid payment_id
-- returns: uuid id, text kind, text ref, text charge, i64 amount, text currency, bytes payer_hmac, text note,
--   time occurred_at, time recorded_at
SELECT id, kind, ref, charge, amount, currency, payer_hmac, note, occurred_at, recorded_at
FROM payment_events WHERE user_id = $1 AND payment_id = $2 ORDER BY id;

-- name: payment_posted
-- What was posted for a payment so far, by kind.
-- params: uuid user_id, uuid payment_id
-- returns: text kind, i64 amount
SELECT kind, CAST(SUM(amount) AS BIGINT) FROM balance_transactions
WHERE user_id = $1 AND payment_id = $2 GROUP BY kind ORDER BY kind;

-- name: payment_directory_claim
-- Makes a charge lead to its payment; nothing when it leads somewhere.
-- params: text key, uuid user_id, uuid ref_id, time created_at
INSERT INTO directory (key, user_id, ref_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING;

-- name: payment_directory_get
-- params: text key
-- returns: uuid user_id, uuid ref_id
SELECT user_id, ref_id FROM directory WHERE key = $1 AND ref_id IS NOT NULL;

-- name: payment_by_charge
-- The payment that a charge stands for; finds those of erased people too.
-- params: text provider, text provider_payment_id
-- returns: uuid user_id, uuid id
SELECT user_id, id FROM payments WHERE provider = $1 AND provider_payment_id = $2;

-- name: payment_stray_insert
-- params: text provider, uuid id, text kind, text ref, text charge, i64 amount, text currency, bytes payer_hmac, text note,
--   time occurred_at, time recorded_at
INSERT INTO payment_strays (provider, id, kind, ref, charge, amount, currency, payer_hmac, note, occurred_at, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (provider, id) DO NOTHING;

-- name: payment_strays
-- Events that waited for this charge.
-- params: text provider, text charge, i64 limit
-- returns: uuid id, text kind, text ref, i64 amount, text currency, bytes payer_hmac, text note, time occurred_at
SELECT id, kind, ref, amount, currency, payer_hmac, note, occurred_at
FROM payment_strays WHERE provider = $1 AND charge = $2 AND payment_id IS NULL ORDER BY id LIMIT $3;

-- name: payment_stray_adopt
-- params: text provider, uuid id, uuid payment_id
UPDATE payment_strays SET payment_id = $3 WHERE provider = $1 AND id = $2;

-- name: payment_erased
-- Whether a person is there, and whether they were erased.
-- params: uuid id
-- returns: time erased_at
SELECT erased_at FROM users WHERE id = $1;

-- name: payment_due
-- Payments to ask the provider about.
-- params: time now, i64 limit
-- returns: uuid user_id, uuid id
SELECT user_id, id FROM payments WHERE next_check_at <= $1 ORDER BY next_check_at, user_id, id LIMIT $2;

-- name: payment_checked
-- params: uuid user_id, uuid id, i64 checks, time next_check_at
UPDATE payments SET checks = $3, next_check_at = $4 WHERE user_id = $1 AND id = $2;

-- name: payment_check_rows
-- All payments, in pages, for the doctor.
-- params: uuid after_user, uuid after_id, i64 limit
-- returns: uuid user_id, uuid id, text status, i64 amount, text currency, bytes payer_hmac, i64 refunded, i64 events,
--   text provider, text purpose, text provider_payment_id
SELECT user_id, id, status, amount, currency, payer_hmac, refunded, events, provider, purpose, provider_payment_id
FROM payments WHERE (user_id, id) > ($1, $2) ORDER BY user_id, id LIMIT $3;

-- name: payment_check_changed
-- The same of those changed since a moment.
-- params: uuid after_user, uuid after_id, i64 limit, time since
-- returns: uuid user_id, uuid id, text status, i64 amount, text currency, bytes payer_hmac, i64 refunded, i64 events,
--   text provider, text purpose, text provider_payment_id
SELECT user_id, id, status, amount, currency, payer_hmac, refunded, events, provider, purpose, provider_payment_id
FROM payments WHERE (user_id, id) > ($1, $2) AND updated_at >= $4 ORDER BY user_id, id LIMIT $3;

-- name: payment_check_events
-- The events of a range of payments, for the doctor.
-- params: uuid first_user, uuid first_id, uuid last_user, uuid last_id
-- returns: uuid user_id, uuid payment_id, text kind, text ref, text charge, i64 amount, text currency, bytes payer_hmac
SELECT user_id, payment_id, kind, ref, charge, amount, currency, payer_hmac FROM payment_events
WHERE (user_id, payment_id) >= ($1, $2) AND (user_id, payment_id) <= ($3, $4) ORDER BY user_id, payment_id, id;

-- name: payment_check_postings
-- What was posted for a range of payments, for the doctor.
-- params: uuid first_user, uuid first_id, uuid last_user, uuid last_id
-- returns: uuid user_id, uuid payment_id, text kind, i64 amount
SELECT user_id, payment_id, kind, CAST(SUM(amount) AS BIGINT) FROM balance_transactions
WHERE payment_id IS NOT NULL AND (user_id, payment_id) >= ($1, $2) AND (user_id, payment_id) <= ($3, $4)
GROUP BY user_id, payment_id, kind ORDER BY user_id, payment_id, kind;
