/* SPDX-License-Identifier: MIT */
#include "sandbox_init/resolve.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    HEADER_SIZE = 12,
    LABEL_MAX = 63,
    RECORD_SIZE = 10,     /* of what stands between a record's name and its data */
    POINTER = 0xc0,       /* a length byte with these bits: the rest of the name stands elsewhere */
    RECORDS_MAX = 64,     /* that are looked at */
    FLAG_RESPONSE = 0x80, /* of byte 2 */
    FLAG_RECURSION = 0x01,
    NUMBER_SIZE = 64,
};

bool resolve_number(const char *text, struct resolve_address *ret_address)
{
    struct resolve_address address = {.family = AF_INET};
    char plain[NUMBER_SIZE];
    const size_t length = strlen(text);
    const bool has_brackets = length > 2 && text[0] == '[' && text[length - 1] == ']';
    if (length >= sizeof plain) {
        return false;
    }
    snprintf(plain, sizeof plain, "%.*s", (int)(has_brackets ? length - 2 : length),
             text + (has_brackets ? 1 : 0));
    if (has_brackets || inet_pton(AF_INET, plain, address.bytes) != 1) {
        address.family = AF_INET6;
        if (inet_pton(AF_INET6, plain, address.bytes) != 1) {
            return false;
        }
    }
    *ret_address = address;
    return true;
}

/* Takes the next word of the line at *TEXT into WORD; one that is too long is cut. "": the line has no more.
 */
static const char *take_word(const char **text, char word[static RESOLVE_NAME_SIZE])
{
    *text += strspn(*text, " \t\r");
    const size_t length = **text == '#' || **text == ';' ? 0 : strcspn(*text, " \t\r\n#");
    snprintf(word, RESOLVE_NAME_SIZE, "%.*s", (int)(length < RESOLVE_NAME_SIZE ? length : RESOLVE_NAME_SIZE),
             *text);
    *text += length;
    return word;
}

static const char *skip_line(const char *text)
{
    text += strcspn(text, "\n");
    return text + (*text == '\n' ? 1 : 0);
}

/* Is NAME one of the words on the rest of the line? */
static bool has_word(const char **text, const char *name)
{
    char word[RESOLVE_NAME_SIZE];
    while (take_word(text, word)[0] != '\0') {
        if (strcasecmp(word, name) == 0) {
            return true;
        }
    }
    return false;
}

bool resolve_hosts(const char *hosts, const char *name, struct resolve_address *ret_address)
{
    char word[RESOLVE_NAME_SIZE];
    struct resolve_address address;
    for (; *hosts != '\0'; hosts = skip_line(hosts)) {
        if (resolve_number(take_word(&hosts, word), &address) && has_word(&hosts, name)) {
            *ret_address = address;
            return true;
        }
    }
    return false;
}

static void take_domains(const char **text, struct resolve_settings *settings)
{
    char word[RESOLVE_NAME_SIZE];
    settings->domain_count = 0; /* the last such line counts */
    while (take_word(text, word)[0] != '\0') {
        if (settings->domain_count < RESOLVE_DOMAINS_MAX) {
            memcpy(settings->domains[settings->domain_count++], word, sizeof word);
        }
    }
}

void resolve_read_settings(const char *text, struct resolve_settings *ret_settings)
{
    char word[RESOLVE_NAME_SIZE];
    struct resolve_address address;
    *ret_settings = (struct resolve_settings){0};
    for (; *text != '\0'; text = skip_line(text)) {
        take_word(&text, word);
        if (strcmp(word, "search") == 0 || strcmp(word, "domain") == 0) {
            take_domains(&text, ret_settings);
        } else if (strcmp(word, "nameserver") == 0 && ret_settings->server_count < RESOLVE_SERVERS_MAX &&
                   resolve_number(take_word(&text, word), &address)) {
            ret_settings->servers[ret_settings->server_count++] = address;
        }
    }
}

static size_t put_number(unsigned char *to, unsigned number)
{
    to[0] = (unsigned char)(number >> 8);
    to[1] = (unsigned char)number;
    return 2;
}

static unsigned get_number(const unsigned char *from)
{
    return (unsigned)from[0] << 8 | from[1];
}

/* Returns the bytes; 0: that is no name. */
static size_t put_name(unsigned char *to, const char *name)
{
    size_t used = 0;
    if (strlen(name) + 2 > RESOLVE_NAME_SIZE || name[0] == '\0') {
        return 0;
    }
    while (*name != '\0') {
        const size_t length = strcspn(name, ".");
        if (length == 0 || length > LABEL_MAX) {
            return 0;
        }
        to[used++] = (unsigned char)length;
        memcpy(to + used, name, length);
        used += length;
        name += length;
        name += *name == '.' ? 1 : 0;
    }
    to[used++] = 0;
    return used;
}

size_t resolve_write_question(unsigned char message[static RESOLVE_MESSAGE_SIZE], uint16_t id,
                              const char *name, enum resolve_type type)
{
    memset(message, 0, HEADER_SIZE);
    put_number(message, id);
    message[2] = FLAG_RECURSION;
    put_number(message + 4, 1); /* one question */
    const size_t length = put_name(message + HEADER_SIZE, name);
    if (length == 0) {
        return 0;
    }
    size_t used = HEADER_SIZE + length;
    used += put_number(message + used, (unsigned)type);
    used += put_number(message + used, 1); /* the Internet's */
    return used;
}

/* Where a name that begins at AT ends; LENGTH or beyond: in no place. */
static size_t skip_name(const unsigned char *message, size_t length, size_t at)
{
    while (at < length && message[at] != 0) {
        if ((message[at] & POINTER) == POINTER) {
            return at + 2;
        }
        at += 1U + message[at];
    }
    return at + 1;
}

/* The same question, with letters in any case (a server may change them). */
static bool is_same_question(const unsigned char *message, const unsigned char *question, size_t length)
{
    for (size_t i = HEADER_SIZE; i < length; i++) {
        const char a[2] = {(char)message[i]};
        const char b[2] = {(char)question[i]};
        if (strcasecmp(a, b) != 0) {
            return false;
        }
    }
    return memcmp(message, question, 2) == 0 && (message[2] & FLAG_RESPONSE) != 0 &&
           get_number(message + 4) == 1;
}

enum resolve_outcome resolve_read_answer(const unsigned char *message, size_t length,
                                         const unsigned char *question, size_t question_length,
                                         struct resolve_address *ret_address)
{
    if (length < question_length || !is_same_question(message, question, question_length)) {
        return RESOLVE_FOREIGN;
    }
    const unsigned type = get_number(question + question_length - 4);
    const unsigned size = type == RESOLVE_A ? 4 : 16;
    const unsigned count = get_number(message + 6);
    size_t at = question_length;
    for (unsigned i = 0; i < count && i < RECORDS_MAX; i++) {
        at = skip_name(message, length, at);
        if (at + RECORD_SIZE > length) {
            break;
        }
        const unsigned data = get_number(message + at + 8);
        if (get_number(message + at) == type && data == size && at + RECORD_SIZE + data <= length) {
            *ret_address = (struct resolve_address){.family = type == RESOLVE_A ? AF_INET : AF_INET6};
            memcpy(ret_address->bytes, message + at + RECORD_SIZE, size);
            return RESOLVE_FOUND;
        }
        at += RECORD_SIZE + data;
    }
    return RESOLVE_NOTHING;
}
