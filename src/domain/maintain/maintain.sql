-- name: maintain_dead_habits
-- Deleted habits that can no longer be restored.
-- params: time before, i64 limit
-- returns: uuid user_id, uuid id
SELECT user_id, id FROM habits WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2;

-- name: maintain_drop_logs
-- params: uuid user_id, uuid habit_id
DELETE FROM habit_logs WHERE user_id = $1 AND habit_id = $2;

-- name: maintain_drop_streak
-- params: uuid user_id, uuid habit_id
DELETE FROM streaks WHERE user_id = $1 AND habit_id = $2;

-- name: maintain_drop_schedules
-- params: uuid user_id, uuid habit_id
DELETE FROM habit_schedules WHERE user_id = $1 AND habit_id = $2;

-- name: maintain_drop_habit
-- params: uuid user_id, uuid habit_id
DELETE FROM habits WHERE user_id = $1 AND id = $2;

-- name: maintain_drop_decline_notes
-- A person's decline notes that no log points to, made before $2: a writer may have a younger one in hand.
-- params: uuid user_id, time before
DELETE FROM habit_decline_notes
WHERE user_id = $1 AND created_at < $2
  AND NOT EXISTS (SELECT 1 FROM habit_logs l
                  WHERE l.user_id = habit_decline_notes.user_id AND l.decline_note_id = habit_decline_notes.id);

-- name: maintain_orphan_notes
-- People who have such notes.
-- params: time before, i64 limit
-- returns: uuid user_id
SELECT DISTINCT n.user_id FROM habit_decline_notes n
WHERE n.created_at < $1
  AND NOT EXISTS (SELECT 1 FROM habit_logs l WHERE l.user_id = n.user_id AND l.decline_note_id = n.id)
ORDER BY n.user_id LIMIT $2;

-- name: maintain_drop_idempotency
-- params: time before, i64 limit
DELETE FROM idempotency
WHERE (user_id, key) IN (SELECT user_id, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2);

-- name: maintain_drop_sessions
-- params: time before, i64 limit
DELETE FROM sessions
WHERE (user_id, id) IN (SELECT user_id, id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2);

-- name: maintain_drop_sign_in_links
-- params: time before, i64 limit
DELETE FROM sign_in_links
WHERE (user_id, code_hash) IN (SELECT user_id, code_hash FROM sign_in_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2);

-- name: maintain_drop_inbox
-- params: time before, i64 limit
DELETE FROM inbox
WHERE (source, external_id) IN (SELECT source, external_id FROM inbox
                                WHERE processed_at < $1 ORDER BY processed_at LIMIT $2);

-- name: maintain_drop_outbox
-- params: time before, i64 limit
DELETE FROM outbox
WHERE (user_id, id) IN (SELECT user_id, id FROM outbox WHERE done_at < $1 ORDER BY done_at LIMIT $2);

-- name: maintain_drop_deliveries
-- Of one that still waits the doctor speaks.
-- params: time before, i64 limit
DELETE FROM deliveries
WHERE (user_id, kind, ref_id, local_date, occasion)
      IN (SELECT user_id, kind, ref_id, local_date, occasion FROM deliveries
          WHERE created_at < $1 AND status <> 'queued' ORDER BY created_at LIMIT $2);

-- name: maintain_drop_alerts
-- params: time before, i64 limit
DELETE FROM admin_alerts
WHERE id IN (SELECT id FROM admin_alerts
             WHERE last_seen_at < $1 AND status = 'resolved' ORDER BY last_seen_at LIMIT $2);
