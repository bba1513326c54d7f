-- name: inbox_add
-- One that waits for its turn; a known id changes nothing.
-- params: text source, text external_id, i64 chat_id, bytes body, time now
INSERT INTO inbox (source, external_id, chat_id, body, status, attempts, next_at, received_at)
VALUES ($1, $2, $3, $4, 'pending', 0, $5, $5) ON CONFLICT (source, external_id) DO NOTHING;

-- name: inbox_add_many [postgres]
-- The same for many of nobody's order; in the order of their ids, so that two batches never wait for each other.
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: text[] source, text[] external_id, bytes[] body, time now
INSERT INTO inbox (source, external_id, body, status, attempts, next_at, received_at)
SELECT source, external_id, body, 'pending', 0, $4, $4 FROM unnest($1, $2, $3) AS k (source, external_id, body)
ORDER BY source, external_id ON CONFLICT (source, external_id) DO NOTHING;

-- name: inbox_add_done
-- One that is acted on in this transaction.
-- params: text source, text external_id, time now
INSERT INTO inbox (source, external_id, status, attempts, received_at, processed_at)
VALUES ($1, $2, 'done', 0, $3, $3) ON CONFLICT (source, external_id) DO NOTHING;

-- name: inbox_add_done_many [postgres]
-- The same for many; returns those that are new. Ids in ascending order, so that two batches never wait for each other.
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: text source, text[] external_id, time now
-- returns: text external_id
INSERT INTO inbox (source, external_id, status, attempts, received_at, processed_at)
SELECT $1, external_id, 'done', 0, $3, $3 FROM unnest($2) AS k (external_id)
ON CONFLICT (source, external_id) DO NOTHING RETURNING external_id;

-- name: inbox_waits
-- Whether something of this chat waits.
-- params: i64 chat_id
-- returns: i64 found
SELECT 1 FROM inbox WHERE chat_id = $1 AND body IS NOT NULL AND status = 'pending' LIMIT 1;

-- name: inbox_waits_many [postgres]
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: i64[] i, i64[] chat_id
-- returns: i64 i
SELECT k.i FROM unnest($1, $2) AS k (i, chat_id)
WHERE EXISTS (SELECT 1 FROM inbox b WHERE b.chat_id = k.chat_id AND b.body IS NOT NULL AND b.status = 'pending');

-- name: inbox_begin
-- A waiting one is done, unless what follows takes it back.
-- params: text source, text external_id, time now
UPDATE inbox
SET status = 'done', chat_id = NULL, body = NULL, next_at = NULL, error = NULL, fence = NULL, processed_at = $3
WHERE source = $1 AND external_id = $2 AND status = 'pending';

-- name: inbox_put_off
-- Acting on it failed: it waits, or is parked.
-- params: text source, text external_id, i64 chat_id, bytes body, text status, i64 attempts, time next_at, text error,
--   time processed_at
UPDATE inbox
SET chat_id = $3, body = $4, status = $5, attempts = $6, next_at = $7, error = $8, fence = NULL, processed_at = $9
WHERE source = $1 AND external_id = $2;

-- name: inbox_mark_begun
-- A waiting one is about to be acted on.
-- params: text source, text external_id, i64 fence
UPDATE inbox SET fence = $3 WHERE source = $1 AND external_id = $2 AND status = 'pending';

-- name: inbox_cut_off
-- Those that were begun under another fence, and neither done nor put off.
-- params: text source, i64 fence, i64 limit
-- returns: text external_id, i64 attempts
SELECT external_id, attempts FROM inbox
WHERE source = $1 AND next_at IS NOT NULL AND fence IS NOT NULL AND fence <> $2 LIMIT $3;

-- name: inbox_blame
-- One of those: it waits, or is parked.
-- params: text source, text external_id, text status, i64 attempts, time next_at, text error, time processed_at
UPDATE inbox
SET status = $3, attempts = $4, next_at = $5, error = $6, fence = NULL, processed_at = $7
WHERE source = $1 AND external_id = $2 AND status = 'pending';

-- name: inbox_due
-- Waiting ones whose time has come, of each chat at most its oldest. Ids are numbers: the longer one is the higher one.
-- params: text source, time now, i64 limit
-- returns: text external_id, i64 chat_id, bytes body, i64 attempts
SELECT i.external_id, i.chat_id, i.body, i.attempts FROM inbox i
WHERE i.source = $1 AND i.next_at <= $2
  AND NOT EXISTS (SELECT 1 FROM inbox o
                  WHERE o.chat_id = i.chat_id AND o.body IS NOT NULL AND o.status = 'pending' AND o.source = i.source
                    AND (o.received_at, length(o.external_id), o.external_id)
                        < (i.received_at, length(i.external_id), i.external_id))
ORDER BY i.next_at, i.received_at, length(i.external_id), i.external_id LIMIT $3;

-- name: inbox_next
-- When the next one that backs off is due.
-- params: text source, time now
-- returns: time next_at
SELECT next_at FROM inbox WHERE source = $1 AND next_at > $2 ORDER BY next_at LIMIT 1;

-- name: inbox_stats
-- returns: i64 waiting, time oldest, i64 parked
SELECT (SELECT CAST(COUNT(*) AS BIGINT) FROM inbox WHERE next_at IS NOT NULL),
       (SELECT MIN(received_at) FROM inbox WHERE next_at IS NOT NULL),
       (SELECT CAST(COUNT(*) AS BIGINT) FROM inbox WHERE body IS NOT NULL AND status = 'parked');
