# SPDX-License-Identifier: MIT
# Where the kernel has no Landlock, strict starts nothing and says the mend; auto goes on and says in one line what
# is missing, unless it is told to be quiet; the rest holds all the same.
needs_plain_program "the calls are refused to the checkers, too"

# without ERRNO ARGUMENT...: --exec where the three calls fail so; its status in $status.
without()
{
    status=0
    "$HELPERS/refuser" "$1" "$PROGRAM" --exec "${@:2}" >"$OUT" 2>"$LOG" || status=$?
}

all='no wall for processes, signals, abstract sockets, path sockets'
for row in 'ENOSYS=this kernel has no Landlock; it needs CONFIG_SECURITY_LANDLOCK, and Linux 7.1 or later' \
    'EOPNOTSUPP=Landlock is disabled in this kernel; add landlock to lsm= on the kernel.s command line' \
    'EPERM=Landlock is refused \(Operation not permitted\), probably by the container.s seccomp profile'; do
    error=${row%%=*}
    why=${row#*=}

    without "$error" --unix-sockets strict -- echo it ran
    expect_same 125 "$status"
    expect_same "" "$(<"$OUT")"
    expect_log "^sandbox-init: airlock: no wall for processes, signals: ${why/7.1/6.12}.*; or do without, with unix_sockets = auto\$"
    expect_same 1 "$(wc -l <"$LOG")"

    without "$error" -- echo it ran
    expect_same 0 "$status"
    expect_same "it ran" "$(<"$OUT")"
    expect_log "^sandbox-init: airlock: $all: $why"
    expect_same 1 "$(wc -l <"$LOG")"

    without "$error" -q -- echo it ran
    expect_same "it ran" "$(<"$OUT")"
    expect_same "" "$(<"$LOG")"

    without "$error" --explain
    expect_same 0 "$status"
    expect grep -q '^holds    privileges ' "$OUT"
    expect grep -q '^holds    terminal ' "$OUT"
    expect_same 4 "$(grep -c '^missing ' "$OUT")"
    expect grep -Eq "^$all: $why" "$OUT"

    without "$error" --explain --unix-sockets strict
    expect_same 125 "$status"
done

# Signals and processes cannot be done without under strict, even where the former are not asked for.
printf '[airlock]\nallow_signals = yes\n' >/etc/sandbox-init.ini
without EOPNOTSUPP --unix-sockets strict -- echo it ran
expect_same 125 "$status"
expect_log 'no wall for processes: Landlock is disabled'
rm /etc/sandbox-init.ini

# What needs no Landlock is there: no new privileges, and the environment.
status=0
VSCODE_IPC=x "$HELPERS/refuser" ENOSYS "$PROGRAM" --exec -q -- sh -c \
    'grep -q "^NoNewPrivs:.1" /proc/self/status && test -z "${VSCODE_IPC+x}"' || status=$?
expect_same 0 "$status"
