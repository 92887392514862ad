# SPDX-License-Identifier: MIT
# On a terminal the main command is the foreground process group: it may read, and Ctrl-C is its own.
given terminal
main='trap "echo interrupted" INT; echo ready; read -r line || read -r line; echo "got $line"; exit 5'
start -- sh -c "$main"
expect_soon grep -q ready "$OUT"
type_in $'\003'
expect_soon grep -q interrupted "$OUT"
expect_running
type_in $'hello\n'
expect_soon grep -q 'got hello' "$OUT"
expect_status 5
