#ifndef HABITD_EDGE_BOT_SCREENS_H
#define HABITD_EDGE_BOT_SCREENS_H

#include "edge/bot/turn.h"
#include "edge/bot/view.h"

/*
 * Every screen of the bot, by the file it is in: handlers of commands (`on_…`), of buttons (`press_…`), of
 * what is written in a dialog (`say_…`), and the views they queue (`draw_…`). dispatch.c and view.c hold the
 * tables.
 */

/* start.c: first contact, what the bot is */
enum ecode on_start(struct turn *t, const char *arg);
enum ecode on_help(struct turn *t, const char *arg);
enum ecode press_help(struct turn *t, const struct args *a);
enum ecode on_cancel(struct turn *t, const char *arg);
enum ecode press_home(struct turn *t, const struct args *a);
enum ecode press_welcome_language(struct turn *t, const struct args *a);
enum ecode draw_welcome(struct view *v);
enum ecode draw_home(struct view *v);
enum ecode draw_help(struct view *v);
enum ecode draw_cancelled(struct view *v);

/* zone.c: where the person is */
enum ecode on_zone(struct turn *t, const char *arg);
enum ecode press_zone(struct turn *t, const struct args *a);
enum ecode press_zone_yes(struct turn *t, const struct args *a);
enum ecode say_zone(struct turn *t);
enum ecode draw_zone_ask(struct view *v);
enum ecode draw_zone_list(struct view *v);
enum ecode draw_zone_confirm(struct view *v);
enum ecode draw_zone_done(struct view *v);

/* today.c: the day's habits; a reminder; one habit's day */
enum ecode on_today(struct turn *t, const char *arg);
enum ecode press_today(struct turn *t, const struct args *a);
enum ecode draw_today(struct view *v);
enum ecode draw_card(struct view *v);
enum ecode draw_reminder(struct view *v);

/* mark.c: done, declined, skipped, undone, numbers, snoozes */
enum ecode press_done(struct turn *t, const struct args *a);
enum ecode press_skip(struct turn *t, const struct args *a);
enum ecode press_undo(struct turn *t, const struct args *a);
enum ecode press_decline(struct turn *t, const struct args *a);
enum ecode press_reason(struct turn *t, const struct args *a);
enum ecode press_value(struct turn *t, const struct args *a);
enum ecode press_card(struct turn *t, const struct args *a);
enum ecode press_snooze(struct turn *t, const struct args *a);
enum ecode say_reason(struct turn *t);
enum ecode say_value(struct turn *t);
enum ecode draw_decline(struct view *v);
enum ecode draw_value(struct view *v);
enum ecode draw_snooze(struct view *v);

/* settings.c */
enum ecode on_settings(struct turn *t, const char *arg);
enum ecode press_settings(struct turn *t, const struct args *a);
enum ecode say_quiet(struct turn *t);
enum ecode draw_settings(struct view *v);

/* web.c: a link that signs in on the web */
enum ecode on_web(struct turn *t, const char *arg);
enum ecode press_web(struct turn *t, const struct args *a);
enum ecode draw_web(struct view *v);

/* stats.c: a habit's year as a picture */
enum ecode on_stats(struct turn *t, const char *arg);
enum ecode press_stats(struct turn *t, const struct args *a);
enum ecode draw_stats(struct view *v);
enum ecode draw_year(struct view *v);

/* transfer.c: export, and import of a file that is sent */
enum ecode on_export(struct turn *t, const char *arg);
enum ecode press_export(struct turn *t, const struct args *a);
enum ecode press_import(struct turn *t, const struct args *a);
enum ecode press_import_yes(struct turn *t, const struct args *a);
enum ecode press_import_no(struct turn *t, const struct args *a);
enum ecode say_document(struct turn *t);
enum ecode draw_export(struct view *v);
enum ecode draw_export_file(struct view *v);
enum ecode draw_import_how(struct view *v);
enum ecode draw_import(struct view *v);

/* premium.c: what the person has, and what is sold */
enum ecode on_premium(struct turn *t, const char *arg);
enum ecode press_premium(struct turn *t, const struct args *a);
enum ecode press_cancel_renewal(struct turn *t, const struct args *a);
enum ecode draw_premium(struct view *v);

