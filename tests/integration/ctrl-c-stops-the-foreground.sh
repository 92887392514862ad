# SPDX-License-Identifier: MIT
# --foreground on a terminal: a readable coloured log, and Ctrl-C stops it; with a command it is for that.
given terminal
start --foreground
expect_soon grep -q 'watching [0-9]* director' "$OUT"
expect grep -q $'\e\\[32m' "$OUT"
type_in $'\003'
expect_status 0

start --foreground -- "$HELPERS/witness" INT=4
expect_soon grep -q ready "$OUT"
type_in $'\003'
expect_status 4
expect grep -q 'got INT' "$OUT"

# https://no-color.org
given env NO_COLOR=1
start --foreground
expect_soon grep -q 'watching [0-9]* director' "$OUT"
refute grep -q $'\e' "$OUT"
type_in $'\003'
expect_status 0
