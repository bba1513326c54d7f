-- name: broadcast_insert
-- params: uuid user_id, uuid id, text body, time now
INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
VALUES ($1, $2, $3, 'draft', 0, 0, 0, 0, $4, $4);

-- name: broadcast_get
-- params: uuid user_id, uuid id
-- returns: text body, text status, i64 people, i64 queued, i64 sent, i64 failed, time created_at, time updated_at
SELECT body, status, people, queued, sent, failed, created_at, updated_at FROM broadcasts WHERE user_id = $1 AND id = $2;

-- name: broadcast_count_people
-- Everybody who can be reached.
-- returns: i64 people
SELECT CAST(COUNT(*) AS BIGINT) FROM users
WHERE telegram_id IS NOT NULL AND erased_at IS NULL AND unreachable_at IS NULL AND blocked_at IS NULL;

-- name: broadcast_move
-- Changes the status of one that is as it was read.
-- params: uuid user_id, uuid id, text from_status, text status, i64 people, time now
UPDATE broadcasts SET status = $4, people = $5, updated_at = $6 WHERE user_id = $1 AND id = $2 AND status = $3;

-- name: broadcast_running
-- returns: uuid user_id, uuid id, uuid after_user
SELECT user_id, id, after_user FROM broadcasts WHERE status = 'running' ORDER BY created_at LIMIT 1;

-- name: broadcast_people
-- The next people, in the order of their ids.
-- params: uuid after_user, i64 limit
-- returns: uuid id, i64 telegram_id
SELECT id, telegram_id FROM users
WHERE id > $1 AND telegram_id IS NOT NULL AND erased_at IS NULL AND unreachable_at IS NULL AND blocked_at IS NULL
ORDER BY id LIMIT $2;

-- name: broadcast_progress
-- Remembers how far a running one has come; nothing when it was stopped meanwhile.
-- params: uuid user_id, uuid id, i64 queued, uuid after_user, text status, time now
UPDATE broadcasts SET queued = queued + $3, after_user = $4, status = $5, updated_at = $6
WHERE user_id = $1 AND id = $2 AND status = 'running';

-- name: broadcast_drop_waiting
-- params: uuid id, i64 limit, time now
UPDATE outbox SET status = 'dropped', error = 'the broadcast was stopped', done_at = $3
WHERE (user_id, id) IN (SELECT user_id, id FROM outbox
                        WHERE status = 'queued' AND channel = 'telegram' AND lane = 3 AND ref_id = $1
                        ORDER BY due_at, user_id, id LIMIT $2)
  AND status = 'queued';

-- name: broadcast_count
-- Answers that came for one.
-- params: uuid id, i64 sent, i64 failed, time now
UPDATE broadcasts SET sent = sent + $2, failed = failed + $3, updated_at = $4 WHERE id = $1;

-- name: broadcast_body
-- params: uuid id
-- returns: text body
SELECT body FROM broadcasts WHERE id = $1;
