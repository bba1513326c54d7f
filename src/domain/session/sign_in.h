#ifndef HABITD_DOMAIN_SIGN_IN_H
#define HABITD_DOMAIN_SIGN_IN_H

#include "domain/session/session.h"
#include "domain/user/user.h"

/*
 * How people come to a session on the web: Telegram's word for who they are, a link that works once, or the
 * button of a demonstration. Such sessions are short and prolonged while they are used:
 *
 *     begun by    lives   at most, prolonged
 *     link        7 days  90 days
 *     telegram    1 day   7 days (each opening of the Mini App begins a new one)
 *     demo        1 day   7 days
 *     any, admin  12 h    7 days
 *     token       as `habitd token create` made it
 */

#define INIT_DATA_MAX_AGE_S 86400
#define LINK_LIFETIME_S 900
#define LINK_CODE_TEXT 44 /* base64url(user id ‖ 16 secret bytes); only its SHA-256 is stored */

struct telegram_sign_in {
    struct user_contact contact; /* proved to be Telegram's word */
    struct instant auth_date;
    bool admin; /* wants an operator's session */
};
struct link_sign_in {
    const char *code;
};
struct demo_sign_in {
    bool admin;
};
struct signed_in {
    char token[TOKEN_TEXT];
    struct instant expires_at;
    bool is_admin;
    struct user_view user;
};
struct prolonged {
    struct instant expires_at;
};

/* E_UNAUTHENTIC reason "init_data_expired": older than a day. E_FORBIDDEN: blocked, or admin and no operator.
 * A new person is made. */
enum ecode sign_in_telegram(struct ctx *ctx, const struct telegram_sign_in *in, struct signed_in *out);
/* E_UNAUTHENTIC reason "link_invalid": there is no such link, it was used, or its time is over. */
enum ecode sign_in_link(struct ctx *ctx, const struct link_sign_in *in, struct signed_in *out);
/* As the first person of `habitd demo`. E_NOT_FOUND when there is none. */
enum ecode sign_in_demo(struct ctx *ctx, const struct demo_sign_in *in, struct signed_in *out);
/* Makes the actor's session last longer, as far as it may; never shorter. */
enum ecode sign_in_prolong(struct ctx *ctx, const void *unused, struct prolonged *out);

/* A link's code for that person; it works once, for 15 minutes. In a write transaction. */
enum ecode sign_in_link_make(struct ctx *ctx, const struct uuid *user_id, bool admin,
                             char code[LINK_CODE_TEXT]);

#endif
