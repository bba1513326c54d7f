/* Transactions: states, poison and savepoint depth, alike on both engines. */
#include "base/check.h"
#include "store/db.h"
#include "store/db_driver.h"

#define DEPTH_MAX 16

enum ecode db_poison(struct db *db)
{
    CHECK(db->err->code != E_OK);
    if (db->in_txn && !db->poisoned) {
        db->poisoned = true;
        db->poison = *db->err;
    }
    return db->err->code;
}

enum ecode db_usable(struct db *db)
{
    if (db->in_txn && db->poisoned) {
        *db->err = db->poison;
        return db->poison.code;
    }
    if (db->lost)
        return err_set(db->err, E_UNAVAILABLE, "the connection to the database is lost");
    return E_OK;
}

static void leave(struct db *db)
{
    db->in_txn = false;
    db->poisoned = false;
    db->beyond_saving = false;
    db->depth = 0;
}

enum ecode db_begin(struct db *db, enum db_txn kind)
{
    CHECK(!db->in_txn);
    CHECK(kind == DB_TXN_SNAPSHOT || db->mode != DB_READONLY);
    enum ecode code = db_usable(db);
    if (code)
        return code;
    code = db->driver->begin(db, kind);
    if (code)
        return code;
    db->in_txn = true;
    db->txn_kind = kind;
    return E_OK;
}

enum ecode db_commit(struct db *db)
{
    CHECK(db->in_txn);
    enum ecode code = db_usable(db);
    if (code) {
        struct err why = *db->err;
        db_rollback(db);
        *db->err = why;
        return code;
    }
    CHECK(db->open_stmts == 0); /* a statement left at a row: stmt_end is missing */
    CHECK(db->depth == 0);      /* a savepoint neither released nor rolled back to */
    code = db->driver->commit(db);
    leave(db);
    return code;
}

void db_rollback(struct db *db)
{
    if (!db->in_txn)
        return;
    db_end_statements(db);
    struct err *slot = db->err; /* the cause of the rollback stays what the caller sees */
    struct err ignored;
    db->err = &ignored;
    if (!db->lost)
        db->driver->rollback(db);
    db->err = slot;
    leave(db);
}

bool db_in_txn(const struct db *db)
{
    return db->in_txn;
}

enum ecode db_savepoint(struct db *db)
{
    CHECK(db->in_txn && db->depth < DEPTH_MAX);
    enum ecode code = db_usable(db);
    if (code)
        return code;
    code = db->driver->savepoint(db, db->depth + 1);
    if (code)
        return db_poison(db);
    db->depth++;
    return E_OK;
}

enum ecode db_release(struct db *db)
{
    CHECK(db->in_txn && db->depth > 0);
    enum ecode code = db_usable(db);
    if (code)
        return code;
    code = db->driver->release(db, db->depth);
    if (code)
        return db_poison(db);
    db->depth--;
    return E_OK;
}

enum ecode db_rollback_to(struct db *db)
{
    CHECK(db->in_txn && db->depth > 0);
    db_end_statements(db);
    if (db->lost || db->beyond_saving)
        return db_usable(db);
    struct err *slot = db->err;
    struct err failure;
    db->err = &failure;
    enum ecode code = db->driver->rollback_to(db, db->depth);
    db->err = slot;
    if (code) {
        *db->err = failure;
        db->poisoned = false; /* the newer failure is the one that counts */
        return db_poison(db);
    }
    db->depth--;
    db->poisoned = false;
    return E_OK;
}

enum ecode db_settle(struct db *db, int timeout_ms, bool *committed)
{
    CHECK(!db->in_txn);
    return db->driver->settle(db, timeout_ms, committed);
}
