-- name: secret_get
-- A key the program made for itself.
-- params: text name
-- returns: bytes value
SELECT value FROM secrets WHERE name = $1;

-- name: secret_insert
-- Keeps a new key; the first one made wins.
-- params: text name, bytes value, time created_at
INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING;
