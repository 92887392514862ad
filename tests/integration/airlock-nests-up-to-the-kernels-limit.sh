# SPDX-License-Identifier: MIT
# An airlock in an airlock works, as deep as Landlock lets it; then nothing is started, and the message says why.
needs_plain_program "its own layers are counted"
"$PROGRAM" --exec --explain -q --unix-sockets strict 2>/dev/null || skip "this kernel has not all the walls"

expect_same in "$("$HELPERS/airlock" layers "$PROGRAM" 10)"
status=0
"$HELPERS/airlock" layers "$PROGRAM" 17 >"$OUT" 2>"$LOG" || status=$?
expect_same 125 "$status"
expect_same "" "$(<"$OUT")"
expect_log '^sandbox-init: airlock: the kernel takes no further Landlock rules: there are 16 layers already'
expect_same 1 "$(wc -l <"$LOG")"

# A filter in a filter, too.
expect "$PROGRAM" --exec -q --unix-sockets strict -- "$PROGRAM" --exec -q --unix-sockets strict -- true
# What an inner one has does not reach the outer one: that goes on.
expect "$PROGRAM" --exec -q -- sh -c "$PROGRAM --exec -q -- true && kill -0 \$\$"
