-- name: dialog_get
-- params: uuid user_id
-- returns: text flow, text step, json data, i64 chat_id, i64 message_id, i64 version, time updated_at
SELECT flow, step, data, chat_id, message_id, version, updated_at FROM dialogs WHERE user_id = $1;

-- name: dialog_set
-- Begins a conversation or moves it on; without a message it keeps the one it has.
-- params: uuid user_id, text flow, text step, json data, i64 chat_id, i64 message_id, time now
-- returns: i64 version
INSERT INTO dialogs (user_id, chat_id, flow, step, data, message_id, version, updated_at)
VALUES ($1, $5, $2, $3, $4, NULLIF($6, -1), 1, $7)
ON CONFLICT (user_id) DO UPDATE
SET flow = excluded.flow, step = excluded.step, data = excluded.data, version = dialogs.version + 1,
    updated_at = excluded.updated_at, chat_id = excluded.chat_id,
    message_id = CASE WHEN $6 IS NOT NULL THEN excluded.message_id
                      WHEN excluded.chat_id = dialogs.chat_id THEN dialogs.message_id END
RETURNING version;

-- name: dialog_end
-- params: uuid user_id
DELETE FROM dialogs WHERE user_id = $1;

-- name: dialog_forget_message
-- What comes next of the conversation is a new message.
-- params: uuid user_id
UPDATE dialogs SET message_id = NULL WHERE user_id = $1;
