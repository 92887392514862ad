# SPDX-License-Identifier: MIT
#
# Copy this to /etc/profile.d/ and, for shells that are no login shells, have it read at the end of
# /etc/bash.bashrc or /etc/zsh/zshrc:
#
#     . /etc/profile.d/sandbox-init.sh
#
# Then the commands that SANDBOX_INIT_AIRLOCK names, with blanks between them, start behind the airlock in every
# interactive shell. In a Dockerfile: ENV SANDBOX_INIT_AIRLOCK="my-agent npm npx". A backslash in front of a command
# (\npm) starts it as it is.
#
# Says nothing, starts no process, and does nothing in other shells: tools read what those print.
case $- in
    *i*)
        if [ -n "${SANDBOX_INIT_AIRLOCK:-}" ] && command -v sandbox-init >/dev/null 2>&1; then
            # Not `for`: zsh does not split words.
            sandbox_init_rest="$SANDBOX_INIT_AIRLOCK "
            while [ -n "$sandbox_init_rest" ]; do
                sandbox_init_name=${sandbox_init_rest%% *}
                sandbox_init_rest=${sandbox_init_rest#* }
                case $sandbox_init_name in
                    '' | -* | *[!A-Za-z0-9_.+-]*) ;;
                    *) alias "$sandbox_init_name=sandbox-init --exec -q -- $sandbox_init_name" ;;
                esac
            done
            unset sandbox_init_rest sandbox_init_name
        fi
        ;;
esac
