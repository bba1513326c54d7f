-- name: user_by_telegram
-- The person with a telegram id.
-- params: i64 telegram_id
-- returns: uuid id
SELECT id FROM users WHERE telegram_id = $1;

-- name: user_known
-- What a batch over many people needs of one.
-- params: i64 telegram_id
-- returns: uuid id, text timezone, i64 day_starts_at, text tier, time trial_ends_at, text language_code
SELECT id, timezone, day_starts_at, tier, trial_ends_at, language_code
FROM users WHERE telegram_id = $1 AND blocked_at IS NULL;

-- name: user_known_many [postgres]
-- The same for many.
-- reason: arrays exist on PostgreSQL only; SQLite answers one key in microseconds without a round trip.
-- params: i64[] i, i64[] telegram_id
-- returns: i64 i, uuid id, text timezone, i64 day_starts_at, text tier, time trial_ends_at, text language_code
SELECT k.i, u.id, u.timezone, u.day_starts_at, u.tier, u.trial_ends_at, u.language_code
FROM unnest($1, $2) AS k (i, telegram_id)
JOIN users u ON u.telegram_id = k.telegram_id AND u.blocked_at IS NULL;

-- name: user_insert
-- A new person; nothing when the telegram id came in at the same moment elsewhere.
-- params: uuid id, i64 telegram_id, text username, text first_name, text language_code, text timezone, text tier,
--   time trial_ends_at, text referral_code, day cohort_day, day cohort_week, time created_at
-- returns: uuid id
INSERT INTO users (id, telegram_id, username, first_name, language_code, timezone, day_starts_at, week_starts_on,
                   notifications_enabled, tier, trial_ends_at, referral_code, is_admin, cohort_day, cohort_week,
                   created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 0, 1, TRUE, $7, $8, $9, FALSE, $10, $11, $12, $12)
ON CONFLICT (telegram_id) DO NOTHING
RETURNING id;

-- name: user_directory_insert
-- Makes an outside identifier lead to the person.
-- params: text key, uuid user_id, time created_at
INSERT INTO directory (key, user_id, created_at) VALUES ($1, $2, $3);

-- name: user_by_identity
-- The erased person that had this identity.
-- params: bytes identity_hmac
-- returns: uuid id
SELECT id FROM users WHERE identity_hmac = $1 ORDER BY created_at LIMIT 1;

-- name: user_get
-- A person's profile.
-- params: uuid id
-- returns: i64 telegram_id, text username, text first_name, text language_code, text timezone, i64 day_starts_at,
--   i64 week_starts_on, bool notifications_enabled, i64 quiet_from, i64 quiet_to, text tier, time trial_ends_at,
--   text referral_code, bool is_admin, time created_at, time next_summary_at, time next_nudge_at, time blocked_at
SELECT telegram_id, username, first_name, language_code, timezone, day_starts_at, week_starts_on, notifications_enabled,
       quiet_from, quiet_to, tier, trial_ends_at, referral_code, is_admin, created_at, next_summary_at, next_nudge_at,
       blocked_at
FROM users WHERE id = $1 AND erased_at IS NULL;

-- name: user_update
-- Writes the settings of a profile.
-- params: uuid id, text language_code, text timezone, i64 day_starts_at, i64 week_starts_on, bool notifications_enabled,
--   i64 quiet_from, i64 quiet_to, time updated_at, time next_summary_at, time next_nudge_at
UPDATE users
SET language_code = $2, timezone = $3, day_starts_at = $4, week_starts_on = $5, notifications_enabled = $6,
    quiet_from = $7, quiet_to = $8, updated_at = $9, next_summary_at = $10, next_nudge_at = $11
WHERE id = $1 AND erased_at IS NULL;

-- name: user_met
-- Names as last seen, reachable; nothing when that is what is stored.
-- params: uuid id, text username, text first_name, time updated_at
UPDATE users SET username = $2, first_name = $3, unreachable_at = NULL, updated_at = $4
WHERE id = $1 AND (username IS DISTINCT FROM $2 OR first_name IS DISTINCT FROM $3 OR unreachable_at IS NOT NULL);

