#ifndef HABITD_NET_CIDR_H
#define HABITD_NET_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct sockaddr;

/* An internet address: IPv6, or IPv4 in its mapped form ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), so that both
 * compare alike. */
struct ip {
    uint8_t b[16];
};
#define IP_TEXT 48 /* bytes ip_format needs, NUL included */

/* A network: an address and how many of its leading bits count (0–128; an IPv4 /n is 96 + n). */
struct cidr {
    struct ip net;
    uint8_t bits;
};
#define CIDR_MAX 64 /* networks in one list */
struct cidr_list {
    struct cidr items[CIDR_MAX];
    size_t n;
};

/* false for a family that is neither AF_INET nor AF_INET6. */
bool ip_from_sockaddr(const struct sockaddr *sa, struct ip *out);
bool ip_equal(const struct ip *a, const struct ip *b);
/* Dotted for IPv4, RFC 5952 for IPv6. Returns out. */
char *ip_format(const struct ip *ip, char out[IP_TEXT]);
/*
 * The address that limits are counted by: IPv4 whole, IPv6 cut to its /64, because one customer owns at least
 * that much.
 */
struct ip ip_limit_key(const struct ip *ip);

/*
 * Networks separated by commas and spaces: "10.0.0.0/8", "::1" (a single address); bits behind the prefix
 * must be 0; "" gives the empty list. E_INVALID names the entry that is wrong, or says that there are more
 * than CIDR_MAX.
 */
enum ecode cidr_list_parse(const char *text, struct cidr_list *out, struct err *err);
bool cidr_list_contains(const struct cidr_list *l, const struct ip *ip);

/*
 * The client behind proxies: `peer` unless it is trusted; then X-Forwarded-For (all its lines joined by
 * commas, or NULL) is walked from the right to the first address that is not trusted. What cannot be read
 * ends the walk at the last address that could: nobody but a trusted proxy can choose the result. At most 32
 * entries are looked at.
 */
struct ip cidr_client(const struct cidr_list *trusted, const struct ip *peer, const char *forwarded_for);

#endif
