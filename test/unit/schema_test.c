#include "test.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "migrate_bed.h"

/*
 * The schema as the source document "Database Schema — Production Design" asks for it: its twelve tables in
 * their order, every arrow of its section 1 and every index of its section 3, by name, looked up in the live
 * catalogue of both engines.
 */
static const char *const document_tables[] = {
    "users",         "habits",    "habit_schedules", "habit_decline_notes",
    "habit_logs",    "balances",  "payments",        "balance_transactions",
    "subscriptions", "referrals", "system_logs",     "admin_alerts",
};

/* An arrow: columns of a table that point to a key. */
struct arrow {
    const char *text;
    const char *constraint;
    const char *table, *columns, *parent, *parent_columns;
};

static const struct arrow arrows[] = {
    {"users ├── habits (1:N)", "habits_user_fk", "habits", "user_id", "users", "id"},
    {"habits ├── habit_schedules (1:N)", "habit_schedules_habit_fk", "habit_schedules", "user_id, habit_id",
     "habits", "user_id, id"},
    {"habits └── habit_logs (1:N)", "habit_logs_habit_fk", "habit_logs", "user_id, habit_id", "habits",
     "user_id, id"},
    {"habit_logs └── habit_decline_notes (N:1, optional)", "habit_logs_decline_note_fk", "habit_logs",
     "user_id, decline_note_id", "habit_decline_notes", "user_id, id"},
    {"users ├── balances (1:1)", "balances_user_fk", "balances", "user_id", "users", "id"},
    {"users ├── balance_transactions (1:N), through the one balance", "balance_transactions_balance_fk",
     "balance_transactions", "user_id", "balances", "user_id"},
    {"users ├── payments (1:N)", "payments_user_fk", "payments", "user_id", "users", "id"},
    {"users ├── subscriptions (1:N)", "subscriptions_user_fk", "subscriptions", "user_id", "users", "id"},
    {"subscriptions └── payments (N:1, optional)", "subscriptions_payment_fk", "subscriptions",
     "user_id, payment_id", "payments", "user_id, id"},
    {"users ├── referrals (as referrer)", "referrals_referrer_fk", "referrals", "referrer_id", "users", "id"},
    {"users ├── referrals (as referred)", "referrals_referred_fk", "referrals", "referred_id", "users", "id"},
    {"users └── referred_by → users (N:1)", "users_referred_by_fk", "users", "referred_by", "users", "id"},
};

/* A unique or plain tree whose columns begin with (or are) the document's, under our name. */
struct index_row {
    const char *text;
    const char *name;
    const char *table, *columns;
    bool unique;
};

static const struct index_row index_rows[] = {
    {"users: telegram_id (unique)", "users_telegram_id_unique", "users", "telegram_id", true},
    {"users: referral_code (unique)", "users_referral_code_unique", "users", "referral_code", true},
    {"users: created_at", "users_created_at", "users", "created_at", false},
    /* with habits.id unique and the composite foreign key, this is unique (habit_id, log_date) */
    {"habit_logs: (habit_id, log_date) unique", "habit_logs_pk", "habit_logs", "user_id, habit_id, log_date",
     true},
    {"habit_logs: (habit_id, log_date) unique, second half", "habits_id_unique", "habits", "id", true},
    {"habit_logs: (user_id via habit, log_date)", "habit_logs_user_day", "habit_logs", "user_id, log_date",
     false},
    {"payments: provider_payment_id", "payments_provider_payment_id_unique", "payments",
     "provider, provider_payment_id", true},
    {"payments: idempotency_key", "payments_idempotency_key_unique", "payments", "user_id, idempotency_key",
     true},
    {"payments: created_at", "payments_created_at", "payments", "created_at", false},
    {"balance_transactions: (user_id, created_at)", "balance_transactions_created_at", "balance_transactions",
     "user_id, created_at", false},
    {"referrals: (referrer_id, referred_id) unique", "referrals_pk", "referrals", "referrer_id, referred_id",
     true},
    {"system_logs: (fingerprint, created_at)", "system_logs_fingerprint", "system_logs",
     "fingerprint, created_at", false},
    {"admin_alerts: (fingerprint, created_at)", "admin_alerts_fingerprint", "admin_alerts",
     "fingerprint, created_at", false},
};

/* The key columns of every key, foreign key and index on PostgreSQL: kind, name, table, columns, parent,
 * parent columns. */
#define PG_COLUMNS(numbers, relation)                                                                        \
    "(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(" numbers                                  \
    ") WITH ORDINALITY k(attnum, n) "                                                                        \
    "JOIN pg_attribute a ON a.attrelid = " relation " AND a.attnum = k.attnum)"
#define PG_HERE "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"