-- name: user_set_unreachable
-- Whether Telegram lets the bot write to a person.
-- params: uuid id, time unreachable_at, time updated_at
UPDATE users SET unreachable_at = $2, updated_at = $3
WHERE id = $1 AND unreachable_at IS DISTINCT FROM $2;

-- name: user_make_admin
-- Gives a person the operator's role.
-- params: uuid id, time updated_at
UPDATE users SET is_admin = TRUE, updated_at = $2 WHERE id = $1 AND NOT is_admin;

-- name: user_erase_logs
-- params: uuid user_id
DELETE FROM habit_logs WHERE user_id = $1;

-- name: user_erase_decline_notes
-- params: uuid user_id
DELETE FROM habit_decline_notes WHERE user_id = $1;

-- name: user_erase_streaks
-- params: uuid user_id
DELETE FROM streaks WHERE user_id = $1;

-- name: user_erase_schedules
-- params: uuid user_id
DELETE FROM habit_schedules WHERE user_id = $1;

-- name: user_erase_habits
-- params: uuid user_id
DELETE FROM habits WHERE user_id = $1;

-- name: user_erase_sessions
-- params: uuid user_id
DELETE FROM sessions WHERE user_id = $1;

-- name: user_erase_sign_in_links
-- params: uuid user_id
DELETE FROM sign_in_links WHERE user_id = $1;

-- name: user_erase_idempotency
-- params: uuid user_id
DELETE FROM idempotency WHERE user_id = $1;

-- name: user_erase_directory
-- params: uuid user_id
DELETE FROM directory WHERE user_id = $1;

-- name: user_erase_outbox
-- Messages; what a provider has to be told stays until it was told.
-- params: uuid user_id
DELETE FROM outbox WHERE user_id = $1 AND channel IN ('telegram', 'files');

-- name: user_erase_deliveries
-- params: uuid user_id
DELETE FROM deliveries WHERE user_id = $1;

-- name: user_erase_quarantine
-- params: uuid user_id
DELETE FROM quarantine WHERE user_id = $1;

-- name: user_erase_dialog
-- params: uuid user_id
DELETE FROM dialogs WHERE user_id = $1;

-- name: user_erase_inbox
-- What still waits or was parked of the private chat, which has the person's id: it counts as acted on.
-- params: i64 chat_id, time now
UPDATE inbox
SET status = 'done', chat_id = NULL, body = NULL, error = NULL, next_at = NULL, fence = NULL, processed_at = $2
WHERE chat_id = $1 AND body IS NOT NULL;

-- name: user_blank
-- What is left of an erased person: ids and books.
-- params: uuid id, bytes identity_hmac, text referral_code, time erased_at
UPDATE users
SET telegram_id = NULL, username = NULL, first_name = NULL, receipt_contact = NULL, language_code = 'en', timezone = 'UTC', day_starts_at = 0,
    week_starts_on = 1, notifications_enabled = FALSE, quiet_from = NULL, quiet_to = NULL, is_admin = FALSE,
    unreachable_at = NULL, next_summary_at = NULL, next_nudge_at = NULL,
    identity_hmac = $2, referral_code = $3, erased_at = $4, updated_at = $4
WHERE id = $1;

-- name: user_by_key
-- params: text key
-- returns: uuid user_id
SELECT user_id FROM directory WHERE key = $1;

-- name: user_name_known
-- Telegram's names change hands: the last one who was met with it has it.
-- params: text key, uuid user_id, time created_at
INSERT INTO directory (key, user_id, created_at) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET user_id = excluded.user_id, created_at = excluded.created_at;

-- name: user_counts
-- What an operator sees of a person beside the profile.
-- params: uuid id
-- returns: time unreachable_at, i64 habits, i64 marks, day last
SELECT u.unreachable_at,
       (SELECT CAST(COUNT(*) AS BIGINT) FROM habits h WHERE h.user_id = $1 AND h.deleted_at IS NULL),
       (SELECT CAST(COUNT(*) AS BIGINT) FROM habit_logs l WHERE l.user_id = $1),
       (SELECT MAX(l.log_date) FROM habit_logs l WHERE l.user_id = $1)
FROM users u WHERE u.id = $1 AND u.erased_at IS NULL;
