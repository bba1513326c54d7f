-- name: payment_call_payer
-- params: uuid id
-- returns: i64 telegram_id, text language_code, text receipt_contact, time blocked_at
SELECT telegram_id, language_code, receipt_contact, blocked_at FROM users WHERE id = $1;

-- name: payment_call_keep_contact
-- params: uuid id, text receipt_contact, time updated_at
UPDATE users SET receipt_contact = $2, updated_at = $3 WHERE id = $1;
