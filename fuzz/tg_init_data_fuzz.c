#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "net/telegram_web.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a client calls initData: raw, and as the person in a text that is signed as Telegram would. */

#define TOKEN "1:a"

static void read_it(const char *text, size_t len)
{
    struct arena *a = arena_new(16u << 20);
    struct tg_init_data d;
    struct err err = {.code = E_OK};
    if (tg_init_data_read(a, TOKEN, text, len, &d, &err) == E_OK) {
        CHECK(d.user_id > 0);
        CHECK(!d.first_name || utf8_valid(d.first_name, strlen(d.first_name)));
        CHECK(!d.username || utf8_valid(d.username, strlen(d.username)));
    } else {
        CHECK(err.code == E_UNAUTHENTIC && err.text[0] != '\0');
    }
    arena_free(a);
}

static void put_hex(struct buf *b, const uint8_t *bytes, size_t n, const char *before)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%s%02x", before, bytes[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t key[SHA256_LEN], mac[SHA256_LEN];
    struct buf lines, text;
    if (size > 4096)
        return 0;
    read_it((const char *)data, size);
    buf_init(&lines, 16384);
    buf_init(&text, 65536);
    buf_str(&lines, "auth_date=1700000000\nuser=");
    buf_add(&lines, (const char *)data, size);
    hmac_sha256("WebAppData", 10, TOKEN, strlen(TOKEN), key);
    hmac_sha256(key, sizeof key, buf_text(&lines), lines.len, mac);
    buf_str(&text, "auth_date=1700000000&user=");
    put_hex(&text, data, size, "%");
    buf_str(&text, "&hash=");
    put_hex(&text, mac, sizeof mac, "");
    read_it(buf_text(&text), text.len);
    buf_release(&lines);
    buf_release(&text);
    return 0;
}
