#include "store/size.h"

#include "base/arena.h"
#include "catalog.sql.h"

enum ecode size_of_database(struct db *db, int64_t *bytes)
{
    struct stmt *s = db_query(db, &Q_catalog_size);
    enum ecode rc = stmt_row(s);
    if (rc != E_OK)
        return rc;
    *bytes = stmt_i64(s, 0);
    stmt_end(s);
    return E_OK;
}

enum ecode size_of_partitions(struct db *db, struct arena *a, struct partition_size **out, size_t *n)
{
    enum stmt_step step;
    size_t count = 0;
    if (db_engine(db) == DB_SQLITE) {
        *out = NULL;
        *n = 0;
        return E_OK;
    }
    struct partition_size *rows = arena_array(a, PARTITIONS_LISTED, sizeof *rows);
    struct stmt *s = db_query(db, &Q_catalog_partitions);
    stmt_bind_i64(s, 1, PARTITIONS_LISTED);
    while ((step = stmt_step(s)) == STMT_ROW)
        rows[count++] = (struct partition_size){.table = arena_strdup(a, stmt_text(s, 0)),
                                                .name = arena_strdup(a, stmt_text(s, 1)),
                                                .bytes = stmt_i64(s, 2)};
    if (step == STMT_ERROR)
        return db_err(db)->code;
    *out = rows;
    *n = count;
    return E_OK;
}
