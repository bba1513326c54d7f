#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "all_queries.h"
#include "base/check.h"
#include "base/hash.h"
#include "domain/alert/alert.h"
#include "domain/broadcast/broadcast.h"
#include "domain/checkin/checkin.h"
#include "domain/demo/demo.h"
#include "domain/dialog/dialog.h"
#include "domain/habit/habit.h"
#include "domain/lease/lease.h"
#include "domain/message/inbox.h"
#include "domain/message/outbox.h"
#include "domain/report/stored.h"
#include "domain/session/session.h"
#include "domain/system_log/system_log.h"
#include "domain/user/people.h"
#include "domain_bed.h"
#include "queries_money.h"
#include "test.h"

/*
 * Every named query of the domain is prepared and run on both engines over the same rows; code, changes and
 * rows must be equal. Parameters get their values by name. Writing queries are rolled back one by one.
 */

struct fixture {
    struct uuid user, habit, schedule, session, note, message, alert, broadcast;
    struct day marked; /* a day the habit has a declined mark on */
    int64_t telegram_id;
    struct money_fixture money;
};

#define ROWS_MAX 4000

struct outcome {
    enum ecode code;
    int64_t changes;
    char *rows[ROWS_MAX];
    size_t count;
};

static const uint8_t hash[SHA256_LEN] = {1, 2, 3}, other_hash[SHA256_LEN] = {4};

static void add_sign_in_link(struct domain_bed *b, const struct fixture *f)
{
    struct stmt *q = db_query(b->base.db, &Q_sign_in_link_insert);
    stmt_bind_uuid(q, 1, &f->user);
    stmt_bind_bytes(q, 2, hash, sizeof hash);
    stmt_bind_bool(q, 3, false);
    stmt_bind_time(q, 4, b->ctx.now);
    stmt_bind_time(q, 5, b->ctx.now);
    domain_bed_ok(b, stmt_run(q));
}

static void add_idempotency(struct domain_bed *b, const struct fixture *f)
{
    struct stmt *q = db_query(b->base.db, &Q_idempotency_insert);
    stmt_bind_uuid(q, 1, &f->user);
    stmt_bind_text(q, 2, "known");
    stmt_bind_text(q, 3, "habit.create");
    stmt_bind_bytes(q, 4, hash, sizeof hash);
    stmt_bind_i64(q, 5, 201);
    stmt_bind_bytes(q, 6, "{}", 2);
    stmt_bind_time(q, 7, b->ctx.now);
    domain_bed_ok(b, stmt_run(q));
}

static void add_examination(struct domain_bed *b, const struct fixture *f)
{
    struct stmt *q = db_query(b->base.db, &Q_audit_insert);
    stmt_bind_uuid(q, 1, &f->user);
    stmt_bind_uuid(q, 2, &f->habit);
    stmt_bind_text(q, 3, "system");
    stmt_bind_text(q, 4, "doctor.run");
    stmt_bind_text(q, 5, "test");
    stmt_bind_text(q, 6, "{}");
    stmt_bind_time(q, 7, b->ctx.now);
    domain_bed_ok(b, stmt_run(q));
}

/* A day in figures, one to be counted again, and a report that is kept. */
static void add_days(struct domain_bed *b, const struct fixture *f)
{
    char day[DAY_TEXT];
    char *sql = arena_printf(b->ctx.arena, "INSERT INTO daily_stats VALUES ('%s', 1, 2, 3, 4)",
                             day_format(f->marked, day));
    migrate_bed_sql(&b->base, sql);
    domain_bed_ok(b, daily_changed(&b->ctx, &(struct daily_span){true, instant_from_ms(0), b->ctx.now}));
    struct stored_report report = {
        .kind = REPORT_OVERVIEW, .slow = true, .answer = {"{}", 2}, .counted_at = b->ctx.now};
    domain_bed_ok(b, stored_report_keep(&b->ctx, &report));
}

/* A broadcast under way. */
static void add_broadcast(struct domain_bed *b, struct fixture *f)
{
    struct broadcast out;
    domain_bed_ok(b, broadcast_draft(&b->ctx, "text", &f->broadcast));
    domain_bed_ok(b, broadcast_start(&b->ctx, &f->broadcast, &out));
}

