#ifndef HABITD_EDGE_BOT_ADD_DRAFT_H
#define HABITD_EDGE_BOT_ADD_DRAFT_H

#include "domain/dialog/dialog.h"
#include "edge/bot/input.h"
#include "edge/bot/often.h"

/*
 * A habit that is being made: what the dialog remembers between two messages of a person.
 *
 *   start ──► often ──► days | week ──► kind ──► target ──► times ──► sum ──► made
 *     │                                                               ▲ │
 *     └─ a template knows it all ─────────────────────────────────────┘ └─► name, often, kind, times once
 * more
 */
enum add_step {
    ADD_START,
    ADD_NAME,
    ADD_OFTEN,
    ADD_DAYS,
    ADD_WEEK,
    ADD_KIND,
    ADD_TARGET,
    ADD_TIMES,
    ADD_SUM,
    ADD_STEPS
};

struct add_draft {
    enum add_step step;
    int64_t id;               /* tells this dialog's buttons from those of another one; 13 digits */
    bool review;              /* the sum was reached: every step leads back to it */
    bool ready;               /* made of a template */
    const char *name, *emoji; /* emoji NULL: none */
    struct often often;
    unsigned ticked; /* days that are ticked while they are asked for */
    bool measurable, at_most;
    bool has_target;
    int64_t target;   /* thousandths */
    const char *unit; /* "" when none */
    int times[INPUT_TIMES_MAX];
    size_t n_times;
};

/* The draft a dialog holds; false: it is another dialog, or holds none. */
bool add_draft_read(struct ctx *ctx, const struct dialog *d, struct add_draft *out);
/* dialogs.step and dialogs.data; arena. */
const char *add_draft_step(const struct add_draft *d);
const char *add_draft_write(struct arena *a, const struct add_draft *d);
/* The habit as it would be; arena. */
void add_draft_habit(struct arena *a, const struct add_draft *d, struct habit *out);

/* A step's name, as buttons carry it; ADD_STEPS: there is none. */
enum add_step add_step_find(const struct args *a, size_t i);
const char *add_step_name(enum add_step step);

/* Takes a line that a person wrote as the name; an emoji in front becomes the habit's. False: it is none. */
bool add_draft_set_name(struct arena *a, struct add_draft *d, const char *text);
/* Takes "2,5 km". False: it is none. */
bool add_draft_set_target(struct arena *a, struct add_draft *d, const char *text);

/* --- templates ----------------------------------------------------------------------------------------- */

size_t add_template_count(void);
/* The n-th, in that language, as a draft that has everything. */
void add_template(struct arena *a, const struct lang *l, size_t n, struct add_draft *out);

#endif
