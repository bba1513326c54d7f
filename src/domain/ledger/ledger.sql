-- name: ledger_insert
-- Appends a posting to a wallet that allows it; nothing when it does not, when there is no wallet, or when the key was used.
-- params: uuid user_id, text kind, i64 amount, text idempotency_key, bytes body_hash, uuid payment_id, text reason,
--   text actor, time created_at, text currency, bool may_owe
-- returns: i64 seq, i64 balance_after
INSERT INTO balance_transactions (user_id, seq, kind, amount, balance_after, idempotency_key, body_hash, payment_id, reason,
                                  actor, created_at)
SELECT b.user_id, b.seq + 1, $2, $3, b.amount + $3, $4, $5, $6, $7, $8, $9
FROM balances b
WHERE b.user_id = $1 AND b.currency = $10 AND b.amount BETWEEN -4000000000000000000 AND 4000000000000000000
  AND ($11 OR b.amount + $3 >= 0)
  AND NOT EXISTS (SELECT 1 FROM ledger_refusals r WHERE r.user_id = $1 AND r.idempotency_key = $4)
ON CONFLICT (user_id, idempotency_key) DO NOTHING
RETURNING seq, balance_after;

-- name: ledger_wallet_update
-- The wallet after its posting $3.
-- params: uuid user_id, i64 amount, i64 seq, time updated_at
UPDATE balances SET amount = $2, seq = $3, updated_at = $4 WHERE user_id = $1;

-- name: ledger_wallet_open
-- params: uuid user_id, text currency, time updated_at
INSERT INTO balances (user_id, currency, amount, seq, updated_at) VALUES ($1, $2, 0, 0, $3) ON CONFLICT (user_id) DO NOTHING;

-- name: ledger_wallet_get
-- params: uuid user_id
-- returns: text currency, i64 amount, i64 seq
SELECT currency, amount, seq FROM balances WHERE user_id = $1;

-- name: ledger_by_key
-- What a key has done.
-- params: uuid user_id, text idempotency_key
-- returns: bytes body_hash, i64 seq, text kind, i64 amount, i64 balance_after, uuid payment_id, text reason, time created_at
SELECT body_hash, seq, kind, amount, balance_after, payment_id, reason, created_at
FROM balance_transactions WHERE user_id = $1 AND idempotency_key = $2
UNION ALL
SELECT body_hash, 0, kind, amount, balance, NULL, NULL, created_at
FROM ledger_refusals WHERE user_id = $1 AND idempotency_key = $2;

-- name: ledger_refusal_insert
-- params: uuid user_id, text idempotency_key, bytes body_hash, text kind, i64 amount, i64 balance, time created_at
INSERT INTO ledger_refusals (user_id, idempotency_key, body_hash, kind, amount, balance, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: ledger_list
-- A wallet's postings behind a place; their number alone tells them apart, the id is everywhere the person's.
-- sorts: i64 seq
-- params: sorted place, uuid place_id, i64 limit, uuid user_id, text only_kind
-- returns: sorted value, uuid user_id, i64 seq, text kind, i64 amount, i64 balance_after, uuid payment_id, text reason, time created_at
SELECT {column}, user_id, seq, kind, amount, balance_after, payment_id, reason, created_at
FROM balance_transactions WHERE user_id = $4 AND ({column}, user_id) {beyond} ($1, $2)
  AND ($5 IS NULL OR kind = $5)
ORDER BY {column} {direction}, user_id {direction} LIMIT $3;

-- name: ledger_person
-- Whether there is such a person.
-- params: uuid user_id
-- returns: uuid user_id
SELECT id FROM users WHERE id = $1;

-- name: ledger_wallets_open_many [postgres]
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, text currency, time updated_at
INSERT INTO balances (user_id, currency, amount, seq, updated_at)
SELECT user_id, $2, 0, 0, $3 FROM unnest($1) AS k (user_id)
ON CONFLICT (user_id) DO NOTHING;

-- name: ledger_wallets_many [postgres]
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id
-- returns: uuid user_id, text currency, i64 amount, i64 seq
SELECT b.user_id, b.currency, b.amount, b.seq FROM unnest($1) AS k (user_id) JOIN balances b ON b.user_id = k.user_id;

-- name: ledger_known_many [postgres]
-- What the keys of a batch have done before; i is the place in the batch.
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: i64[] i, uuid[] user_id, text[] idempotency_key
-- returns: i64 i, bytes body_hash, i64 seq, text kind, i64 amount, i64 balance_after, uuid payment_id, text reason,
--   time created_at
SELECT k.i, t.body_hash, t.seq, t.kind, t.amount, t.balance_after, t.payment_id, t.reason, t.created_at
FROM unnest($1, $2, $3) AS k (i, user_id, idempotency_key)
JOIN balance_transactions t ON t.user_id = k.user_id AND t.idempotency_key = k.idempotency_key
UNION ALL
SELECT k.i, r.body_hash, 0, r.kind, r.amount, r.balance, NULL, NULL, r.created_at
FROM unnest($1, $2, $3) AS k (i, user_id, idempotency_key)
JOIN ledger_refusals r ON r.user_id = k.user_id AND r.idempotency_key = k.idempotency_key;

-- name: ledger_insert_many [postgres]
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, i64[] seq, text[] kind, i64[] amount, i64[] balance_after, text[] idempotency_key,
--   bytes[] body_hash, uuid[] payment_id, text[] reason, text actor, time created_at
INSERT INTO balance_transactions (user_id, seq, kind, amount, balance_after, idempotency_key, body_hash, payment_id, reason,
                                  actor, created_at)
SELECT user_id, seq, kind, amount, balance_after, idempotency_key, body_hash, payment_id, reason, $10, $11
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
     AS k (user_id, seq, kind, amount, balance_after, idempotency_key, body_hash, payment_id, reason);

-- name: ledger_wallets_update_many [postgres]
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, i64[] amount, i64[] seq, time updated_at
UPDATE balances b SET amount = k.amount, seq = k.seq, updated_at = $4
FROM unnest($1, $2, $3) AS k (user_id, amount, seq) WHERE b.user_id = k.user_id;

-- name: ledger_check_wallets
-- Wallets changed since a moment, by person, for the books' check.
-- params: uuid after_user, time since, i64 limit
-- returns: uuid user_id, i64 amount, i64 seq
SELECT user_id, amount, seq FROM balances WHERE user_id > $1 AND updated_at >= $2 ORDER BY user_id LIMIT $3;

-- name: ledger_check_postings
-- All postings behind a place, in the order of the books.
-- params: uuid after_user, i64 after_seq, i64 limit
-- returns: uuid user_id, i64 seq, i64 amount, i64 balance_after
SELECT user_id, seq, amount, balance_after FROM balance_transactions
WHERE (user_id, seq) > ($1, $2) ORDER BY user_id, seq LIMIT $3;

-- name: ledger_check_wallet
-- The same of one wallet.
-- params: uuid user_id, i64 after_seq, i64 limit
-- returns: uuid user_id, i64 seq, i64 amount, i64 balance_after
SELECT user_id, seq, amount, balance_after FROM balance_transactions
WHERE user_id = $1 AND seq > $2 ORDER BY user_id, seq LIMIT $3;
