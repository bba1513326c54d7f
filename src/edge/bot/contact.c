/* Where receipts go: asked once, when the first order at a provider that makes them needs it. */
#include <string.h>
#include "base/check.h"
#include "edge/bot/money.h"
#include "edge/bot/screens.h"

#define ORDER_BYTES_MAX 64 /* the data of a button */

bool contact_is_missing(const struct turn *t, enum ecode rc)
{
    return rc == E_INVALID && strcmp(t->ctx->err.reason, "receipt_contact_required") == 0;
}

/* The dialog remembers the button that ordered: {"order": "po:y:month:29900"}. */
enum ecode contact_ask(struct turn *t)
{
    const char *order = t->update->callback->data;
    err_clear(&t->ctx->err);
    enum ecode rc = turn_ask(t, "contact", "text", turn_data(t, "{\"order\":\"%s\"}", order));
    return rc == E_OK ? turn_show(t, "contact", order) : rc;
}

static bool read_order(struct turn *t, struct args *out)
{
    struct {
        const char *order;
    } data = {NULL};
    static const struct json_field fields[] = {{.name = "order",
                                                .offset = 0,
                                                .size = sizeof(const char *),
                                                .type = FIELD_STRING,
                                                .max = ORDER_BYTES_MAX}};
    struct json_seen seen;
    struct err err;
    json_t *root;
    const char *text = t->dialog.data;
    return json_read(t->ctx->arena, text, strlen(text), true, &root, &err) == E_OK &&
           json_object_read(t->ctx->arena, root, "", fields, 1, JSON_WHOLE, &data, &seen, &err) == E_OK &&
           data.order && args_split(data.order, out);
}

/* The address or the number; then what was ordered is ordered. */
enum ecode say_contact(struct turn *t)
{
    struct args order;
    const char *text = turn_text(t);
    enum ecode rc = text ? payment_contact_set(t->ctx, text) : E_INVALID;
    if (rc == E_INVALID) {
        err_clear(&t->ctx->err);
        return turn_say(t, TEXT_CONTACT_NOT_UNDERSTOOD, NULL);
    }
    if (rc != E_OK)
        return rc;
    if (!read_order(t, &order))
        return err_set(&t->ctx->err, E_CORRUPT, "a dialog for a contact without its order");
    rc = args_is(&order, 0, "bt") ? press_topup(t, &order) : press_order(t, &order);
    return rc == E_OK ? turn_end(t) : rc;
}

/* args: the button that ordered */
enum ecode draw_contact(struct view *v)
{
    view_line(v, TEXT_CONTACT_ASK, NULL);
    view_button(v, args_is(&v->args, 0, "bt") ? "ba" : "pr", TEXT_BUTTON_BACK, NULL);
    return E_OK;
}
