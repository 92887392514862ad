/* SPDX-License-Identifier: MIT */
/*
 * dotenv: the text of an environment file, as Docker Compose reads it, but nothing is expanded.
 *
 *   # a comment
 *   NAME=value with spaces # a blank before "#" makes it a comment
 *   export NAME=value      (so that a shell can read the file too)
 *   NAME='literal, also $ and \, and over several lines'
 *   NAME="with \n \r \t \" \\ \$, and over several lines"
 *
 * "$" stands for itself everywhere: a file must not mean something else in each environment, and passwords
 * have dollars. What the readers of such files take each in its own way is refused: other escapes, text
 * behind a closing quote, a name without "=" (rejected alternative: docker-run(1)'s, which takes the value
 * from the environment, where a typing error goes unseen).
 *
 * Messages name the line and never show what stands in it: such files hold secrets, and messages are logged.
 */
#ifndef SANDBOX_INIT_DOTENV_H
#define SANDBOX_INIT_DOTENV_H

#include <stddef.h>

/* ENTRY: "NAME=VALUE", a part of the text. Returns 0 to go on; anything else ends the reading. */
typedef int dotenv_callback(void *context, char *entry);

struct dotenv_error {
    size_t line;         /* from 1 on; where a quoted value begins, if it is that */
    const char *message; /* what is wrong and how to mend it; constant */
};

/*
 * Reads TEXT and calls CALLBACK for each variable, in order, also for one that comes again (the last one is
 * to win). LENGTH: bytes of TEXT, which is overwritten: values are made in place. One byte behind it is
 * needed, and written too.
 *
 * Lines end in "\n" or "\r\n", also within quotes, where both become "\n". A byte order mark is skipped.
 * Blanks around "=" and behind a value do not count. Names are those of envset_is_name().
 *
 * Returns 0; -EINVAL and RET_ERROR; or what CALLBACK returned. Variables before the error were given already.
 */
int dotenv_parse(char *text, size_t length, dotenv_callback *callback, void *context,
                 struct dotenv_error *ret_error);

#endif
