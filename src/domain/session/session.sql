-- name: session_insert
-- A new session; only the hash of its token is kept.
-- params: uuid user_id, uuid id, bytes token_hash, text name, bool is_admin, text origin, time created_at, time expires_at
INSERT INTO sessions (user_id, id, token_hash, name, is_admin, origin, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: session_owner
-- Whether somebody may have sessions.
-- params: uuid user_id
-- returns: time blocked_at
SELECT blocked_at FROM users WHERE id = $1;

-- name: session_load
-- The session a token names, with what every operation needs of its owner.
-- params: uuid user_id, uuid id
-- returns: bytes token_hash, bool is_admin, time expires_at, text timezone, i64 day_starts_at, text tier, time trial_ends_at,
--   text origin, bool owner_is_admin, i64 telegram_id
SELECT s.token_hash, s.is_admin, s.expires_at, u.timezone, u.day_starts_at, u.tier, u.trial_ends_at, s.origin, u.is_admin,
       u.telegram_id
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.user_id = $1 AND s.id = $2 AND u.erased_at IS NULL;

-- name: session_list
-- A person's live sessions, newest first.
-- params: uuid user_id, time now
-- returns: uuid id, text name, bool is_admin, text origin, time created_at, time expires_at
SELECT id, name, is_admin, origin, created_at, expires_at FROM sessions
WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 200;

-- name: session_delete
-- Ends one session.
-- params: uuid user_id, uuid id
DELETE FROM sessions WHERE user_id = $1 AND id = $2;

-- name: session_delete_all
-- Ends every session of a person.
-- params: uuid user_id
DELETE FROM sessions WHERE user_id = $1;
