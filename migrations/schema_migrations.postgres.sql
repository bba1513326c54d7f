CREATE TABLE IF NOT EXISTS schema_migrations (
    version    bigint NOT NULL,
    name       text NOT NULL,
    sha256     text NOT NULL,
    applied_at timestamptz(3) NOT NULL,
    CONSTRAINT schema_migrations_pk PRIMARY KEY (version)
);
COMMENT ON TABLE schema_migrations IS 'Migrations that have been applied to this schema, one row per version; written by habitd migrate.';
COMMENT ON COLUMN schema_migrations.version IS 'Number of the migration, ascending from 1 without gaps.';
COMMENT ON COLUMN schema_migrations.name IS 'Name of the migration, as in its file name.';
COMMENT ON COLUMN schema_migrations.sha256 IS 'SHA-256 of the up file when it was applied, lower-case hexadecimal as sha256sum prints it.';
COMMENT ON COLUMN schema_migrations.applied_at IS 'When the migration was committed.';
