#include "net/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define FORWARDED_MAX 32

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static struct ip from_v4(const void *four)
{
    struct ip ip;
    memcpy(ip.b, mapped, sizeof mapped);
    memcpy(ip.b + sizeof mapped, four, 4);
    return ip;
}

/* "192.0.2.1" or "2001:db8::1", exactly, no port, no zone. */
static bool ip_parse(const char *s, size_t len, struct ip *out)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    if (len == 0 || len >= sizeof text || memchr(s, '\0', len))
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    if (inet_pton(AF_INET, text, &v4) == 1) {
        *out = from_v4(&v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    memcpy(out->b, &v6, sizeof out->b);
    return true;
}

/* ":" and 1 to 5 digits, or nothing. */
static bool is_port(const char *s, size_t len)
{
    if (len == 0)
        return true;
    if (s[0] != ':' || len < 2 || len > 6)
        return false;
    for (size_t i = 1; i < len; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

/* As in X-Forwarded-For: bare, "192.0.2.1:4711", "[2001:db8::1]" or "[2001:db8::1]:4711". */
static bool ip_parse_forwarded(const char *s, size_t len, struct ip *out)
{
    if (len && s[0] == '[') {
        const char *end = memchr(s, ']', len);
        if (!end || !memchr(s, ':', (size_t)(end - s)))
            return false;
        size_t inner = (size_t)(end - s) - 1;
        return is_port(end + 1, len - inner - 2) && ip_parse(s + 1, inner, out);
    }
    const char *colon = memchr(s, ':', len);
    if (colon && !memchr(colon + 1, ':', len - (size_t)(colon - s) - 1)) {
        size_t host = (size_t)(colon - s);
        return is_port(colon, len - host) && ip_parse(s, host, out);
    }
    return ip_parse(s, len, out);
}

bool ip_from_sockaddr(const struct sockaddr *sa, struct ip *out)
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, sa, sizeof v4);
        *out = from_v4(&v4.sin_addr);
        return true;
    }
    if (sa->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, sa, sizeof v6);
    memcpy(out->b, &v6.sin6_addr, sizeof out->b);
    return true;
}

static bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->b, mapped, sizeof mapped) == 0;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

char *ip_format(const struct ip *ip, char out[IP_TEXT])
{
    if (ip_is_v4(ip))
        inet_ntop(AF_INET, ip->b + sizeof mapped, out, IP_TEXT);
    else
        inet_ntop(AF_INET6, ip->b, out, IP_TEXT);
    return out;
}

struct ip ip_limit_key(const struct ip *ip)
{
    struct ip key = *ip;
    if (!ip_is_v4(ip))
        memset(key.b + 8, 0, 8);
    return key;
}

/* True when the first `bits` bits agree. */
static bool same_prefix(const struct ip *a, const struct ip *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a->b, b->b, whole) != 0)
        return false;
    return rest == 0 || ((a->b[whole] ^ b->b[whole]) >> (8 - rest)) == 0;
}

/* Decimal without leading zeros, at most max. */
static bool parse_bits(const char *s, size_t len, unsigned max, unsigned *out)
{
    unsigned n = 0;
    if (len == 0 || len > 3 || (len > 1 && s[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        n = n * 10 + (unsigned)(s[i] - '0');
    }
    *out = n;
    return n <= max;
}

static bool cidr_parse(const char *s, size_t len, struct cidr *out)
{
    struct cidr c;
    const char *slash = memchr(s, '/', len);
    size_t host = slash ? (size_t)(slash - s) : len;
    if (!ip_parse(s, host, &c.net))
        return false;
    bool v4 = !memchr(s, ':', host);
    unsigned width = v4 ? 32 : 128, bits = width;
    if (slash && !parse_bits(slash + 1, len - host - 1, width, &bits))
        return false;
    c.bits = (uint8_t)(v4 ? bits + 96 : bits);
    struct ip floor = {0};
    memcpy(floor.b, c.net.b, c.bits / 8);
    if (c.bits % 8)
        floor.b[c.bits / 8] = (uint8_t)(c.net.b[c.bits / 8] & (0xff << (8 - c.bits % 8)));
    if (!ip_equal(&floor, &c.net))
        return false;
    *out = c;
    return true;
}

enum ecode cidr_list_parse(const char *text, struct cidr_list *out, struct err *err)
{
    struct cidr_list l = {.n = 0};
    const char *p = text + strspn(text, ", \t");
    while (*p) {
        size_t len = strcspn(p, ", \t");
        if (l.n == CIDR_MAX)
            return err_set(err, E_INVALID, "more than %d networks", CIDR_MAX);
        if (!cidr_parse(p, len, &l.items[l.n]))
            return err_set(err, E_INVALID, "\"%.*s\" is not a network such as 10.0.0.0/8 or 2001:db8::/32",
                           (int)(len < 64 ? len : 64), p);
        l.n++;
        p += len;
        p += strspn(p, ", \t");
    }
    *out = l;
    return E_OK;
}

bool cidr_list_contains(const struct cidr_list *l, const struct ip *ip)
{
    for (size_t i = 0; i < l->n; i++)
        if (same_prefix(&l->items[i].net, ip, l->items[i].bits))
            return true;
    return false;
}

struct ip cidr_client(const struct cidr_list *trusted, const struct ip *peer, const char *forwarded_for)
{
    struct ip client = *peer, hop;
    const char *end = forwarded_for ? forwarded_for + strlen(forwarded_for) : NULL;
    for (int i = 0; end && i < FORWARDED_MAX && cidr_list_contains(trusted, &client); i++) {
        const char *start = end;
        while (start > forwarded_for && start[-1] != ',')
            start--;
        const char *first = start, *last = end;
        while (first < last && (*first == ' ' || *first == '\t'))
            first++;
        while (last > first && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        if (!ip_parse_forwarded(first, (size_t)(last - first), &hop))
            break;
        client = hop;
        end = start > forwarded_for ? start - 1 : NULL;
    }
    return client;
}
