/* The wallet, and the link that invites friends. */
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/referral/referral.h"
#include "edge/bot/money.h"
#include "edge/bot/screens.h"

#define PAGE_POSTINGS 10
#define LINK_BYTES_MAX 512

/* --- the wallet ---------------------------------------------------------------------------------------- */

enum ecode on_balance(struct turn *t, const char *arg)
{
    return turn_send(t, "balance", NULL);
}

/* "ba", "ba:<seq>": the wallet, its postings below that one. */
enum ecode press_balance(struct turn *t, const struct args *a)
{
    int64_t seq;
    if (!args_int(a, 1, 1, INT64_MAX / 2, &seq))
        return turn_show(t, "balance", NULL);
    return turn_show(t, "balance", turn_data(t, "%lld", (long long)seq));
}

static enum text_id posting_text(const struct posting *p)
{
    static const enum text_id texts[POSTING_KINDS] = {[POSTING_TOPUP] = TEXT_POSTING_TOPUP,
                                                      [POSTING_SUBSCRIPTION] = TEXT_POSTING_SUBSCRIPTION,
                                                      [POSTING_REFUND] = TEXT_POSTING_REFUND,
                                                      [POSTING_CHARGEBACK] = TEXT_POSTING_CHARGEBACK,
                                                      [POSTING_REFERRAL_REWARD] = TEXT_POSTING_REWARD,
                                                      [POSTING_ADJUSTMENT] = TEXT_POSTING_ADJUSTMENT};
    return texts[p->kind];
}

static void put_postings(struct view *v, const struct posting_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct posting *p = &page->items[i];
        struct day day = zone_local_day(v->ctx->actor.zone, p->created_at, 0);
        text_put_value(&v->text, v->lang, text_day("day", day, v->today, TEXT_DAY_DATE));
        buf_str(&v->text, p->amount > 0 ? "  +" : "  ");
        text_put_value(&v->text, v->lang, money_arg(v->ctx, "amount", p->amount, page->currency));
        buf_str(&v->text, " · ");
        view_line(v, posting_text(p), NULL);
    }
}

/* args: below which posting */
enum ecode draw_balance(struct view *v)
{
    struct wallet w;
    struct posting_page page;
    struct posting_query q = {.list.limit = PAGE_POSTINGS};
    int64_t below = 0;
    args_int(&v->args, 0, 1, INT64_MAX / 2, &below);
    if (below > 0) {
        q.list.has_after = true;
        q.list.after = posting_below(below);
    }
    enum ecode rc = op_run(v->ctx, &OP_balance_get, NULL, &w);
    if (rc == E_OK)
        rc = op_run(v->ctx, &OP_balance_transactions, &q, &page);
    if (rc != E_OK)
        return rc;
    view_line(v, TEXT_BALANCE_TITLE, TEXT_ARGS(money_arg(v->ctx, "amount", w.amount, w.currency)));
    if (w.debt > 0)
        view_line(v, TEXT_BALANCE_DEBT, TEXT_ARGS(money_arg(v->ctx, "amount", w.debt, w.currency)));
    view_gap(v);
    if (page.count == 0)
        view_line(v, TEXT_BALANCE_EMPTY, NULL);
    put_postings(v, &page);
    if (below > 0)
        view_button(v, "ba", TEXT_BUTTON_NEWEST, NULL);
    if (page.rest.more)
        view_button(v, view_data(v, "ba:%lld", (long long)page.items[page.count - 1].seq), TEXT_BUTTON_OLDER,
                    NULL);
    view_row(v);
    if (wallet_can_be_filled(v->ctx))
        view_button(v, "bt", TEXT_BUTTON_TOPUP, NULL);
    view_row(v);
    view_button(v, "pr", TEXT_BUTTON_PREMIUM, NULL);
    view_button(v, "iv", TEXT_BUTTON_INVITE, NULL);
    return E_OK;
}

/* --- inviting ------------------------------------------------------------------------------------------ */

enum ecode on_invite(struct turn *t, const char *arg)
{
    return turn_send(t, "invite", NULL);
}

enum ecode press_invite(struct turn *t, const struct args *a)
{
    return turn_show(t, "invite", NULL);
}

/* For the query part of an URL. */
static void put_escaped(struct buf *out, const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (; *s; s++) {
        if (strchr(plain, *s))
            buf_char(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
    }
}

static void put_share_button(struct view *v, const char *link)
{
    struct buf url;
    buf_init(&url, 3 * LINK_BYTES_MAX);
    buf_str(&url, "https://t.me/share/url?url=");
    put_escaped(&url, link);
    view_button_url(v, buf_text(&url), TEXT_BUTTON_SHARE, NULL);
    buf_release(&url);
}

enum ecode draw_invite(struct view *v)
{
    struct referral_summary r;
    const struct policy *p = v->ctx->policy;
    enum ecode rc = op_run(v->ctx, &OP_referral_get, NULL, &r);
    if (rc != E_OK)
        return rc;
    view_line(v, TEXT_INVITE_TITLE, NULL);
    if (*v->app->username) {
        const char *link = view_data(v, "https://t.me/%s?start=ref_%s", v->app->username, r.code);
        text_put_value(&v->text, v->lang, text_str("link", link));
        view_gap(v);
        put_share_button(v, link);
    }
    view_gap(v);
    if (p->referral_reward > 0)
        view_line(v, TEXT_INVITE_REWARD,
                  TEXT_ARGS(money_arg(v->ctx, "reward", p->referral_reward, r.currency),
                            text_num("n", p->plans->referral.mature_days)));
    view_line(v, TEXT_INVITE_COUNT, TEXT_ARGS(text_num("n", r.invited)));
    if (r.rewarded > 0)
        view_line(v, TEXT_INVITE_EARNED, TEXT_ARGS(money_arg(v->ctx, "amount", r.earned, r.currency)));
    view_row(v);
    view_button(v, "ba", TEXT_BUTTON_BALANCE, NULL);
    return E_OK;
}
