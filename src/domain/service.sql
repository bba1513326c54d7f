-- name: idempotency_get
-- The answer that was given under a key.
-- params: uuid user_id, text key
-- returns: text operation, bytes body_hash, i64 status, bytes answer
SELECT operation, body_hash, status, answer FROM idempotency WHERE user_id = $1 AND key = $2;

-- name: idempotency_insert
-- params: uuid user_id, text key, text operation, bytes body_hash, i64 status, bytes answer, time created_at
INSERT INTO idempotency (user_id, key, operation, body_hash, status, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);
