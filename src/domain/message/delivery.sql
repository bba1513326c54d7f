-- name: delivery_add
-- An occasion; a key that is there already stays as it is.
-- params: uuid user_id, text kind, uuid ref_id, day local_date, i64 occasion, text status, time due_at, uuid outbox_id,
--   time created_at, time done_at
INSERT INTO deliveries (user_id, kind, ref_id, local_date, occasion, status, due_at, outbox_id, created_at, done_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, kind, ref_id, local_date, occasion) DO NOTHING;

-- name: delivery_add_many [postgres]
-- The same for many; returns those that are new. Done at once are those that are not queued.
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, text[] kind, uuid[] ref_id, day[] local_date, i64[] occasion, text[] status, time[] due_at,
--   uuid[] outbox_id, time now
-- returns: uuid user_id, text kind, uuid ref_id, day local_date, i64 occasion
INSERT INTO deliveries (user_id, kind, ref_id, local_date, occasion, status, due_at, outbox_id, created_at, done_at)
SELECT user_id, kind, ref_id, local_date, CAST(occasion AS integer), status, due_at, outbox_id, $9,
       CASE WHEN status <> 'queued' THEN $9 END
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
     AS k (user_id, kind, ref_id, local_date, occasion, status, due_at, outbox_id)
ON CONFLICT (user_id, kind, ref_id, local_date, occasion) DO NOTHING
RETURNING user_id, kind, ref_id, local_date, occasion;

-- name: delivery_get
-- params: uuid user_id, text kind, uuid ref_id, day local_date, i64 occasion
-- returns: text status, time due_at, uuid outbox_id, i64 message_id
SELECT status, due_at, outbox_id, message_id FROM deliveries
WHERE user_id = $1 AND kind = $2 AND ref_id = $3 AND local_date = $4 AND occasion = $5;

-- name: delivery_move
-- params: uuid user_id, text kind, uuid ref_id, day local_date, i64 occasion, text status, time done_at, i64 message_id
UPDATE deliveries SET status = $6, done_at = $7, message_id = COALESCE($8, message_id)
WHERE user_id = $1 AND kind = $2 AND ref_id = $3 AND local_date = $4 AND occasion = $5;
