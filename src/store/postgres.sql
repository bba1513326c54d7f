-- What the PostgreSQL driver itself asks.

-- name: xact_status [postgres]
-- reason: only PostgreSQL has a connection that can be lost while it commits
-- What became of a transaction: committed, aborted, in progress; NULL when it is too old to tell.
-- params: text xid
-- returns: text status
SELECT pg_xact_status(CAST($1 AS xid8))

-- name: xact_end_abandoned [postgres]
-- reason: as xact_status
-- Ends the session that still holds the transaction open and waits for a COMMIT that was lost on the way.
-- params: i64 pid, text xid_low
-- returns: bool ended
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid = CAST($1 AS INTEGER) AND CAST(backend_xid AS TEXT) = $2 AND state LIKE 'idle in transaction%'
