/* SPDX-License-Identifier: MIT */
#include "sandbox_init/gitconfig.h"

#include <stdbool.h>
#include <string.h>

/* Where a text is put that may have too little room. */
struct room {
    char *text;
    size_t size;
    size_t used;
};

static void put(struct room *room, char byte)
{
    if (room->used + 1 < room->size) {
        room->text[room->used++] = byte;
    }
    room->text[room->used] = '\0';
}

static struct room clear(char *text, size_t size)
{
    text[0] = '\0';
    return (struct room){.text = text, .size = size};
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_in_name(char byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-';
}

static char lower(char byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text)) {
        text++;
    }
    return text;
}

static const char *skip_line(const char *text)
{
    return text + strcspn(text, "\n");
}

/* What a byte stands for. */
static char unescape(char byte, bool is_escaped)
{
    switch (is_escaped ? byte : '\0') {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    default:
        return byte;
    }
}

/* TEXT is behind the "[". Returns what is behind the "]". */
static const char *read_section(const char *text, struct gitconfig_pair *pair)
{
    struct room section = clear(pair->section, sizeof pair->section);
    struct room subsection = clear(pair->subsection, sizeof pair->subsection);
    while (is_in_name(*text)) {
        put(&section, lower(*text++));
    }
    if (*text == '.') { /* the old way, in which it is lower case */
        for (text++; *text != '\0' && strchr("]\n", *text) == NULL; text++) {
            put(&subsection, lower(*text));
        }
    }
    text = skip_blanks(text);
    if (*text == '"') {
        for (text++; *text != '\0' && *text != '"' && *text != '\n'; text++) {
            text += *text == '\\' && text[1] != '\0' && text[1] != '\n' ? 1 : 0;
            put(&subsection, *text);
        }
        text += *text == '"' ? 1 : 0;
    }
    text = skip_blanks(text);
    return *text == ']' ? text + 1 : skip_line(text);
}

/* The end of the line that TEXT, a backslash, continues, or NULL. */
static const char *find_continued(const char *text)
{
    text += text[1] == '\r' ? 2 : 1;
    return *text == '\n' ? text : NULL;
}

/* TEXT is behind the "=". Returns the end of the value's last line. */
static const char *read_value(const char *text, struct gitconfig_pair *pair)
{
    struct room value = clear(pair->value, sizeof pair->value);
    bool is_quoted = false;
    size_t solid = 0; /* bytes of the value without the blanks at its end */
    for (text = skip_blanks(text); *text != '\0' && *text != '\n'; text++) {
        if (!is_quoted && (*text == '#' || *text == ';')) {
            text = skip_line(text);
            break;
        }
        if (*text == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        const bool is_escape = *text == '\\' && text[1] != '\0';
        const char *continued = is_escape ? find_continued(text) : NULL;
        if (continued != NULL) {
            text = continued;
            continue;
        }
        text += is_escape ? 1 : 0;
        put(&value, unescape(*text, is_escape));
        solid = is_quoted || is_escape || !is_blank(*text) ? value.used : solid;
    }
    value.text[solid] = '\0';
    return text;
}

/* Returns the end of the pair, or NULL if there is none at TEXT. */
static const char *read_pair(const char *text, struct gitconfig_pair *pair)
{
    struct room key = clear(pair->key, sizeof pair->key);
    pair->value[0] = '\0';
    if (!is_letter(*text)) {
        return NULL;
    }
    while (is_in_name(*text)) {
        put(&key, lower(*text++));
    }
    text = skip_blanks(text);
    if (*text == '=') {
        return read_value(text + 1, pair);
    }
    return *text == '\0' || strchr("\n#;", *text) != NULL ? skip_line(text) : NULL;
}

void gitconfig_read(const char *text, gitconfig_visit *visit, void *context)
{
    struct gitconfig_pair pair = {{0}, {0}, {0}, {0}};
    text += strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (*text != '\0') {
        text = skip_blanks(text);
        if (*text == '[') {
            text = read_section(text + 1, &pair); /* a pair may stand behind it */
            continue;
        }
        const char *end = read_pair(text, &pair);
        if (end != NULL) {
            visit(context, &pair);
        }
        text = end != NULL ? end : skip_line(text);
        text += *text == '\n' ? 1 : 0;
    }
}
