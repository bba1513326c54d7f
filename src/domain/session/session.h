#ifndef HABITD_DOMAIN_SESSION_H
#define HABITD_DOMAIN_SESSION_H

#include "domain/ctx.h"

/*
 * Bearer tokens. A token is "hbt_" + base64url(user id ‖ session id ‖ 16 secret bytes): 68 characters, so
 * that one primary-key lookup finds its session. Only SHA-256 of the whole token is stored.
 */
#define TOKEN_TEXT 69

/* By enum session_origin; NULL-ended. */
extern const char *const session_origin_names[];

struct session_draft {
    struct uuid user_id;
    const char *name; /* at most 100 bytes */
    bool is_admin;
    enum session_origin origin;
    struct duration lifetime;
};
struct session {
    struct uuid id;
    const char *name;
    bool is_admin, current;
    enum session_origin origin;
    struct instant created_at, expires_at;
};
struct session_list {
    struct session *items;
    size_t count;
};
struct session_selector {
    bool all; /* every session of the actor, this one too */
    struct uuid id;
};

/* Writes the token's text once; it cannot be had again. In a write transaction. E_FORBIDDEN reason "blocked":
 * the person is. */
enum ecode session_create(struct ctx *ctx, const struct session_draft *in, char token[TOKEN_TEXT]);
/*
 * Makes the token's owner the context's actor, or E_UNAUTHENTIC for a token that is malformed, unknown,
 * expired, or of an erased person. Never logs or stores the token. One statement.
 */
enum ecode session_authenticate(struct ctx *ctx, const char *token, size_t len);
/* The user id a token claims, unproved: for ordering and rate limits only. */
bool session_token_user(const char *token, size_t len, struct uuid *out);

/* For operations that authenticate many tokens with one statement: the ids a token claims, and the proof
 * against its row. */
struct session_row {
    const void *token_hash;
    size_t token_hash_len;
    bool is_admin, has_trial_end;
    struct instant expires_at, trial_ends_at;
    const char *timezone, *tier, *origin;
    int day_starts_at;
};
bool session_token_ids(const char *token, size_t len, struct uuid *user_id, struct uuid *session_id);
enum ecode session_accept(struct ctx *ctx, const char *token, size_t len, const struct session_row *row,
                          struct actor *out);

/* A mark that came by HTTP was made on a web page when its session was begun by a person. */
enum source session_source(enum source came, const struct actor *actor);

/* Ends every session of a person; harmless when there is none. */
enum ecode session_end_all(struct ctx *ctx, const struct uuid *user_id);

enum ecode session_list(struct ctx *ctx, const void *unused, struct session_list *out);
enum ecode session_delete(struct ctx *ctx, const struct session_selector *in, void *none);

#endif
