/* SPDX-License-Identifier: MIT */
/*
 * resolve: from a host's name to its address: the texts of /etc/hosts and /etc/resolv.conf, and DNS messages.
 *
 * Rejected: getaddrinfo(3). It waits as long as resolv.conf(5) says, seconds, and in a static program it
 * loads the libraries that /etc/nsswitch.conf names, which may be another C library's. What is needed here is
 * one address of a neighbour in a container's network. Pure: dial.h does the asking.
 */
#ifndef SANDBOX_INIT_RESOLVE_H
#define SANDBOX_INIT_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    RESOLVE_NAME_SIZE = 256,    /* RFC 1035, 2.3.4 */
    RESOLVE_MESSAGE_SIZE = 512, /* the same: of a message over UDP */
    RESOLVE_SERVERS_MAX = 3,    /* resolv.conf(5), MAXNS */
    RESOLVE_DOMAINS_MAX = 6,
};

/* The two kinds of records that are asked for. */
enum resolve_type {
    RESOLVE_A = 1,
    RESOLVE_AAAA = 28,
};

struct resolve_address {
    sa_family_t family;      /* AF_INET or AF_INET6 */
    unsigned char bytes[16]; /* in network order; of AF_INET the first four */
};

struct resolve_settings {
    struct resolve_address servers[RESOLVE_SERVERS_MAX];
    size_t server_count;
    char domains[RESOLVE_DOMAINS_MAX][RESOLVE_NAME_SIZE]; /* to be appended to a name */
    size_t domain_count;
};

/* Reads "192.0.2.1", "::1" or "[::1]". */
bool resolve_number(const char *text, struct resolve_address *ret_address);

/* Looks NAME up in HOSTS, the text of a hosts(5) file. */
bool resolve_hosts(const char *hosts, const char *name, struct resolve_address *ret_address);

/* Reads the text of a resolv.conf(5). What is not known, or too much, is left out. */
void resolve_read_settings(const char *text, struct resolve_settings *ret_settings);

/* Writes a question for NAME. Returns its bytes; 0: that is no name. */
size_t resolve_write_question(unsigned char message[static RESOLVE_MESSAGE_SIZE], uint16_t id,
                              const char *name, enum resolve_type type);

enum resolve_outcome {
    RESOLVE_FOREIGN, /* it is not the answer to this question: wait on */
    RESOLVE_NOTHING, /* there is no such address */
    RESOLVE_FOUND,
};

/* Reads what came for the QUESTION of QUESTION_LENGTH bytes that resolve_write_question() wrote. */
enum resolve_outcome resolve_read_answer(const unsigned char *message, size_t length,
                                         const unsigned char *question, size_t question_length,
                                         struct resolve_address *ret_address);

#endif
