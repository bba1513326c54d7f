#ifndef HABITD_EDGE_BOT_INTAKE_H
#define HABITD_EDGE_BOT_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include "edge/bot/runtime.h"
#include "net/telegram.h"

/*
 * Stores and acts on a batch of updates; returns when all of them are committed, however long that takes, or
 * false when the hold is over before. Answers the buttons that were pressed.
 */
bool intake_take_all(struct bot *b, int64_t fence, struct hindrance *h, const struct tg_raw_update *updates,
                     size_t n);

#endif