/* An update that waits and one that backs off, and a conversation. */
static void add_updates(struct domain_bed *b)
{
    struct inbox_item items[] = {{"telegram", "text", 1, "{}", 2, 0}, {"telegram", "later", 2, "{}", 2, 0}};
    struct dialog d = {.flow = "add", .step = "name", .data = "{}", .chat_id = 1};
    bool is_new;
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        domain_bed_ok(b, inbox_add(&b->ctx, &items[i], &is_new));
    domain_bed_ok(b, inbox_mark_begun(&b->ctx, items, 1, 2));
    migrate_bed_sql(&b->base, b->base.engine == DB_SQLITE
                                  ? "UPDATE inbox SET next_at = next_at + 1000 WHERE external_id = 'later'"
                                  : "UPDATE inbox SET next_at = next_at + interval '1 s' "
                                    "WHERE external_id = 'later'");
    domain_bed_ok(b, dialog_set(&b->ctx, &d, NULL));
}

/* Messages that wait, are held, are being sent and failed; an occasion; a lease; an alert. */
static void add_messages(struct domain_bed *b, struct fixture *f)
{
    struct outbox_draft drafts[] = {
        {.lane = LANE_PAYMENT, .method = "sendMessage", .payload = "{}"},
        {.lane = LANE_PAYMENT, .method = "sendMessage", .payload = "{\"text\":\"held\"}"},
        {.lane = LANE_PAYMENT, .method = "sendMessage", .payload = "{\"text\":\"sending\"}"},
        {.lane = LANE_PAYMENT, .method = "sendMessage", .payload = "{\"text\":\"failed\"}"},
        {.lane = LANE_REMINDER,
         .message_id = 1,
         .view = "reminder",
         .ref_id = f->habit,
         .ref_date = f->marked},
        {.lane = LANE_REMINDER,
         .view = "reminder",
         .ref_id = f->habit,
         .ref_date = f->marked,
         .due_at = instant_from_ms(b->ctx.now.ms + 60000)},
    };
    int64_t fence;
    bool added[ARRAY_LEN(drafts)];
    struct alert *alerts;
    size_t n;
    for (size_t i = 0; i < ARRAY_LEN(drafts); i++) {
        drafts[i].user_id = f->user;
        drafts[i].chat_id = 1;
    }
    domain_bed_ok(b, outbox_add(&b->ctx, &drafts[0], &f->message));
    domain_bed_ok(b, outbox_add_many(&b->ctx, drafts + 1, 4));
    domain_bed_ok(b, outbox_add_once(&b->ctx, drafts + 5, 1, added));
    migrate_bed_sql(&b->base, "UPDATE outbox SET status = 'held' WHERE payload LIKE '%held%'");
    migrate_bed_sql(&b->base, "UPDATE outbox SET status = 'sending', fence = 1, attempted_at = created_at "
                              "WHERE payload LIKE '%sending%'");
    migrate_bed_sql(&b->base, "UPDATE outbox SET status = 'failed', done_at = created_at WHERE payload LIKE "
                              "'%failed%'");
    domain_bed_ok(b, lease_take(&b->ctx, "Имя", &f->user, duration_seconds(15), &fence));
    struct system_log event = {.created_at = b->ctx.now,
                               .id = ctx_new_id(&b->ctx),
                               .level = LOG_WARN,
                               .source = "api",
                               .fingerprint = "text",
                               .message = "message"};
    domain_bed_ok(b, system_log_add(&b->ctx, &event, 1));
    domain_bed_ok(b, alert_raise(&b->ctx, &(struct alert_draft){"text", ALERT_WARNING, "title", "detail"}));
    domain_bed_alerts(b, 1, &alerts, &n);
    f->alert = alerts[0].id;
}

/* Demo people, a declined mark, a session, an answer, an orphan note, a deleted habit: something for every
 * query to find. */
