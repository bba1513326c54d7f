-- name: seed_unchecked [sqlite]
-- The rows are known to be right: references are not checked on this connection (`habitd doctor` checks them afterwards).
-- reason: every engine has its own switch.
PRAGMA foreign_keys = OFF;

-- name: seed_unchecked [postgres]
-- reason: every engine has its own switch.
SET session_replication_role = replica;

-- name: seed_user [sqlite]
-- reason: SQLite takes row by row what PostgreSQL takes as arrays; so all below.
-- params: uuid id, i64 telegram_id, text referral_code, day cohort_day, day cohort_week, time created_at
INSERT INTO users (id, telegram_id, first_name, language_code, timezone, day_starts_at, week_starts_on, notifications_enabled,
                   tier, referral_code, is_admin, cohort_day, cohort_week, created_at, updated_at)
VALUES ($1, $2, 'Bench', 'en', 'UTC', 0, 1, TRUE, 'premium', $3, FALSE, $4, $5, $6, $6);

-- name: seed_user_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: uuid[] id, i64[] telegram_id, text[] referral_code, day cohort_day, day cohort_week, time created_at
INSERT INTO users (id, telegram_id, first_name, language_code, timezone, day_starts_at, week_starts_on, notifications_enabled,
                   tier, referral_code, is_admin, cohort_day, cohort_week, created_at, updated_at)
SELECT id, telegram_id, 'Bench', 'en', 'UTC', 0, 1, TRUE, 'premium', referral_code, FALSE, $4, $5, $6, $6
FROM unnest($1, $2, $3) AS k (id, telegram_id, referral_code);

-- name: seed_key [sqlite]
-- reason: as seed_user.
-- params: text key, uuid user_id, time created_at
INSERT INTO directory (key, user_id, created_at) VALUES ($1, $2, $3);

-- name: seed_key_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: text[] key, uuid[] user_id, time created_at
INSERT INTO directory (key, user_id, created_at) SELECT key, user_id, $3 FROM unnest($1, $2) AS k (key, user_id);

-- name: seed_session [sqlite]
-- reason: as seed_user.
-- params: uuid user_id, uuid id, bytes token_hash, time created_at, time expires_at
INSERT INTO sessions (user_id, id, token_hash, name, is_admin, origin, created_at, expires_at)
VALUES ($1, $2, $3, 'bench', FALSE, 'token', $4, $5);

-- name: seed_session_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: uuid[] user_id, uuid[] id, bytes[] token_hash, time created_at, time expires_at
INSERT INTO sessions (user_id, id, token_hash, name, is_admin, origin, created_at, expires_at)
SELECT user_id, id, token_hash, 'bench', FALSE, 'token', $4, $5 FROM unnest($1, $2, $3) AS k (user_id, id, token_hash);

-- name: seed_habit [sqlite]
-- reason: as seed_user.
-- params: uuid user_id, uuid id, i64 position, i64 frequency_count, i64 frequency_days, day starts_on, time created_at
INSERT INTO habits (user_id, id, name, description, color, kind, target_kind, target_value, unit, frequency_count,
                    frequency_days, starts_on, position, created_at, updated_at)
VALUES ($1, $2, 'Habit ' || CAST($3 AS TEXT), '', '#3d9be9', 'yes_no', 'at_least', 0, '', $4, $5, $6, $3, $7, $7);

-- name: seed_habit_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: uuid[] user_id, uuid[] id, i64[] position, i64[] frequency_count, i64[] frequency_days, day starts_on, time created_at
INSERT INTO habits (user_id, id, name, description, color, kind, target_kind, target_value, unit, frequency_count,
                    frequency_days, starts_on, position, created_at, updated_at)
SELECT user_id, id, 'Habit ' || CAST(position AS TEXT), '', '#3d9be9', 'yes_no', 'at_least', 0, '', frequency_count,
       frequency_days, $6, position, $7, $7
FROM unnest($1, $2, $3, $4, $5) AS k (user_id, id, position, frequency_count, frequency_days);

-- name: seed_streak [sqlite]
-- reason: as seed_user.
-- params: uuid user_id, uuid habit_id, day last_date, day window_from, day first_date, f64 score, day run_from,
--   day interval_from, day interval_done, bytes run_starts
INSERT INTO streaks (user_id, habit_id, last_date, window_from, first_date, score, run_from, interval_from, interval_done,
                     run_starts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: seed_streak_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: uuid[] user_id, uuid[] habit_id, day[] last_date, day[] window_from, day[] first_date, f64[] score, day[] run_from,
--   day[] interval_from, day[] interval_done, bytes[] run_starts
INSERT INTO streaks (user_id, habit_id, last_date, window_from, first_date, score, run_from, interval_from, interval_done,
                     run_starts)
SELECT user_id, habit_id, last_date, window_from, first_date, score, run_from, interval_from, interval_done, run_starts
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     AS k (user_id, habit_id, last_date, window_from, first_date, score, run_from, interval_from, interval_done, run_starts);

-- name: seed_log [sqlite]
-- reason: as seed_user.
-- params: uuid user_id, uuid habit_id, day log_date, text status, time marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, source, version, marked_at)
VALUES ($1, $2, $3, $4, 'api', 1, $5);

-- name: seed_log_many [postgres]
-- reason: arrays exist on PostgreSQL only.
-- params: uuid[] user_id, uuid[] habit_id, day[] log_date, text[] status, time[] marked_at
INSERT INTO habit_logs (user_id, habit_id, log_date, status, source, version, marked_at)
SELECT user_id, habit_id, log_date, status, 'api', 1, marked_at
FROM unnest($1, $2, $3, $4, $5) AS k (user_id, habit_id, log_date, status, marked_at);