static const char *const pg_keys =
    "SELECT CASE k.contype WHEN 'f' THEN 'foreign' ELSE 'unique' END, k.conname, "
    "c.relname, " PG_COLUMNS("k.conkey", "c.oid") ", p.relname, " PG_COLUMNS(
        "k.confkey",
        "p.oid") " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class p "
                 "ON p.oid = k.confrelid "
                 "WHERE k.contype IN ('p', 'u', 'f') AND c.relnamespace = " PG_HERE
                 " AND NOT c.relispartition AND c.relname <> 'schema_migrations' "
                 "AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.oid = k.conparentid AND "
                 "o.conrelid = k.conrelid) "
                 "UNION ALL SELECT CASE WHEN x.indisunique THEN 'unique' ELSE 'index' END, "
                 "i.relname, c.relname, " PG_COLUMNS(
                     "CAST(CAST(x.indkey AS text[]) AS smallint[])",
                     "c.oid") ", NULL, NULL "
                              "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN "
                              "pg_class c ON c.oid = x.indrelid "
                              "WHERE c.relnamespace = " PG_HERE
                              " AND NOT c.relispartition AND c.relname <> 'schema_migrations' "
                              "AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = "
                              "x.indexrelid AND k.contype IN ('p', 'u'))";

/* The same on SQLite, whose catalogue has no names for keys: those are looked for in the table's text, see
 * assert_named. */
#define SQLITE_COLUMNS(column)                                                                               \
    "(SELECT group_concat(x.c, ', ') FROM (SELECT \"" column                                                 \
    "\" AS c FROM pragma_foreign_key_list(m.name) o "                                                        \
    "WHERE o.id = f.id ORDER BY o.seq) x)"
static const char *const sqlite_keys =
    "SELECT 'foreign', '', m.name, " SQLITE_COLUMNS("from") ", f.\"table\", " SQLITE_COLUMNS(
        "to") " FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.seq "
              "= 0 "
              "UNION ALL SELECT CASE WHEN i.\"unique\" THEN 'unique' ELSE 'index' END, "
              "CASE WHEN i.name LIKE 'sqlite_autoindex%' THEN '' ELSE i.name END, m.name, "
              "(SELECT group_concat(x.name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY "
              "seqno) x), "
              "NULL, NULL "
              "FROM sqlite_schema m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name <> "
              "'schema_migrations'";

struct key {
    const char *kind, *name, *table, *columns, *parent, *parent_columns;
};

struct keys {
    struct arena *arena;
    struct key items[512];
    size_t n;
};

static const char *copy(struct keys *k, const char *text)
{
    return text != NULL ? arena_strdup(k->arena, text) : "";
}

static void take_key(void *arg, int ncols, const char *const *v)
{
    struct keys *k = arg;
    CHECK(ncols == 6 && k->n < ARRAY_LEN(k->items));
    k->items[k->n++] = (struct key){copy(k, v[0]), copy(k, v[1]), copy(k, v[2]),
                                    copy(k, v[3]), copy(k, v[4]), copy(k, v[5])};
}

static void read_keys(struct migrate_bed *b, struct keys *k)
{
    *k = (struct keys){.arena = b->arena};
    if (db_exec_rows(b->db, b->engine == DB_POSTGRES ? pg_keys : sqlite_keys, take_key, k) != E_OK)
        fail_msg("%s", b->err.text);
    assert_true(k->n > 30);
}

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* SQLite does not list the names of keys: they stand in the table's text. */
static void assert_named(struct migrate_bed *b, const char *table, const char *constraint)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM sqlite_schema WHERE (type = 'table' AND name = '%s' AND instr(sql, "
             "'CONSTRAINT %s ') > 0) "
             "OR (type = 'index' AND name = '%s')",
             table, constraint, constraint);
    if (b->engine == DB_SQLITE && migrate_bed_number(b, sql) == 0)
        fail_msg("sqlite: %s has nothing that is named %s", table, constraint);
}

static void init(struct migrate_bed *b)
{
    if (migrate_bed_up(b, migration_set_embedded(), -1) != E_OK)
        fail_msg("%s", b->err.text);
}

static void test_tables(void **state)
{
    struct migrate_bed b;
    FOR_EACH_ENGINE(b)
    {
        init(&b);
        const char *text = migrate_bed_describe(&b);
        for (size_t i = 0; i < ARRAY_LEN(document_tables); i++) {
            char line[96];
            snprintf(line, sizeof line, "table %s columns (", document_tables[i]);
            if (strstr(text, line) == NULL)
                fail_msg("%s: no table %s", db_engine_name(b.engine), document_tables[i]);
        }
        /* 0001 makes them in the document's order */
        const char *at = migrations[0].sql[b.engine].up;
        for (size_t i = 0; i < ARRAY_LEN(document_tables); i++) {
            char create[96];
            snprintf(create, sizeof create, "CREATE TABLE %s (", document_tables[i]);
            at = strstr(at, create);
            if (at == NULL)
                fail_msg("%s: %s is not made in its place", db_engine_name(b.engine), document_tables[i]);
        }
    }
}