static void fill(struct domain_bed *b, struct fixture *f)
{
    struct demo_options o = {.users = 3, .days = 60, .seed = 9};
    struct demo_counts counts = {0};
    char token[TOKEN_TEXT];
    struct log_result result;
    struct habit_query list = {.limit = 10, .archived = ARCHIVED_ALL};
    struct habit_page page;
    for (int i = 0; i < 3; i++)
        domain_bed_ok(b, demo_person(&b->ctx, &o, i, &counts));
    f->telegram_id = DEMO_TELEGRAM_ID;
    domain_bed_ok(b, user_find_telegram(&b->ctx, f->telegram_id, &f->user));
    domain_bed_ok(b, person_remember_name(&b->ctx, &f->user, "Text"));
    domain_bed_ok(b, ctx_act_as(&b->ctx, &f->user));
    domain_bed_ok(b, habit_list(&b->ctx, &list, &page));
    assert_true(page.count >= 2);
    f->habit = page.items[0].id;
    for (size_t i = 0; i < page.count; i++) {
        if (page.items[i].schedules_count && page.items[i].kind == HABIT_YES_NO) {
            f->habit = page.items[i].id;
            f->schedule = page.items[i].schedules[0].id;
        }
    }
    assert_false(uuid_is_zero(&f->schedule));
    f->marked = ctx_today(&b->ctx);
    struct log_mark mark = {
        .habit_id = f->habit, .day = f->marked, .status = LOG_DECLINED, .preset = PRESET_SICK, .note = "жар"};
    domain_bed_ok(b, log_put(&b->ctx, &mark, &result));
    struct session_draft draft = {f->user, "test", false, ORIGIN_TOKEN, duration_seconds(3600)};
    domain_bed_ok(b, session_create(&b->ctx, &draft, token));
    struct uuid owner;
    assert_true(session_token_ids(token, strlen(token), &owner, &f->session));
    f->note = ctx_new_id(&b->ctx);
    struct stmt *q = db_query(b->base.db, &Q_decline_note_insert);
    stmt_bind_uuid(q, 1, &f->user);
    stmt_bind_uuid(q, 2, &f->note);
    stmt_bind_text(q, 3, "busy");
    stmt_bind_time(q, 5, instant_from_ms(b->ctx.now.ms - 10 * 86400000LL));
    domain_bed_ok(b, stmt_run(q));
    add_idempotency(b, f);
    add_examination(b, f);
    add_sign_in_link(b, f);
    add_days(b, f);
    money_fill(b, &f->money);
    add_messages(b, f);
    add_updates(b);
    add_broadcast(b, f);
    struct user_view view;
    struct user_change wanted = {
        .has_weekly_summary = true, .weekly_summary = true, .has_nudges = true, .nudges = true};
    domain_bed_ok(b, user_update(&b->ctx, &wanted, &view));
    struct uuid gone = uuid_cmp(&page.items[0].id, &f->habit) == 0 ? page.items[1].id : page.items[0].id;
    domain_bed_ok(b, habit_delete(&b->ctx, &(struct habit_ref){gone}, NULL));
}

static bool starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static struct uuid uuid_value(const struct query *q, const char *name, const struct fixture *f)
{
    static const struct uuid zero;
    if (starts(name, "after"))
        return zero;
    if (strcmp(name, "user_id") == 0)
        return f->user;
    if (strcmp(q->name, "user_insert") == 0 || strcmp(q->name, "outbox_add") == 0 ||
        strcmp(q->name, "outbox_add_many") == 0 || strcmp(q->name, "alert_raise") == 0)
        return strcmp(name, "ref_id") == 0 ? f->habit : f->note; /* an id that no such row has */
    if (strcmp(name, "id") == 0 && starts(q->name, "broadcast_"))
        return strcmp(q->name, "broadcast_insert") == 0 ? f->note : f->broadcast;
    if (strcmp(name, "holder") == 0 || strcmp(name, "acknowledged_by") == 0)
        return f->user;
    if (strcmp(name, "id") == 0 && (starts(q->name, "outbox_") || starts(q->name, "alert_")))
        return q->name[0] == 'o' ? f->message : f->alert;
    if (strcmp(name, "habit_id") == 0)
        return f->habit;
    if (strcmp(name, "schedule_id") == 0)
        return f->schedule;
    if (strcmp(name, "session_id") == 0 || starts(q->name, "session_"))
        return f->session;
    if (strcmp(name, "decline_note_id") == 0 || starts(q->name, "decline_note"))
        return f->note;
    if (starts(q->name, "schedule_"))
        return f->schedule;
    if (starts(q->name, "user_") || starts(q->name, "ctx_"))
        return f->user;
    return f->habit;
}

