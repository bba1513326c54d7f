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