static void test_arrows(void **state)
{
    struct migrate_bed b;
    static struct keys k;
    FOR_EACH_ENGINE(b)
    {
        init(&b);
        read_keys(&b, &k);
        for (size_t i = 0; i < ARRAY_LEN(arrows); i++) {
            const struct arrow *a = &arrows[i];
            bool found = false;
            for (size_t j = 0; j < k.n && !found; j++) {
                const struct key *f = &k.items[j];
                found = same(f->kind, "foreign") && same(f->table, a->table) &&
                        same(f->columns, a->columns) && same(f->parent, a->parent) &&
                        same(f->parent_columns, a->parent_columns) &&
                        (b.engine == DB_SQLITE || same(f->name, a->constraint));
            }
            if (!found)
                fail_msg("%s: the arrow %s is missing", db_engine_name(b.engine), a->text);
            assert_named(&b, a->table, a->constraint);
        }
    }
}

static void test_indexes(void **state)
{
    struct migrate_bed b;
    static struct keys k;
    FOR_EACH_ENGINE(b)
    {
        init(&b);
        read_keys(&b, &k);
        for (size_t i = 0; i < ARRAY_LEN(index_rows); i++) {
            const struct index_row *r = &index_rows[i];
            bool found = false;
            for (size_t j = 0; j < k.n && !found; j++) {
                const struct key *x = &k.items[j];
                found = same(x->kind, r->unique ? "unique" : "index") && same(x->table, r->table) &&
                        same(x->columns, r->columns) && (x->name[0] == '\0' || same(x->name, r->name));
            }
            if (!found)
                fail_msg("%s: the index row %s is missing", db_engine_name(b.engine), r->text);
            assert_named(&b, r->table, r->name);
        }
    }
}

/*
 * What makes a table distributable by user_id: every key and foreign key of a user's table holds it. The
 * exceptions, each with its reason.
 */
static const struct {
    const char *table, *columns, *why;
} exceptions[] = {
    {"users", "id", "it is the user_id itself"},
    {"users", "telegram_id",
     "global uniqueness is the directory's on a distributed database; here a second belt"},
    {"users", "referral_code", "as telegram_id"},
    {"users", "referred_by", "points to another person; becomes a plain column when distributed"},
    {"habits", "id",
     "unique by itself, for outside links; UUIDv7 cannot collide, the tree goes when distributed"},
    {"directory", "key",
     "the reference table that makes outside identifiers unique; not distributed by user"},
    {"payments", "provider, provider_payment_id",
     "global uniqueness is the directory's when distributed; here a second belt"},
    {"payment_strays", "provider, id", "belongs to no user, as long as nobody knows its payment"},
    {"referrals", "referrer_id, referred_id", "joins two people; distributed by the referrer"},
    {"referrals", "referred_id", "one referrer per person; the directory's when distributed"},
    {"referrals", "referred_id, payment_id",
     "the invited person's payment, under their own name for user_id"},
    {"referrals", "referrer_id", "the user_id under its own name"},
    {"system_logs", "created_at, id", "belongs to no user"},
    {"daily_stats", "day", "belongs to no user"},
    {"daily_changes", "id", "belongs to no user"},
    {"stored_reports", "name", "belongs to no user"},
    {"quarantine", "source_table, source_id, finding", "rows of another program, by its keys"},
    {"secrets", "name", "belongs to no user"},
    {"leases", "name", "belongs to no user"},
    {"inbox", "source, external_id", "comes in before anybody knows whose it is; gone after two days"},
    {"admin_alerts", "id", "belongs to no user"},
    {"admin_alerts", "fingerprint", "belongs to no user"},
    {"admin_alerts", "acknowledged_by", "belongs to no user; names the admin"},
};

static bool excepted(const struct key *k)
{
    for (size_t i = 0; i < ARRAY_LEN(exceptions); i++)
        if (same(exceptions[i].table, k->table) && same(exceptions[i].columns, k->columns))
            return true;
    return false;
}

