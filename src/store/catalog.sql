-- The migration runner's own queries: the history table, the lock, and the engines' catalogues. Every catalogue
-- query reads the current schema only and leaves schema_migrations, partitions and what extensions brought out.

-- name: history_list
-- Every applied migration.
-- returns: i64 version, text name, text sha256, time applied_at
SELECT version, name, sha256, applied_at FROM schema_migrations ORDER BY version;

-- name: history_add
-- Records one applied migration.
-- params: i64 version, text name, text sha256, time applied_at
INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES ($1, $2, $3, $4);

-- name: history_put
-- Records a migration as applied, keeping the time of one that was there.
-- params: i64 version, text name, text sha256, time applied_at
INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (version) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256;

-- name: history_cut
-- Forgets the migrations after a version.
-- params: i64 version
DELETE FROM schema_migrations WHERE version > $1;

-- name: catalog_has_table [sqlite]
-- Whether a table of that name exists.
-- reason: the engine's own catalogue
-- params: text name
-- returns: bool present
SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = $1;

-- name: catalog_has_table [postgres]
-- reason: the engine's own catalogue
-- params: text name
-- returns: bool present
SELECT count(*) > 0 FROM pg_catalog.pg_class c
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relname = $1 AND c.relkind IN ('r', 'p');

-- name: catalog_columns [sqlite]
-- Every column of every table, generated ones left out.
-- reason: the engine's own catalogue
-- returns: text tbl, text col
SELECT m.name, x.name FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) x
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name <> 'schema_migrations' AND x.hidden = 0
ORDER BY m.name, x.cid;

-- name: catalog_columns [postgres]
-- reason: the engine's own catalogue
-- returns: text tbl, text col
SELECT CAST(c.relname AS text), CAST(a.attname AS text)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.relname, a.attnum;

-- name: catalog_sqlite_schema [sqlite]
-- The SQL text of every object; migrate_describe makes it canonical.
-- reason: the engine's own catalogue
-- returns: text type, text name, text tbl, text sql
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND tbl_name <> 'schema_migrations'
ORDER BY type, name;

-- name: catalog_sqlite_columns [sqlite]
-- The columns of a table in their order.
-- reason: the engine's own catalogue
-- params: text tbl
-- returns: text col
SELECT name FROM pragma_table_xinfo($1) ORDER BY cid;

-- name: catalog_sqlite_file [sqlite]
-- The path of the main database file, empty for one in memory.
-- reason: the engine's own catalogue
-- returns: text path
SELECT file FROM pragma_database_list WHERE name = 'main';

-- name: catalog_sqlite_orphans [sqlite]
-- Rows whose foreign key points nowhere.
-- reason: the engine's own check, for after a migration that ran with foreign keys off
-- returns: text tbl, text parent, i64 n
SELECT f."table", f.parent, count(*) FROM pragma_foreign_key_check f GROUP BY 1, 2 ORDER BY 1, 2;

-- name: migrate_lock_try [postgres]
-- One lock for each schema, so that schemas of one database migrate side by side.
-- reason: an advisory lock of the session; SQLite has a lock file
-- returns: bool had
SELECT pg_try_advisory_lock(hashtextextended('habitd.migrate.' || current_schema(), 0));

-- name: migrate_lock_end [postgres]
-- reason: an advisory lock of the session; SQLite has a lock file
-- returns: bool had
SELECT pg_advisory_unlock(hashtextextended('habitd.migrate.' || current_schema(), 0));

-- name: lock_timeout_local [postgres]
-- For the rest of the transaction.
-- reason: SQLite has its busy timeout
-- params: i64 timeout_ms
-- returns: text was
SELECT set_config('lock_timeout', CAST($1 AS text), true);

-- name: describe_tables [postgres]
-- One line for each table, and one with the order of its columns.
-- reason: the engine's own catalogue
-- returns: text line
SELECT 'table ' || c.relname || CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END
       || COALESCE(' partition by ' || pg_catalog.pg_get_partkeydef(c.oid), '')
       || COALESCE(' with (' || array_to_string(c.reloptions, ', ') || ')', '')
       || CASE WHEN c.relrowsecurity THEN ' row level security' ELSE '' END
FROM pg_catalog.pg_class c
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT 'table ' || c.relname || ' columns (' || string_agg(a.attname, ', ' ORDER BY a.attnum) || ')'
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
  AND a.attnum > 0 AND NOT a.attisdropped
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname;

-- name: describe_columns [postgres]
-- reason: the engine's own catalogue
-- returns: text line
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
       || COALESCE((SELECT ' collate ' || l.collname FROM pg_catalog.pg_collation l, pg_catalog.pg_type t
                    WHERE l.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation), '')
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END
       || CASE WHEN e.oid IS NULL THEN '' WHEN a.attgenerated = 's' THEN ' generated ' ELSE ' default ' END
       || COALESCE(pg_catalog.pg_get_expr(e.adbin, e.adrelid, true), '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
     LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = c.oid AND e.adnum = a.attnum
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
  AND a.attnum > 0 AND NOT a.attisdropped
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e');

-- name: describe_constraints [postgres]
-- reason: the engine's own catalogue
-- returns: text line
SELECT 'constraint ' || c.relname || '.' || k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid, true)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations' AND k.contype <> 't'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e');