static const char *text_value(const char *name, const char *query)
{
    static const struct {
        const char *name, *value;
    } values[] = {
        {"timezone", "Asia/Almaty"},
        {"language_code", "ru"},
        {"tier", "free"},
        {"kind", "yes_no"},
        {"target_kind", "at_least"},
        {"color", "#123456"},
        {"schedule_type", "daily"},
        {"status", "done"},
        {"source", "api"},
        {"preset", "tired"},
        {"paused_by", NULL},
        {"rrule", NULL},
        {"import_format", "json"},
        {"import_ref", "42"},
        {"name", "Имя"},
        {"referral_code", "ABCDEFGHJK"},
        {"key", "known"},
        {"channel", "telegram"},
        {"from_status", "queued"},
        {"severity", "critical"},
        {"origin", "link"},
        {"level", "warn"},
    };
    static const struct {
        const char *query, *name, *value;
    } special[] = {
        {"secret_get", "name", "identity"},
        {"user_by_key", "key", "name:text"},
        {"delivery_", "kind", "reminder"},
        {"delivery_", "status", "sent"},
        {"outbox_requeue", "status", "queued"},
        {"outbox_", "status", "sent"},
        {"alert_", "status", "acknowledged"},
        {"outbox_add", "view", NULL},
        {"inbox_", "source", "telegram"},
        {"inbox_", "status", "pending"},
        {"broadcast_", "from_status", "running"},
        {"inbox_add_done_many", "external_id", "new"},
        {"inbox_add_many", "external_id", "new"},
        {"stored_report_", "name", "overview"},
        {"admin_outbox_trouble", "status", "failed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(special); i++) {
        if (starts(query, special[i].query) && strcmp(name, special[i].name) == 0)
            return special[i].value;
    }
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        if (strcmp(values[i].name, name) == 0)
            return values[i].value;
    }
    return "text";
}

static int64_t i64_value(const struct query *q, const char *name, const struct fixture *f)
{
    if (strcmp(q->name, "user_insert") == 0)
        return 12345; /* nobody's yet */
    if (strcmp(name, "telegram_id") == 0)
        return f->telegram_id;
    if (strcmp(name, "limit") == 0)
        return 1000;
    if (strcmp(name, "occasion") == 0)
        return starts(q->name, "delivery_add") ? 3 : 0; /* a new one */
    if (strcmp(name, "fence") == 0 || strcmp(name, "message_id") == 0 || strcmp(name, "chat_id") == 0)
        return strcmp(name, "fence") == 0 && starts(q->name, "outbox_") ? 9 : 1;
    if (strcmp(name, "after_position") == 0)
        return INT64_MIN;
    return strcmp(name, "week_starts_on") == 0 || starts(name, "frequency_") ? 1 : 0;
}

/* Moments behind everything for the sweeps, the present for the rest. */
static struct instant time_value(const char *name, struct instant now)
{
    bool sweep = strcmp(name, "before") == 0;
    if (starts(name, "after_"))
        return instant_from_ms(0);
    return instant_from_ms(now.ms + (sweep ? 100 : 0) * 86400000LL -
                           (strcmp(name, "since") == 0 ? 86400000LL : 0));
}

static struct day day_value(const char *name, const struct fixture *f)
{
    if (strcmp(name, "from_day") == 0 || strcmp(name, "after_day") == 0)
        return day_add(f->marked, -30);
    if (strcmp(name, "newest") == 0)
        return day_add(f->marked, -10); /* makes marks of the last days "future" ones */
    return f->marked;
}

/* The place before every row of a list, in its direction. */
static bool bind_place(struct stmt *s, const struct query *q, int i, struct instant now)
{
    size_t len = strlen(q->name);
    bool down = len > 5 && strcmp(q->name + len - 5, "_desc") == 0;
    if (strcmp(q->param_names[i], "to_at") == 0)
        stmt_bind_time(s, i + 1, instant_from_ms(now.ms + 100 * 86400000LL));
    else if (strcmp(q->param_names[i], "from_at") == 0)
        stmt_bind_time(s, i + 1, instant_from_ms(0));
    else if (strcmp(q->param_names[i], "place") != 0)
        return false;
    else if (q->params[i] == DB_TIME)
        stmt_bind_time(s, i + 1, instant_from_ms(down ? now.ms + 100 * 86400000LL : 0));
    else
        stmt_bind_i64(s, i + 1, down ? INT64_MAX : INT64_MIN);
    return true;
}

