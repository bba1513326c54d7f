#include "domain_bed.h"

#include <string.h>
#include "domain/habit/habit.h"
#include "domain/user/user.h"
#include "store/partition.h"
#include "test.h"

bool domain_bed_init(struct domain_bed *b, enum db_engine engine)
{
    int made;
    memset(b, 0, sizeof *b);
    if (!migrate_bed_init(&b->base, engine))
        return false;
    assert_int_equal(migrate_bed_up(&b->base, migration_set_embedded(), -1), E_OK);
    b->policy = (struct policy){
        .trial_days = 7, .habit_limit = {0, 5, 0}, .default_timezone = "UTC", .currency = "RUB"};
    rng_init(&b->rng, 42);
    ctx_init(&b->ctx, b->base.db, b->base.arena, &b->policy, &b->rng, instant_from_ms(0), "test");
    b->ctx.actor.role = ROLE_SYSTEM;
    domain_bed_clock(b, "2026-03-15T12:00:00Z");
    domain_bed_ok(b, partition_ensure(b->base.db, day_of((int32_t)(b->ctx.now.ms / 86400000)), &made));
    domain_bed_ok(b, db_begin(b->base.db, DB_TXN_WRITE));
    return true;
}

void domain_bed_release(struct domain_bed *b)
{
    db_rollback(b->base.db);
    migrate_bed_release(&b->base);
}

void domain_bed_ok(struct domain_bed *b, enum ecode rc)
{
    if (rc != E_OK)
        fail_msg("%s: %s: %s", ecode_name(rc), b->ctx.err.field, b->ctx.err.text);
}

void domain_bed_clock(struct domain_bed *b, const char *time)
{
    assert_true(instant_parse(time, strlen(time), &b->ctx.now));
}

struct uuid domain_bed_person(struct domain_bed *b, int64_t telegram_id, const char *zone)
{
    struct uuid id;
    bool created;
    struct user_view view;
    struct user_contact contact = {.telegram_id = telegram_id, .first_name = "Нина", .language_code = "ru"};
    domain_bed_ok(b, user_ensure(&b->ctx, &contact, &id, &created));
    domain_bed_ok(b, ctx_act_as(&b->ctx, &id));
    domain_bed_ok(b,
                  user_update(&b->ctx, &(struct user_change){.has_timezone = true, .timezone = zone}, &view));
    return id;
}

struct uuid domain_bed_habit(struct domain_bed *b, const char *name, int count, int days)
{
    struct habit h;
    struct habit_change change = {.has_name = true,
                                  .name = name,
                                  .has_frequency = true,
                                  .frequency_count = count,
                                  .frequency_days = days,
                                  .has_starts_on = true,
                                  .starts_on = day_of(20000)};
    domain_bed_ok(b, habit_create(&b->ctx, &change, &h));
    return h.id;
}
