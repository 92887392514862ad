/* SPDX-License-Identifier: MIT */
/*
 * envfile: adds the variables of a file to an environment.
 *
 * The file is one that a privileged process may believe (path.h): who can write it decides what the program
 * does, by PATH or LD_PRELOAD.
 */
#ifndef SANDBOX_INIT_ENVFILE_H
#define SANDBOX_INIT_ENVFILE_H

#include <stddef.h>

enum {
    ENVFILE_SIZE_MAX = 65536,     /* bytes of a file */
    ENVFILE_VARIABLES_MAX = 1024, /* in a file, those that come again counted again */
};

/*
 * Reads the dotenv file PATH (dotenv.h; relative to the working directory) and builds ENVIRON_IN with its
 * variables. They replace those of the same name, but not those that FIXED names (NAME=VALUE, ends in NULL;
 * NULL: none); the last of a name wins. Nobody but root and the effective user may be able to change the
 * file.
 *
 * RET_ENVIRON: an array that ends in NULL, in one allocation with its strings: free(3) it.
 * Returns 0; -EINVAL when the file is not fit, -ENOMEM or another -errno, each with a MESSAGE (printable
 * ASCII, SIZE bytes, at least 256): "FILE:LINE: what to mend" or "FILE: what to mend".
 */
int envfile_build(const char *path, char *const *environ_in, char *const *fixed, char ***ret_environ,
                  char *message, size_t size);

#endif
