#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include "base/check.h"

void sha256(const void *data, size_t len, uint8_t out[SHA256_LEN])
{
    CHECK(EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) == 1);
}

void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[SHA256_LEN])
{
    unsigned n = 0;
    CHECK(HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n) != NULL && n == SHA256_LEN);
}

bool bytes_equal_secret(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

char *hex_encode(const void *data, size_t len, char *out)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = "0123456789abcdef"[p[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64url_encode(const void *data, size_t len, char *out)
{
    const uint8_t *p = data;
    char *o = out;
    uint32_t acc = 0;
    int bits = 0;
    for (size_t i = 0; i < len; i++) {
        acc = acc << 8 | p[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *o++ = alphabet[acc >> (bits - 6) & 63];
    }
    if (bits)
        *o++ = alphabet[acc << (6 - bits) & 63];
    *o = '\0';
    return out;
}

bool base64url_decode(const char *s, size_t s_len, void *out, size_t len)
{
    uint8_t *o = out;
    uint32_t acc = 0;
    int bits = 0;
    if (s_len != (len * 4 + 2) / 3)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < s_len; i++) {
        const char *at = s[i] ? strchr(alphabet, s[i]) : NULL;
        if (!at)
            return false;
        acc = (acc << 6 | (uint32_t)(at - alphabet)) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            o[n++] = (uint8_t)(acc >> bits);
        }
    }
    return n == len && (acc & ((1u << bits) - 1)) == 0;
}
