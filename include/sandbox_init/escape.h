/* SPDX-License-Identifier: MIT */
/*
 * escape: makes bytes from outside safe to print.
 *
 * File names, process names and configuration text are chosen by others. Printed raw, a newline in a
 * socket's name forges a line of our log and an escape sequence drives the reader's terminal. Everything
 * that the program prints and did not write itself goes through here first.
 *
 * Invariant: the output is printable ASCII (0x20 to 0x7e) and reversible, because the backslash is escaped
 * too. Bytes above 0x7e are escaped even where they are valid UTF-8: bidirectional overrides and look-alikes
 * would be printable otherwise (rejected alternative: iswprint, which depends on the locale and allocates).
 *
 * The lines that a job prints are another matter: they are for people, in the people's language. For these
 * there is escape_line(): reversible too, and nothing that it lets through moves the cursor up, hides a text
 * or turns it around.
 */
#ifndef SANDBOX_INIT_ESCAPE_H
#define SANDBOX_INIT_ESCAPE_H

#include <stddef.h>

enum {
    /* Bytes of output that one byte of input takes at most, in either form. */
    ESCAPE_WIDTH_MAX = 5,
};

/*
 * Writes TEXT into BUFFER as printable ASCII: "\n", "\r", "\t", "\e", "\\" and "\xNN" for all that is not.
 * SIZE: bytes of BUFFER, at least 4. What does not fit is cut between two escapes and ends in "...".
 * Returns the bytes written, without the NUL that always ends them. Cannot fail.
 */
size_t escape_text(char *buffer, size_t size, const char *text);

/*
 * The same, for the inside of a JSON string: the text form with its backslashes doubled and quotes escaped
 * (RFC 8259, section 7), so that a JSON reader gets exactly what escape_text() would have printed.
 */
size_t escape_json(char *buffer, size_t size, const char *text);

/*
 * The same as escape_text() and escape_json() for LENGTH bytes of TEXT, NULs included, but UTF-8 (RFC 3629)
 * and tabs go through. Of UTF-8 is escaped, byte for byte: C1 controls, U+2028, U+2029, what is invisible or
 * turns the text around (Unicode's Default_Ignorable_Code_Point, but not the two variation selectors that
 * tell emoji from text), interlinear annotations, private use and noncharacters. SIZE: at least 4.
 */
size_t escape_line(char *buffer, size_t size, const char *text, size_t length);
size_t escape_line_json(char *buffer, size_t size, const char *text, size_t length);

#endif
