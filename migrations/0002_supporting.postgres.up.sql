-- Supporting tables: outside identifiers, sessions, idempotency, streak checkpoints, audit, keys.

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
    created_at            timestamptz(3)   NOT NULL,
    expires_at            timestamptz(3)   NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

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

CREATE TABLE secrets (
    name                  text             NOT NULL,
    value                 bytea            NOT NULL,
    created_at            timestamptz(3)   NOT NULL,
    CONSTRAINT secrets_pk PRIMARY KEY (name)
);

COMMENT ON TABLE directory IS 'Outside identifiers and whom they mean; its key is unique across all people.';
COMMENT ON COLUMN directory.key IS 'tg:<telegram id>, ref:<code> or pay:<provider>:<charge id>.';
COMMENT ON COLUMN directory.user_id IS 'The person.';
COMMENT ON COLUMN directory.ref_id IS 'The row meant, when it is not the person.';
COMMENT ON COLUMN directory.created_at IS 'When made.';

COMMENT ON TABLE sessions IS 'Bearer tokens: only their hashes.';
COMMENT ON COLUMN sessions.user_id IS 'Owner.';
COMMENT ON COLUMN sessions.id IS 'Session id, carried in the token.';
COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN sessions.name IS 'What the token is for.';
COMMENT ON COLUMN sessions.is_admin IS 'Whether it may use admin operations.';
COMMENT ON COLUMN sessions.created_at IS 'When made.';
COMMENT ON COLUMN sessions.expires_at IS 'When it stops to be accepted.';

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
