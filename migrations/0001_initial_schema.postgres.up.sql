-- The twelve tables of the source document, in its order. Instants are whole milliseconds, times of day minutes since 00:00, weekdays
-- a bit mask (bit 0 = Monday), money minor units, measurable values thousandths. The partitions of habit_logs (yearly) and system_logs
-- (daily) are made by the program, ahead by the clock.

CREATE TABLE users (
    id                    uuid             NOT NULL,
    telegram_id           bigint,
    username              text,
    first_name            text,
    receipt_contact       text,
    language_code         text             NOT NULL,
    timezone              text             NOT NULL,
    day_starts_at         smallint         NOT NULL CONSTRAINT users_day_starts_at_range CHECK (day_starts_at BETWEEN 0 AND 360),
    week_starts_on        smallint         NOT NULL CONSTRAINT users_week_starts_on_range CHECK (week_starts_on BETWEEN 1 AND 7),
    notifications_enabled boolean          NOT NULL,
    quiet_from            smallint         CONSTRAINT users_quiet_from_range CHECK (quiet_from BETWEEN 0 AND 1439),
    quiet_to              smallint         CONSTRAINT users_quiet_to_range CHECK (quiet_to BETWEEN 0 AND 1439),
    tier                  text             NOT NULL CONSTRAINT users_tier_known CHECK (tier IN ('trial', 'free', 'premium')),
    trial_ends_at         timestamptz(3),
    referral_code         text             NOT NULL,
    referred_by           uuid,
    is_admin              boolean          NOT NULL,
    blocked_at            timestamptz(3),
    unreachable_at        timestamptz(3),
    next_summary_at       timestamptz(3),
    next_nudge_at         timestamptz(3),
    erased_at             timestamptz(3),
    identity_hmac         bytea,
    cohort_day            date             NOT NULL,
    cohort_week           date             NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT users_pk PRIMARY KEY (id),
    CONSTRAINT users_telegram_id_unique UNIQUE (telegram_id),
    CONSTRAINT users_referral_code_unique UNIQUE (referral_code),
    CONSTRAINT users_quiet_both CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CONSTRAINT users_erased_has_no_identity CHECK (erased_at IS NULL OR telegram_id IS NULL),
    CONSTRAINT users_referred_by_fk FOREIGN KEY (referred_by) REFERENCES users (id)
);
CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX users_username ON users (username) WHERE username IS NOT NULL;
CREATE INDEX users_referred_by ON users (referred_by) WHERE referred_by IS NOT NULL;
CREATE INDEX users_identity_hmac ON users (identity_hmac) WHERE identity_hmac IS NOT NULL;
CREATE INDEX users_next_summary_at ON users (next_summary_at) WHERE next_summary_at IS NOT NULL;
CREATE INDEX users_next_nudge_at ON users (next_nudge_at) WHERE next_nudge_at IS NOT NULL;

