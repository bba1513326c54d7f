-- name: lease_take
-- Free, expired or the holder's own; a new holder gets the next fence. No row: somebody else has it.
-- params: text name, uuid holder, time now, time expires_at
-- returns: i64 fence
INSERT INTO leases (name, holder, fence, acquired_at, expires_at, problem) VALUES ($1, $2, 1, $3, $4, NULL)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, expires_at = excluded.expires_at,
    fence = leases.fence + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END,
    acquired_at = CASE WHEN leases.holder = excluded.holder THEN leases.acquired_at ELSE excluded.acquired_at END,
    problem = CASE WHEN leases.holder = excluded.holder THEN leases.problem END
WHERE leases.holder = excluded.holder OR leases.expires_at <= excluded.acquired_at
RETURNING fence;

-- name: lease_expire
-- Sets the end of a lease that is still this fence's.
-- params: text name, i64 fence, time expires_at
UPDATE leases SET expires_at = $3 WHERE name = $1 AND fence = $2;

-- name: lease_drop
-- params: text name, i64 fence
UPDATE leases SET expires_at = acquired_at WHERE name = $1 AND fence = $2;

-- name: lease_problem
-- params: text name, i64 fence, text problem
UPDATE leases SET problem = $3 WHERE name = $1 AND fence = $2;

-- name: lease_get
-- params: text name
-- returns: i64 fence, time acquired_at, time expires_at, text problem
SELECT fence, acquired_at, expires_at, problem FROM leases WHERE name = $1;

-- name: lease_held
-- A lease that somebody holds.
-- params: time now
-- returns: text name, time expires_at
SELECT name, expires_at FROM leases WHERE expires_at > $1 ORDER BY expires_at DESC LIMIT 1;
