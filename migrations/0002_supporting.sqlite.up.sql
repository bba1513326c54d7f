-- Supporting tables: outside identifiers, sessions, sign-in links, idempotency, streak checkpoints, audit, keys; leases, what came in, what goes
-- out, what people were told, conversations.

CREATE TABLE directory (
    key        TEXT    NOT NULL,
    user_id    BLOB    NOT NULL,
    ref_id     BLOB,
    created_at INTEGER NOT NULL,
    CONSTRAINT directory_pk PRIMARY KEY (key),
    CONSTRAINT directory_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX directory_user ON directory (user_id);

CREATE TABLE sessions (
    user_id      BLOB    NOT NULL,
    id           BLOB    NOT NULL CONSTRAINT sessions_id_is_uuid CHECK (length(id) = 16),
    token_hash   BLOB    NOT NULL CONSTRAINT sessions_token_hash_is_sha256 CHECK (length(token_hash) = 32),
    name         TEXT    NOT NULL,
    is_admin     INTEGER NOT NULL CONSTRAINT sessions_is_admin_bool CHECK (is_admin IN (0, 1)),
    origin       TEXT    NOT NULL CONSTRAINT sessions_origin_known CHECK (origin IN ('token', 'link', 'telegram', 'demo')),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE sign_in_links (
    user_id    BLOB    NOT NULL,
    code_hash  BLOB    NOT NULL CONSTRAINT sign_in_links_code_hash_is_sha256 CHECK (length(code_hash) = 32),
    is_admin   INTEGER NOT NULL CONSTRAINT sign_in_links_is_admin_bool CHECK (is_admin IN (0, 1)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT sign_in_links_pk PRIMARY KEY (user_id, code_hash),
    CONSTRAINT sign_in_links_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_links_expires_at ON sign_in_links (expires_at);

CREATE TABLE idempotency (
    user_id    BLOB    NOT NULL,
    key        TEXT    NOT NULL,
    operation  TEXT    NOT NULL,
    body_hash  BLOB    NOT NULL,
    status     INTEGER NOT NULL,
    answer     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT idempotency_pk PRIMARY KEY (user_id, key),
    CONSTRAINT idempotency_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_created_at ON idempotency (created_at);

CREATE TABLE streaks (
    user_id       BLOB    NOT NULL,
    habit_id      BLOB    NOT NULL,
    last_date     TEXT    NOT NULL,
    window_from   TEXT    NOT NULL,
    first_date    TEXT,
    score         REAL    NOT NULL,
    run_from      TEXT,
    interval_from TEXT,
    interval_done TEXT,
    run_starts    BLOB,
    CONSTRAINT streaks_pk PRIMARY KEY (user_id, habit_id),
    CONSTRAINT streaks_habit_fk FOREIGN KEY (user_id, habit_id) REFERENCES habits (user_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    user_id    BLOB    NOT NULL,
    id         BLOB    NOT NULL CONSTRAINT audit_log_id_is_uuid CHECK (length(id) = 16),
    actor      TEXT    NOT NULL,
    operation  TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    detail     TEXT    CONSTRAINT audit_log_detail_is_json CHECK (detail IS NULL OR json_valid(detail)),
    created_at INTEGER NOT NULL,
    CONSTRAINT audit_log_pk PRIMARY KEY (user_id, id),
    CONSTRAINT audit_log_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_log_created_at ON audit_log (created_at);
CREATE INDEX audit_log_doctor ON audit_log (created_at) WHERE operation = 'doctor.run';

CREATE TABLE secrets (
    name       TEXT    NOT NULL,
    value      BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT secrets_pk PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

-- In CHECKs of what is written often = and OR stand for IN: see habit_logs.
CREATE TABLE leases (
    name        TEXT    NOT NULL,
    holder      BLOB    NOT NULL,
    fence       INTEGER NOT NULL,
    acquired_at INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    problem     TEXT,
    CONSTRAINT leases_pk PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    source       TEXT    NOT NULL CONSTRAINT inbox_source_known
        CHECK (source = 'telegram' OR source = 'yookassa' OR source = 'cryptobot'),
    external_id  TEXT    NOT NULL,
    chat_id      INTEGER,
    body         BLOB,
    status       TEXT    NOT NULL CONSTRAINT inbox_status_known
        CHECK (status = 'pending' OR status = 'done' OR status = 'parked'),
    attempts     INTEGER NOT NULL CONSTRAINT inbox_attempts_range CHECK (attempts >= 0),
    next_at      INTEGER,
    error        TEXT,
    fence        INTEGER,
    received_at  INTEGER NOT NULL,
    processed_at INTEGER,
    CONSTRAINT inbox_pk PRIMARY KEY (source, external_id),
    CONSTRAINT inbox_pending_has_body CHECK (status = 'done' OR body IS NOT NULL),
    CONSTRAINT inbox_done_is_blank CHECK (status <> 'done' OR (body IS NULL AND chat_id IS NULL)),
    CONSTRAINT inbox_pending_is_due CHECK ((status = 'pending') = (next_at IS NOT NULL)),
    CONSTRAINT inbox_begun_is_pending CHECK (fence IS NULL OR status = 'pending')
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_next_at ON inbox (source, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX inbox_chat ON inbox (chat_id, received_at) WHERE body IS NOT NULL;
CREATE INDEX inbox_open ON inbox (received_at, external_id) WHERE body IS NOT NULL;
CREATE INDEX inbox_processed_at ON inbox (processed_at) WHERE processed_at IS NOT NULL;

CREATE TABLE outbox (
    user_id         BLOB    NOT NULL,
    id              BLOB    NOT NULL CONSTRAINT outbox_id_is_uuid CHECK (length(id) = 16),
    channel         TEXT    NOT NULL CONSTRAINT outbox_channel_known
        CHECK (channel = 'telegram' OR channel = 'stars' OR channel = 'yookassa' OR channel = 'cryptobot'
            OR channel = 'sandbox' OR channel = 'files'),
    lane            INTEGER NOT NULL CONSTRAINT outbox_lane_range CHECK (lane BETWEEN 0 AND 3),
    status          TEXT    NOT NULL CONSTRAINT outbox_status_known
        CHECK (status = 'held' OR status = 'queued' OR status = 'sending' OR status = 'sent' OR status = 'failed'
            OR status = 'unknown' OR status = 'dropped'),
    chat_id         INTEGER NOT NULL,
    message_id      INTEGER,
    method          TEXT,
    payload         TEXT,
    view            TEXT,
    args            TEXT,
    ref_id          BLOB,
    ref_date        TEXT,
    ref_number      INTEGER,
    for_dialog      INTEGER NOT NULL CONSTRAINT outbox_for_dialog_bool CHECK (for_dialog IN (0, 1)),
    attempts        INTEGER NOT NULL CONSTRAINT outbox_attempts_range CHECK (attempts >= 0),
    unknowns        INTEGER NOT NULL CONSTRAINT outbox_unknowns_range CHECK (unknowns BETWEEN 0 AND attempts),
    fence           INTEGER,
    due_at          INTEGER NOT NULL,
    expires_at      INTEGER,
    attempted_at    INTEGER,
    sent_message_id INTEGER,
    error           TEXT,
    created_at      INTEGER NOT NULL,
    done_at         INTEGER,
    CONSTRAINT outbox_pk PRIMARY KEY (user_id, id),
    CONSTRAINT outbox_says_what CHECK ((method IS NULL) <> (view IS NULL)),
    CONSTRAINT outbox_sending_is_fenced CHECK (status <> 'sending' OR (fence IS NOT NULL AND attempted_at IS NOT NULL)),
    CONSTRAINT outbox_done CHECK ((done_at IS NULL) = (status = 'held' OR status = 'queued' OR status = 'sending'))
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (channel, lane, due_at, user_id, id) WHERE status = 'queued';
CREATE INDEX outbox_sending ON outbox (fence) WHERE status = 'sending';
CREATE INDEX outbox_done_at ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_held ON outbox (due_at, id) WHERE status = 'held';
CREATE INDEX outbox_trouble ON outbox (status, due_at, id) WHERE status = 'failed' OR unknowns > 0;

CREATE TABLE deliveries (
    user_id    BLOB    NOT NULL,
    kind       TEXT    NOT NULL CONSTRAINT deliveries_kind_known
        CHECK (kind = 'reminder' OR kind = 'snooze' OR kind = 'milestone' OR kind = 'summary' OR kind = 'nudge' OR kind = 'notice'),
    ref_id     BLOB    NOT NULL,
    local_date TEXT    NOT NULL,
    occasion   INTEGER NOT NULL,
    status     TEXT    NOT NULL CONSTRAINT deliveries_status_known
        CHECK (status = 'queued' OR status = 'sent' OR status = 'failed' OR status = 'unknown'
            OR status = 'answered' OR status = 'quiet' OR status = 'missed' OR status = 'canceled'),
    due_at     INTEGER NOT NULL,
    outbox_id  BLOB,
    message_id INTEGER,
    created_at INTEGER NOT NULL,
    done_at    INTEGER,
    CONSTRAINT deliveries_pk PRIMARY KEY (user_id, kind, ref_id, local_date, occasion),
    CONSTRAINT deliveries_done CHECK ((done_at IS NULL) = (status = 'queued')),
    CONSTRAINT deliveries_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_created_at ON deliveries (created_at);

CREATE TABLE dialogs (
    user_id    BLOB    NOT NULL,
    chat_id    INTEGER NOT NULL,
    flow       TEXT    NOT NULL,
    step       TEXT    NOT NULL,
    data       TEXT    NOT NULL CONSTRAINT dialogs_data_is_json CHECK (json_valid(data)),
    message_id INTEGER,
    version    INTEGER NOT NULL CONSTRAINT dialogs_version_range CHECK (version >= 1),
    updated_at INTEGER NOT NULL,
    CONSTRAINT dialogs_pk PRIMARY KEY (user_id),
    CONSTRAINT dialogs_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE broadcasts (
    user_id     BLOB    NOT NULL,
    id          BLOB    NOT NULL CONSTRAINT broadcasts_id_is_uuid CHECK (length(id) = 16),
    body        TEXT    NOT NULL CONSTRAINT broadcasts_body_not_empty CHECK (body <> ''),
    status      TEXT    NOT NULL CONSTRAINT broadcasts_status_known
        CHECK (status = 'draft' OR status = 'running' OR status = 'stopped' OR status = 'done'),
    people      INTEGER NOT NULL CONSTRAINT broadcasts_people_range CHECK (people >= 0),
    queued      INTEGER NOT NULL CONSTRAINT broadcasts_queued_range CHECK (queued >= 0),
    sent        INTEGER NOT NULL CONSTRAINT broadcasts_sent_range CHECK (sent >= 0),
    failed      INTEGER NOT NULL CONSTRAINT broadcasts_failed_range CHECK (failed >= 0),
    after_user  BLOB,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CONSTRAINT broadcasts_pk PRIMARY KEY (user_id, id),
    CONSTRAINT broadcasts_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX broadcasts_created_at ON broadcasts (created_at);
CREATE INDEX broadcasts_running ON broadcasts (created_at) WHERE status = 'running';

-- --- money ---------------------------------------------------------------------------------------------------------------

-- Postings that were refused; their keys stay refused.
CREATE TABLE ledger_refusals (
    user_id         BLOB    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    body_hash       BLOB    NOT NULL CONSTRAINT ledger_refusals_body_hash_is_sha256 CHECK (length(body_hash) = 32),
    kind            TEXT    NOT NULL,
    amount          INTEGER NOT NULL,
    balance         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    CONSTRAINT ledger_refusals_pk PRIMARY KEY (user_id, idempotency_key),
    CONSTRAINT ledger_refusals_balance_fk FOREIGN KEY (user_id) REFERENCES balances (user_id)
) STRICT, WITHOUT ROWID;

-- What became known of each payment. The truth; payments is its fold. The id is made of the content: the same event twice is one.
CREATE TABLE payment_events (
    user_id     BLOB    NOT NULL,
    id          BLOB    NOT NULL CONSTRAINT payment_events_id_is_uuid CHECK (length(id) = 16),
    payment_id  BLOB    NOT NULL,
    kind        TEXT    NOT NULL CONSTRAINT payment_events_kind_known
        CHECK (kind IN ('created', 'pending', 'unknown', 'succeeded', 'failed', 'canceled', 'expired', 'refunded', 'disputed',
            'dispute_won', 'dispute_lost', 'refund_asked', 'refund_failed')),
    ref         TEXT    NOT NULL,
    charge      TEXT    NOT NULL,
    amount      INTEGER NOT NULL CONSTRAINT payment_events_amount_range CHECK (amount >= 0),
    currency    TEXT    NOT NULL,
    payer_hmac  BLOB    CONSTRAINT payment_events_payer_hmac_is_sha256 CHECK (length(payer_hmac) = 32),
    note        TEXT,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    CONSTRAINT payment_events_pk PRIMARY KEY (user_id, id),
    CONSTRAINT payment_events_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_events_payment ON payment_events (user_id, payment_id);
CREATE INDEX payment_events_payer ON payment_events (payer_hmac) WHERE payer_hmac IS NOT NULL;
CREATE INDEX payment_events_recorded_at ON payment_events (recorded_at);
CREATE TRIGGER payment_events_no_update BEFORE UPDATE ON payment_events
BEGIN
    SELECT RAISE(ABORT, 'payment_events only grows');
END;
CREATE TRIGGER payment_events_no_delete BEFORE DELETE ON payment_events
BEGIN
    SELECT RAISE(ABORT, 'payment_events only grows');
END;

-- Events of payments that nobody knows: kept until their payment turns up, credited to nobody.
CREATE TABLE payment_strays (
    provider    TEXT    NOT NULL,
    id          BLOB    NOT NULL CONSTRAINT payment_strays_id_is_uuid CHECK (length(id) = 16),
    kind        TEXT    NOT NULL,
    ref         TEXT    NOT NULL,
    charge      TEXT    NOT NULL,
    amount      INTEGER NOT NULL CONSTRAINT payment_strays_amount_range CHECK (amount >= 0),
    currency    TEXT    NOT NULL,
    payer_hmac  BLOB    CONSTRAINT payment_strays_payer_hmac_is_sha256 CHECK (length(payer_hmac) = 32),
    note        TEXT,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    payment_id  BLOB,
    CONSTRAINT payment_strays_pk PRIMARY KEY (provider, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_strays_charge ON payment_strays (provider, charge) WHERE payment_id IS NULL;

-- What was paid for: one period for one payment, or one granted. Where it lies follows from all of a person's periods.
CREATE TABLE subscription_periods (
    user_id         BLOB    NOT NULL,
    id              BLOB    NOT NULL CONSTRAINT subscription_periods_id_is_uuid CHECK (length(id) = 16),
    subscription_id BLOB    NOT NULL,
    payment_id      BLOB,
    plan            TEXT    NOT NULL,
    months          INTEGER NOT NULL,
    days            INTEGER NOT NULL,
    status          TEXT    NOT NULL CONSTRAINT subscription_periods_status_known
        CHECK (status IN ('active', 'suspended', 'revoked')),
    bought_at       INTEGER NOT NULL,
    stopped_at      INTEGER,
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    reason          TEXT,
    revoked_by_admin INTEGER NOT NULL
        CONSTRAINT subscription_periods_revoked_by_admin_bool CHECK (revoked_by_admin IN (0, 1)),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CONSTRAINT subscription_periods_pk PRIMARY KEY (user_id, id),
    CONSTRAINT subscription_periods_payment_unique UNIQUE (user_id, payment_id),
    CONSTRAINT subscription_periods_length CHECK ((months > 0) <> (days > 0) AND months >= 0 AND days >= 0),
    CONSTRAINT subscription_periods_span CHECK (ends_at >= starts_at),
    CONSTRAINT subscription_periods_stopped CHECK ((status = 'active') = (stopped_at IS NULL)),
    CONSTRAINT subscription_periods_granted CHECK (payment_id IS NOT NULL OR reason IS NOT NULL),
    CONSTRAINT subscription_periods_subscription_fk FOREIGN KEY (user_id, subscription_id) REFERENCES subscriptions (user_id, id),
    CONSTRAINT subscription_periods_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_periods_subscription ON subscription_periods (user_id, subscription_id);

-- --- figures -------------------------------------------------------------------------------------------------------------

-- What was marked on each UTC day that is over.
CREATE TABLE daily_stats (
    day      TEXT    NOT NULL,
    active   INTEGER NOT NULL CONSTRAINT daily_stats_active_range CHECK (active >= 0),
    done     INTEGER NOT NULL CONSTRAINT daily_stats_done_range CHECK (done >= 0),
    declined INTEGER NOT NULL CONSTRAINT daily_stats_declined_range CHECK (declined >= 0),
    skipped  INTEGER NOT NULL CONSTRAINT daily_stats_skipped_range CHECK (skipped >= 0),
    CONSTRAINT daily_stats_pk PRIMARY KEY (day)
) STRICT, WITHOUT ROWID;

-- Days whose row has to be counted again.
CREATE TABLE daily_changes (
    id        BLOB NOT NULL CONSTRAINT daily_changes_id_is_uuid CHECK (length(id) = 16),
    first_day TEXT NOT NULL,
    last_day  TEXT NOT NULL,
    CONSTRAINT daily_changes_pk PRIMARY KEY (id),
    CONSTRAINT daily_changes_span CHECK (last_day >= first_day)
) STRICT, WITHOUT ROWID;

-- Reports as they were last counted.
CREATE TABLE stored_reports (
    name       TEXT    NOT NULL,
    body       TEXT    NOT NULL CONSTRAINT stored_reports_body_is_json CHECK (json_valid(body)),
    took_ms    INTEGER NOT NULL CONSTRAINT stored_reports_took_ms_range CHECK (took_ms >= 0),
    counted_at INTEGER NOT NULL,
    CONSTRAINT stored_reports_pk PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

-- --- moving in -----------------------------------------------------------------------------------------------------------

-- Rows of an older program's database that could not be taken over as they were.
CREATE TABLE quarantine (
    source_table TEXT    NOT NULL,
    source_id    INTEGER NOT NULL,
    finding      TEXT    NOT NULL,
    outcome      TEXT    NOT NULL CONSTRAINT quarantine_outcome_known CHECK (outcome IN ('changed', 'left_out')),
    user_id      BLOB,
    source_row   TEXT    NOT NULL CONSTRAINT quarantine_source_row_is_json CHECK (json_valid(source_row)),
    created_at   INTEGER NOT NULL,
    CONSTRAINT quarantine_pk PRIMARY KEY (source_table, source_id, finding)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_user ON quarantine (user_id) WHERE user_id IS NOT NULL;

-- --- views for analysts ---------------------------------------------------------------------------------------------------

-- DAU: people with at least one mark made on a UTC day; imports and what they imply are left out, here and below.
CREATE VIEW analytics_daily_active AS
SELECT date(marked_at / 1000, 'unixepoch') AS day, COUNT(DISTINCT user_id) AS people FROM habit_logs
WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;

-- WAU: the same in the ISO week that begins on that Monday.
CREATE VIEW analytics_weekly_active AS
SELECT date(marked_at / 1000, 'unixepoch', 'weekday 0', '-6 days') AS week, COUNT(DISTINCT user_id) AS people FROM habit_logs
WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;

-- MAU: the same in the month that begins on that day.
CREATE VIEW analytics_monthly_active AS
SELECT date(marked_at / 1000, 'unixepoch', 'start of month') AS month, COUNT(DISTINCT user_id) AS people FROM habit_logs
WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;

-- completion = done / (done + declined) of the marks made on a UTC day; NULL: neither.
CREATE VIEW analytics_completion AS
SELECT date(marked_at / 1000, 'unixepoch') AS day, COUNT(CASE WHEN status = 'done' THEN 1 END) AS done,
       COUNT(CASE WHEN status = 'declined' THEN 1 END) AS declined, COUNT(CASE WHEN status = 'skipped' THEN 1 END) AS skipped,
       CAST(COUNT(CASE WHEN status = 'done' THEN 1 END) AS REAL) / NULLIF(COUNT(CASE WHEN status <> 'skipped' THEN 1 END), 0) AS completion
FROM habit_logs WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;

-- Of the people who came in the ISO week of cohort_week (users.created_at), who made a mark in each week.
CREATE VIEW analytics_cohorts AS
SELECT u.cohort_week, date(l.marked_at / 1000, 'unixepoch', 'weekday 0', '-6 days') AS week, COUNT(DISTINCT u.id) AS active
FROM users u JOIN habit_logs l ON l.user_id = u.id
WHERE l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto' GROUP BY 1, 2;

-- Of the people who came on a UTC day, who made a mark on the 1st, 7th and 30th UTC day after it; NULL: that day has not begun.
CREATE VIEW analytics_retention AS
SELECT u.cohort_day, COUNT(*) AS people,
       CASE WHEN date(u.cohort_day, '+1 days') <= date('now') THEN
           COUNT(CASE WHEN EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = u.id AND date(l.marked_at / 1000, 'unixepoch') = date(u.cohort_day, '+1 days')
                                  AND l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto') THEN 1 END) END AS day_1,
       CASE WHEN date(u.cohort_day, '+7 days') <= date('now') THEN
           COUNT(CASE WHEN EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = u.id AND date(l.marked_at / 1000, 'unixepoch') = date(u.cohort_day, '+7 days')
                                  AND l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto') THEN 1 END) END AS day_7,
       CASE WHEN date(u.cohort_day, '+30 days') <= date('now') THEN
           COUNT(CASE WHEN EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = u.id AND date(l.marked_at / 1000, 'unixepoch') = date(u.cohort_day, '+30 days')
                                  AND l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto') THEN 1 END) END AS day_30
FROM users u GROUP BY 1;

-- Trial conversion = converted / ended: of the trials that ended in a week, whose person has a paid period that was not taken back.
CREATE VIEW analytics_trials AS
SELECT date(u.trial_ends_at / 1000, 'unixepoch', 'weekday 0', '-6 days') AS week, COUNT(*) AS ended,
       COUNT(CASE WHEN EXISTS (SELECT 1 FROM subscription_periods d
                               WHERE d.user_id = u.id AND d.payment_id IS NOT NULL AND d.status <> 'revoked') THEN 1 END) AS converted
FROM users u WHERE u.trial_ends_at <= CAST(strftime('%s', 'now') AS INTEGER) * 1000 GROUP BY 1;

-- churn = lost / at_start: people inside a paid period when the month begins, and those of them who are in none when it ends.
CREATE VIEW analytics_subscribers AS
WITH RECURSIVE s (month) AS (
    SELECT date(MIN(starts_at) / 1000, 'unixepoch', 'start of month') FROM subscription_periods
    UNION ALL
    SELECT date(month, '+1 month') FROM s WHERE date(month, '+1 month') <= date('now'))
SELECT m.month, COUNT(DISTINCT a.user_id) AS at_start, COUNT(DISTINCT CASE WHEN b.user_id IS NULL THEN a.user_id END) AS lost,
       CAST(COUNT(DISTINCT CASE WHEN b.user_id IS NULL THEN a.user_id END) AS REAL) / NULLIF(COUNT(DISTINCT a.user_id), 0) AS churn
FROM (SELECT month, CAST(strftime('%s', month) AS INTEGER) * 1000 AS since,
             CAST(strftime('%s', month, '+1 month') AS INTEGER) * 1000 AS until
      FROM s WHERE month IS NOT NULL) m
LEFT JOIN subscription_periods a ON a.payment_id IS NOT NULL AND a.starts_at <= m.since AND a.ends_at > m.since
LEFT JOIN subscription_periods b ON b.user_id = a.user_id AND b.payment_id IS NOT NULL AND b.starts_at <= m.until AND b.ends_at > m.until
GROUP BY m.month;

-- Monthly recurring revenue now, minor units: of every paid period that runs, its payment divided by its months, or times 30 / its days.
CREATE VIEW analytics_mrr AS
SELECT p.currency, COUNT(*) AS periods,
       CAST(SUM(CASE WHEN d.months > 0 THEN p.amount / d.months ELSE p.amount * 30 / d.days END) AS INTEGER) AS amount
FROM subscription_periods d JOIN payments p ON p.user_id = d.user_id AND p.id = d.payment_id
WHERE d.starts_at <= CAST(strftime('%s', 'now') AS INTEGER) * 1000 AND d.ends_at > CAST(strftime('%s', 'now') AS INTEGER) * 1000 GROUP BY 1;

-- What was paid on a UTC day, and what of it was given back or lost since; minor units. Plans bought from a wallet are left out: the top-up was counted.
CREATE VIEW analytics_revenue AS
SELECT date(paid_at / 1000, 'unixepoch') AS day, currency, provider, COUNT(*) AS payments, COUNT(DISTINCT user_id) AS payers,
       CAST(SUM(amount) AS INTEGER) AS amount,
       CAST(SUM(CASE WHEN status = 'charged_back' THEN amount ELSE refunded END) AS INTEGER) AS lost
FROM payments WHERE provider <> 'balance' AND paid_at IS NOT NULL GROUP BY 1, 2, 3;

-- What came of the people whom somebody invited; earned in minor units of the wallet.
CREATE VIEW analytics_referrals AS
SELECT referrer_id, COUNT(*) AS invited, COUNT(CASE WHEN status = 'pending' THEN 1 END) AS pending,
       COUNT(CASE WHEN status = 'held' THEN 1 END) AS held, COUNT(CASE WHEN status = 'rewarded' THEN 1 END) AS rewarded,
       COUNT(CASE WHEN status = 'rejected' THEN 1 END) AS rejected, COUNT(CASE WHEN status = 'taken_back' THEN 1 END) AS taken_back,
       CAST(COALESCE(SUM(CASE WHEN status = 'rewarded' THEN reward END), 0) AS INTEGER) AS earned
FROM referrals GROUP BY 1;
