-- name: outbox_add
-- params: uuid user_id, uuid id, text channel, i64 lane, i64 chat_id, i64 message_id, text method, text payload, text view,
--   text args, uuid ref_id, day ref_date, i64 ref_number, bool for_dialog, time due_at, time expires_at, time created_at
INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, message_id, method, payload, view, args, ref_id, ref_date,
                    ref_number, for_dialog, attempts, unknowns, due_at, expires_at, created_at)
VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, $15, $16, $17);

-- name: outbox_add_many [postgres]
-- reason: one statement for a whole batch; SQLite has no arrays and no round trips to save.
-- params: uuid[] user_id, uuid[] id, text[] channel, i64[] lane, i64[] chat_id, i64[] message_id, text[] method,
--   text[] payload, text[] view, text[] args, uuid[] ref_id, day[] ref_date, i64[] ref_number, bool[] for_dialog,
--   time[] due_at, time[] expires_at, time created_at
INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, message_id, method, payload, view, args, ref_id, ref_date,
                    ref_number, for_dialog, attempts, unknowns, due_at, expires_at, created_at)
SELECT user_id, id, channel, CAST(lane AS smallint), 'queued', chat_id, message_id, method, payload, view, args, ref_id,
       ref_date, CAST(ref_number AS integer), for_dialog, 0, 0, due_at, expires_at, $17
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     AS k (user_id, id, channel, lane, chat_id, message_id, method, payload, view, args, ref_id, ref_date, ref_number,
           for_dialog, due_at, expires_at);

-- name: outbox_window
-- What of a lane is due, in order, behind a row, but for what goes to some chats; read from the index, so what was sent
-- costs nothing.
-- params: text channel, i64 lane, time now, time after_due, uuid after_user, uuid after_id, i64 limit, i64 not_chat1,
--   i64 not_chat2, i64 not_chat3, i64 not_chat4
-- returns: uuid user_id, uuid id, i64 chat_id, i64 message_id, text what, time due_at, time expires_at
SELECT user_id, id, chat_id, message_id, COALESCE(view, method), due_at, expires_at FROM outbox
WHERE status = 'queued' AND channel = $1 AND lane = $2 AND due_at <= $3 AND (due_at, user_id, id) > ($4, $5, $6)
  AND (chat_id IS NULL OR chat_id NOT IN ($8, $9, $10, $11))
ORDER BY due_at, user_id, id LIMIT $7;

-- name: outbox_take
-- A queued row is being sent from now on.
-- params: uuid user_id, uuid id, i64 fence, time now
-- returns: text channel, i64 lane, i64 chat_id, i64 message_id, text method, text payload, text view, text args, uuid ref_id,
--   day ref_date, i64 ref_number, i64 attempts, i64 unknowns, time due_at, time created_at
UPDATE outbox SET status = 'sending', fence = $3, attempted_at = $4, attempts = attempts + 1
WHERE user_id = $1 AND id = $2 AND status = 'queued'
RETURNING channel, lane, chat_id, message_id, method, payload, view, args, ref_id, ref_date, ref_number, attempts, unknowns,
          due_at, created_at;

-- name: outbox_take_many [postgres]
-- The same for many; i tells which.
-- reason: one statement for a whole claim; SQLite has no arrays and no round trips to save.
-- params: i64[] i, uuid[] user_id, uuid[] id, i64 fence, time now
-- returns: i64 i, text channel, i64 lane, i64 chat_id, i64 message_id, text method, text payload, text view, text args,
--   uuid ref_id, day ref_date, i64 ref_number, i64 attempts, i64 unknowns, time due_at, time created_at
UPDATE outbox o SET status = 'sending', fence = $4, attempted_at = $5, attempts = attempts + 1
FROM unnest($1, $2, $3) AS k (i, user_id, id)
WHERE o.user_id = k.user_id AND o.id = k.id AND o.status = 'queued'
RETURNING k.i, o.channel, o.lane, o.chat_id, o.message_id, o.method, o.payload, o.view, o.args, o.ref_id, o.ref_date,
          o.ref_number, o.attempts, o.unknowns, o.due_at, o.created_at;

-- name: outbox_row
-- What a change of status depends on.
-- params: uuid user_id, uuid id
-- returns: text status, i64 lane, i64 chat_id, i64 message_id, text method, text view, uuid ref_id, day ref_date,
--   i64 ref_number, bool for_dialog, i64 attempts, i64 unknowns, i64 fence, time due_at, time attempted_at, time created_at,
--   text channel, time erased_at
SELECT o.status, o.lane, o.chat_id, o.message_id, o.method, o.view, o.ref_id, o.ref_date, o.ref_number, o.for_dialog,
       o.attempts, o.unknowns, o.fence, o.due_at, o.attempted_at, o.created_at, o.channel, u.erased_at
FROM outbox o LEFT JOIN users u ON u.id = o.user_id
WHERE o.user_id = $1 AND o.id = $2;

-- name: outbox_finish
-- The end of a row that is as it was read.
-- params: uuid user_id, uuid id, text from_status, i64 from_fence, text status, i64 unknowns, i64 sent_message_id,
--   text error, time done_at
UPDATE outbox
SET status = $5, unknowns = $6, sent_message_id = $7, error = COALESCE($8, error), done_at = $9
WHERE user_id = $1 AND id = $2 AND status = $3 AND fence IS NOT DISTINCT FROM $4;

