-- name: subscription_person
-- What the rules need of the person.
-- params: uuid user_id
-- returns: text tier, time trial_ends_at, time erased_at, i64 telegram_id, i64 balance
SELECT u.tier, u.trial_ends_at, u.erased_at, u.telegram_id, COALESCE(b.amount, 0)
FROM users u LEFT JOIN balances b ON b.user_id = u.id WHERE u.id = $1;

-- name: subscription_current
-- A person's subscription: the newest row.
-- params: uuid user_id
-- returns: uuid id, text plan, text status, text renews_by, uuid payment_id, time starts_at, time ends_at, bool trial,
--   time canceled_at, time acted_until, time next_action_at, time created_at
SELECT id, plan, status, renews_by, payment_id, starts_at, ends_at, trial, canceled_at, acted_until, next_action_at, created_at
FROM subscriptions WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: subscription_periods
-- Its periods in the order of buying, each with its payment.
-- params: uuid user_id, uuid subscription_id, i64 limit
-- returns: uuid id, uuid payment_id, text plan, i64 months, i64 days, text status, time bought_at, time stopped_at,
--   time starts_at, time ends_at, bool revoked_by_admin, text payment_status, text provider
SELECT d.id, d.payment_id, d.plan, d.months, d.days, d.status, d.bought_at, d.stopped_at, d.starts_at, d.ends_at,
       d.revoked_by_admin, p.status, p.provider
FROM subscription_periods d LEFT JOIN payments p ON p.user_id = d.user_id AND p.id = d.payment_id
WHERE d.user_id = $1 AND d.subscription_id = $2 ORDER BY d.bought_at, d.id LIMIT $3;

-- name: subscription_insert
-- params: uuid user_id, uuid id, text plan, text status, text renews_by, time starts_at, time ends_at, bool trial,
--   time next_action_at, time created_at
INSERT INTO subscriptions (user_id, id, plan, status, renews_by, starts_at, ends_at, trial, acted_until, next_action_at,
                           created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $9, $10, $10);

-- name: subscription_update
-- params: uuid user_id, uuid id, text plan, text status, text renews_by, uuid payment_id, time starts_at, time ends_at,
--   time canceled_at, time acted_until, time next_action_at, time updated_at
UPDATE subscriptions
SET plan = $3, status = $4, renews_by = $5, payment_id = $6, starts_at = $7, ends_at = $8, canceled_at = $9, acted_until = $10,
    next_action_at = $11, updated_at = $12
WHERE user_id = $1 AND id = $2;

-- name: subscription_period_insert
-- params: uuid user_id, uuid id, uuid subscription_id, uuid payment_id, text plan, i64 months, i64 days, time bought_at,
--   time ends_at, text reason, time created_at
INSERT INTO subscription_periods (user_id, id, subscription_id, payment_id, plan, months, days, status, bought_at, starts_at,
                                  ends_at, reason, revoked_by_admin, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $8, $9, $10, FALSE, $11, $11);

-- name: subscription_period_update
-- params: uuid user_id, uuid id, text status, time stopped_at, time starts_at, time ends_at, time updated_at
UPDATE subscription_periods SET status = $3, stopped_at = $4, starts_at = $5, ends_at = $6, updated_at = $7
WHERE user_id = $1 AND id = $2;

-- name: subscription_period_by_payment
-- params: uuid user_id, uuid payment_id
-- returns: uuid id
SELECT id FROM subscription_periods WHERE user_id = $1 AND payment_id = $2;

-- name: subscription_period_revoke
-- params: uuid user_id, uuid id, text reason
UPDATE subscription_periods SET revoked_by_admin = TRUE, reason = $3 WHERE user_id = $1 AND id = $2 AND NOT revoked_by_admin;

-- name: subscription_set_tier
-- params: uuid user_id, text tier, time updated_at
UPDATE users SET tier = $2, updated_at = $3 WHERE id = $1;

-- name: subscription_due
-- People whose next occasion is due.
-- params: time now, i64 limit
-- returns: uuid user_id
SELECT user_id FROM subscriptions WHERE next_action_at <= $1 ORDER BY next_action_at, user_id LIMIT $2;

-- name: subscription_forget_methods
-- Saved means of payment of an erased person.
-- params: uuid user_id
UPDATE payments SET method = NULL, pay_url = NULL WHERE user_id = $1 AND (method IS NOT NULL OR pay_url IS NOT NULL);

-- name: doctor_subscription_paid
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT p.user_id, 'a paid subscription payment of ' || p.plan || ' has no period'
FROM payments p LEFT JOIN subscription_periods d ON d.user_id = p.user_id AND d.payment_id = p.id
WHERE p.purpose = 'subscription' AND p.paid_at IS NOT NULL AND d.id IS NULL ORDER BY p.user_id, p.id LIMIT $1;

-- name: doctor_subscription_reversed
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT d.user_id, 'a period is ' || d.status || ', its payment is ' || p.status
FROM subscription_periods d JOIN payments p ON p.user_id = d.user_id AND p.id = d.payment_id
WHERE (d.status <> 'revoked' AND p.status NOT IN ('succeeded', 'partially_refunded', 'disputed'))
   OR (d.status = 'active' AND p.status = 'disputed')
   OR (d.status = 'revoked' AND NOT d.revoked_by_admin AND p.status IN ('succeeded', 'partially_refunded', 'disputed'))
ORDER BY d.user_id, d.id LIMIT $1;
