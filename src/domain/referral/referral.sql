-- name: referral_by_code
-- Whose code it is.
-- params: text key
-- returns: uuid user_id, time created_at
SELECT d.user_id, u.created_at FROM directory d JOIN users u ON u.id = d.user_id WHERE d.key = $1 AND u.erased_at IS NULL;

-- name: referral_insert
-- params: uuid referrer_id, uuid referred_id, text status, text reasons, time created_at
INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
VALUES ($1, $2, $3, 0, $4, FALSE, $5, $5);

-- name: referral_set_referrer
-- params: uuid user_id, uuid referred_by
UPDATE users SET referred_by = $2 WHERE id = $1;

-- name: referral_of_referred
-- params: uuid referred_id
-- returns: uuid referrer_id
SELECT referrer_id FROM referrals WHERE referred_id = $1;

-- name: referral_load
-- A referral with its payment and what is known of who invited.
-- params: uuid referrer_id, uuid referred_id
-- returns: text status, i64 reward, text reasons, bool approved, uuid payment_id, time matures_at, time rewarded_at,
--   time next_action_at, time created_at, text payment_status, time erased_at, time blocked_at,
--   i64 telegram_id
SELECT r.status, r.reward, r.reasons, r.approved, r.payment_id, r.matures_at, r.rewarded_at, r.next_action_at, r.created_at,
       p.status, u.erased_at, u.blocked_at, u.telegram_id
FROM referrals r JOIN users u ON u.id = r.referrer_id
LEFT JOIN payments p ON p.user_id = r.referred_id AND p.id = r.payment_id
WHERE r.referrer_id = $1 AND r.referred_id = $2;

-- name: referral_update
-- params: uuid referrer_id, uuid referred_id, text status, i64 reward, text reasons, bool approved, uuid payment_id,
--   time matures_at, time rewarded_at, time next_action_at, time updated_at
UPDATE referrals
SET status = $3, reward = $4, reasons = $5, approved = $6, payment_id = $7, matures_at = $8, rewarded_at = $9,
    next_action_at = $10, updated_at = $11
WHERE referrer_id = $1 AND referred_id = $2;

-- name: referral_first_payment
-- A person's first payment from outside that stands.
-- params: uuid user_id
-- returns: uuid id
SELECT id FROM payments
WHERE user_id = $1 AND provider <> 'balance' AND paid_at IS NOT NULL AND status IN ('succeeded', 'partially_refunded')
ORDER BY paid_at, id LIMIT 1;

-- name: referral_same_payer
-- Whether who paid for the invited person paid for the one who invited too, or for another invited by them.
-- params: uuid referrer_id, uuid referred_id
-- returns: uuid user_id
SELECT b.user_id FROM payment_events a JOIN payment_events b ON b.payer_hmac = a.payer_hmac
WHERE a.user_id = $2 AND a.payer_hmac IS NOT NULL AND b.user_id <> $2
  AND (b.user_id = $1 OR EXISTS (SELECT 1 FROM referrals r WHERE r.referrer_id = $1 AND r.referred_id = b.user_id))
LIMIT 1;

-- name: referral_near
-- How many the same person invited between two moments.
-- params: uuid referrer_id, time since, time until
-- returns: i64 n
SELECT CAST(COUNT(*) AS BIGINT) FROM referrals WHERE referrer_id = $1 AND created_at >= $2 AND created_at <= $3;

-- name: referral_rewarded
-- How many rewards a person got, in all and since a moment.
-- params: uuid referrer_id, time since
-- returns: i64 total, i64 recent
SELECT CAST(COUNT(*) AS BIGINT), CAST(COUNT(CASE WHEN rewarded_at > $2 THEN 1 END) AS BIGINT)
FROM referrals WHERE referrer_id = $1 AND rewarded_at IS NOT NULL;

-- name: referral_due
-- params: time now, i64 limit
-- returns: uuid referrer_id, uuid referred_id
SELECT referrer_id, referred_id FROM referrals WHERE next_action_at <= $1
ORDER BY next_action_at, referrer_id, referred_id LIMIT $2;

-- name: referral_summary
-- params: uuid user_id
-- returns: text referral_code, i64 invited, i64 pending, i64 rewarded, i64 earned
SELECT u.referral_code, CAST(COUNT(r.referred_id) AS BIGINT),
       CAST(COUNT(CASE WHEN r.status IN ('pending', 'held') THEN 1 END) AS BIGINT),
       CAST(COUNT(CASE WHEN r.status = 'rewarded' THEN 1 END) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN r.status = 'rewarded' THEN r.reward END), 0) AS BIGINT)
FROM users u LEFT JOIN referrals r ON r.referrer_id = u.id WHERE u.id = $1 GROUP BY u.id, u.referral_code;

-- name: doctor_referral_posted
-- Rewards that stand are what the wallet got as rewards.
-- params: i64 limit
-- returns: uuid user_id, text detail
SELECT x.user_id, 'rewards of ' || CAST(x.granted AS TEXT) || ' stand, ' || CAST(x.posted AS TEXT) || ' were posted'
FROM (SELECT user_id, CAST(SUM(granted) AS BIGINT) AS granted, CAST(SUM(posted) AS BIGINT) AS posted
      FROM (SELECT referrer_id AS user_id, reward AS granted, 0 AS posted FROM referrals WHERE status = 'rewarded'
            UNION ALL
            SELECT user_id, 0, amount FROM balance_transactions WHERE kind = 'referral_reward') y
      GROUP BY user_id) x
WHERE x.granted <> x.posted ORDER BY x.user_id LIMIT $1;