/* purchase.c: how it is bought */
enum ecode press_plan(struct turn *t, const struct args *a);
enum ecode press_order(struct turn *t, const struct args *a);
enum ecode press_buy(struct turn *t, const struct args *a);
enum ecode draw_plan(struct view *v);
enum ecode draw_buy(struct view *v);
enum ecode draw_invoice(struct view *v);
enum ecode draw_pay(struct view *v);

/* topup.c: filling the wallet */
enum ecode press_topup(struct turn *t, const struct args *a);
enum ecode say_topup(struct turn *t);
enum ecode draw_topup(struct view *v);

/* contact.c: where receipts go */
enum ecode say_contact(struct turn *t);
enum ecode draw_contact(struct view *v);

/* receipt.c: what is told about money */
enum ecode draw_receipt(struct view *v);
enum ecode draw_notice(struct view *v);
enum ecode draw_reward(struct view *v);

/* wallet.c: the wallet, inviting friends */
enum ecode on_balance(struct turn *t, const char *arg);
enum ecode on_invite(struct turn *t, const char *arg);
enum ecode press_balance(struct turn *t, const struct args *a);
enum ecode press_invite(struct turn *t, const struct args *a);
enum ecode draw_balance(struct view *v);
enum ecode draw_invite(struct view *v);

/* about.c: terms, help with payments, erasing */
enum ecode on_terms(struct turn *t, const char *arg);
enum ecode on_paysupport(struct turn *t, const char *arg);
enum ecode on_delete_me(struct turn *t, const char *arg);
enum ecode say_erase(struct turn *t);
enum ecode draw_terms(struct view *v);
enum ecode draw_paysupport(struct view *v);
enum ecode draw_erase(struct view *v);

/* admin.c: for those whom the operator named */
enum ecode on_admin(struct turn *t, const char *arg);
enum ecode press_admin(struct turn *t, const struct args *a);
enum ecode press_person(struct turn *t, const struct args *a);
enum ecode press_block(struct turn *t, const struct args *a);
enum ecode say_person(struct turn *t);
enum ecode say_block(struct turn *t);
enum ecode draw_admin(struct view *v);
enum ecode draw_person_ask(struct view *v);
enum ecode draw_person_why(struct view *v);
enum ecode draw_person(struct view *v);

/* announce.c: a message to everybody */
enum ecode press_broadcast(struct turn *t, const struct args *a);
enum ecode press_broadcast_start(struct turn *t, const struct args *a);
enum ecode press_broadcast_stop(struct turn *t, const struct args *a);
enum ecode say_broadcast(struct turn *t);
enum ecode draw_broadcast_ask(struct view *v);
enum ecode draw_broadcast_preview(struct view *v);
enum ecode draw_broadcast(struct view *v);

/* told.c: what people are told without having asked */
enum ecode draw_milestone(struct view *v);
enum ecode draw_summary(struct view *v);
enum ecode draw_nudge(struct view *v);

/* add.c, add_view.c: a new habit */
enum ecode on_add(struct turn *t, const char *arg);
enum ecode press_add(struct turn *t, const struct args *a);
enum ecode say_add(struct turn *t);
enum ecode draw_add(struct view *v);
enum ecode draw_add_limit(struct view *v);
enum ecode draw_habit_made(struct view *v);

/* habits.c: the list, and one habit */
enum ecode on_habits(struct turn *t, const char *arg);
enum ecode press_habits(struct turn *t, const struct args *a);
enum ecode press_habit(struct turn *t, const struct args *a);
enum ecode draw_habits(struct view *v);
enum ecode draw_archive(struct view *v);
enum ecode draw_habit(struct view *v);

/* habit_do.c: paused, archived, moved, deleted, begun anew */
enum ecode press_pause(struct turn *t, const struct args *a);
enum ecode press_archive(struct turn *t, const struct args *a);
enum ecode press_move(struct turn *t, const struct args *a);
enum ecode press_delete(struct turn *t, const struct args *a);
enum ecode press_restore(struct turn *t, const struct args *a);
enum ecode press_anew(struct turn *t, const struct args *a);
enum ecode draw_habit_delete(struct view *v);
enum ecode draw_habit_deleted(struct view *v);
enum ecode draw_anew(struct view *v);

/* edit.c, edit_view.c: a habit changed */
enum ecode press_edit(struct turn *t, const struct args *a);
enum ecode press_reminder(struct turn *t, const struct args *a);
enum ecode say_edit(struct turn *t);
enum ecode draw_edit(struct view *v);

#endif
