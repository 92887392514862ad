/* SPDX-License-Identifier: MIT */
/*
 * inifile: INI text in, (section, key, value, line) out; strict where inih is lenient.
 *
 * inih reads the syntax. Left alone it would, silently: cut a value at " ;", break a line of more than
 * INI_MAX_LINE - 2 bytes into a second, bogus key, cut a section's name at 49 bytes, ignore text behind "]",
 * take an indented section or key for a part of the value above it, and let the continuation lines of a
 * malformed key fall to the key before. Of several malformed lines it tells only the first, and its handler
 * has no line number. So it reads through a reader of ours that counts lines, refuses what inih would
 * garble, and hands an empty line on in its place. What comes out of inih is compared with what the reader
 * saw: an inih that was built with other options is an error, not another meaning of the file.
 *
 * The syntax that is left:
 *
 *   # comment, or ; comment          on a line of its own, indented or not
 *   [section]                        from the first column, nothing behind it
 *   key = value                      from the first column; white space around "=" and at the end is dropped
 *       more of the value            indented; blank lines and comments may stand between
 *
 * Quotes and backslashes mean nothing. A UTF-8 byte order mark and CR LF line ends are taken.
 *
 * Scripts. Of a key that the handler calls a script every byte counts: " ;" may end a case of a shell's
 * `case`, a "#" may stand in a here-document. So inih gets a stand-in for each of its lines, and the handler
 * the line itself:
 *
 *   command = first line             white space behind "=" is dropped, that at the end is kept
 *       next line                    the white space before the first indented line is taken off all of
 *                                    them, and a line that does not begin with the same is refused: tabs
 *           if so more of it         are no number of blanks
 *
 *       last line                    blank lines between are kept, those before the first line and behind
 *                                    the last one are not
 *   # comment                        from the first column: not of the script, which may go on below
 *
 * It ends at the next line that begins in the first column and is neither blank nor a comment.
 */
#ifndef SANDBOX_INIT_INIFILE_H
#define SANDBOX_INIT_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    INIFILE_SIZE_MAX = 1 << 20, /* bytes of a file, for those who read one into memory */
    INIFILE_LINE_MAX = 196,     /* bytes of a line that is no comment, without its end: any inih takes them */
    INIFILE_SCRIPT_LINE_MAX = 4096, /* bytes of a line of a script, with what stands before it in the file */
    INIFILE_NAME_MAX = 49,          /* bytes of a section's or key's name */
};

struct inifile_pair {
    const char *section; /* "" before the first section line */
    const char *key;
    const char *value; /* without white space around it; a continuation line's part of the value */
    unsigned line;     /* from 1 */
    bool is_continued; /* an indented line that goes on with the key above it; empty in scripts only */
};

struct inifile_handler {
    /* Called for each pair in order, for a script once a line. Strings live only during the call. */
    void (*pair)(void *context, const struct inifile_pair *pair);
    /* Called for each line that is refused. MESSAGE says what and how to mend it; printable ASCII. */
    void (*fault)(void *context, unsigned line, const char *message);
    /* Called at each section line, so that empty and unknown sections are seen too. May be NULL. */
    void (*section)(void *context, unsigned line, const char *section);
    /* Is the value of KEY a script? Asked for each line that could begin one. NULL: none is. */
    bool (*is_script)(void *context, const char *section, const char *key);
    void *context;
};

/*
 * Reads LENGTH bytes of TEXT. Every fault is reported, none ends the reading. What hangs on a refused line is
 * left out without a further fault: the continuation lines of a key, the pairs of a section.
 * Returns the number of faults, at most INT_MAX.
 */
int inifile_parse(const char *text, size_t length, const struct inifile_handler *handler);

#endif
