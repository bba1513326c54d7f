-- name: alert_raise
-- A new one, or one more of the same cause.
-- params: uuid id, text fingerprint, text severity, text title, text detail, time now
-- returns: i64 occurrences
INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
VALUES ($1, $2, $3, 'open', $4, $5, 1, $6, $6, $6)
ON CONFLICT (fingerprint) WHERE status <> 'resolved' DO UPDATE
SET occurrences = admin_alerts.occurrences + 1, last_seen_at = excluded.last_seen_at, detail = excluded.detail
RETURNING occurrences;

-- name: alert_get
-- params: uuid id
-- returns: text status
SELECT status FROM admin_alerts WHERE id = $1;

-- name: alert_by_cause
-- The one of this cause that is not resolved.
-- params: text fingerprint
-- returns: uuid id
SELECT id FROM admin_alerts WHERE fingerprint = $1 AND status <> 'resolved';

-- name: alert_move
-- params: uuid id, text status, uuid acknowledged_by
UPDATE admin_alerts SET status = $2, acknowledged_by = COALESCE($3, acknowledged_by) WHERE id = $1;

-- name: alert_list
-- params: i64 limit
-- returns: uuid id, text fingerprint, text severity, text status, text title, text detail, i64 occurrences,
--   time first_seen_at, time last_seen_at, uuid acknowledged_by
SELECT id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, acknowledged_by
FROM admin_alerts WHERE status <> 'resolved' ORDER BY created_at DESC, id DESC LIMIT $1;
