#ifndef HABITD_BASE_HASH_H
#define HABITD_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32

void sha256(const void *data, size_t len, uint8_t out[SHA256_LEN]);
void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[SHA256_LEN]);
/* In time that does not depend on the content. */
bool bytes_equal_secret(const void *a, const void *b, size_t len);
/* Lower-case hex; out holds 2 × len + 1 bytes. Returns out. */
char *hex_encode(const void *data, size_t len, char *out);
/* Unpadded base64url (RFC 4648 §5); out holds (len × 4 + 2) / 3 + 1 bytes. Returns out. */
char *base64url_encode(const void *data, size_t len, char *out);
/* Strict: false on a foreign character, padding, or a result that is not exactly `len` bytes. */
bool base64url_decode(const char *s, size_t s_len, void *out, size_t len);

#endif
