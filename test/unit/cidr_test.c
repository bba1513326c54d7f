#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include "net/cidr.h"

/* A list of one address is that address. */
static struct ip ip(const char *s)
{
    struct cidr_list l;
    struct err e;
    assert_int_equal(cidr_list_parse(s, &l, &e), E_OK);
    assert_int_equal(l.n, 1);
    return l.items[0].net;
}

static void addresses_round_trip(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "0.0.0.0", "255.255.255.255",
                                        "::1",       "::",      "2001:db8::5"};
    char text[IP_TEXT];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ip a = ip(texts[i]);
        assert_string_equal(ip_format(&a, text), texts[i]);
    }
    struct ip mapped = ip("::ffff:10.1.2.3"), plain = ip("10.1.2.3");
    assert_true(ip_equal(&mapped, &plain));
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const texts[] = {
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "::1%lo",
        "[::1]",
        "1.2.3.4:5",
        "localhost",
        ":::",
        "1:2",
        "12345::1",
        "1.2.3.4;",
        "::ffff:1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17",
    };
    struct cidr_list l;
    struct err e;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(cidr_list_parse(texts[i], &l, &e), E_INVALID);
}

static void reads_what_proxies_write(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"192.0.2.7:4711", "192.0.2.7"},
        {"2001:db8::5", "2001:db8::5"},
        {"[2001:db8::5]", "2001:db8::5"},
        {"[2001:db8::5]:80", "2001:db8::5"},
        {"[192.0.2.7]", NULL},
        {"192.0.2.7:", NULL},
        {"192.0.2.7:x", NULL},
        {"192.0.2.7:123456", NULL},
        {"[2001:db8::5", NULL},
        {"[2001:db8::5]80", NULL},
        {"unknown", NULL},
        {"", NULL},
        {"[]", NULL},
        {"[", NULL},
    };
    char text[IP_TEXT];
    struct cidr_list trusted;
    struct err e;
    assert_int_equal(cidr_list_parse("10.0.0.1", &trusted, &e), E_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ip out = cidr_client(&trusted, &trusted.items[0].net, cases[i].text);
        assert_string_equal(ip_format(&out, text), cases[i].want ? cases[i].want : "10.0.0.1");
    }
}

static void reads_sockaddr(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_storage other = {.ss_family = AF_UNIX};
    struct ip out, want = ip("198.51.100.9");
    inet_pton(AF_INET, "198.51.100.9", &v4.sin_addr);
    inet_pton(AF_INET6, "::ffff:198.51.100.9", &v6.sin6_addr);
    assert_true(ip_from_sockaddr((const struct sockaddr *)&v4, &out));
    assert_true(ip_equal(&out, &want));
    assert_true(ip_from_sockaddr((const struct sockaddr *)&v6, &out));
    assert_true(ip_equal(&out, &want));
    assert_false(ip_from_sockaddr((const struct sockaddr *)&other, &out));
}

