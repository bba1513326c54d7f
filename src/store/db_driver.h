#ifndef HABITD_STORE_DB_DRIVER_H
#define HABITD_STORE_DB_DRIVER_H

#include "store/db.h"

/*
 * Private to src/store: what a driver brings, and the part of a connection and a statement that both drivers
 * share. db.c, stmt.c and txn.c keep the rules that are alike (states, poison, savepoint depth, type
 * assertions); a driver only talks to its engine.
 */

/* One value on its way in or out. Text and bytes are borrowed. */
struct db_value {
    bool null;
    union {
        bool b;
        int64_t i;
        double f;
        struct uuid uuid;
        struct instant time;
        struct day day;
        struct db_bytes bytes; /* DB_TEXT, DB_JSON (a NUL behind len) and DB_BYTES */
    };
};

enum stmt_state {
    STMT_ENDED, /* not in use */
    STMT_FRESH, /* handed out by db_query, takes binds */
    STMT_AT_ROW /* a row can be read; counted in db->open_stmts */
};

struct stmt { /* first member of a driver's own struct */
    struct db *db;
    const struct query *q;
    enum stmt_state state;
    int64_t changes;
};

struct db { /* first member of a driver's own struct */
    const struct db_driver *driver;
    char *url;
    enum db_mode mode;
    struct err *err;
    char version[64];
    bool lost;
    bool in_txn;
    enum db_txn txn_kind;
    int depth;          /* of savepoints */
    bool poisoned;      /* an error happened in the transaction; `poison` is it */
    bool beyond_saving; /* the engine ended the transaction: no savepoint brings it back */
    struct err poison;
    size_t open_stmts;
    struct stmt **cache; /* hash table by query address; cache_size is a power of two */
    size_t cache_size, cache_used;
};

/* Every function fills *db->err when it returns an error. */
struct db_driver {
    enum db_engine engine;
    size_t db_size, stmt_size;
    /* Connects db->url; fills version. On failure nothing is left open. */
    enum ecode (*open)(struct db *db);
    /* Ends the connection, if there is one; statements were released before. */
    void (*close)(struct db *db);
    void (*interrupt)(struct db *db); /* any thread */
    enum ecode (*begin)(struct db *db, enum db_txn kind);
    enum ecode (*commit)(struct db *db); /* on an error but E_UNCERTAIN it has rolled back */
    void (*rollback)(struct db *db);
    enum ecode (*savepoint)(struct db *db, int depth);
    enum ecode (*release)(struct db *db, int depth);
    enum ecode (*rollback_to)(struct db *db, int depth); /* and forgets the savepoint */
    enum ecode (*settle)(struct db *db, int timeout_ms, bool *committed);
    /* Prepares for binding; a failure is left for start to report. */
    void (*clear)(struct stmt *s);
    void (*bind)(struct stmt *s, int i, const struct db_value *v);
    void (*bind_array)(struct stmt *s, int i, const void *v, const bool *nulls, size_t n);
    enum stmt_step (*start)(struct stmt *s);
    /* Lets the statement wait for the next one; false: it has to be started now. NULL: the engine has no
     * round trips. */
    bool (*ride)(struct stmt *s);
    enum stmt_step (*next)(struct stmt *s);
    void (*end)(struct stmt *s); /* after start, in any state; sets changes */
    void (*get)(struct stmt *s, int c, struct db_value *out);
    /* Releases what the driver holds for the statement (its connection may be gone). */
    void (*release_stmt)(struct stmt *s);
    enum ecode (*exec)(struct db *db, const char *sql);
    enum ecode (*exec_rows)(struct db *db, const char *sql,
                            void (*row)(void *arg, int ncols, const char *const *values), void *arg);
};

extern const struct db_driver sqlite_driver;
extern const struct db_driver postgres_driver;

/* Days and instants that both engines store and order alike: the years 1–9999. */
#define DB_DAY_MIN (-719162)
#define DB_DAY_MAX 2932896
#define DB_TIME_MIN_MS (-62135596800000LL)
#define DB_TIME_MAX_MS 253402300799999LL

/* Asserts that both engines can store the value exactly. */
void db_check_value(unsigned type, const struct db_value *v);
/* Remembers *db->err as the transaction's poison when one is open; returns its code. */
enum ecode db_poison(struct db *db);
/* E_OK, or the poison put into *db->err, or E_UNAVAILABLE for a lost connection. */
enum ecode db_usable(struct db *db);
/* Ends every statement that is at a row: before a rollback, and before the connection goes. */
void db_end_statements(struct db *db);
/* Releases every cached statement; free_them also forgets them (db_close). */
void db_drop_statements(struct db *db, bool free_them);
/* Statements at a row: lanes and pools assert 0 between commands. */
size_t db_open_statements(const struct db *db);

#endif
