#include "cli/place.h"

#include <string.h>
#include "domain/lease/lease.h"
#include "store/backup.h"

enum ecode place_check_file(const char *url, bool must_exist, struct err *err)
{
    if (strncmp(url, "sqlite:", 7) != 0)
        return E_OK;
    enum ecode rc = must_exist ? backup_look(url + 7, err) : E_OK;
    return rc == E_OK ? backup_file_free(url + 7, err) : rc;
}

enum ecode place_open(const char *option, const char *url, enum db_mode mode, struct db **out,
                      struct err *err)
{
    enum ecode rc = db_open(url, mode, out, err);
    if (rc != E_OK) {
        err->field[0] = '\0';
        err_wrap(err, "%s", option);
    }
    return rc;
}

enum ecode place_check_lease(struct cli *cli, struct db *db, const char *option, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    const char *name;
    struct instant until;
    char text[INSTANT_TEXT];
    rng_init(&rng, 0);
    ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = lease_held(&ctx, &name, &until);
    db_rollback(db);
    db_set_err(db, err);
    if (rc == E_NOT_FOUND)
        return E_OK;
    if (rc == E_OK)
        return err_reason(err, E_CONFLICT, "database_in_use",
                          "%s: a server works on it and holds the lease \"%s\" until %s; stop it first",
                          option, name, instant_format(until, text));
    *err = ctx.err;
    return rc;
}
