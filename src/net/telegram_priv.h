#ifndef HABITD_NET_TELEGRAM_PRIV_H
#define HABITD_NET_TELEGRAM_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include "base/json_scan.h"

/* Shared by the telegram_*.c files. */

#define TG_ID_MAX ((int64_t)1 << 53) /* Telegram's ids have at most 52 bits */

/* update_id of the update `value`; false: it has none that can be read. */
bool tg_update_id(struct json_span value, int64_t *out);

#endif
