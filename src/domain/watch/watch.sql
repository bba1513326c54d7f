-- name: watch_oldest_message
-- Since when a receipt or a reply has been due, on any channel.
-- returns: time payment, time reply
SELECT (SELECT MIN(due_at) FROM outbox WHERE status = 'queued' AND lane = 0),
       (SELECT MIN(due_at) FROM outbox WHERE status = 'queued' AND channel = 'telegram' AND lane = 1);

-- name: watch_oldest_arrival
-- Since when something that came in waits to be acted on.
-- returns: time received_at
SELECT MIN(received_at) FROM inbox WHERE next_at IS NOT NULL;
