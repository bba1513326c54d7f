-- Queries of test/unit/store_test.c: every type there and back, and every kind of refusal.

-- name: types_put
-- One row of every type; the id's row is replaced.
-- params: i64 id, bool b, f64 f, text t, bytes y, uuid u, time m, day d, json j
INSERT INTO types (id, b, f, t, y, u, m, d, j) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET b = excluded.b, f = excluded.f, t = excluded.t, y = excluded.y, u = excluded.u,
  m = excluded.m, d = excluded.d, j = excluded.j

-- name: types_get
-- params: i64 id
-- returns: i64 id, bool b, f64 f, text t, bytes y, uuid u, time m, day d, json j
SELECT id, b, f, t, y, u, m, d, j FROM types WHERE id = $1

-- name: types_ids
-- Ids in order, from a lower bound.
-- params: i64 from_id
-- returns: i64 id
SELECT id FROM types WHERE id >= $1 ORDER BY id

-- name: types_delete
-- params: i64 from_id
DELETE FROM types WHERE id >= $1

-- name: types_swapped
-- Parameters out of order and used twice: $2 comes before $1.
-- params: i64 a, i64 b
-- returns: i64 first, i64 second, i64 third
SELECT CAST($2 AS BIGINT), CAST($1 AS BIGINT), CAST($2 AS BIGINT)

-- name: types_wrong_column
-- Declared as another type than it has.
-- returns: i64 t
SELECT CAST('x' AS TEXT)

-- name: types_wrong_count
-- returns: i64 a
SELECT CAST(1 AS BIGINT), CAST(2 AS BIGINT)

-- name: types_bad_sql
-- Cannot be prepared on either engine.
-- params: i64 a
SELECT nothing FROM nowhere WHERE x = $1

-- name: child_put
-- params: i64 id, i64 parent, i64 positive, text name
-- returns: i64 id
INSERT INTO child (id, parent, positive, name) VALUES ($1, $2, $3, $4) RETURNING id

-- name: child_late_put
-- Its foreign key is looked at by COMMIT.
-- params: i64 id, i64 parent
INSERT INTO child_late (id, parent) VALUES ($1, $2)

-- name: child_count
-- returns: i64 n
SELECT CAST(count(*) AS BIGINT) FROM child

-- name: child_rename
-- params: text name
UPDATE child SET name = $1

-- name: counter_add
-- params: uuid user_id, i64 by
-- returns: i64 n
INSERT INTO counter (user_id, n) VALUES ($1, $2)
ON CONFLICT (user_id) DO UPDATE SET n = counter.n + excluded.n
RETURNING n

-- name: counter_get
-- params: uuid user_id
-- returns: i64 n
SELECT n FROM counter WHERE user_id = $1

-- name: journal_put
-- params: uuid user_id, i64 seq, i64 at
INSERT INTO journal (user_id, seq, at) VALUES ($1, $2, $3)

-- name: journal_all
-- returns: uuid user_id, i64 seq, i64 at
SELECT user_id, seq, at FROM journal ORDER BY at

-- name: counter_add_many [postgres]
-- reason: array statements exist on PostgreSQL only
-- params: uuid[] user_ids, i64[] bys
INSERT INTO counter (user_id, n) SELECT u, sum(b) FROM unnest($1, $2) AS x (u, b) GROUP BY u ORDER BY u
ON CONFLICT (user_id) DO UPDATE SET n = counter.n + excluded.n

-- name: arrays [postgres]
-- reason: arrays exist on PostgreSQL only
-- params: i64[] i, bool[] b, f64[] f, text[] t, bytes[] y, uuid[] u, time[] m, day[] d
-- returns: i64 i, bool b, f64 f, text t, bytes y, uuid u, time m, day d
SELECT i, b, f, t, y, u, m, d FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS x (i, b, f, t, y, u, m, d)

-- name: small_ints [postgres]
-- reason: SQLite has one width of integers
-- returns: i64 a, i64 b, i64 c
SELECT CAST(-2 AS SMALLINT), CAST(-70000 AS INTEGER), CAST(-5000000000 AS BIGINT)