/* One element for each array; scalars by name. Nullable limits of life cycles stay NULL. */
static void bind(struct stmt *s, const struct query *q, int i, const struct fixture *f, struct instant now)
{
    const char *name = q->param_names[i];
    int at = i + 1;
    enum db_type type = (enum db_type)(q->params[i] & ~DB_ARRAY);
    bool array = q->params[i] & DB_ARRAY;
    if (money_bind(s, q, i, &f->money) || bind_place(s, q, i, now))
        return;
    struct uuid u = uuid_value(q, name, f);
    const char *text = text_value(name, q->name);
    int64_t n = i64_value(q, name, f);
    struct day d = day_value(name, f);
    struct instant t = time_value(name, now);
    double real = 0.25;
    bool yes = true;
    struct db_bytes bytes = {hash, sizeof hash};
    const void *element[DB_TYPES] = {
        [DB_UUID] = &u, [DB_TEXT] = &text, [DB_I64] = &n,    [DB_DAY] = &d,
        [DB_TIME] = &t, [DB_F64] = &real,  [DB_BOOL] = &yes, [DB_BYTES] = &bytes};
    if (array) {
        assert_non_null(element[type]);
        stmt_bind_array(s, at, element[type], NULL, 1);
        return;
    }
    if (starts(name, "only_") || strcmp(name, "archived_at") == 0 || strcmp(name, "paused_at") == 0 ||
        strcmp(name, "days_of_week") == 0 || strcmp(name, "from_fence") == 0 ||
        (strcmp(name, "value") == 0 && type == DB_I64))
        return;
    switch (type) {
    case DB_BOOL:
        stmt_bind_bool(s, at, true);
        break;
    case DB_I64:
        stmt_bind_i64(s, at, n);
        break;
    case DB_F64:
        stmt_bind_f64(s, at, real);
        break;
    case DB_TEXT:
        stmt_bind_text(s, at, text);
        break;
    case DB_JSON:
        stmt_bind_text(s, at, "{}");
        break;
    case DB_BYTES:
        stmt_bind_bytes(s, at, strcmp(q->name, "sign_in_link_insert") == 0 ? other_hash : hash, sizeof hash);
        break;
    case DB_UUID:
        stmt_bind_uuid(s, at, &u);
        break;
    case DB_TIME:
        stmt_bind_time(s, at, t);
        break;
    case DB_DAY:
        stmt_bind_day(s, at, d);
        break;
    default:
        fail_msg("%s: parameter type %d", q->name, type);
    }
}

static char *column_text(struct arena *a, struct stmt *s, const struct query *q, int c)
{
    char buf[64];
    size_t len;
    if (stmt_is_null(s, c))
        return arena_strdup(a, "NULL");
    switch ((enum db_type)q->cols[c]) {
    case DB_BOOL:
        return arena_strdup(a, stmt_bool(s, c) ? "true" : "false");
    case DB_I64:
        return arena_printf(a, "%lld", (long long)stmt_i64(s, c));
    case DB_F64:
        return arena_printf(a, "%.17g", stmt_f64(s, c));
    case DB_TEXT:
    case DB_JSON:
        return arena_printf(a, "'%s'", stmt_text(s, c));
    case DB_BYTES: {
        const void *data = stmt_bytes(s, c, &len);
        char *hex = arena_alloc(a, len * 2 + 1);
        return hex_encode(data, len, hex);
    }
    case DB_UUID: {
        struct uuid u = stmt_uuid(s, c);
        return arena_strdup(a, uuid_format(&u, buf));
    }
    case DB_TIME:
        return arena_strdup(a, instant_format(stmt_time(s, c), buf));
    case DB_DAY:
        return arena_strdup(a, day_format(stmt_day(s, c), buf));
    default:
        fail_msg("%s: column type %d", q->name, q->cols[c]);
        return NULL;
    }
}

