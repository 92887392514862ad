# SPDX-License-Identifier: MIT
# What cannot be understood on the command line is said on stderr, in one line, and nothing is done.
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_usage_error()
{
    local message=$1
    shift
    run_here 64 "$@"
    expect_same "" "$(<"$OUT")"
    expect_same 1 "$(wc -l <"$LOG")"
    expect_log "^sandbox-init: $message"
}

expect_usage_error "unknown option '--oneshot-clear'; did you mean '--oneshot-clean'\?" --oneshot-clear
expect_usage_error "unknown option '-x'" -x
expect_usage_error "'--foreground' and '--oneshot-clean' are two modes" --foreground --oneshot-clean
expect_usage_error "'--config' needs a FILE" --config
expect_usage_error "'--config' needs a FILE" -c
expect_usage_error "'--config' was given twice" -c /a --config /b
expect_usage_error "'--dry-run' needs a mode" --dry-run
expect_usage_error "'--json' does not go with '--foreground'" --foreground --json
expect_usage_error "'--quiet' and '--verbose' contradict each other" -qv
expect_usage_error "'--oneshot-clean' takes no command" --oneshot-clean -- true
expect_usage_error "'--help' takes no value" --help=me
expect_usage_error "the command is an empty word" -- ""
expect_usage_error "unknown option '--.*'" $'--\e[2J'
refute_log $'\e'
expect test -S /tmp/vscode-ipc-1.sock

# As PID 1, too.
start --no-such-thing
expect_status 64
