DROP TABLE secrets;
DROP TABLE audit_log;
DROP TABLE streaks;
DROP TABLE idempotency;
DROP TABLE sessions;
DROP TABLE directory;