CREATE TABLE habits (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    name                  text             NOT NULL CONSTRAINT habits_name_not_empty CHECK (name <> ''),
    description           text             NOT NULL,
    emoji                 text,
    color                 text             NOT NULL,
    kind                  text             NOT NULL CONSTRAINT habits_kind_known CHECK (kind IN ('yes_no', 'measurable')),
    target_kind           text             NOT NULL CONSTRAINT habits_target_kind_known CHECK (target_kind IN ('at_least', 'at_most')),
    target_value          bigint           NOT NULL CONSTRAINT habits_target_value_range CHECK (target_value >= 0),
    unit                  text             NOT NULL,
    frequency_count       integer,
    frequency_days        integer,
    starts_on             date             NOT NULL,
    position              bigint           NOT NULL,
    archived_at           timestamptz(3),
    paused_at             timestamptz(3),
    paused_by             text             CONSTRAINT habits_paused_by_known CHECK (paused_by IN ('person', 'tier')),
    deleted_at            timestamptz(3),
    import_format         text,
    import_ref            text,
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT habits_pk PRIMARY KEY (user_id, id),
    CONSTRAINT habits_id_unique UNIQUE (id),
    CONSTRAINT habits_frequency_valid CHECK ((frequency_count IS NULL AND frequency_days IS NULL)
        OR (frequency_days BETWEEN 1 AND 366 AND frequency_count BETWEEN 1 AND frequency_days)),
    CONSTRAINT habits_paused_both CHECK ((paused_at IS NULL) = (paused_by IS NULL)),
    CONSTRAINT habits_import_both CHECK ((import_format IS NULL) = (import_ref IS NULL)),
    CONSTRAINT habits_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX habits_import_unique ON habits (user_id, import_format, import_ref) WHERE import_ref IS NOT NULL;
CREATE INDEX habits_deleted_at ON habits (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE habit_schedules (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    habit_id              uuid             NOT NULL,
    schedule_type         text             NOT NULL CONSTRAINT habit_schedules_type_known CHECK (schedule_type IN ('daily', 'weekly', 'custom')),
    reminder_time         smallint         CONSTRAINT habit_schedules_reminder_time_range CHECK (reminder_time BETWEEN 0 AND 1439),
    days_of_week          smallint         CONSTRAINT habit_schedules_days_of_week_range CHECK (days_of_week BETWEEN 1 AND 127),
    rrule                 text,
    starts_on             date             NOT NULL,
    is_enabled            boolean          NOT NULL,
    next_due_at           timestamptz(3),
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT habit_schedules_pk PRIMARY KEY (user_id, id),
    CONSTRAINT habit_schedules_type_fields CHECK ((schedule_type = 'weekly') = (days_of_week IS NOT NULL)
        AND (schedule_type = 'custom') = (rrule IS NOT NULL)),
    CONSTRAINT habit_schedules_habit_fk FOREIGN KEY (user_id, habit_id) REFERENCES habits (user_id, id)
);
CREATE INDEX habit_schedules_habit ON habit_schedules (user_id, habit_id);
CREATE INDEX habit_schedules_next_due_at ON habit_schedules (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE habit_decline_notes (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    preset                text             CONSTRAINT habit_decline_notes_preset_known CHECK (preset IN ('tired', 'sick', 'busy', 'other')),
    note                  text,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT habit_decline_notes_pk PRIMARY KEY (user_id, id),
    CONSTRAINT habit_decline_notes_not_empty CHECK (preset IS NOT NULL OR note IS NOT NULL),
    CONSTRAINT habit_decline_notes_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE habit_logs (
    user_id               uuid             NOT NULL,
    habit_id              uuid             NOT NULL,
    log_date              date             NOT NULL CONSTRAINT habit_logs_log_date_range CHECK (log_date >= DATE '2000-01-01'),
    status                text             CONSTRAINT habit_logs_status_known CHECK (status IN ('done', 'declined', 'skipped')),
    value                 bigint           CONSTRAINT habit_logs_value_range CHECK (value >= 0),
    note                  text,
    source                text             NOT NULL CONSTRAINT habit_logs_source_known
        CHECK (source IN ('api', 'bot', 'web', 'import', 'auto', 'demo')),
    decline_note_id       uuid,
    version               bigint           NOT NULL,
    marked_at             timestamptz(3)   NOT NULL,
    CONSTRAINT habit_logs_pk PRIMARY KEY (user_id, habit_id, log_date),
    CONSTRAINT habit_logs_says_something CHECK (status IS NOT NULL OR note IS NOT NULL),
    CONSTRAINT habit_logs_habit_fk FOREIGN KEY (user_id, habit_id) REFERENCES habits (user_id, id),
    CONSTRAINT habit_logs_decline_note_fk FOREIGN KEY (user_id, decline_note_id) REFERENCES habit_decline_notes (user_id, id)
) PARTITION BY RANGE (log_date);
CREATE INDEX habit_logs_user_day ON habit_logs (user_id, log_date);
-- All that reports count in marks, so that they never look at the rows themselves.
CREATE INDEX habit_logs_marked_at ON habit_logs (marked_at, user_id, status) WHERE source <> 'import' AND source <> 'auto';
CREATE INDEX habit_logs_decline_note ON habit_logs (user_id, decline_note_id) WHERE decline_note_id IS NOT NULL;

CREATE TABLE balances (
    user_id               uuid             NOT NULL,
    currency              text             NOT NULL,
    amount                bigint           NOT NULL,
    seq                   bigint           NOT NULL CONSTRAINT balances_seq_range CHECK (seq >= 0),
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT balances_pk PRIMARY KEY (user_id),
    CONSTRAINT balances_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE payments (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    provider              text             NOT NULL,
    provider_payment_id   text,
    idempotency_key       text             NOT NULL,
    purpose               text             NOT NULL CONSTRAINT payments_purpose_known CHECK (purpose IN ('topup', 'subscription')),
    plan                  text,
    amount                bigint           NOT NULL CONSTRAINT payments_amount_positive CHECK (amount > 0),
    currency              text             NOT NULL,
    payer_hmac            bytea            CONSTRAINT payments_payer_hmac_is_sha256 CHECK (length(payer_hmac) = 32),
    save_method           boolean          NOT NULL,
    refunded              bigint           NOT NULL CONSTRAINT payments_refunded_range CHECK (refunded BETWEEN 0 AND amount),
    status                text             NOT NULL CONSTRAINT payments_status_known CHECK (status IN ('created', 'pending', 'unknown',
        'succeeded', 'partially_refunded', 'refunded', 'disputed', 'charged_back', 'failed', 'canceled', 'expired')),
    pay_url               text,
    method                text,
    events                bigint           NOT NULL CONSTRAINT payments_events_range CHECK (events >= 0),
    waiting_since         timestamptz(3),
    checks                integer          NOT NULL CONSTRAINT payments_checks_range CHECK (checks >= 0),
    next_check_at         timestamptz(3),
    paid_at               timestamptz(3),
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT payments_pk PRIMARY KEY (user_id, id),
    CONSTRAINT payments_idempotency_key_unique UNIQUE (user_id, idempotency_key),
    CONSTRAINT payments_waits CHECK ((waiting_since IS NOT NULL) = (status IN ('pending', 'unknown'))),
    CONSTRAINT payments_checked_while_waiting CHECK (next_check_at IS NULL OR waiting_since IS NOT NULL),
    CONSTRAINT payments_buys CHECK ((purpose = 'subscription') = (plan IS NOT NULL)),
    CONSTRAINT payments_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX payments_provider_payment_id_unique ON payments (provider, provider_payment_id)
    WHERE provider_payment_id IS NOT NULL;
CREATE INDEX payments_created_at ON payments (created_at);
CREATE INDEX payments_amount ON payments (amount, id);
CREATE INDEX payments_id ON payments (id);
CREATE INDEX payments_paid_at ON payments (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX payments_next_check_at ON payments (next_check_at) WHERE next_check_at IS NOT NULL;

CREATE TABLE balance_transactions (
    user_id               uuid             NOT NULL,
    seq                   bigint           NOT NULL CONSTRAINT balance_transactions_seq_range CHECK (seq >= 1),
    kind                  text             NOT NULL CONSTRAINT balance_transactions_kind_known
        CHECK (kind IN ('topup', 'subscription', 'refund', 'chargeback', 'referral_reward', 'adjustment')),
    amount                bigint           NOT NULL CONSTRAINT balance_transactions_amount_not_zero CHECK (amount <> 0),
    balance_after         bigint           NOT NULL,
    idempotency_key       text             NOT NULL,
    body_hash             bytea            NOT NULL
        CONSTRAINT balance_transactions_body_hash_is_sha256 CHECK (length(body_hash) = 32),
    payment_id            uuid,
    reason                text,
    actor                 text             NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT balance_transactions_pk PRIMARY KEY (user_id, seq),
    CONSTRAINT balance_transactions_idempotency_key_unique UNIQUE (user_id, idempotency_key),
    -- Below zero only by what takes back, or by what somebody answers for; whoever pays in may still be below zero after it.
    CONSTRAINT balance_transactions_debt CHECK (balance_after >= 0 OR amount > 0 OR kind NOT IN ('subscription', 'topup')),
    CONSTRAINT balance_transactions_sign CHECK ((kind <> 'topup' OR amount > 0) AND (kind <> 'subscription' OR amount < 0)),
    CONSTRAINT balance_transactions_reason CHECK (kind <> 'adjustment' OR reason IS NOT NULL),
    CONSTRAINT balance_transactions_balance_fk FOREIGN KEY (user_id) REFERENCES balances (user_id),
    CONSTRAINT balance_transactions_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
);
CREATE INDEX balance_transactions_created_at ON balance_transactions (user_id, created_at);
CREATE INDEX balance_transactions_payment ON balance_transactions (user_id, payment_id) WHERE payment_id IS NOT NULL;
-- The second belt: the ledger only grows.
CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER balance_transactions_no_change BEFORE UPDATE OR DELETE ON balance_transactions
    FOR EACH ROW EXECUTE FUNCTION only_grows();
CREATE TRIGGER balance_transactions_no_truncate BEFORE TRUNCATE ON balance_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION only_grows();

CREATE TABLE subscriptions (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    plan                  text             NOT NULL,
    status                text             NOT NULL CONSTRAINT subscriptions_status_known CHECK (status IN ('trialing', 'active', 'past_due',
        'canceled', 'suspended', 'expired', 'revoked')),
    renews_by             text             NOT NULL CONSTRAINT subscriptions_renews_by_known
        CHECK (renews_by IN ('stars', 'saved_method', 'balance', 'none')),
    payment_id            uuid,
    starts_at             timestamptz(3)   NOT NULL,
    ends_at               timestamptz(3)   NOT NULL,
    trial                 boolean          NOT NULL,
    canceled_at           timestamptz(3),
    acted_until           timestamptz(3)   NOT NULL,
    next_action_at        timestamptz(3),
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT subscriptions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT subscriptions_span CHECK (ends_at >= starts_at),
    CONSTRAINT subscriptions_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT subscriptions_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
);
CREATE INDEX subscriptions_ends_at ON subscriptions (ends_at);
CREATE INDEX subscriptions_starts_at ON subscriptions (starts_at);
CREATE INDEX subscriptions_next_action_at ON subscriptions (next_action_at) WHERE next_action_at IS NOT NULL;

CREATE TABLE referrals (
    referrer_id           uuid             NOT NULL,
    referred_id           uuid             NOT NULL,
    status                text             NOT NULL CONSTRAINT referrals_status_known
        CHECK (status IN ('pending', 'held', 'rewarded', 'rejected', 'taken_back')),
    reward                bigint           NOT NULL CONSTRAINT referrals_reward_range CHECK (reward >= 0),
    reasons               text,
    approved              boolean          NOT NULL,
    payment_id            uuid,
    matures_at            timestamptz(3),
    rewarded_at           timestamptz(3),
    next_action_at        timestamptz(3),
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT referrals_pk PRIMARY KEY (referrer_id, referred_id),
    CONSTRAINT referrals_referred_unique UNIQUE (referred_id),
    CONSTRAINT referrals_not_oneself CHECK (referrer_id <> referred_id),
    CONSTRAINT referrals_matures CHECK ((payment_id IS NULL) = (matures_at IS NULL)),
    CONSTRAINT referrals_rewarded CHECK ((rewarded_at IS NOT NULL) = (status IN ('rewarded', 'taken_back'))),
    CONSTRAINT referrals_explained CHECK (reasons IS NOT NULL OR status NOT IN ('held', 'rejected')),
    CONSTRAINT referrals_payment_fk FOREIGN KEY (referred_id, payment_id) REFERENCES payments (user_id, id),
    CONSTRAINT referrals_referrer_fk FOREIGN KEY (referrer_id) REFERENCES users (id),
    CONSTRAINT referrals_referred_fk FOREIGN KEY (referred_id) REFERENCES users (id)
);
CREATE INDEX referrals_next_action_at ON referrals (next_action_at) WHERE next_action_at IS NOT NULL;
CREATE INDEX referrals_created_at ON referrals (created_at);
CREATE INDEX referrals_held ON referrals (created_at) WHERE status = 'held';

CREATE TABLE system_logs (
    created_at            timestamptz(3)   NOT NULL,
    id                    uuid             NOT NULL,
    level                 text             NOT NULL CONSTRAINT system_logs_level_known CHECK (level IN ('debug', 'info', 'warn', 'error')),
    source                text             NOT NULL,
    fingerprint           text             NOT NULL,
    message               text             NOT NULL,
    context               jsonb,
    CONSTRAINT system_logs_pk PRIMARY KEY (created_at, id)
) PARTITION BY RANGE (created_at);
CREATE INDEX system_logs_fingerprint ON system_logs (fingerprint, created_at);

CREATE TABLE admin_alerts (
    id                    uuid             NOT NULL,
    fingerprint           text             NOT NULL,
    severity              text             NOT NULL CONSTRAINT admin_alerts_severity_known CHECK (severity IN ('warning', 'critical')),
    status                text             NOT NULL CONSTRAINT admin_alerts_status_known
        CHECK (status IN ('open', 'acknowledged', 'silenced', 'resolved')),
    title                 text             NOT NULL,
    detail                text             NOT NULL,
    occurrences           bigint           NOT NULL CONSTRAINT admin_alerts_occurrences_range CHECK (occurrences >= 1),
    first_seen_at         timestamptz(3)   NOT NULL,
    last_seen_at          timestamptz(3)   NOT NULL,
    notified_at           timestamptz(3),
    acknowledged_by       uuid,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT admin_alerts_pk PRIMARY KEY (id),
    CONSTRAINT admin_alerts_acknowledged_by_fk FOREIGN KEY (acknowledged_by) REFERENCES users (id)
);
CREATE INDEX admin_alerts_fingerprint ON admin_alerts (fingerprint, created_at);
CREATE INDEX admin_alerts_first_seen_at ON admin_alerts (first_seen_at);
CREATE INDEX admin_alerts_last_seen_at ON admin_alerts (last_seen_at);
CREATE INDEX admin_alerts_occurrences ON admin_alerts (occurrences, id);
CREATE UNIQUE INDEX admin_alerts_one_open ON admin_alerts (fingerprint) WHERE status <> 'resolved';

COMMENT ON TABLE users IS 'People: one row for everybody who ever made contact; an erased person''s row stays, blank, for the books.';
COMMENT ON COLUMN users.id IS 'Internal id, UUIDv7 made by habitd; never a Telegram id.';
COMMENT ON COLUMN users.telegram_id IS 'Telegram user id; an attribute, never a key. NULL for people without Telegram and for erased ones.';
COMMENT ON COLUMN users.username IS 'Telegram user name without @, as last seen.';
COMMENT ON COLUMN users.first_name IS 'First name as last seen.';
COMMENT ON COLUMN users.receipt_contact IS 'E-mail address or phone number that receipts go to; asked once.';
COMMENT ON COLUMN users.language_code IS 'Language of texts, BCP 47 ("ru", "en").';
COMMENT ON COLUMN users.timezone IS 'IANA zone name.';
COMMENT ON COLUMN users.day_starts_at IS 'Minutes after midnight at which the local day begins (0-360).';
COMMENT ON COLUMN users.week_starts_on IS 'ISO weekday, 1 = Monday.';
COMMENT ON COLUMN users.notifications_enabled IS 'Whether reminders are sent.';
COMMENT ON COLUMN users.quiet_from IS 'Start of quiet hours, minutes after local midnight; NULL: none.';
COMMENT ON COLUMN users.quiet_to IS 'End of quiet hours, minutes after local midnight.';
COMMENT ON COLUMN users.tier IS 'trial, free or premium as last set; a trial that is over reads as free.';
COMMENT ON COLUMN users.trial_ends_at IS 'When the one trial of this person ends or ended.';
COMMENT ON COLUMN users.referral_code IS 'Code of the invite link.';
COMMENT ON COLUMN users.referred_by IS 'Who invited this person.';
COMMENT ON COLUMN users.is_admin IS 'Made an operator by the command line; whoever HABITD_ADMIN_IDS names is one as long as he stands there.';
COMMENT ON COLUMN users.blocked_at IS 'When an admin blocked the person.';
COMMENT ON COLUMN users.unreachable_at IS 'When Telegram said that the person blocked the bot; the next /start ends it.';
COMMENT ON COLUMN users.next_summary_at IS 'When the next weekly summary is due; NULL: not wanted.';
COMMENT ON COLUMN users.next_nudge_at IS 'When to look next whether the person fell silent; NULL: not wanted.';
COMMENT ON COLUMN users.erased_at IS 'When the person was erased.';
COMMENT ON COLUMN users.identity_hmac IS 'HMAC of the Telegram id of an erased person: denies a second trial or reward.';
COMMENT ON COLUMN users.cohort_day IS 'UTC date of created_at, for cohorts.';
COMMENT ON COLUMN users.cohort_week IS 'Monday of the ISO week of cohort_day.';
COMMENT ON COLUMN users.created_at IS 'First contact.';
COMMENT ON COLUMN users.updated_at IS 'Last change of the row.';

COMMENT ON TABLE habits IS 'Habits of a person.';
COMMENT ON COLUMN habits.user_id IS 'Owner.';
COMMENT ON COLUMN habits.id IS 'Habit id, UUIDv7, unique by itself.';
COMMENT ON COLUMN habits.name IS 'Name, up to 100 visible characters.';
COMMENT ON COLUMN habits.description IS 'Free text or a question; empty when none.';
COMMENT ON COLUMN habits.emoji IS 'One emoji, or NULL.';
COMMENT ON COLUMN habits.color IS '#rrggbb.';
COMMENT ON COLUMN habits.kind IS 'yes_no or measurable.';
COMMENT ON COLUMN habits.target_kind IS 'at_least or at_most; meaningful for measurable habits.';
COMMENT ON COLUMN habits.target_value IS 'Daily or period target in thousandths; 0 for yes_no.';
COMMENT ON COLUMN habits.unit IS 'Unit of measurable values; empty when none.';
COMMENT ON COLUMN habits.frequency_count IS 'n of "n times per m days"; NULL: due by schedules.';
COMMENT ON COLUMN habits.frequency_days IS 'm of "n times per m days".';
COMMENT ON COLUMN habits.starts_on IS 'First local day on which the habit is due.';
COMMENT ON COLUMN habits.position IS 'Place in the list, ascending.';
COMMENT ON COLUMN habits.archived_at IS 'When archived; NULL: active.';
COMMENT ON COLUMN habits.paused_at IS 'When paused; NULL: not paused.';
COMMENT ON COLUMN habits.paused_by IS 'person, or tier when a tier limit paused it.';
COMMENT ON COLUMN habits.deleted_at IS 'When deleted; purged 30 days later.';
COMMENT ON COLUMN habits.import_format IS 'Format the habit was imported from.';
COMMENT ON COLUMN habits.import_ref IS 'Its id or name in that source, by which a second import knows it.';
COMMENT ON COLUMN habits.created_at IS 'When made.';
COMMENT ON COLUMN habits.updated_at IS 'Last change of the row.';

COMMENT ON TABLE habit_schedules IS 'Schedules of a habit: days, rules and reminder times.';
COMMENT ON COLUMN habit_schedules.user_id IS 'Owner.';
COMMENT ON COLUMN habit_schedules.id IS 'Schedule id.';
COMMENT ON COLUMN habit_schedules.habit_id IS 'The habit.';
COMMENT ON COLUMN habit_schedules.schedule_type IS 'daily, weekly (days_of_week) or custom (rrule).';
COMMENT ON COLUMN habit_schedules.reminder_time IS 'Minutes after local midnight; NULL: no reminder.';
COMMENT ON COLUMN habit_schedules.days_of_week IS 'Bit mask, bit 0 = Monday; weekly schedules only.';
COMMENT ON COLUMN habit_schedules.rrule IS 'RFC 5545 recurrence rule, floating; custom schedules only.';
COMMENT ON COLUMN habit_schedules.starts_on IS 'Anchor of the rule; no day before it.';
COMMENT ON COLUMN habit_schedules.is_enabled IS 'Whether the schedule counts.';
COMMENT ON COLUMN habit_schedules.next_due_at IS 'Next reminder, UTC; NULL: none.';
COMMENT ON COLUMN habit_schedules.created_at IS 'When made.';
COMMENT ON COLUMN habit_schedules.updated_at IS 'Last change of the row.';

COMMENT ON TABLE habit_decline_notes IS 'Why a habit was declined on a day.';
COMMENT ON COLUMN habit_decline_notes.user_id IS 'Owner.';
COMMENT ON COLUMN habit_decline_notes.id IS 'Note id.';
COMMENT ON COLUMN habit_decline_notes.preset IS 'tired, sick, busy or other; NULL: free text only.';
COMMENT ON COLUMN habit_decline_notes.note IS 'Free text.';
COMMENT ON COLUMN habit_decline_notes.created_at IS 'When made.';

COMMENT ON TABLE habit_logs IS 'What a person marked: one row for a habit and a local day. Partitioned by year.';
COMMENT ON COLUMN habit_logs.user_id IS 'Owner.';
COMMENT ON COLUMN habit_logs.habit_id IS 'The habit.';
COMMENT ON COLUMN habit_logs.log_date IS 'The person''s local day, never the server''s.';
COMMENT ON COLUMN habit_logs.status IS 'done, declined, skipped, or NULL for a note alone.';
COMMENT ON COLUMN habit_logs.value IS 'Recorded amount in thousandths; measurable habits only.';
COMMENT ON COLUMN habit_logs.note IS 'Free text on the day.';
COMMENT ON COLUMN habit_logs.source IS 'Where the mark came from; auto: implied by an import.';
COMMENT ON COLUMN habit_logs.decline_note_id IS 'The reason, for declined days.';
COMMENT ON COLUMN habit_logs.version IS '1 for a new row, one more with each change.';
COMMENT ON COLUMN habit_logs.marked_at IS 'When the person made the mark; the latest wins.';

COMMENT ON TABLE balances IS 'Wallets: one a person, minor units of the configured currency.';
COMMENT ON COLUMN balances.user_id IS 'Owner.';
COMMENT ON COLUMN balances.currency IS 'HABITD_CURRENCY when the wallet was opened; it does not change.';
COMMENT ON COLUMN balances.amount IS 'Sum of the transactions; below zero is a debt.';
COMMENT ON COLUMN balances.seq IS 'seq of the newest transaction.';
COMMENT ON COLUMN balances.updated_at IS 'Last change of the row.';

COMMENT ON TABLE payments IS 'Payments: the fold of their events.';
COMMENT ON COLUMN payments.user_id IS 'Payer.';
COMMENT ON COLUMN payments.id IS 'Payment id.';
COMMENT ON COLUMN payments.provider IS 'stars, yookassa, cryptobot, balance or sandbox.';
COMMENT ON COLUMN payments.provider_payment_id IS 'The provider''s id of the charge that stands for the order.';
COMMENT ON COLUMN payments.idempotency_key IS 'Key under which the payment was ordered.';
COMMENT ON COLUMN payments.purpose IS 'topup or subscription.';
COMMENT ON COLUMN payments.plan IS 'Plan bought; NULL for a top-up.';
COMMENT ON COLUMN payments.amount IS 'Minor units of currency.';
COMMENT ON COLUMN payments.currency IS 'ISO 4217 code, XTR or USDT.';
COMMENT ON COLUMN payments.payer_hmac IS 'Keyed hash of who must pay, as the provider names people; NULL: anybody may.';
COMMENT ON COLUMN payments.save_method IS 'Whether the means of payment is to be kept for renewals.';
COMMENT ON COLUMN payments.refunded IS 'Minor units given back so far.';
COMMENT ON COLUMN payments.status IS 'State of the payment life cycle.';
COMMENT ON COLUMN payments.pay_url IS 'Where it can be paid.';
COMMENT ON COLUMN payments.method IS 'The provider''s id of the saved means of payment.';
COMMENT ON COLUMN payments.events IS 'How many events the row is the fold of.';
COMMENT ON COLUMN payments.waiting_since IS 'Since when it is pending or unknown.';
COMMENT ON COLUMN payments.checks IS 'How often the provider was asked about it since then.';
COMMENT ON COLUMN payments.next_check_at IS 'When to ask the provider again; NULL: not any more.';
COMMENT ON COLUMN payments.paid_at IS 'When the money was first known to be there.';
COMMENT ON COLUMN payments.created_at IS 'When ordered.';
COMMENT ON COLUMN payments.updated_at IS 'Last change of the row.';

COMMENT ON TABLE balance_transactions IS 'The ledger: append-only postings of a wallet.';
COMMENT ON COLUMN balance_transactions.user_id IS 'Owner.';
COMMENT ON COLUMN balance_transactions.seq IS '1, 2, 3 … without gaps, per wallet.';
COMMENT ON COLUMN balance_transactions.kind IS 'What the posting is.';
COMMENT ON COLUMN balance_transactions.amount IS 'Minor units, signed.';
COMMENT ON COLUMN balance_transactions.balance_after IS 'Balance after this posting.';
COMMENT ON COLUMN balance_transactions.idempotency_key IS 'Makes the posting happen once.';
COMMENT ON COLUMN balance_transactions.body_hash IS 'SHA-256 of what was asked under the key.';
COMMENT ON COLUMN balance_transactions.payment_id IS 'The payment behind it, if any.';
COMMENT ON COLUMN balance_transactions.reason IS 'Why, for adjustments.';
COMMENT ON COLUMN balance_transactions.actor IS 'Who caused it: user, admin or system.';
COMMENT ON COLUMN balance_transactions.created_at IS 'When posted.';

COMMENT ON TABLE subscriptions IS 'Subscriptions of a person.';
COMMENT ON COLUMN subscriptions.user_id IS 'Owner.';
COMMENT ON COLUMN subscriptions.id IS 'Subscription id.';
COMMENT ON COLUMN subscriptions.plan IS 'Plan of the configuration.';
COMMENT ON COLUMN subscriptions.status IS 'State of the subscription life cycle.';
COMMENT ON COLUMN subscriptions.renews_by IS 'stars, saved_method, balance or none.';
COMMENT ON COLUMN subscriptions.payment_id IS 'Newest paying payment.';
COMMENT ON COLUMN subscriptions.starts_at IS 'Start of what is paid.';
COMMENT ON COLUMN subscriptions.ends_at IS 'End of what is paid.';
COMMENT ON COLUMN subscriptions.trial IS 'Whether it began as the trial.';
COMMENT ON COLUMN subscriptions.canceled_at IS 'When renewal was turned off.';
COMMENT ON COLUMN subscriptions.acted_until IS 'Occasions up to here are dealt with: notices were told, renewals tried.';
COMMENT ON COLUMN subscriptions.next_action_at IS 'When the next occasion is due; NULL: none.';
COMMENT ON COLUMN subscriptions.created_at IS 'When made.';
COMMENT ON COLUMN subscriptions.updated_at IS 'Last change of the row.';

COMMENT ON TABLE referrals IS 'Who invited whom.';
COMMENT ON COLUMN referrals.referrer_id IS 'The person who invited; older than the invited one.';
COMMENT ON COLUMN referrals.referred_id IS 'The invited person; has one referrer.';
COMMENT ON COLUMN referrals.status IS 'pending, held, rewarded, rejected or taken_back.';
COMMENT ON COLUMN referrals.reward IS 'Minor units of the reward.';
COMMENT ON COLUMN referrals.reasons IS 'Why it is held or was rejected: same_payer, burst, returning, …; commas between them.';
COMMENT ON COLUMN referrals.approved IS 'Whether an admin looked at it and let it pass.';
COMMENT ON COLUMN referrals.payment_id IS 'The invited person''s payment that is rewarded.';
COMMENT ON COLUMN referrals.matures_at IS 'When that payment has stood long enough.';
COMMENT ON COLUMN referrals.rewarded_at IS 'When the reward was posted.';
COMMENT ON COLUMN referrals.next_action_at IS 'When there is something to do about it; NULL: not now.';
COMMENT ON COLUMN referrals.created_at IS 'First contact through the link.';
COMMENT ON COLUMN referrals.updated_at IS 'Last change of the row.';

COMMENT ON TABLE system_logs IS 'Warnings and errors of the program. Partitioned by day, rotated by dropping.';
COMMENT ON COLUMN system_logs.created_at IS 'When.';
COMMENT ON COLUMN system_logs.id IS 'Makes equal moments distinct.';
COMMENT ON COLUMN system_logs.level IS 'debug, info, warn or error.';
COMMENT ON COLUMN system_logs.source IS 'Part of the program.';
COMMENT ON COLUMN system_logs.fingerprint IS 'Equal for events of one kind.';
COMMENT ON COLUMN system_logs.message IS 'Text.';
COMMENT ON COLUMN system_logs.context IS 'Structured fields.';

COMMENT ON TABLE admin_alerts IS 'Alerts to the operator: at most one open per fingerprint.';
COMMENT ON COLUMN admin_alerts.id IS 'Alert id.';
COMMENT ON COLUMN admin_alerts.fingerprint IS 'Equal for alerts of one cause.';
COMMENT ON COLUMN admin_alerts.severity IS 'warning or critical.';
COMMENT ON COLUMN admin_alerts.status IS 'open, acknowledged, silenced or resolved.';
COMMENT ON COLUMN admin_alerts.title IS 'One line.';
COMMENT ON COLUMN admin_alerts.detail IS 'What is known.';
COMMENT ON COLUMN admin_alerts.occurrences IS 'How often since first_seen_at.';
COMMENT ON COLUMN admin_alerts.first_seen_at IS 'First occurrence.';
COMMENT ON COLUMN admin_alerts.last_seen_at IS 'Newest occurrence.';
COMMENT ON COLUMN admin_alerts.notified_at IS 'When the operator was last told; empty: never.';
COMMENT ON COLUMN admin_alerts.acknowledged_by IS 'The admin who took it.';
COMMENT ON COLUMN admin_alerts.created_at IS 'When the row was made.';