static void run_query(struct domain_bed *b, const struct query *q, const struct fixture *f, struct arena *a,
                      struct outcome *out)
{
    enum stmt_step step;
    out->count = 0;
    domain_bed_ok(b, db_savepoint(b->base.db));
    struct stmt *s = db_query(b->base.db, q);
    for (int i = 0; i < q->nparams; i++)
        bind(s, q, i, f, b->ctx.now);
    err_clear(&b->ctx.err);
    while ((step = stmt_step(s)) == STMT_ROW) {
        char *line = arena_strdup(a, "");
        assert_true(out->count < ROWS_MAX);
        for (int c = 0; c < q->ncols; c++)
            line = arena_printf(a, "%s|%s", line, column_text(a, s, q, c));
        out->rows[out->count++] = line;
    }
    out->code = step == STMT_ERROR ? b->ctx.err.code : E_OK;
    out->changes = step == STMT_ERROR || q->ncols > 0 ? 0 : stmt_changes(s);
    domain_bed_ok(b, db_rollback_to(b->base.db));
}

/* Queries that find nothing in these rows, for a reason. */
static bool may_find_nothing(const char *name)
{
    static const char *const names[] = {"user_by_identity", "habits_imported", "habit_deleted"};
    if (starts(name, "doctor_") && strcmp(name, "doctor_users") != 0 && strcmp(name, "doctor_streaks") != 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void compare(const struct query *q, const struct outcome *a, const struct outcome *b)
{
    if (a->code != b->code)
        fail_msg("%s: %s on SQLite, %s on PostgreSQL", q->name, ecode_name(a->code), ecode_name(b->code));
    if (a->changes != b->changes || a->count != b->count)
        fail_msg("%s: %lld changes and %zu rows on SQLite, %lld and %zu on PostgreSQL", q->name,
                 (long long)a->changes, a->count, (long long)b->changes, b->count);
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->rows[i], b->rows[i]) != 0)
            fail_msg("%s: row %zu\n  SQLite:     %s\n  PostgreSQL: %s", q->name, i, a->rows[i], b->rows[i]);
    }
}

static void test_every_query_on_both_engines(void **state)
{
    static struct outcome outcomes[DB_ENGINES];
    struct domain_bed beds[DB_ENGINES];
    struct fixture f[DB_ENGINES];
    struct arena *a = arena_new(256u * 1024 * 1024);
    bool pg = domain_bed_init(&beds[DB_POSTGRES], DB_POSTGRES);
    assert_true(domain_bed_init(&beds[DB_SQLITE], DB_SQLITE));
    memset(f, 0, sizeof f);
    for (int e = 0; e < DB_ENGINES; e++) {
        if (e == DB_SQLITE || pg)
            fill(&beds[e], &f[e]);
    }
    unsigned total = 0, variants = 0;
    for (size_t i = 0; i < ARRAY_LEN(query_files); i++) {
        for (unsigned k = 0; k < *query_files[i].count; k++) {
            const struct query *q = query_files[i].queries[k];
            bool arrays = false;
            for (int p = 0; p < q->nparams; p++)
                arrays = arrays || (q->params[p] & DB_ARRAY);
            total++;
            variants += !arrays && (!q->sql[DB_SQLITE] || !q->sql[DB_POSTGRES] ||
                                    strcmp(q->sql[DB_SQLITE], q->sql[DB_POSTGRES]) != 0);
            for (int e = 0; e < DB_ENGINES; e++) {
                if (q->sql[e] && (e == DB_SQLITE || pg))
                    run_query(&beds[e], q, &f[e], a, &outcomes[e]);
                if (q->sql[e] && (e == DB_SQLITE || pg) && outcomes[e].code != E_OK &&
                    outcomes[e].code != E_UNIQUE && outcomes[e].code != E_FOREIGN)
                    fail_msg("%s on %s: %s", q->name, db_engine_name((enum db_engine)e),
                             ecode_name(outcomes[e].code));
                if (q->sql[e] && (e == DB_SQLITE || pg) && q->ncols && !outcomes[e].count &&
                    !may_find_nothing(q->name))
                    fail_msg("%s on %s finds nothing: give it something to find", q->name,
                             db_engine_name((enum db_engine)e));
            }
            if (pg && q->sql[DB_SQLITE] && q->sql[DB_POSTGRES])
                compare(q, &outcomes[DB_SQLITE], &outcomes[DB_POSTGRES]);
        }
    }
    print_message("%u queries, %u engine variants besides array statements\n", total, variants);
    assert_true(variants * 20 <= total); /* DESIGN: under 5 % */
    for (int e = 0; e < DB_ENGINES; e++) {
        if (e == DB_SQLITE || pg)
            domain_bed_release(&beds[e]);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_query_on_both_engines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
