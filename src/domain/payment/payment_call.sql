-- name: payment_call_payer
-- params: uuid id
-- returns: i64 telegram_id, text language_code
SELECT telegram_id, language_code FROM users WHERE id = $1;
