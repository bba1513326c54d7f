-- Supporting tables: outside identifiers, sessions, idempotency, streak checkpoints, audit, keys.

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
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_expires_at ON sessions (expires_at);

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

CREATE TABLE secrets (
    name       TEXT    NOT NULL,
    value      BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT secrets_pk PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
