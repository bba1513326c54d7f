-- The twelve tables of the source document, in its order. Ids are 16-byte UUIDs, instants whole milliseconds UTC, days ISO text,
-- times of day minutes since 00:00, weekdays a bit mask (bit 0 = Monday), money minor units, measurable values thousandths.

CREATE TABLE users (
    id                    BLOB    NOT NULL CONSTRAINT users_id_is_uuid CHECK (length(id) = 16),
    telegram_id           INTEGER,
    username              TEXT,
    first_name            TEXT,
    receipt_contact       TEXT,
    language_code         TEXT    NOT NULL,
    timezone              TEXT    NOT NULL,
    day_starts_at         INTEGER NOT NULL CONSTRAINT users_day_starts_at_range CHECK (day_starts_at BETWEEN 0 AND 360),
    week_starts_on        INTEGER NOT NULL CONSTRAINT users_week_starts_on_range CHECK (week_starts_on BETWEEN 1 AND 7),
    notifications_enabled INTEGER NOT NULL CONSTRAINT users_notifications_enabled_bool CHECK (notifications_enabled IN (0, 1)),
    quiet_from            INTEGER CONSTRAINT users_quiet_from_range CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to              INTEGER CONSTRAINT users_quiet_to_range CHECK (quiet_to BETWEEN 0 AND 1439),
    tier                  TEXT    NOT NULL CONSTRAINT users_tier_known CHECK (tier IN ('trial', 'free', 'premium')),
    trial_ends_at         INTEGER,
    referral_code         TEXT    NOT NULL,
    referred_by           BLOB,
    is_admin              INTEGER NOT NULL CONSTRAINT users_is_admin_bool CHECK (is_admin IN (0, 1)),
    blocked_at            INTEGER,
    unreachable_at        INTEGER,
    next_summary_at       INTEGER,
    next_nudge_at         INTEGER,
    erased_at             INTEGER,
    identity_hmac         BLOB,
    cohort_day            TEXT    NOT NULL,
    cohort_week           TEXT    NOT NULL,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    CONSTRAINT users_pk PRIMARY KEY (id),
    CONSTRAINT users_telegram_id_unique UNIQUE (telegram_id),
    CONSTRAINT users_referral_code_unique UNIQUE (referral_code),
    CONSTRAINT users_quiet_both CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CONSTRAINT users_erased_has_no_identity CHECK (erased_at IS NULL OR telegram_id IS NULL),
    CONSTRAINT users_referred_by_fk FOREIGN KEY (referred_by) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX users_username ON users (username) WHERE username IS NOT NULL;
CREATE INDEX users_referred_by ON users (referred_by) WHERE referred_by IS NOT NULL;
CREATE INDEX users_identity_hmac ON users (identity_hmac) WHERE identity_hmac IS NOT NULL;
CREATE INDEX users_next_summary_at ON users (next_summary_at) WHERE next_summary_at IS NOT NULL;
CREATE INDEX users_next_nudge_at ON users (next_nudge_at) WHERE next_nudge_at IS NOT NULL;

CREATE TABLE habits (
    user_id         BLOB    NOT NULL,
    id              BLOB    NOT NULL CONSTRAINT habits_id_is_uuid CHECK (length(id) = 16),
    name            TEXT    NOT NULL CONSTRAINT habits_name_not_empty CHECK (name <> ''),
    description     TEXT    NOT NULL,
    emoji           TEXT,
    color           TEXT    NOT NULL,
    kind            TEXT    NOT NULL CONSTRAINT habits_kind_known CHECK (kind IN ('yes_no', 'measurable')),
    target_kind     TEXT    NOT NULL CONSTRAINT habits_target_kind_known CHECK (target_kind IN ('at_least', 'at_most')),
    target_value    INTEGER NOT NULL CONSTRAINT habits_target_value_range CHECK (target_value >= 0),
    unit            TEXT    NOT NULL,
    frequency_count INTEGER,
    frequency_days  INTEGER,
    starts_on       TEXT    NOT NULL,
    position        INTEGER NOT NULL,
    archived_at     INTEGER,
    paused_at       INTEGER,
    paused_by       TEXT    CONSTRAINT habits_paused_by_known CHECK (paused_by IN ('person', 'tier')),
    deleted_at      INTEGER,
    import_format   TEXT,
    import_ref      TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CONSTRAINT habits_pk PRIMARY KEY (user_id, id),
    CONSTRAINT habits_id_unique UNIQUE (id),
    CONSTRAINT habits_frequency_valid CHECK ((frequency_count IS NULL AND frequency_days IS NULL)
        OR (frequency_days BETWEEN 1 AND 366 AND frequency_count BETWEEN 1 AND frequency_days)),
    CONSTRAINT habits_paused_both CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
    CONSTRAINT habits_import_both CHECK ((import_format IS NULL) = (import_ref IS NULL)),
    CONSTRAINT habits_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX habits_import_unique ON habits (user_id, import_format, import_ref) WHERE import_ref IS NOT NULL;
CREATE INDEX habits_deleted_at ON habits (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE habit_schedules (
    user_id       BLOB    NOT NULL,
    id            BLOB    NOT NULL CONSTRAINT habit_schedules_id_is_uuid CHECK (length(id) = 16),
    habit_id      BLOB    NOT NULL,
    schedule_type TEXT    NOT NULL CONSTRAINT habit_schedules_type_known CHECK (schedule_type IN ('daily', 'weekly', 'custom')),
    reminder_time INTEGER CONSTRAINT habit_schedules_reminder_time_range CHECK (reminder_time BETWEEN 0 AND 1439),
    days_of_week  INTEGER CONSTRAINT habit_schedules_days_of_week_range CHECK (days_of_week BETWEEN 1 AND 127),
    rrule         TEXT,
    starts_on     TEXT    NOT NULL,
    is_enabled    INTEGER NOT NULL CONSTRAINT habit_schedules_is_enabled_bool CHECK (is_enabled IN (0, 1)),
    next_due_at   INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CONSTRAINT habit_schedules_pk PRIMARY KEY (user_id, id),
    CONSTRAINT habit_schedules_type_fields CHECK ((schedule_type = 'weekly') = (days_of_week IS NOT NULL)
        AND (schedule_type = 'custom') = (rrule IS NOT NULL)),
    CONSTRAINT habit_schedules_habit_fk FOREIGN KEY (user_id, habit_id) REFERENCES habits (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX habit_schedules_habit ON habit_schedules (user_id, habit_id);
CREATE INDEX habit_schedules_next_due_at ON habit_schedules (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE habit_decline_notes (
    user_id    BLOB    NOT NULL,
    id         BLOB    NOT NULL CONSTRAINT habit_decline_notes_id_is_uuid CHECK (length(id) = 16),
    preset     TEXT    CONSTRAINT habit_decline_notes_preset_known CHECK (preset IN ('tired', 'sick', 'busy', 'other')),
    note       TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT habit_decline_notes_pk PRIMARY KEY (user_id, id),
    CONSTRAINT habit_decline_notes_not_empty CHECK (preset IS NOT NULL OR note IS NOT NULL),
    CONSTRAINT habit_decline_notes_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE habit_logs (
    user_id         BLOB    NOT NULL,
    habit_id        BLOB    NOT NULL,
    log_date        TEXT    NOT NULL CONSTRAINT habit_logs_log_date_range CHECK (log_date BETWEEN '2000-01-01' AND '9999-12-31'),
    -- = and OR: for IN with three and more, SQLite builds a temporary tree for every row, half the cost of writing it.
    status          TEXT    CONSTRAINT habit_logs_status_known CHECK (status = 'done' OR status = 'declined' OR status = 'skipped'),
    value           INTEGER CONSTRAINT habit_logs_value_range CHECK (value >= 0),
    note            TEXT,
    source          TEXT    NOT NULL CONSTRAINT habit_logs_source_known
        CHECK (source = 'api' OR source = 'bot' OR source = 'web' OR source = 'import' OR source = 'auto' OR source = 'demo'),
    decline_note_id BLOB,
    version         INTEGER NOT NULL,
    marked_at       INTEGER NOT NULL,
    CONSTRAINT habit_logs_pk PRIMARY KEY (user_id, habit_id, log_date),
    CONSTRAINT habit_logs_says_something CHECK (status IS NOT NULL OR note IS NOT NULL),
    CONSTRAINT habit_logs_habit_fk FOREIGN KEY (user_id, habit_id) REFERENCES habits (user_id, id),
    CONSTRAINT habit_logs_decline_note_fk FOREIGN KEY (user_id, decline_note_id) REFERENCES habit_decline_notes (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX habit_logs_user_day ON habit_logs (user_id, log_date);
-- All that reports count in marks, so that they never look at the rows themselves.
CREATE INDEX habit_logs_marked_at ON habit_logs (marked_at, status, source) WHERE source <> 'import' AND source <> 'auto';
CREATE INDEX habit_logs_decline_note ON habit_logs (user_id, decline_note_id) WHERE decline_note_id IS NOT NULL;

CREATE TABLE balances (
    user_id    BLOB    NOT NULL,
    currency   TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    seq        INTEGER NOT NULL CONSTRAINT balances_seq_range CHECK (seq >= 0),
    updated_at INTEGER NOT NULL,
    CONSTRAINT balances_pk PRIMARY KEY (user_id),
    CONSTRAINT balances_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    user_id             BLOB    NOT NULL,
    id                  BLOB    NOT NULL CONSTRAINT payments_id_is_uuid CHECK (length(id) = 16),
    provider            TEXT    NOT NULL,
    provider_payment_id TEXT,
    idempotency_key     TEXT    NOT NULL,
    purpose             TEXT    NOT NULL CONSTRAINT payments_purpose_known CHECK (purpose IN ('topup', 'subscription')),
    plan                TEXT,
    amount              INTEGER NOT NULL CONSTRAINT payments_amount_positive CHECK (amount > 0),
    currency            TEXT    NOT NULL,
    payer_hmac          BLOB    CONSTRAINT payments_payer_hmac_is_sha256 CHECK (length(payer_hmac) = 32),
    save_method         INTEGER NOT NULL CONSTRAINT payments_save_method_bool CHECK (save_method IN (0, 1)),
    refunded            INTEGER NOT NULL CONSTRAINT payments_refunded_range CHECK (refunded BETWEEN 0 AND amount),
    status              TEXT    NOT NULL CONSTRAINT payments_status_known CHECK (status IN ('created', 'pending', 'unknown',
        'succeeded', 'partially_refunded', 'refunded', 'disputed', 'charged_back', 'failed', 'canceled', 'expired')),
    pay_url             TEXT,
    method              TEXT,
    events              INTEGER NOT NULL CONSTRAINT payments_events_range CHECK (events >= 0),
    waiting_since       INTEGER,
    checks              INTEGER NOT NULL CONSTRAINT payments_checks_range CHECK (checks >= 0),
    next_check_at       INTEGER,
    paid_at             INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    CONSTRAINT payments_pk PRIMARY KEY (user_id, id),
    CONSTRAINT payments_idempotency_key_unique UNIQUE (user_id, idempotency_key),
    CONSTRAINT payments_waits CHECK ((waiting_since IS NOT NULL) = (status IN ('pending', 'unknown'))),
    CONSTRAINT payments_checked_while_waiting CHECK (next_check_at IS NULL OR waiting_since IS NOT NULL),
    CONSTRAINT payments_buys CHECK ((purpose = 'subscription') = (plan IS NOT NULL)),
    CONSTRAINT payments_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payments_provider_payment_id_unique ON payments (provider, provider_payment_id)
    WHERE provider_payment_id IS NOT NULL;
CREATE INDEX payments_created_at ON payments (created_at);
CREATE INDEX payments_amount ON payments (amount, id);
CREATE INDEX payments_id ON payments (id);
CREATE INDEX payments_paid_at ON payments (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX payments_next_check_at ON payments (next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE balance_transactions (
    user_id         BLOB    NOT NULL,
    seq             INTEGER NOT NULL CONSTRAINT balance_transactions_seq_range CHECK (seq >= 1),
    kind            TEXT    NOT NULL CONSTRAINT balance_transactions_kind_known
        CHECK (kind = 'topup' OR kind = 'subscription' OR kind = 'refund' OR kind = 'chargeback' OR kind = 'referral_reward'
            OR kind = 'adjustment'),
    amount          INTEGER NOT NULL CONSTRAINT balance_transactions_amount_not_zero CHECK (amount <> 0),
    balance_after   INTEGER NOT NULL,
    idempotency_key TEXT    NOT NULL,
    body_hash       BLOB    NOT NULL CONSTRAINT balance_transactions_body_hash_is_sha256 CHECK (length(body_hash) = 32),
    payment_id      BLOB,
    reason          TEXT,
    actor           TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    CONSTRAINT balance_transactions_pk PRIMARY KEY (user_id, seq),
    CONSTRAINT balance_transactions_idempotency_key_unique UNIQUE (user_id, idempotency_key),
    -- Below zero only by what takes back, or by what somebody answers for; whoever pays in may still be below zero after it.
    CONSTRAINT balance_transactions_debt CHECK (balance_after >= 0 OR amount > 0 OR (kind <> 'subscription' AND kind <> 'topup')),
    CONSTRAINT balance_transactions_sign CHECK ((kind <> 'topup' OR amount > 0) AND (kind <> 'subscription' OR amount < 0)),
    CONSTRAINT balance_transactions_reason CHECK (kind <> 'adjustment' OR reason IS NOT NULL),
    CONSTRAINT balance_transactions_balance_fk FOREIGN KEY (user_id) REFERENCES balances (user_id),
    CONSTRAINT balance_transactions_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX balance_transactions_created_at ON balance_transactions (user_id, created_at);
CREATE INDEX balance_transactions_payment ON balance_transactions (user_id, payment_id) WHERE payment_id IS NOT NULL;
-- The second belt: the ledger only grows.
CREATE TRIGGER balance_transactions_no_update BEFORE UPDATE ON balance_transactions
BEGIN
    SELECT RAISE(ABORT, 'balance_transactions only grows');
END;
CREATE TRIGGER balance_transactions_no_delete BEFORE DELETE ON balance_transactions
BEGIN
    SELECT RAISE(ABORT, 'balance_transactions only grows');
END;

CREATE TABLE subscriptions (
    user_id        BLOB    NOT NULL,
    id             BLOB    NOT NULL CONSTRAINT subscriptions_id_is_uuid CHECK (length(id) = 16),
    plan           TEXT    NOT NULL,
    status         TEXT    NOT NULL CONSTRAINT subscriptions_status_known CHECK (status IN ('trialing', 'active', 'past_due',
        'canceled', 'suspended', 'expired', 'revoked')),
    renews_by      TEXT    NOT NULL CONSTRAINT subscriptions_renews_by_known
        CHECK (renews_by IN ('stars', 'saved_method', 'balance', 'none')),
    payment_id     BLOB,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL,
    trial          INTEGER NOT NULL CONSTRAINT subscriptions_trial_bool CHECK (trial IN (0, 1)),
    canceled_at    INTEGER,
    acted_until    INTEGER NOT NULL,
    next_action_at INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    CONSTRAINT subscriptions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT subscriptions_span CHECK (ends_at >= starts_at),
    CONSTRAINT subscriptions_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT subscriptions_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_ends_at ON subscriptions (ends_at);
CREATE INDEX subscriptions_starts_at ON subscriptions (starts_at);
CREATE INDEX subscriptions_next_action_at ON subscriptions (next_action_at) WHERE next_action_at IS NOT NULL;

CREATE TABLE referrals (
    referrer_id    BLOB    NOT NULL,
    referred_id    BLOB    NOT NULL,
    status         TEXT    NOT NULL CONSTRAINT referrals_status_known
        CHECK (status IN ('pending', 'held', 'rewarded', 'rejected', 'taken_back')),
    reward         INTEGER NOT NULL CONSTRAINT referrals_reward_range CHECK (reward >= 0),
    reasons        TEXT,
    approved       INTEGER NOT NULL CONSTRAINT referrals_approved_bool CHECK (approved IN (0, 1)),
    payment_id     BLOB,
    matures_at     INTEGER,
    rewarded_at    INTEGER,
    next_action_at INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    CONSTRAINT referrals_pk PRIMARY KEY (referrer_id, referred_id),
    CONSTRAINT referrals_referred_unique UNIQUE (referred_id),
    CONSTRAINT referrals_not_oneself CHECK (referrer_id <> referred_id),
    CONSTRAINT referrals_matures CHECK ((payment_id IS NULL) = (matures_at IS NULL)),
    CONSTRAINT referrals_rewarded CHECK ((rewarded_at IS NOT NULL) = (status IN ('rewarded', 'taken_back'))),
    CONSTRAINT referrals_explained CHECK (reasons IS NOT NULL OR status NOT IN ('held', 'rejected')),
    CONSTRAINT referrals_payment_fk FOREIGN KEY (referred_id, payment_id) REFERENCES payments (user_id, id),
    CONSTRAINT referrals_referrer_fk FOREIGN KEY (referrer_id) REFERENCES users (id),
    CONSTRAINT referrals_referred_fk FOREIGN KEY (referred_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX referrals_next_action_at ON referrals (next_action_at) WHERE next_action_at IS NOT NULL;
CREATE INDEX referrals_created_at ON referrals (created_at);
CREATE INDEX referrals_held ON referrals (created_at) WHERE status = 'held';

CREATE TABLE system_logs (
    created_at  INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    level       TEXT    NOT NULL CONSTRAINT system_logs_level_known CHECK (level IN ('debug', 'info', 'warn', 'error')),
    source      TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    context     TEXT    CONSTRAINT system_logs_context_is_json CHECK (context IS NULL OR json_valid(context)),
    CONSTRAINT system_logs_pk PRIMARY KEY (created_at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX system_logs_fingerprint ON system_logs (fingerprint, created_at);

CREATE TABLE admin_alerts (
    id              BLOB    NOT NULL CONSTRAINT admin_alerts_id_is_uuid CHECK (length(id) = 16),
    fingerprint     TEXT    NOT NULL,
    severity        TEXT    NOT NULL CONSTRAINT admin_alerts_severity_known CHECK (severity IN ('warning', 'critical')),
    status          TEXT    NOT NULL CONSTRAINT admin_alerts_status_known
        CHECK (status IN ('open', 'acknowledged', 'silenced', 'resolved')),
    title           TEXT    NOT NULL,
    detail          TEXT    NOT NULL,
    occurrences     INTEGER NOT NULL CONSTRAINT admin_alerts_occurrences_range CHECK (occurrences >= 1),
    first_seen_at   INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    notified_at     INTEGER,
    acknowledged_by BLOB,
    created_at      INTEGER NOT NULL,
    CONSTRAINT admin_alerts_pk PRIMARY KEY (id),
    CONSTRAINT admin_alerts_acknowledged_by_fk FOREIGN KEY (acknowledged_by) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_alerts_fingerprint ON admin_alerts (fingerprint, created_at);
CREATE INDEX admin_alerts_first_seen_at ON admin_alerts (first_seen_at);
CREATE INDEX admin_alerts_last_seen_at ON admin_alerts (last_seen_at);
CREATE INDEX admin_alerts_occurrences ON admin_alerts (occurrences, id);
CREATE UNIQUE INDEX admin_alerts_one_open ON admin_alerts (fingerprint) WHERE status <> 'resolved';