static void networks_contain_by_prefix(void **state)
{
    static const struct {
        const char *net, *addr;
        bool inside;
    } cases[] = {
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"192.168.4.0/22", "192.168.7.255", true},
        {"192.168.4.0/22", "192.168.8.0", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "203.0.113.9", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::ffff:10.0.0.0/104", "10.9.9.9", true},
        {"10.0.0.0/8", "::ffff:10.0.0.1", true},
        {"::1", "::1", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cidr_list l;
        struct err e;
        struct ip a = ip(cases[i].addr);
        assert_int_equal(cidr_list_parse(cases[i].net, &l, &e), E_OK);
        assert_int_equal(cidr_list_contains(&l, &a), cases[i].inside);
    }
}

static void refuses_what_is_no_network(void **state)
{
    static const char *const texts[] = {"10.0.0.0/",    "10.0.0.0/33",    "10.0.0.1/8",  "::/129",
                                        "/8",           "2001:db8::1/64", "10.0.0.0/08", "10.0.0.0/-1",
                                        "10.0.0.0/8/8", "10.0.0.0/0x8"};
    struct cidr_list l;
    struct err e;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(cidr_list_parse(texts[i], &l, &e), E_INVALID);
}

static void lists_are_parsed_or_named(void **state)
{
    struct cidr_list l;
    struct err e;
    struct ip a = ip("127.0.0.1"), b = ip("2001:db8::1"), c = ip("9.9.9.9");
    assert_int_equal(cidr_list_parse(" 127.0.0.0/8,\t2001:db8::/32 ", &l, &e), E_OK);
    assert_int_equal(l.n, 2);
    assert_true(cidr_list_contains(&l, &a) && cidr_list_contains(&l, &b) && !cidr_list_contains(&l, &c));
    assert_int_equal(cidr_list_parse("127.0.0.1, nonsense", &l, &e), E_INVALID);
    assert_non_null(strstr(e.text, "nonsense"));
    assert_int_equal(l.n, 2); /* written only on success */
    assert_int_equal(cidr_list_parse("", &l, &e), E_OK);
    assert_int_equal(l.n, 0);
    char many[65 * 8 + 1] = "";
    for (size_t i = 0; i < 65; i++)
        memcpy(many + 8 * i, "1.2.3.4,", 8);
    assert_int_equal(cidr_list_parse(many, &l, &e), E_INVALID);
}

static void the_client_is_found_from_the_right(void **state)
{
    struct cidr_list trusted;
    struct err e;
    static const struct {
        const char *peer, *header, *want;
    } cases[] = {
        {"203.0.113.5", "1.1.1.1", "203.0.113.5"},             /* an untrusted peer says what it likes */
        {"10.0.0.1", NULL, "10.0.0.1"},                        /* no header */
        {"10.0.0.1", "198.51.100.7", "198.51.100.7"},          /* one proxy */
        {"10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"}, /* the client's own lie stands further left */
        {"10.0.0.1", "6.6.6.6, 198.51.100.7 , 10.0.0.2", "198.51.100.7"}, /* two proxies */
        {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},                   /* nobody outside */
        {"10.0.0.1", "198.51.100.7, garbage, 10.0.0.2", "10.0.0.2"},      /* unreadable ends the walk */
        {"10.0.0.1", "198.51.100.7,", "10.0.0.1"},                        /* an empty entry too */
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "[2001:db8::9]:443", "2001:db8::9"},
        {"::ffff:10.0.0.1", "198.51.100.7:1", "198.51.100.7"},
    };
    char text[IP_TEXT];
    assert_int_equal(cidr_list_parse("10.0.0.0/8", &trusted, &e), E_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ip peer = ip(cases[i].peer), got = cidr_client(&trusted, &peer, cases[i].header);
        assert_string_equal(ip_format(&got, text), cases[i].want);
    }
}

static void limits_count_v6_by_subnet(void **state)
{
    struct ip a = ip("2001:db8:1:2:3::4"), b = ip("2001:db8:1:2:ffff::1"), c = ip("2001:db8:1:3::1");
    struct ip ka = ip_limit_key(&a), kb = ip_limit_key(&b), kc = ip_limit_key(&c);
    assert_true(ip_equal(&ka, &kb));
    assert_false(ip_equal(&ka, &kc));
    struct ip v4 = ip("1.2.3.4"), w4 = ip("1.2.3.5"), k4 = ip_limit_key(&v4), l4 = ip_limit_key(&w4);
    assert_false(ip_equal(&k4, &l4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_round_trip),       cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(reads_what_proxies_write),   cmocka_unit_test(reads_sockaddr),
        cmocka_unit_test(networks_contain_by_prefix), cmocka_unit_test(refuses_what_is_no_network),
        cmocka_unit_test(lists_are_parsed_or_named),  cmocka_unit_test(the_client_is_found_from_the_right),
        cmocka_unit_test(limits_count_v6_by_subnet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
