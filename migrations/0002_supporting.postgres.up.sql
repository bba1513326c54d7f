-- Supporting tables: outside identifiers, sessions, sign-in links, idempotency, streak checkpoints, audit, keys; leases, what came in, what goes
-- out, what people were told, conversations.

CREATE TABLE directory (
    key                   text             NOT NULL,
    user_id               uuid             NOT NULL,
    ref_id                uuid,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT directory_pk PRIMARY KEY (key),
    CONSTRAINT directory_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX directory_user ON directory (user_id);

CREATE TABLE sessions (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    token_hash            bytea            NOT NULL CONSTRAINT sessions_token_hash_is_sha256 CHECK (length(token_hash) = 32),
    name                  text             NOT NULL,
    is_admin              boolean          NOT NULL,
    origin                text             NOT NULL CONSTRAINT sessions_origin_known CHECK (origin IN ('token', 'link', 'telegram', 'demo')),
    created_at            timestamptz(3)   NOT NULL,
    expires_at            timestamptz(3)   NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE sign_in_links (
    user_id               uuid             NOT NULL,
    code_hash             bytea            NOT NULL CONSTRAINT sign_in_links_code_hash_is_sha256 CHECK (length(code_hash) = 32),
    is_admin              boolean          NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    expires_at            timestamptz(3)   NOT NULL,
    CONSTRAINT sign_in_links_pk PRIMARY KEY (user_id, code_hash),
    CONSTRAINT sign_in_links_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sign_in_links_expires_at ON sign_in_links (expires_at);

CREATE TABLE idempotency (
    user_id               uuid             NOT NULL,
    key                   text             NOT NULL,
    operation             text             NOT NULL,
    body_hash             bytea            NOT NULL,
    status                integer          NOT NULL,
    answer                bytea            NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT idempotency_pk PRIMARY KEY (user_id, key),
    CONSTRAINT idempotency_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);

CREATE TABLE streaks (
    user_id               uuid             NOT NULL,
    habit_id              uuid             NOT NULL,
    last_date             date             NOT NULL,
    window_from           date             NOT NULL,
    first_date            date,
    score                 double precision NOT NULL,
    run_from              date,
    interval_from         date,
    interval_done         date,
    run_starts            bytea,
    CONSTRAINT streaks_pk PRIMARY KEY (user_id, habit_id),
    CONSTRAINT streaks_habit_fk FOREIGN KEY (user_id, habit_id) REFERENCES habits (user_id, id)
);

CREATE TABLE audit_log (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    actor                 text             NOT NULL,
    operation             text             NOT NULL,
    request_id            text             NOT NULL,
    detail                jsonb,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT audit_log_pk PRIMARY KEY (user_id, id),
    CONSTRAINT audit_log_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX audit_log_created_at ON audit_log (created_at);
CREATE INDEX audit_log_doctor ON audit_log (created_at) WHERE operation = 'doctor.run';

CREATE TABLE secrets (
    name                  text             NOT NULL,
    value                 bytea            NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT secrets_pk PRIMARY KEY (name)
);

CREATE TABLE leases (
    name                  text             NOT NULL,
    holder                uuid             NOT NULL,
    fence                 bigint           NOT NULL,
    acquired_at           timestamptz(3)   NOT NULL,
    expires_at            timestamptz(3)   NOT NULL,
    problem               text,
    CONSTRAINT leases_pk PRIMARY KEY (name)
);

CREATE TABLE inbox (
    source                text             NOT NULL CONSTRAINT inbox_source_known
        CHECK (source IN ('telegram', 'yookassa', 'cryptobot')),
    external_id           text             NOT NULL,
    chat_id               bigint,
    body                  bytea,
    status                text             NOT NULL CONSTRAINT inbox_status_known CHECK (status IN ('pending', 'done', 'parked')),
    attempts              integer          NOT NULL CONSTRAINT inbox_attempts_range CHECK (attempts >= 0),
    next_at               timestamptz(3),
    error                 text,
    fence                 bigint,
    received_at           timestamptz(3)   NOT NULL,
    processed_at          timestamptz(3),
    CONSTRAINT inbox_pk PRIMARY KEY (source, external_id),
    CONSTRAINT inbox_pending_has_body CHECK (status = 'done' OR body IS NOT NULL),
    CONSTRAINT inbox_done_is_blank CHECK (status <> 'done' OR (body IS NULL AND chat_id IS NULL)),
    CONSTRAINT inbox_pending_is_due CHECK ((status = 'pending') = (next_at IS NOT NULL)),
    CONSTRAINT inbox_begun_is_pending CHECK (fence IS NULL OR status = 'pending')
);
CREATE INDEX inbox_next_at ON inbox (source, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX inbox_chat ON inbox (chat_id, received_at) WHERE body IS NOT NULL;
CREATE INDEX inbox_open ON inbox (received_at, external_id) WHERE body IS NOT NULL;
CREATE INDEX inbox_processed_at ON inbox (processed_at) WHERE processed_at IS NOT NULL;

CREATE TABLE outbox (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    channel               text             NOT NULL CONSTRAINT outbox_channel_known
        CHECK (channel IN ('telegram', 'stars', 'yookassa', 'cryptobot', 'sandbox', 'files')),
    lane                  smallint         NOT NULL CONSTRAINT outbox_lane_range CHECK (lane BETWEEN 0 AND 3),
    status                text             NOT NULL CONSTRAINT outbox_status_known
        CHECK (status IN ('held', 'queued', 'sending', 'sent', 'failed', 'unknown', 'dropped')),
    chat_id               bigint           NOT NULL,
    message_id            bigint,
    method                text,
    payload               text,
    view                  text,
    args                  text,
    ref_id                uuid,
    ref_date              date,
    ref_number            integer,
    for_dialog            boolean          NOT NULL,
    attempts              integer          NOT NULL CONSTRAINT outbox_attempts_range CHECK (attempts >= 0),
    unknowns              integer          NOT NULL CONSTRAINT outbox_unknowns_range CHECK (unknowns BETWEEN 0 AND attempts),
    fence                 bigint,
    due_at                timestamptz(3)   NOT NULL,
    expires_at            timestamptz(3),
    attempted_at          timestamptz(3),
    sent_message_id       bigint,
    error                 text,
    created_at            timestamptz(3)   NOT NULL,
    done_at               timestamptz(3),
    CONSTRAINT outbox_pk PRIMARY KEY (user_id, id),
    CONSTRAINT outbox_says_what CHECK ((method IS NULL) <> (view IS NULL)),
    CONSTRAINT outbox_sending_is_fenced CHECK (status <> 'sending' OR (fence IS NOT NULL AND attempted_at IS NOT NULL)),
    CONSTRAINT outbox_done CHECK ((done_at IS NULL) = (status IN ('held', 'queued', 'sending')))
);
CREATE INDEX outbox_due ON outbox (channel, lane, due_at, user_id, id) WHERE status = 'queued';
CREATE INDEX outbox_sending ON outbox (fence) WHERE status = 'sending';
CREATE INDEX outbox_done_at ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_held ON outbox (due_at, id) WHERE status = 'held';
CREATE INDEX outbox_trouble ON outbox (status, due_at, id) WHERE status = 'failed' OR unknowns > 0;

CREATE TABLE deliveries (
    user_id               uuid             NOT NULL,
    kind                  text             NOT NULL CONSTRAINT deliveries_kind_known
        CHECK (kind IN ('reminder', 'snooze', 'milestone', 'summary', 'nudge', 'notice')),
    ref_id                uuid             NOT NULL,
    local_date            date             NOT NULL,
    occasion              integer          NOT NULL,
    status                text             NOT NULL CONSTRAINT deliveries_status_known
        CHECK (status IN ('queued', 'sent', 'failed', 'unknown', 'answered', 'quiet', 'missed', 'canceled')),
    due_at                timestamptz(3)   NOT NULL,
    outbox_id             uuid,
    message_id            bigint,
    created_at            timestamptz(3)   NOT NULL,
    done_at               timestamptz(3),
    CONSTRAINT deliveries_pk PRIMARY KEY (user_id, kind, ref_id, local_date, occasion),
    CONSTRAINT deliveries_done CHECK ((done_at IS NULL) = (status = 'queued')),
    CONSTRAINT deliveries_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX deliveries_created_at ON deliveries (created_at);

CREATE TABLE dialogs (
    user_id               uuid             NOT NULL,
    chat_id               bigint           NOT NULL,
    flow                  text             NOT NULL,
    step                  text             NOT NULL,
    data                  jsonb            NOT NULL,
    message_id            bigint,
    version               bigint           NOT NULL CONSTRAINT dialogs_version_range CHECK (version >= 1),
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT dialogs_pk PRIMARY KEY (user_id),
    CONSTRAINT dialogs_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE broadcasts (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    body                  text             NOT NULL CONSTRAINT broadcasts_body_not_empty CHECK (body <> ''),
    status                text             NOT NULL CONSTRAINT broadcasts_status_known
        CHECK (status IN ('draft', 'running', 'stopped', 'done')),
    people                bigint           NOT NULL CONSTRAINT broadcasts_people_range CHECK (people >= 0),
    queued                bigint           NOT NULL CONSTRAINT broadcasts_queued_range CHECK (queued >= 0),
    sent                  bigint           NOT NULL CONSTRAINT broadcasts_sent_range CHECK (sent >= 0),
    failed                bigint           NOT NULL CONSTRAINT broadcasts_failed_range CHECK (failed >= 0),
    after_user            uuid,
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT broadcasts_pk PRIMARY KEY (user_id, id),
    CONSTRAINT broadcasts_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX broadcasts_created_at ON broadcasts (created_at);
CREATE INDEX broadcasts_running ON broadcasts (created_at) WHERE status = 'running';

COMMENT ON TABLE directory IS 'Outside identifiers and whom they mean; its key is unique across all people.';
COMMENT ON COLUMN directory.key IS 'tg:<telegram id>, ref:<code>, name:<username> or pay:<provider>:<charge id>.';
COMMENT ON COLUMN directory.user_id IS 'The person.';
COMMENT ON COLUMN directory.ref_id IS 'The row meant, when it is not the person.';
COMMENT ON COLUMN directory.created_at IS 'When made.';

COMMENT ON TABLE sessions IS 'Bearer tokens: only their hashes.';
COMMENT ON COLUMN sessions.user_id IS 'Owner.';
COMMENT ON COLUMN sessions.id IS 'Session id, carried in the token.';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN sessions.name IS 'What the token is for.';
COMMENT ON COLUMN sessions.is_admin IS 'Whether it may use admin operations.';
COMMENT ON COLUMN sessions.origin IS 'How it was begun.';
COMMENT ON COLUMN sessions.created_at IS 'When made.';
COMMENT ON COLUMN sessions.expires_at IS 'When it stops to be accepted.';

COMMENT ON TABLE sign_in_links IS 'Links that begin a session on the web, once.';
COMMENT ON COLUMN sign_in_links.user_id IS 'Whose session.';
COMMENT ON COLUMN sign_in_links.code_hash IS 'SHA-256 of the code.';
COMMENT ON COLUMN sign_in_links.is_admin IS 'Whether it begins an operator''s session.';
COMMENT ON COLUMN sign_in_links.created_at IS 'When made.';
COMMENT ON COLUMN sign_in_links.expires_at IS 'When it stops to work.';

COMMENT ON TABLE idempotency IS 'Answers to requests with an Idempotency-Key, kept 30 days.';
COMMENT ON COLUMN idempotency.user_id IS 'Owner.';
COMMENT ON COLUMN idempotency.key IS 'The key of the request.';
COMMENT ON COLUMN idempotency.operation IS 'Operation it was used for.';
COMMENT ON COLUMN idempotency.body_hash IS 'SHA-256 of the request body.';
COMMENT ON COLUMN idempotency.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN idempotency.answer IS 'The answer as it was sent.';
COMMENT ON COLUMN idempotency.created_at IS 'When.';

COMMENT ON TABLE streaks IS 'Checkpoint of a habit''s score and streak as of last_date; readers roll it forward.';
COMMENT ON COLUMN streaks.user_id IS 'Owner.';
COMMENT ON COLUMN streaks.habit_id IS 'The habit.';
COMMENT ON COLUMN streaks.last_date IS 'Every log up to this day is in the checkpoint.';
COMMENT ON COLUMN streaks.window_from IS 'Readers need the logs after this day to roll forward.';
COMMENT ON COLUMN streaks.first_date IS 'First day with an entry; NULL: none so far.';
COMMENT ON COLUMN streaks.score IS 'Loop''s score as of last_date, 0 to 1.';
COMMENT ON COLUMN streaks.run_from IS 'First day of the run that ends at last_date; NULL: none.';
COMMENT ON COLUMN streaks.interval_from IS 'First day of the newest frequency interval.';
COMMENT ON COLUMN streaks.interval_done IS 'Its last done day; without intervals the newest done day of the run.';
COMMENT ON COLUMN streaks.run_starts IS 'Start of the run for each shift of the interval, or the length of the run; 4-byte big-endian.';

COMMENT ON TABLE audit_log IS 'Who did what to whom: every admin write and every erasure.';
COMMENT ON COLUMN audit_log.user_id IS 'The person it was done to.';
COMMENT ON COLUMN audit_log.id IS 'Entry id.';
COMMENT ON COLUMN audit_log.actor IS 'Who: user:<id>, session:<id> or cli.';
COMMENT ON COLUMN audit_log.operation IS 'Name of the operation.';
COMMENT ON COLUMN audit_log.request_id IS 'The request it came with.';
COMMENT ON COLUMN audit_log.detail IS 'Fields of the operation, no secrets.';
COMMENT ON COLUMN audit_log.created_at IS 'When.';

COMMENT ON TABLE secrets IS 'Keys the program made for itself.';
COMMENT ON COLUMN secrets.name IS 'What the key is for.';
COMMENT ON COLUMN secrets.value IS 'The key.';
COMMENT ON COLUMN secrets.created_at IS 'When made.';

COMMENT ON TABLE leases IS 'Who may do what only one instance at a time does.';
COMMENT ON COLUMN leases.name IS 'What is leased: bot.';
COMMENT ON COLUMN leases.holder IS 'Id that an instance draws when it starts.';
COMMENT ON COLUMN leases.fence IS 'One more with every new holder; claims carry it.';
COMMENT ON COLUMN leases.acquired_at IS 'Since when the holder has it.';
COMMENT ON COLUMN leases.expires_at IS 'From when on another one may take it; acquired_at: it was given back.';
COMMENT ON COLUMN leases.problem IS 'What hinders the holder, for people; NULL: nothing.';

COMMENT ON TABLE inbox IS 'Updates and webhooks: each is stored once before it is acted on. Gone 48 hours after.';
COMMENT ON COLUMN inbox.source IS 'telegram or a payment provider.';
COMMENT ON COLUMN inbox.external_id IS 'The sender''s id of it; the same one twice is one.';
COMMENT ON COLUMN inbox.chat_id IS 'Whose order it keeps; NULL: nobody''s, or done.';
COMMENT ON COLUMN inbox.body IS 'As it came; NULL once it was acted on.';
COMMENT ON COLUMN inbox.status IS 'pending, done, or parked after five failures.';
COMMENT ON COLUMN inbox.attempts IS 'How often acting on it failed.';
COMMENT ON COLUMN inbox.next_at IS 'When to act on it; pending ones only.';
COMMENT ON COLUMN inbox.error IS 'What the last failure said.';
COMMENT ON COLUMN inbox.fence IS 'Under which lease acting on it was begun, by what acts on waiting ones; a program that ended meanwhile leaves it.';
COMMENT ON COLUMN inbox.received_at IS 'When it came.';
COMMENT ON COLUMN inbox.processed_at IS 'When it was done or parked.';

COMMENT ON TABLE outbox IS 'Messages and provider calls: stored before they are made. Gone 7 days after.';
COMMENT ON COLUMN outbox.user_id IS 'For whom; all zeros: the operator''s chat. No foreign key for that reason.';
COMMENT ON COLUMN outbox.id IS 'Id, in the order of making.';
COMMENT ON COLUMN outbox.channel IS 'telegram or a payment provider.';
COMMENT ON COLUMN outbox.lane IS '0 payments, 1 replies, 2 reminders, 3 broadcasts: the lower goes first.';
COMMENT ON COLUMN outbox.status IS 'held, queued, sending, sent, failed, unknown (nobody knows whether it arrived) or dropped.';
COMMENT ON COLUMN outbox.chat_id IS 'Telegram chat; 0 for provider calls.';
COMMENT ON COLUMN outbox.message_id IS 'The message to edit; NULL: a new one.';
COMMENT ON COLUMN outbox.method IS 'Method to call with payload; NULL: a view.';
COMMENT ON COLUMN outbox.payload IS 'JSON parameters of the method.';
COMMENT ON COLUMN outbox.view IS 'View that is drawn at the moment of sending; NULL: a method.';
COMMENT ON COLUMN outbox.args IS 'What the view shows.';
COMMENT ON COLUMN outbox.ref_id IS 'What it is about; with the next two the key of its delivery.';
COMMENT ON COLUMN outbox.ref_date IS 'Local day it is about.';
COMMENT ON COLUMN outbox.ref_number IS 'Which one of that day.';
COMMENT ON COLUMN outbox.for_dialog IS 'Whether the message becomes the one its person''s dialog edits.';
COMMENT ON COLUMN outbox.attempts IS 'How often it was tried.';
COMMENT ON COLUMN outbox.unknowns IS 'How many of the tries ended without anybody knowing.';
COMMENT ON COLUMN outbox.fence IS 'Fence of the lease under which it was claimed last.';
COMMENT ON COLUMN outbox.due_at IS 'Not before.';
COMMENT ON COLUMN outbox.expires_at IS 'Not after: dropped then.';
COMMENT ON COLUMN outbox.attempted_at IS 'When it was claimed last.';
COMMENT ON COLUMN outbox.sent_message_id IS 'Telegram''s id of the message that arrived.';
COMMENT ON COLUMN outbox.error IS 'What the last failure said.';
COMMENT ON COLUMN outbox.created_at IS 'When made.';
COMMENT ON COLUMN outbox.done_at IS 'When it came to an end.';

COMMENT ON TABLE deliveries IS 'What a person is told once on an occasion; the key is the occasion. Gone after 90 days.';
COMMENT ON COLUMN deliveries.user_id IS 'To whom.';
COMMENT ON COLUMN deliveries.kind IS 'reminder, snooze, milestone, summary, nudge or notice.';
COMMENT ON COLUMN deliveries.ref_id IS 'Schedule (reminder, snooze), habit (milestone), subscription (notice) or person.';
COMMENT ON COLUMN deliveries.local_date IS 'The person''s local day it belongs to; for milestones the first day of the streak.';
COMMENT ON COLUMN deliveries.occasion IS 'Which one of that day: minute of the day, length of the streak, number of the notice.';
COMMENT ON COLUMN deliveries.status IS 'queued, sent, failed, unknown; or not sent: answered before, quiet hours, missed (too late), canceled.';
COMMENT ON COLUMN deliveries.due_at IS 'When it was due.';
COMMENT ON COLUMN deliveries.outbox_id IS 'Its message.';
COMMENT ON COLUMN deliveries.message_id IS 'Telegram''s id of the message that arrived.';
COMMENT ON COLUMN deliveries.created_at IS 'When claimed.';
COMMENT ON COLUMN deliveries.done_at IS 'When it came to an end.';

COMMENT ON TABLE dialogs IS 'Where each person is in a conversation with the bot.';
COMMENT ON COLUMN dialogs.user_id IS 'The person.';
COMMENT ON COLUMN dialogs.chat_id IS 'Where it is held.';
COMMENT ON COLUMN dialogs.flow IS 'What is being done: add, edit, zone and so on.';
COMMENT ON COLUMN dialogs.step IS 'What was asked last.';
COMMENT ON COLUMN dialogs.data IS 'What was answered so far.';
COMMENT ON COLUMN dialogs.message_id IS 'The message that is edited in place; NULL: not known yet.';
COMMENT ON COLUMN dialogs.version IS 'One more with each change.';
COMMENT ON COLUMN dialogs.updated_at IS 'Last change of the row.';

COMMENT ON TABLE broadcasts IS 'Messages of an admin to everybody.';
COMMENT ON COLUMN broadcasts.user_id IS 'The admin.';
COMMENT ON COLUMN broadcasts.id IS 'Broadcast id.';
COMMENT ON COLUMN broadcasts.body IS 'The text, HTML as Telegram takes it.';
COMMENT ON COLUMN broadcasts.status IS 'draft, running, stopped or done.';
COMMENT ON COLUMN broadcasts.people IS 'Whom it is for, counted at the start.';
COMMENT ON COLUMN broadcasts.queued IS 'For how many it is in the outbox.';
COMMENT ON COLUMN broadcasts.sent IS 'How many arrived.';
COMMENT ON COLUMN broadcasts.failed IS 'How many did not.';
COMMENT ON COLUMN broadcasts.after_user IS 'The last person whom it was queued for.';
COMMENT ON COLUMN broadcasts.created_at IS 'When made.';
COMMENT ON COLUMN broadcasts.updated_at IS 'Last change of the row.';

-- --- money ---------------------------------------------------------------------------------------------------------------

-- Postings that were refused; their keys stay refused.
CREATE TABLE ledger_refusals (
    user_id               uuid             NOT NULL,
    idempotency_key       text             NOT NULL,
    body_hash             bytea            NOT NULL CONSTRAINT ledger_refusals_body_hash_is_sha256 CHECK (length(body_hash) = 32),
    kind                  text             NOT NULL,
    amount                bigint           NOT NULL,
    balance               bigint           NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT ledger_refusals_pk PRIMARY KEY (user_id, idempotency_key),
    CONSTRAINT ledger_refusals_balance_fk FOREIGN KEY (user_id) REFERENCES balances (user_id)
);

COMMENT ON TABLE ledger_refusals IS 'Postings that were refused because the wallet had too little; their keys stay refused.';
COMMENT ON COLUMN ledger_refusals.user_id IS 'Owner.';
COMMENT ON COLUMN ledger_refusals.idempotency_key IS 'Key that stays refused.';
COMMENT ON COLUMN ledger_refusals.body_hash IS 'SHA-256 of what was asked under the key.';
COMMENT ON COLUMN ledger_refusals.kind IS 'Kind of the posting.';
COMMENT ON COLUMN ledger_refusals.amount IS 'Minor units, signed.';
COMMENT ON COLUMN ledger_refusals.balance IS 'What the wallet held.';
COMMENT ON COLUMN ledger_refusals.created_at IS 'When refused.';

-- What became known of each payment. The truth; payments is its fold. The id is made of the content: the same event twice is one.
CREATE TABLE payment_events (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    payment_id            uuid             NOT NULL,
    kind                  text             NOT NULL CONSTRAINT payment_events_kind_known
        CHECK (kind IN ('created', 'pending', 'unknown', 'succeeded', 'failed', 'canceled', 'expired', 'refunded', 'disputed',
            'dispute_won', 'dispute_lost', 'refund_asked', 'refund_failed')),
    ref                   text             NOT NULL,
    charge                text             NOT NULL,
    amount                bigint           NOT NULL CONSTRAINT payment_events_amount_range CHECK (amount >= 0),
    currency              text             NOT NULL,
    payer_hmac            bytea            CONSTRAINT payment_events_payer_hmac_is_sha256 CHECK (length(payer_hmac) = 32),
    note                  text,
    occurred_at           timestamptz(3)   NOT NULL,
    recorded_at           timestamptz(3)   NOT NULL,
    CONSTRAINT payment_events_pk PRIMARY KEY (user_id, id),
    CONSTRAINT payment_events_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
);
CREATE INDEX payment_events_payment ON payment_events (user_id, payment_id);
CREATE INDEX payment_events_payer ON payment_events (payer_hmac) WHERE payer_hmac IS NOT NULL;
CREATE INDEX payment_events_recorded_at ON payment_events (recorded_at);
CREATE TRIGGER payment_events_no_change BEFORE UPDATE OR DELETE ON payment_events
    FOR EACH ROW EXECUTE FUNCTION only_grows();
CREATE TRIGGER payment_events_no_truncate BEFORE TRUNCATE ON payment_events
    FOR EACH STATEMENT EXECUTE FUNCTION only_grows();

-- Events of payments that nobody knows: kept until their payment turns up, credited to nobody.
CREATE TABLE payment_strays (
    provider              text             NOT NULL,
    id                    uuid             NOT NULL,
    kind                  text             NOT NULL,
    ref                   text             NOT NULL,
    charge                text             NOT NULL,
    amount                bigint           NOT NULL CONSTRAINT payment_strays_amount_range CHECK (amount >= 0),
    currency              text             NOT NULL,
    payer_hmac            bytea            CONSTRAINT payment_strays_payer_hmac_is_sha256 CHECK (length(payer_hmac) = 32),
    note                  text,
    occurred_at           timestamptz(3)   NOT NULL,
    recorded_at           timestamptz(3)   NOT NULL,
    payment_id            uuid,
    CONSTRAINT payment_strays_pk PRIMARY KEY (provider, id)
);
CREATE INDEX payment_strays_charge ON payment_strays (provider, charge) WHERE payment_id IS NULL;

COMMENT ON TABLE payment_events IS 'What became known of each payment, append-only: the truth that payments is folded from.';
COMMENT ON COLUMN payment_events.user_id IS 'Payer.';
COMMENT ON COLUMN payment_events.id IS 'Made of the content: the same event twice is one.';
COMMENT ON COLUMN payment_events.payment_id IS 'The payment.';
COMMENT ON COLUMN payment_events.kind IS 'What happened.';
COMMENT ON COLUMN payment_events.ref IS 'The provider''s id of the charge, refund or dispute; empty: none.';
COMMENT ON COLUMN payment_events.charge IS 'Of reversals the charge they are about; empty: none.';
COMMENT ON COLUMN payment_events.amount IS 'Minor units; 0: not said.';
COMMENT ON COLUMN payment_events.currency IS 'Its currency; empty: not said.';
COMMENT ON COLUMN payment_events.payer_hmac IS 'Keyed hash of who paid, as the provider names people.';
COMMENT ON COLUMN payment_events.note IS 'A reason in the provider''s words.';
COMMENT ON COLUMN payment_events.occurred_at IS 'When it happened, says the provider.';
COMMENT ON COLUMN payment_events.recorded_at IS 'When it became known here.';

COMMENT ON TABLE payment_strays IS 'Events of payments that nobody knows: kept for reconciliation, credited to nobody.';
COMMENT ON COLUMN payment_strays.provider IS 'Who said it.';
COMMENT ON COLUMN payment_strays.id IS 'Made of the content.';
COMMENT ON COLUMN payment_strays.kind IS 'As in payment_events.';
COMMENT ON COLUMN payment_strays.ref IS 'As in payment_events.';
COMMENT ON COLUMN payment_strays.charge IS 'The charge by which its payment will be known.';
COMMENT ON COLUMN payment_strays.amount IS 'Minor units; 0: not said.';
COMMENT ON COLUMN payment_strays.currency IS 'Its currency; empty: not said.';
COMMENT ON COLUMN payment_strays.payer_hmac IS 'Keyed hash of who paid.';
COMMENT ON COLUMN payment_strays.note IS 'A reason in the provider''s words.';
COMMENT ON COLUMN payment_strays.occurred_at IS 'When it happened, says the provider.';
COMMENT ON COLUMN payment_strays.recorded_at IS 'When it became known here.';
COMMENT ON COLUMN payment_strays.payment_id IS 'The payment that turned up; NULL: none so far.';

-- What was paid for: one period for one payment, or one granted. Where it lies follows from all of a person's periods.
CREATE TABLE subscription_periods (
    user_id               uuid             NOT NULL,
    id                    uuid             NOT NULL,
    subscription_id       uuid             NOT NULL,
    payment_id            uuid,
    plan                  text             NOT NULL,
    months                integer          NOT NULL,
    days                  integer          NOT NULL,
    status                text             NOT NULL CONSTRAINT subscription_periods_status_known
        CHECK (status IN ('active', 'suspended', 'revoked')),
    bought_at             timestamptz(3)   NOT NULL,
    stopped_at            timestamptz(3),
    starts_at             timestamptz(3)   NOT NULL,
    ends_at               timestamptz(3)   NOT NULL,
    reason                text,
    revoked_by_admin      boolean          NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    updated_at            timestamptz(3)   NOT NULL,
    CONSTRAINT subscription_periods_pk PRIMARY KEY (user_id, id),
    CONSTRAINT subscription_periods_payment_unique UNIQUE (user_id, payment_id),
    CONSTRAINT subscription_periods_length CHECK ((months > 0) <> (days > 0) AND months >= 0 AND days >= 0),
    CONSTRAINT subscription_periods_span CHECK (ends_at >= starts_at),
    CONSTRAINT subscription_periods_stopped CHECK ((status = 'active') = (stopped_at IS NULL)),
    CONSTRAINT subscription_periods_granted CHECK (payment_id IS NOT NULL OR reason IS NOT NULL),
    CONSTRAINT subscription_periods_subscription_fk FOREIGN KEY (user_id, subscription_id) REFERENCES subscriptions (user_id, id),
    CONSTRAINT subscription_periods_payment_fk FOREIGN KEY (user_id, payment_id) REFERENCES payments (user_id, id)
);
CREATE INDEX subscription_periods_subscription ON subscription_periods (user_id, subscription_id);

COMMENT ON TABLE subscription_periods IS 'What was paid for or granted, one period for one payment.';
COMMENT ON COLUMN subscription_periods.user_id IS 'Owner.';
COMMENT ON COLUMN subscription_periods.id IS 'Period id.';
COMMENT ON COLUMN subscription_periods.subscription_id IS 'The subscription it belongs to.';
COMMENT ON COLUMN subscription_periods.payment_id IS 'What paid for it; NULL: granted by an admin.';
COMMENT ON COLUMN subscription_periods.plan IS 'Plan that was bought.';
COMMENT ON COLUMN subscription_periods.months IS 'Its length in calendar months, or 0.';
COMMENT ON COLUMN subscription_periods.days IS 'Its length in days, or 0.';
COMMENT ON COLUMN subscription_periods.status IS 'active, suspended (disputed, or the wallet that paid is below zero) or revoked.';
COMMENT ON COLUMN subscription_periods.bought_at IS 'It starts then, or at the end of the one before.';
COMMENT ON COLUMN subscription_periods.stopped_at IS 'When it was suspended or revoked.';
COMMENT ON COLUMN subscription_periods.starts_at IS 'Where it lies now: later ones move when an earlier one is stopped.';
COMMENT ON COLUMN subscription_periods.ends_at IS 'Its end, or where it was stopped.';
COMMENT ON COLUMN subscription_periods.reason IS 'Why it was granted or revoked by an admin.';
COMMENT ON COLUMN subscription_periods.revoked_by_admin IS 'Whether an admin revoked it; its payment does not bring it back.';
COMMENT ON COLUMN subscription_periods.created_at IS 'When made.';
COMMENT ON COLUMN subscription_periods.updated_at IS 'Last change of the row.';

-- --- figures -------------------------------------------------------------------------------------------------------------

-- What was marked on each UTC day that is over.
CREATE TABLE daily_stats (
    day      date   NOT NULL,
    active   bigint NOT NULL CONSTRAINT daily_stats_active_range CHECK (active >= 0),
    done     bigint NOT NULL CONSTRAINT daily_stats_done_range CHECK (done >= 0),
    declined bigint NOT NULL CONSTRAINT daily_stats_declined_range CHECK (declined >= 0),
    skipped  bigint NOT NULL CONSTRAINT daily_stats_skipped_range CHECK (skipped >= 0),
    CONSTRAINT daily_stats_pk PRIMARY KEY (day)
);

COMMENT ON TABLE daily_stats IS 'What was marked on each UTC day that is over: a cache of a count, imports left out.';
COMMENT ON COLUMN daily_stats.day IS 'UTC day on which the marks were made.';
COMMENT ON COLUMN daily_stats.active IS 'People with at least one mark.';
COMMENT ON COLUMN daily_stats.done IS 'Marks that say done.';
COMMENT ON COLUMN daily_stats.declined IS 'Marks that say declined.';
COMMENT ON COLUMN daily_stats.skipped IS 'Marks that say skipped.';

-- Days whose row has to be counted again.
CREATE TABLE daily_changes (
    id        uuid NOT NULL,
    first_day date NOT NULL,
    last_day  date NOT NULL,
    CONSTRAINT daily_changes_pk PRIMARY KEY (id),
    CONSTRAINT daily_changes_span CHECK (last_day >= first_day)
);

COMMENT ON TABLE daily_changes IS 'Days whose row in daily_stats has to be counted again.';
COMMENT ON COLUMN daily_changes.id IS 'Its id.';
COMMENT ON COLUMN daily_changes.first_day IS 'The first of the days.';
COMMENT ON COLUMN daily_changes.last_day IS 'The last of the days.';

-- Reports as they were last counted.
CREATE TABLE stored_reports (
    name       text           NOT NULL,
    body       jsonb          NOT NULL,
    took_ms    bigint         NOT NULL CONSTRAINT stored_reports_took_ms_range CHECK (took_ms >= 0),
    counted_at timestamptz(3) NOT NULL,
    CONSTRAINT stored_reports_pk PRIMARY KEY (name)
);

COMMENT ON TABLE stored_reports IS 'Reports that take long, as they were last counted.';
COMMENT ON COLUMN stored_reports.name IS 'Which one.';
COMMENT ON COLUMN stored_reports.body IS 'What the API answers.';
COMMENT ON COLUMN stored_reports.took_ms IS 'How long counting it took: it is counted again after 120 times as long, at the earliest after a minute.';
COMMENT ON COLUMN stored_reports.counted_at IS 'When it was counted.';

-- --- moving in -----------------------------------------------------------------------------------------------------------

-- Rows of an older program's database that could not be taken over as they were.
CREATE TABLE quarantine (
    source_table text           NOT NULL,
    source_id    bigint         NOT NULL,
    finding      text           NOT NULL,
    outcome      text           NOT NULL CONSTRAINT quarantine_outcome_known CHECK (outcome IN ('changed', 'left_out')),
    user_id      uuid,
    source_row   jsonb          NOT NULL,
    created_at   timestamptz(3) NOT NULL,
    CONSTRAINT quarantine_pk PRIMARY KEY (source_table, source_id, finding)
);
CREATE INDEX quarantine_user ON quarantine (user_id) WHERE user_id IS NOT NULL;

COMMENT ON TABLE quarantine IS 'Rows of an older program''s database that could not be taken over as they were, for an operator to look at.';
COMMENT ON COLUMN quarantine.source_table IS 'Table there.';
COMMENT ON COLUMN quarantine.source_id IS 'The row''s id there.';
COMMENT ON COLUMN quarantine.finding IS 'What is wrong with it, and what was made of it.';
COMMENT ON COLUMN quarantine.outcome IS 'changed: taken over with the change that finding names; left_out: kept here alone.';
COMMENT ON COLUMN quarantine.user_id IS 'Whose it is, where that is known; goes with the person.';
COMMENT ON COLUMN quarantine.source_row IS 'The whole row as it was.';
COMMENT ON COLUMN quarantine.created_at IS 'When it was moved.';

-- --- views for analysts ---------------------------------------------------------------------------------------------------

CREATE VIEW analytics_daily_active AS
SELECT CAST(marked_at AT TIME ZONE 'UTC' AS date) AS day, COUNT(DISTINCT user_id) AS people FROM habit_logs
WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;
COMMENT ON VIEW analytics_daily_active IS 'DAU: people with at least one mark made on a UTC day; imports and what they imply are left out, here and below.';

CREATE VIEW analytics_weekly_active AS
SELECT CAST(date_trunc('week', marked_at AT TIME ZONE 'UTC') AS date) AS week, COUNT(DISTINCT user_id) AS people FROM habit_logs
WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;
COMMENT ON VIEW analytics_weekly_active IS 'WAU: the same in the ISO week that begins on that Monday.';

CREATE VIEW analytics_monthly_active AS
SELECT CAST(date_trunc('month', marked_at AT TIME ZONE 'UTC') AS date) AS month, COUNT(DISTINCT user_id) AS people FROM habit_logs
WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;
COMMENT ON VIEW analytics_monthly_active IS 'MAU: the same in the month that begins on that day.';

CREATE VIEW analytics_completion AS
SELECT CAST(marked_at AT TIME ZONE 'UTC' AS date) AS day, COUNT(CASE WHEN status = 'done' THEN 1 END) AS done,
       COUNT(CASE WHEN status = 'declined' THEN 1 END) AS declined, COUNT(CASE WHEN status = 'skipped' THEN 1 END) AS skipped,
       CAST(COUNT(CASE WHEN status = 'done' THEN 1 END) AS double precision) / NULLIF(COUNT(CASE WHEN status <> 'skipped' THEN 1 END), 0) AS completion
FROM habit_logs WHERE status IS NOT NULL AND source <> 'import' AND source <> 'auto' GROUP BY 1;
COMMENT ON VIEW analytics_completion IS 'completion = done / (done + declined) of the marks made on a UTC day; NULL: neither.';

CREATE VIEW analytics_cohorts AS
SELECT u.cohort_week, CAST(date_trunc('week', l.marked_at AT TIME ZONE 'UTC') AS date) AS week, COUNT(DISTINCT u.id) AS active
FROM users u JOIN habit_logs l ON l.user_id = u.id
WHERE l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto' GROUP BY 1, 2;
COMMENT ON VIEW analytics_cohorts IS 'Of the people who came in the ISO week of cohort_week (users.created_at), who made a mark in each week.';

CREATE VIEW analytics_retention AS
SELECT u.cohort_day, COUNT(*) AS people,
       CASE WHEN u.cohort_day + 1 <= CAST(now() AT TIME ZONE 'UTC' AS date) THEN
           COUNT(CASE WHEN EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = u.id AND CAST(l.marked_at AT TIME ZONE 'UTC' AS date) = u.cohort_day + 1
                                  AND l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto') THEN 1 END) END AS day_1,
       CASE WHEN u.cohort_day + 7 <= CAST(now() AT TIME ZONE 'UTC' AS date) THEN
           COUNT(CASE WHEN EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = u.id AND CAST(l.marked_at AT TIME ZONE 'UTC' AS date) = u.cohort_day + 7
                                  AND l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto') THEN 1 END) END AS day_7,
       CASE WHEN u.cohort_day + 30 <= CAST(now() AT TIME ZONE 'UTC' AS date) THEN
           COUNT(CASE WHEN EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = u.id AND CAST(l.marked_at AT TIME ZONE 'UTC' AS date) = u.cohort_day + 30
                                  AND l.status IS NOT NULL AND l.source <> 'import' AND l.source <> 'auto') THEN 1 END) END AS day_30
FROM users u GROUP BY 1;
COMMENT ON VIEW analytics_retention IS 'Of the people who came on a UTC day, who made a mark on the 1st, 7th and 30th UTC day after it; NULL: that day has not begun.';

CREATE VIEW analytics_trials AS
SELECT CAST(date_trunc('week', u.trial_ends_at AT TIME ZONE 'UTC') AS date) AS week, COUNT(*) AS ended,
       COUNT(CASE WHEN EXISTS (SELECT 1 FROM subscription_periods d
                               WHERE d.user_id = u.id AND d.payment_id IS NOT NULL AND d.status <> 'revoked') THEN 1 END) AS converted
FROM users u WHERE u.trial_ends_at <= now() GROUP BY 1;
COMMENT ON VIEW analytics_trials IS 'Trial conversion = converted / ended: of the trials that ended in a week, whose person has a paid period that was not taken back.';

CREATE VIEW analytics_subscribers AS
SELECT m.month, COUNT(DISTINCT a.user_id) AS at_start, COUNT(DISTINCT CASE WHEN b.user_id IS NULL THEN a.user_id END) AS lost,
       CAST(COUNT(DISTINCT CASE WHEN b.user_id IS NULL THEN a.user_id END) AS double precision) / NULLIF(COUNT(DISTINCT a.user_id), 0) AS churn
FROM (SELECT CAST(m AS date) AS month, m AT TIME ZONE 'UTC' AS since, (m + INTERVAL '1 month') AT TIME ZONE 'UTC' AS until
      FROM generate_series((SELECT date_trunc('month', MIN(starts_at) AT TIME ZONE 'UTC') FROM subscription_periods),
                           now() AT TIME ZONE 'UTC', INTERVAL '1 month') AS s (m)) m
LEFT JOIN subscription_periods a ON a.payment_id IS NOT NULL AND a.starts_at <= m.since AND a.ends_at > m.since
LEFT JOIN subscription_periods b ON b.user_id = a.user_id AND b.payment_id IS NOT NULL AND b.starts_at <= m.until AND b.ends_at > m.until
GROUP BY m.month;
COMMENT ON VIEW analytics_subscribers IS 'churn = lost / at_start: people inside a paid period when the month begins, and those of them who are in none when it ends.';

CREATE VIEW analytics_mrr AS
SELECT p.currency, COUNT(*) AS periods,
       CAST(SUM(CASE WHEN d.months > 0 THEN p.amount / d.months ELSE p.amount * 30 / d.days END) AS bigint) AS amount
FROM subscription_periods d JOIN payments p ON p.user_id = d.user_id AND p.id = d.payment_id
WHERE d.starts_at <= now() AND d.ends_at > now() GROUP BY 1;
COMMENT ON VIEW analytics_mrr IS 'Monthly recurring revenue now, minor units: of every paid period that runs, its payment divided by its months, or times 30 / its days.';

CREATE VIEW analytics_revenue AS
SELECT CAST(paid_at AT TIME ZONE 'UTC' AS date) AS day, currency, provider, COUNT(*) AS payments, COUNT(DISTINCT user_id) AS payers,
       CAST(SUM(amount) AS bigint) AS amount,
       CAST(SUM(CASE WHEN status = 'charged_back' THEN amount ELSE refunded END) AS bigint) AS lost
FROM payments WHERE provider <> 'balance' AND paid_at IS NOT NULL GROUP BY 1, 2, 3;
COMMENT ON VIEW analytics_revenue IS 'What was paid on a UTC day, and what of it was given back or lost since; minor units. Plans bought from a wallet are left out: the top-up was counted.';

CREATE VIEW analytics_referrals AS
SELECT referrer_id, COUNT(*) AS invited, COUNT(CASE WHEN status = 'pending' THEN 1 END) AS pending,
       COUNT(CASE WHEN status = 'held' THEN 1 END) AS held, COUNT(CASE WHEN status = 'rewarded' THEN 1 END) AS rewarded,
       COUNT(CASE WHEN status = 'rejected' THEN 1 END) AS rejected, COUNT(CASE WHEN status = 'taken_back' THEN 1 END) AS taken_back,
       CAST(COALESCE(SUM(CASE WHEN status = 'rewarded' THEN reward END), 0) AS bigint) AS earned
FROM referrals GROUP BY 1;
COMMENT ON VIEW analytics_referrals IS 'What came of the people whom somebody invited; earned in minor units of the wallet.';