static void test_keys_hold_user_id(void **state)
{
    struct migrate_bed b;
    static struct keys k;
    FOR_EACH_ENGINE(b)
    {
        init(&b);
        read_keys(&b, &k);
        for (size_t i = 0; i < k.n; i++) {
            const struct key *x = &k.items[i];
            bool leads =
                strncmp(x->columns, "user_id", 7) == 0 && (x->columns[7] == '\0' || x->columns[7] == ',');
            if (!same(x->kind, "index") && !leads && !excepted(x))
                fail_msg("%s: %s key (%s) of %s does not begin with user_id and is no exception",
                         db_engine_name(b.engine), x->kind, x->columns, x->table);
        }
        for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
            bool used = false;
            for (size_t j = 0; j < k.n && !used; j++)
                used = same(exceptions[i].table, k.items[j].table) &&
                       same(exceptions[i].columns, k.items[j].columns);
            if (!used)
                fail_msg("the exception %s (%s) is not needed", exceptions[i].table, exceptions[i].columns);
        }
    }
}

/* Constraint names are ours: they begin with the table's name and do not look like those PostgreSQL makes up.
 */
static void test_names_postgres(void **state)
{
    struct migrate_bed b;
    if (!migrate_bed_init(&b, DB_POSTGRES))
        skip();
    init(&b);
    const char *unnamed =
        "SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace "
        "= " PG_HERE " AND NOT c.relispartition AND k.contype <> 't' AND NOT EXISTS (SELECT 1 FROM "
        "pg_constraint o WHERE o.oid = k.conparentid "
        "AND o.conrelid = k.conrelid) AND (k.conname NOT LIKE c.relname || '\\_%' OR k.conname ~ "
        "'_(check|pkey|key|fkey)[0-9]*$')";
    assert_int_equal(migrate_bed_number(&b, unnamed), 0);
    migrate_bed_sql(&b,
                    "CREATE TABLE probe (a bigint CHECK (a > 0))"); /* the question can be answered with no */
    assert_int_equal(migrate_bed_number(&b, unnamed), 1);
    migrate_bed_release(&b);
}

static int64_t count_text(const char *text, const char *word)
{
    int64_t n = 0;
    for (const char *p = text; (p = strstr(p, word)) != NULL; p += strlen(word))
        n++;
    return n;
}

/* On SQLite every CHECK, key and REFERENCES in a table's text stands behind a CONSTRAINT and its name. */
static void test_names_sqlite(void **state)
{
    const char *up[] = {migrations[0].sql[DB_SQLITE].up, migrations[1].sql[DB_SQLITE].up};
    for (size_t i = 0; i < ARRAY_LEN(up); i++) {
        int64_t named = count_text(up[i], "CONSTRAINT ");
        int64_t constraints = count_text(up[i], "CHECK (") + count_text(up[i], "PRIMARY KEY") +
                              count_text(up[i], " UNIQUE (") + count_text(up[i], "REFERENCES ");
        assert_int_equal(named, constraints);
    }
}

static void test_comments(void **state)
{
    struct migrate_bed b;
    if (!migrate_bed_init(&b, DB_POSTGRES))
        skip();
    init(&b);
    const char *silent =
        "SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0 AND NOT "
        "a.attisdropped "
        "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = " PG_HERE
        " AND COALESCE(col_description(c.oid, a.attnum), '') = ''";
    const char *silent_tables =
        "SELECT count(*) FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = " PG_HERE
        " AND COALESCE(obj_description(c.oid, 'pg_class'), '') = ''";
    assert_int_equal(migrate_bed_number(&b, silent), 0);
    assert_int_equal(migrate_bed_number(&b, silent_tables), 0);
    migrate_bed_sql(&b, "CREATE TABLE probe (a bigint)");
    assert_int_equal(migrate_bed_number(&b, silent), 1);
    assert_int_equal(migrate_bed_number(&b, silent_tables), 1);
    migrate_bed_release(&b);
}

/* Both engines have the same tables and columns in the same order. */
static void test_engines_agree(void **state)
{
    struct migrate_bed b;
    struct buf lists[DB_ENGINES];
    int seen = 0;
    FOR_EACH_ENGINE(b)
    {
        init(&b);
        seen++;
        struct buf *out = &lists[b.engine];
        buf_init(out, 1u << 20);
        for (const char *p = migrate_bed_describe(&b); *p != '\0';) {
            size_t n = strcspn(p, "\n");
            const char *columns = memmem(p, n, " columns (", 10);
            if (strncmp(p, "table ", 6) == 0 && columns != NULL)
                buf_add(out, p, n + 1);
            p += n + 1;
        }
    }
    if (seen == DB_ENGINES)
        assert_string_equal(buf_text(&lists[DB_SQLITE]), buf_text(&lists[DB_POSTGRES]));
    for (int i = 0; i < seen; i++)
        buf_release(&lists[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),         cmocka_unit_test(test_arrows),
        cmocka_unit_test(test_indexes),        cmocka_unit_test(test_keys_hold_user_id),
        cmocka_unit_test(test_names_postgres), cmocka_unit_test(test_names_sqlite),
        cmocka_unit_test(test_comments),       cmocka_unit_test(test_engines_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