-- name: describe_indexes [postgres]
-- reason: the engine's own catalogue
-- returns: text line
SELECT 'index ' || c.relname || '.' || i.relname || ' ' || pg_catalog.pg_get_indexdef(x.indexrelid, 0, true)
       || CASE WHEN x.indisvalid THEN '' ELSE ' invalid' END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index x ON x.indrelid = c.oid
     JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e');

-- name: describe_code [postgres]
-- Triggers, rules, views, sequences, functions, types and policies.
-- reason: the engine's own catalogue
-- returns: text line
SELECT 'trigger ' || c.relname || '.' || g.tgname || ' ' || pg_catalog.pg_get_triggerdef(g.oid, true)
       || CASE g.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || CAST(g.tgenabled AS text) END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT c.relispartition AND NOT g.tgisinternal AND c.relname <> 'schema_migrations'
UNION ALL
SELECT 'rule ' || c.relname || '.' || r.rulename || ' ' || pg_catalog.pg_get_ruledef(r.oid, true)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND r.rulename <> '_RETURN'
UNION ALL
SELECT 'policy ' || c.relname || '.' || p.polname || ' ' || CAST(p.polcmd AS text) || ' '
       || COALESCE(pg_catalog.pg_get_expr(p.polqual, p.polrelid, true), '') || ' check '
       || COALESCE(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid, true), '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'materialized view ' END || c.relname || ' '
       || pg_catalog.pg_get_viewdef(c.oid, true)
FROM pg_catalog.pg_class c
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('v', 'm')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT 'sequence ' || c.relname || ' ' || pg_catalog.format_type(s.seqtypid, NULL) || ' start ' || s.seqstart
       || ' increment ' || s.seqincrement || ' min ' || s.seqmin || ' max ' || s.seqmax
       || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT 'function ' || p.proname || '(' || pg_catalog.pg_get_function_arguments(p.oid) || ') '
       || COALESCE(pg_catalog.pg_get_function_result(p.oid), '') || ' ' || l.lanname || ' '
       || CAST(p.provolatile AS text) || CASE WHEN p.proisstrict THEN ' strict' ELSE '' END
       || CASE WHEN p.prosecdef THEN ' security definer' ELSE '' END || ' ' || p.prosrc
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'type ' || t.typname || ' ' || CASE t.typtype WHEN 'e' THEN 'enum (' || COALESCE(
           (SELECT string_agg(quote_literal(v.enumlabel), ', ' ORDER BY v.enumsortorder)
            FROM pg_catalog.pg_enum v WHERE v.enumtypid = t.oid), '') || ')'
       ELSE 'domain ' || pg_catalog.format_type(t.typbasetype, t.typtypmod) || COALESCE(
           (SELECT string_agg(' ' || k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid, true), '' ORDER BY k.conname)
            FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid), '') END
FROM pg_catalog.pg_type t
WHERE t.typnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND t.typtype IN ('e', 'd')
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e');

-- name: describe_comments [postgres]
-- Comments on tables, views, columns, indexes, constraints, triggers and functions.
-- reason: the engine's own catalogue
-- returns: text line
SELECT 'comment ' || CASE WHEN c.relkind IN ('i', 'I') THEN 'index ' WHEN c.relkind IN ('v', 'm') THEN 'view '
                          ELSE 'table ' END || c.relname || COALESCE('.' || a.attname, '') || ' is ' || d.description
FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.objoid
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE d.classoid = CAST('pg_catalog.pg_class' AS regclass)
  AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT c.relispartition AND c.relname <> 'schema_migrations'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')
UNION ALL
SELECT 'comment constraint ' || c.relname || '.' || k.conname || ' is ' || d.description
FROM pg_catalog.pg_description d JOIN pg_catalog.pg_constraint k ON k.oid = d.objoid
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
WHERE d.classoid = CAST('pg_catalog.pg_constraint' AS regclass)
  AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT c.relispartition
UNION ALL
SELECT 'comment trigger ' || c.relname || '.' || g.tgname || ' is ' || d.description
FROM pg_catalog.pg_description d JOIN pg_catalog.pg_trigger g ON g.oid = d.objoid
     JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
WHERE d.classoid = CAST('pg_catalog.pg_trigger' AS regclass)
  AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT c.relispartition
UNION ALL
SELECT 'comment function ' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ') is ' || d.description
FROM pg_catalog.pg_description d JOIN pg_catalog.pg_proc p ON p.oid = d.objoid
WHERE d.classoid = CAST('pg_catalog.pg_proc' AS regclass)
  AND p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e');

