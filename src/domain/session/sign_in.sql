-- name: sign_in_link_insert
-- A one-time link; only the hash of its code is kept.
-- params: uuid user_id, bytes code_hash, bool is_admin, time created_at, time expires_at
INSERT INTO sign_in_links (user_id, code_hash, is_admin, created_at, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: sign_in_link_take
-- A link is used by taking it away.
-- params: uuid user_id, bytes code_hash
-- returns: bool is_admin, time expires_at
DELETE FROM sign_in_links WHERE user_id = $1 AND code_hash = $2 RETURNING is_admin, expires_at;

-- name: session_life
-- How long a session may be prolonged depends on where it came from.
-- params: uuid user_id, uuid id
-- returns: text origin, bool is_admin, time created_at, time expires_at
SELECT origin, is_admin, created_at, expires_at FROM sessions WHERE user_id = $1 AND id = $2;

-- name: session_prolong
-- params: uuid user_id, uuid id, time expires_at
UPDATE sessions SET expires_at = $3 WHERE user_id = $1 AND id = $2;
