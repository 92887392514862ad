/* SPDX-License-Identifier: MIT */
/* resolve: numbers, hosts(5), resolv.conf(5), and DNS messages that are right, cut, foreign or forged. */
#include "testing.h"

#include "sandbox_init/resolve.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
    ID = 0x1234,
};

static const char *show(const struct resolve_address *address)
{
    static char text[INET6_ADDRSTRLEN];
    return inet_ntop(address->family, address->bytes, text, sizeof text);
}

static void numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted; /* NULL: that is none */
    } rows[] = {
        {"127.0.0.1", "127.0.0.1"},
        {"::1", "::1"},
        {"[::1]", "::1"},
        {"2001:db8::2", "2001:db8::2"},
        {"docker-proxy", NULL},
        {"", NULL},
        {"1.2.3", NULL},
        {"1.2.3.4.5", NULL},
        {"[127.0.0.1]", NULL},
        {"fe80::1%eth0", NULL},
        {"[]", NULL},
        {"300.1.1.1", NULL},
        {"[::1", NULL},
        {"0127.0.0.0x1", NULL},
        {"0000000000000000000000000000000000000000000000000000000000000000000000001", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct resolve_address address;
        assert_int_equal(resolve_number(rows[i].text, &address), rows[i].wanted != NULL);
        if (rows[i].wanted != NULL) {
            assert_string_equal(show(&address), rows[i].wanted);
        }
    }
}

static void hosts_are_found(void **state)
{
    (void)state;
    static const char hosts[] = "# 1.1.1.1 docker-proxy\n127.0.0.1\tlocalhost  me # other\n\n"
                                "nonsense docker-proxy\n::1 localhost ip6\n 10.0.0.2 Docker-Proxy\n"
                                "10.0.0.3 docker-proxy last";
    static const struct {
        const char *name;
        const char *wanted;
    } rows[] = {{"localhost", "127.0.0.1"},   {"me", "127.0.0.1"},  {"ME", "127.0.0.1"}, {"ip6", "::1"},
                {"docker-proxy", "10.0.0.2"}, {"last", "10.0.0.3"}, {"other", NULL},     {"docker", NULL},
                {"10.0.0.3", NULL},           {"#", NULL},          {"", NULL}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct resolve_address address;
        assert_int_equal(resolve_hosts(hosts, rows[i].name, &address), rows[i].wanted != NULL);
        if (rows[i].wanted != NULL) {
            assert_string_equal(show(&address), rows[i].wanted);
        }
    }
}

static void settings_are_read(void **state)
{
    (void)state;
    struct resolve_settings settings;
    resolve_read_settings("; generated\nsearch old.example\nnameserver 127.0.0.11\noptions ndots:0\n"
                          "nameserver nonsense\nnameserver ::1\nsearch a.example b.example # no\n"
                          "nameserver 10.0.0.1\nnameserver 10.0.0.2",
                          &settings);
    assert_int_equal(settings.server_count, RESOLVE_SERVERS_MAX);
    assert_string_equal(show(&settings.servers[0]), "127.0.0.11");
    assert_string_equal(show(&settings.servers[1]), "::1");
    assert_string_equal(show(&settings.servers[2]), "10.0.0.1");
    assert_int_equal(settings.domain_count, 2);
    assert_string_equal(settings.domains[0], "a.example");
    assert_string_equal(settings.domains[1], "b.example");
    resolve_read_settings("search 1 2 3 4 5 6 7 8", &settings);
    assert_int_equal(settings.domain_count, RESOLVE_DOMAINS_MAX);
    assert_int_equal(settings.server_count, 0);
    resolve_read_settings("", &settings);
    assert_int_equal(settings.domain_count, 0);
}

