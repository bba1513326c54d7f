-- name: alert_raise
-- A new one, or one more of the same cause.
-- params: uuid id, text fingerprint, text severity, text title, text detail, time now
-- returns: uuid id, i64 occurrences, text status, text severity, time first_seen_at, time notified_at
INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
VALUES ($1, $2, $3, 'open', $4, $5, 1, $6, $6, $6)
ON CONFLICT (fingerprint) WHERE status <> 'resolved' DO UPDATE
SET occurrences = admin_alerts.occurrences + 1, last_seen_at = excluded.last_seen_at, detail = excluded.detail,
    severity = CASE WHEN excluded.severity = 'critical' THEN excluded.severity ELSE admin_alerts.severity END
RETURNING id, occurrences, status, severity, first_seen_at, notified_at;

-- name: alert_notified
-- params: uuid id, time notified_at
UPDATE admin_alerts SET notified_at = $2 WHERE id = $1;

-- name: alert_get
-- params: uuid id
-- returns: text status
SELECT status FROM admin_alerts WHERE id = $1;

-- name: alert_by_cause
-- The one of this cause that is not resolved.
-- params: text fingerprint
-- returns: uuid id, text title, time first_seen_at, time notified_at, text status
SELECT id, title, first_seen_at, notified_at, status FROM admin_alerts WHERE fingerprint = $1 AND status <> 'resolved';

-- name: alert_move
-- params: uuid id, text status, uuid acknowledged_by
UPDATE admin_alerts SET status = $2, acknowledged_by = COALESCE($3, acknowledged_by) WHERE id = $1;

-- name: alert_list
-- Alerts behind a place; the resolved ones too when $4 says so.
-- sorts: time first_seen_at, time last_seen_at, i64 occurrences
-- params: sorted place, uuid place_id, i64 limit, bool all
-- returns: sorted value, uuid id, text fingerprint, text severity, text status, text title, text detail, i64 occurrences,
--   time first_seen_at, time last_seen_at, uuid acknowledged_by
SELECT {column}, id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, acknowledged_by
FROM admin_alerts WHERE ($4 OR status <> 'resolved') AND ({column}, id) {beyond} ($1, $2)
ORDER BY {column} {direction}, id {direction} LIMIT $3;

-- name: alert_load
-- params: uuid id
-- returns: time created_at, uuid id, text fingerprint, text severity, text status, text title, text detail, i64 occurrences,
--   time first_seen_at, time last_seen_at, uuid acknowledged_by
SELECT created_at, id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, acknowledged_by
FROM admin_alerts WHERE id = $1;

-- name: alert_waits
-- Whether what the operator was to hear of an alert has not left yet, or left after a moment.
-- params: i64 lane, i64 chat_id, uuid ref_id, time since
-- returns: bool waits
SELECT EXISTS (SELECT 1 FROM outbox
               WHERE channel = 'telegram' AND lane = $1 AND status = 'queued' AND chat_id = $2 AND ref_id = $3)
    OR EXISTS (SELECT 1 FROM outbox WHERE status = 'sending' AND chat_id = $2 AND ref_id = $3)
    OR EXISTS (SELECT 1 FROM outbox WHERE done_at > $4 AND chat_id = $2 AND ref_id = $3);