-- name: catalog_foreign_keys_to [postgres]
-- The foreign keys of other tables that point to a table, without those that partitions inherited.
-- reason: the engine's own catalogue
-- params: text tbl
-- returns: text child, text name, text definition
SELECT CAST(c.relname AS text), CAST(k.conname AS text), pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
WHERE k.contype = 'f' AND k.conparentid = 0 AND p.relname = $1 AND c.oid <> p.oid
  AND p.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
ORDER BY 1, 2;

-- name: partition_lock [postgres]
-- One maker of partitions at a time for each schema, until the transaction ends.
-- reason: SQLite has no partitions
-- returns: text nothing
SELECT CAST(pg_advisory_xact_lock(hashtextextended('habitd.partition.' || current_schema(), 0)) AS text);

-- name: partition_oldest_system_logs [postgres]
-- The oldest partition of system_logs whose name comes before the given one; names end in the UTC date.
-- reason: SQLite has no partitions
-- params: text before
-- returns: text name
SELECT CAST(c.relname AS text)
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
     JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
WHERE p.relname = 'system_logs' AND c.relname < $1 AND c.relname LIKE 'system\_logs\_%'
  AND p.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
ORDER BY c.relname LIMIT 1;

-- name: system_logs_delete_before
-- A batch of the rows before a moment, oldest first.
-- params: time before, i64 batch
DELETE FROM system_logs WHERE (created_at, id) IN
    (SELECT created_at, id FROM system_logs WHERE created_at < $1 ORDER BY created_at, id LIMIT $2);

-- name: copy_columns [sqlite]
-- What a copy reads of each table, in an order that is the same on both engines; key: place in the primary key, 0: none.
-- reason: the engine's own catalogue
-- returns: text tbl, text col, i64 oid, bool json, i64 key
SELECT m.name, x.name, 0, instr(m.sql, 'json_valid(' || x.name || ')') > 0, x.pk
FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) x
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name <> 'schema_migrations' AND m.name <> 'habitd_copy'
  AND x.hidden = 0
ORDER BY m.name, x.name;

-- name: copy_columns [postgres]
-- reason: the engine's own catalogue
-- returns: text tbl, text col, i64 oid, bool json, i64 key
SELECT CAST(c.relname AS text), CAST(a.attname AS text), CAST(a.atttypid AS bigint), a.atttypid = CAST('jsonb' AS regtype),
       COALESCE(CAST(array_position(CAST(x.indkey AS smallint[]), a.attnum) AS bigint) + 1, 0)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
     LEFT JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisprimary
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations' AND c.relname <> 'habitd_copy'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.relname, a.attname;

-- name: copy_keys [sqlite]
-- What a load goes faster without: how it is dropped and made again. Keys before indexes, references last.
-- reason: the engine's own catalogue
-- returns: text gone, text again
SELECT 'DROP INDEX "' || name || '"', sql FROM sqlite_schema
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name <> 'schema_migrations' AND tbl_name <> 'habitd_copy' ORDER BY name;

-- name: copy_keys [postgres]
-- reason: the engine's own catalogue
-- returns: text gone, text again
SELECT k.gone, k.again FROM (
    SELECT CASE n.contype WHEN 'f' THEN 2 ELSE 0 END AS step, CAST(n.conname AS text) AS name,
           format('ALTER TABLE %I DROP CONSTRAINT %I', c.relname, n.conname) AS gone,
           format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, n.conname, pg_catalog.pg_get_constraintdef(n.oid)) AS again
    FROM pg_catalog.pg_constraint n JOIN pg_catalog.pg_class c ON c.oid = n.conrelid
    WHERE c.relnamespace = (SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname = current_schema())
      AND n.contype IN ('p', 'u', 'f') AND n.conparentid = 0 AND NOT c.relispartition
      AND c.relname <> 'schema_migrations' AND c.relname <> 'habitd_copy'
    UNION ALL
    SELECT 1, CAST(i.relname AS text), format('DROP INDEX %I', i.relname), replace(pg_catalog.pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON ')
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    WHERE c.relnamespace = (SELECT s.oid FROM pg_catalog.pg_namespace s WHERE s.nspname = current_schema())
      AND NOT c.relispartition AND c.relname <> 'schema_migrations' AND c.relname <> 'habitd_copy'
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
) k ORDER BY k.step, k.name;

-- name: catalog_size [sqlite]
-- What the database takes on disk.
-- reason: the engine's own catalogue
-- returns: i64 bytes
SELECT c.page_count * s.page_size FROM pragma_page_count() c, pragma_page_size() s;

-- name: catalog_size [postgres]
-- reason: the engine's own catalogue
-- returns: i64 bytes
SELECT pg_database_size(current_database());

-- name: catalog_partitions [postgres]
-- Every partition with its indexes.
-- reason: the engine's own catalogue, and the other engine has none
-- params: i64 limit
-- returns: text tbl, text name, i64 bytes
SELECT CAST(p.relname AS text), CAST(c.relname AS text), pg_total_relation_size(c.oid)
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
WHERE c.relkind = 'r' AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = current_schema())
ORDER BY p.relname, c.relname LIMIT $1;