static void questions_are_as_in_the_rfc(void **state)
{
    (void)state;
    static const char wanted[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1";
    unsigned char message[RESOLVE_MESSAGE_SIZE];
    char name[300];
    assert_int_equal(resolve_write_question(message, ID, "www.example", RESOLVE_A), sizeof wanted - 1);
    assert_memory_equal(message, wanted, sizeof wanted - 1);
    assert_int_equal(resolve_write_question(message, ID, "www.example.", RESOLVE_A), sizeof wanted - 1);
    assert_memory_equal(message, wanted, sizeof wanted - 1);
    assert_int_equal(resolve_write_question(message, ID, "www.example", RESOLVE_AAAA), sizeof wanted - 1);
    assert_int_equal(message[sizeof wanted - 4], RESOLVE_AAAA);
    assert_int_equal(resolve_write_question(message, ID, "", RESOLVE_A), 0);
    assert_int_equal(resolve_write_question(message, ID, ".", RESOLVE_A), 0);
    assert_int_equal(resolve_write_question(message, ID, "a..b", RESOLVE_A), 0);
    memset(name, 'a', sizeof name);
    name[63] = '\0';
    assert_int_not_equal(resolve_write_question(message, ID, name, RESOLVE_A), 0);
    name[63] = 'a';
    name[64] = '\0';
    assert_int_equal(resolve_write_question(message, ID, name, RESOLVE_A), 0);
    for (size_t i = 0; i < 254; i++) {
        name[i] = i % 2 == 0 ? 'a' : '.';
    }
    name[254] = '\0';
    assert_int_not_equal(resolve_write_question(message, ID, name, RESOLVE_A), 0);
    memcpy(name + 254, "a", 2);
    assert_int_equal(resolve_write_question(message, ID, name, RESOLVE_A), 0);
}

/* An answer to www.example: an alias, then its address. */
static const char answered[] = "\x12\x34\x81\x80\0\1\0\2\0\0\0\0\3WWW\7example\0\0\1\0\1"
                               "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x10"
                               "\1a\7example\0\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1";

static enum resolve_outcome read_it(const void *message, size_t length, enum resolve_type type,
                                    struct resolve_address *ret_address)
{
    unsigned char question[RESOLVE_MESSAGE_SIZE];
    const size_t size = resolve_write_question(question, ID, "www.example", type);
    /* A copy of that very size, so that a read beyond its end is seen. */
    unsigned char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, message, length);
    const enum resolve_outcome outcome = resolve_read_answer(copy, length, question, size, ret_address);
    free(copy);
    return outcome;
}

static void answers_are_read(void **state)
{
    (void)state;
    static const char six[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\3www\7example\0\0\x1c\0\1"
                              "\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2";
    struct resolve_address address;
    assert_int_equal(read_it(answered, sizeof answered - 1, RESOLVE_A, &address), RESOLVE_FOUND);
    assert_string_equal(show(&address), "192.0.2.1");
    assert_int_equal(read_it(six, sizeof six - 1, RESOLVE_AAAA, &address), RESOLVE_FOUND);
    assert_string_equal(show(&address), "2001:db8::2");
    assert_int_equal(read_it(answered, sizeof answered - 1, RESOLVE_AAAA, &address), RESOLVE_FOREIGN);
}

static void cut_answers_have_nothing(void **state)
{
    (void)state;
    struct resolve_address address;
    for (size_t length = 0; length < sizeof answered - 1; length++) {
        assert_int_equal(read_it(answered, length, RESOLVE_A, &address),
                         length < 29 ? RESOLVE_FOREIGN : RESOLVE_NOTHING);
    }
}

static void foreign_answers_are_told(void **state)
{
    (void)state;
    static const size_t wrong[] = {0, 1, 2, 5, 13, 20, 26, 28};
    char message[sizeof answered];
    struct resolve_address address;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        memcpy(message, answered, sizeof message);
        message[wrong[i]] = (char)(message[wrong[i]] ^ 0x80);
        assert_int_equal(read_it(message, sizeof message - 1, RESOLVE_A, &address), RESOLVE_FOREIGN);
    }
}

/* No byte of an answer, whatever it is, leads out of it. */
static void forged_answers_are_survived(void **state)
{
    (void)state;
    char message[sizeof answered];
    struct resolve_address address;
    for (size_t at = 0; at < sizeof message - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(message, answered, sizeof message);
            message[at] = (char)byte;
            read_it(message, sizeof message - 1, RESOLVE_A, &address);
        }
    }
}

static void no_address_is_nothing(void **state)
{
    (void)state;
    char message[sizeof answered];
    struct resolve_address address;
    memcpy(message, answered, sizeof message);
    message[3] = (char)0x83; /* NXDOMAIN */
    message[7] = 0;
    assert_int_equal(read_it(message, 29, RESOLVE_A, &address), RESOLVE_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read),         cmocka_unit_test(hosts_are_found),
        cmocka_unit_test(settings_are_read),        cmocka_unit_test(questions_are_as_in_the_rfc),
        cmocka_unit_test(answers_are_read),         cmocka_unit_test(cut_answers_have_nothing),
        cmocka_unit_test(foreign_answers_are_told), cmocka_unit_test(forged_answers_are_survived),
        cmocka_unit_test(no_address_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
