/* The way to the web: a link that signs in, once. */
#include <string.h>
#include "domain/session/sign_in.h"
#include "domain/user/people.h"
#include "edge/bot/app.h"
#include "edge/bot/screens.h"

enum ecode on_web(struct turn *t, const char *arg)
{
    return turn_send(t, "web", NULL);
}

/* "wb" */
enum ecode press_web(struct turn *t, const struct args *a)
{
    return turn_send(t, "web", NULL);
}

/* What stands behind # is never sent to a server or a proxy. */
static enum ecode put_link(struct view *v, const char *page, bool admin, enum text_id label)
{
    char code[LINK_CODE_TEXT];
    enum ecode rc = sign_in_link_make(v->ctx, &v->me.id, admin, code);
    if (rc == E_OK)
        view_button_url(v, view_data(v, "%s%s#signin=%s", v->app->public_url, page, code), label, NULL);
    return rc;
}

/* Drawn when it is sent, so that the link's minutes begin then. */
enum ecode draw_web(struct view *v)
{
    if (v->app->public_url == NULL) {
        view_put(v, TEXT_WEBLINK_NONE, NULL);
        return E_OK;
    }
    view_put(v, TEXT_WEBLINK_TEXT, TEXT_ARGS(text_num("n", LINK_LIFETIME_S / 60)));
    enum ecode rc = put_link(v, "/", false, TEXT_BUTTON_WEB);
    view_row(v);
    return rc == E_OK && person_is_admin(v->ctx->policy, v->me.telegram_id)
               ? put_link(v, "/admin", true, TEXT_BUTTON_CONSOLE)
               : rc;
}
