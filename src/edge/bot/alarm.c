#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "edge/bot/runtime.h"
#include "net/telegram.h"

#define ALARM_TIMEOUT_MS 10000
#define ALARM_BYTES_MAX 65536

bool bot_alarm(struct bot *b, const char *text)
{
    struct buf params;
    struct json_writer w;
    struct request r;
    struct tg_answer answer;
    struct err err;
    if (b->o.alert_chat_id == 0)
        return false;
    struct arena *a = arena_new(BOT_ARENA_BYTES);
    buf_init(&params, ALARM_BYTES_MAX);
    json_writer_init(&w, &params);
    json_object_begin(&w);
    json_field_string(&w, "text", text);
    json_object_end(&w);
    json_writer_finish(&w);
    struct request_spec spec = {.method = "sendMessage",
                                .chat_id = b->o.alert_chat_id,
                                .params = buf_text(&params),
                                .timeout_ms = ALARM_TIMEOUT_MS};
    bool sent = bot_call(b, 0, &r, a, &spec, &err) == E_OK && tg_judge(a, &r.call, &answer) == TG_SENT;
    request_release(&r);
    buf_release(&params);
    arena_free(a);
    return sent;
}
