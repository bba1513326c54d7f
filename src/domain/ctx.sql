-- name: ctx_user
-- What every operation needs of the person it acts for; nobody for erased ones.
-- params: uuid user_id
-- returns: text timezone, i64 day_starts_at, text tier, time trial_ends_at
SELECT timezone, day_starts_at, tier, trial_ends_at FROM users WHERE id = $1 AND erased_at IS NULL;

-- name: audit_insert
-- One row for an audited operation.
-- params: uuid user_id, uuid id, text actor, text operation, text request_id, json detail, time created_at
INSERT INTO audit_log (user_id, id, actor, operation, request_id, detail, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: people_lock [postgres]
-- Keeps other transactions that write for these people waiting until this one has ended. A lock of its own, not one of their
-- rows: it leaves nothing on disk. Keys in ascending order, so that two that lock several never wait for each other.
-- reason: on SQLite there is one writer at a time.
-- params: i64[] keys
-- returns: i64 locked
SELECT CAST(COUNT(pg_advisory_xact_lock(key)) AS BIGINT) FROM unnest($1) AS k (key);