-- name: outbox_requeue
-- A row that is as it was read waits again, or is held.
-- params: uuid user_id, uuid id, text from_status, i64 from_fence, text status, i64 attempts, i64 unknowns, i64 message_id,
--   text method, time due_at, text error
UPDATE outbox
SET status = $5, attempts = $6, unknowns = $7, message_id = $8, method = $9, due_at = $10, error = COALESCE($11, error)
WHERE user_id = $1 AND id = $2 AND status = $3 AND fence IS NOT DISTINCT FROM $4;

-- name: outbox_postpone
-- A row that was claimed too early waits; the attempt does not count.
-- params: uuid user_id, uuid id, text from_status, i64 from_fence, i64 attempts, time due_at, time expires_at
UPDATE outbox SET status = 'queued', attempts = $5, due_at = $6, expires_at = $7
WHERE user_id = $1 AND id = $2 AND status = $3 AND fence IS NOT DISTINCT FROM $4;

-- name: outbox_forget
-- A row of an erased person goes with its end.
-- params: uuid user_id, uuid id, text from_status, i64 from_fence
DELETE FROM outbox WHERE user_id = $1 AND id = $2 AND status = $3 AND fence IS NOT DISTINCT FROM $4;

-- name: outbox_newer_edit
-- Whether the same message gets a newer edit, or got one.
-- params: uuid user_id, uuid id, i64 chat_id, i64 message_id
-- returns: i64 found
SELECT 1 FROM outbox
WHERE user_id = $1 AND id > $2 AND chat_id = $3 AND message_id = $4 AND status IN ('queued', 'sending', 'sent') LIMIT 1;

-- name: outbox_waiting_of
-- A person's queued reminders and broadcasts.
-- params: uuid user_id, i64 limit
-- returns: uuid id
SELECT id FROM outbox
WHERE user_id = $1 AND channel = 'telegram' AND status = 'queued' AND lane IN (2, 3) ORDER BY id LIMIT $2;

-- name: outbox_cut_off
-- What is still being sent under an older fence, on one channel or (NULL) on all.
-- params: text channel, i64 fence, i64 limit
-- returns: uuid user_id, uuid id
SELECT user_id, id FROM outbox
WHERE status = 'sending' AND fence < $2 AND (CAST($1 AS TEXT) IS NULL OR channel = $1) ORDER BY fence LIMIT $3;

-- name: outbox_first_due
-- params: text channel
-- returns: time payments, time replies, time reminders, time broadcasts
SELECT (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 0 ORDER BY due_at LIMIT 1),
       (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 1 ORDER BY due_at LIMIT 1),
       (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 2 ORDER BY due_at LIMIT 1),
       (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 3 ORDER BY due_at LIMIT 1);

-- name: outbox_next_due
-- The first row of each lane that is due later than now.
-- params: text channel, time now
-- returns: time payments, time replies, time reminders, time broadcasts
SELECT (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 0 AND due_at > $2 ORDER BY due_at LIMIT 1),
       (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 1 AND due_at > $2 ORDER BY due_at LIMIT 1),
       (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 2 AND due_at > $2 ORDER BY due_at LIMIT 1),
       (SELECT due_at FROM outbox WHERE status = 'queued' AND channel = $1 AND lane = 3 AND due_at > $2 ORDER BY due_at LIMIT 1);

-- name: outbox_dialog_message
-- The message that the person's dialog edits from now on.
-- params: uuid user_id, i64 chat_id, i64 message_id
UPDATE dialogs SET message_id = $3 WHERE user_id = $1 AND chat_id = $2;

-- name: outbox_waiting
-- What waits, of any channel.
-- params: i64 limit
-- returns: uuid user_id, uuid id
SELECT user_id, id FROM outbox WHERE status = 'queued' ORDER BY channel, lane, due_at, user_id, id LIMIT $1;

-- name: outbox_held
-- What is held, in the order in which it is due.
-- params: i64 limit
-- returns: uuid user_id, uuid id
SELECT user_id, id FROM outbox WHERE status = 'held' ORDER BY due_at, id LIMIT $1;

-- name: outbox_stats_queued
-- returns: i64 lane, i64 waiting, time oldest
SELECT lane, CAST(COUNT(*) AS BIGINT), MIN(due_at) FROM outbox WHERE status = 'queued' GROUP BY lane ORDER BY lane;

-- name: outbox_stats_other
-- From partial indexes: what is held, being sent, or went wrong.
-- returns: i64 held, i64 sending, i64 failed, i64 unknown, i64 cut_off
SELECT (SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE status = 'held'),
       (SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE status = 'sending'),
       (SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE (status = 'failed' OR unknowns > 0) AND status = 'failed'),
       (SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE (status = 'failed' OR unknowns > 0) AND status = 'unknown'),
       (SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE (status = 'failed' OR unknowns > 0) AND unknowns > 0);

-- name: outbox_get
-- One row of a person, whatever became of it.
-- params: uuid user_id, uuid id
-- returns: text channel, i64 chat_id, i64 message_id, text method, text payload, text view, text args
SELECT channel, chat_id, message_id, method, payload, view, args FROM outbox WHERE user_id = $1 AND id = $2;

-- name: outbox_about
-- Whether a channel holds something of a person about that.
-- params: uuid user_id, text channel, uuid ref_id
-- returns: i64 found
SELECT 1 FROM outbox WHERE user_id = $1 AND channel = $2 AND ref_id = $3 LIMIT 1;
