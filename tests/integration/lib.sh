# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2153,SC2034
#
# What an integration script can say. A script is a promise of the program, named after it (bash; `run` reads
# it after this file, in the same shell, as root, with `set -eu -o pipefail`). A plain command that fails,
# fails the script. A script that checks nothing fails too.
#
# The machine. Every script has one of its own, which ends with it: nothing needs cleaning up, and no signal
# can reach anybody else. /tmp (mode 1777), /run and /var/log are empty, /etc is a copy that can be changed
# and has no sandbox-init.ini. The program is started in PID and mount namespaces below, on the same files:
# what the script lays into /tmp or /etc before, the program finds, and the script sees what it does there.
#
#   $PROGRAM            the program, for modes that need no namespaces of their own
#   $HELPERS/NAME       the helpers (helpers/NAME.c says how each is used)
#   $SAMPLES            the project's etc/
#   $README             the project's README.md
#   $INIT               pid of the started program, as the script sees it
#   $LOG, $OUT          what it wrote to stderr and stdout (on a terminal: one file)
#
# Starting. Arguments are the program's own: `start -- sleep 1000`. Its environment has PATH and HOME only.
# Each returns when the program catches or blocks SIGTERM, or has ended.
#   start [ARGUMENT...]             as PID 1
#   start_as UID [ARGUMENT...]      as PID 1 and as an ordinary user, without capabilities
#   start_subreaper [ARGUMENT...]   as the child of another init
#   start_subreaper_as UID [ARGUMENT...]   the same as an ordinary user, without capabilities
#   run_here N [ARGUMENT...]        in the script's own namespaces, until it ends: with status N
#   program_here [ARGUMENT...]      the same in place of the shell: background NAME program_here
# Said before a start, for all that follow (run_here and program_here heed only `given env`):
#   given env NAME=VALUE            in its environment
#   given no-proc                   /proc is not mounted
#   given closed FD...              these descriptors are closed
#   given terminal                  on a terminal; `type_in TEXT` types, `hang_up_terminal` closes it
#   given without-caps NAME,...     capabilities that it cannot have: chown,fowner
#   given docker-caps               only the capabilities that Docker gives by default
#   given no-inotify                inotify_init() fails with EMFILE (in a user namespace: no other uids)
#   given inotify-watches N         no more watches than N (in a user namespace, too)
#   given before COMMANDS           shell commands, run in its namespaces as root right before it
#   given no-waiting                the start returns at once
#   given nothing                   forget all that was given
#
# Being somebody else in there.
#   inside COMMAND...               as `docker exec` does it: in its namespaces, not its child
#   inside_as UID COMMAND...        the same as an ordinary user
#   background NAME COMMAND...      does not wait; COMMAND can be `inside ...`
#     tell NAME LINE                writes LINE to its stdin
#     hang_up NAME                  ends its stdin
#     expect_output NAME REGEX [SECONDS]   waits until it has said so
#     join NAME                     waits for its end; its exit status
#     end NAME                      kills it and its descendants
#     output_of NAME                the file with what it said (stdout and stderr)
#
# Signals.
#   term                            SIGTERM to the program
#   kill_init SIGNAL                another one: kill_init INT
#
# Facts. SECONDS is how long to wait for one, not a pause; it is stretched where the program runs slowly.
#   wait_until SECONDS COMMAND...   retries until COMMAND succeeds; fails (returns 1) when it never does
#   expect COMMAND...               COMMAND succeeds
#   refute COMMAND...               COMMAND fails
#   expect_soon COMMAND...          COMMAND succeeds within 10 seconds
#   expect_same WANTED GOT          two texts are the same
#   expect_status N [SECONDS]       the program ends within 30 seconds, with status N (128 + N for a signal)
#   expect_running                  it has not ended
#   expect_log REGEX [SECONDS]      $LOG has such a line, or soon has (extended regular expression)
#   refute_log REGEX                $LOG has no such line now
#   fail MESSAGE                    says MESSAGE and what is known, and ends the script
#
# The audit's files. Scripts that say so need root.
#   house_agent                     an agent, uid 1234, lives in /home/agent; nobody else is at home, and nothing
#                                   is a workspace
#   as_agent COMMAND...             as that one, at home
#   audit_says VERDICT CHECK [REGEX]   so does the check: as the agent, and as root about it
#   refute_audit REGEX              it did not say that
#
# Being unable to.
#   needs_root                      not in a user namespace: other uids, devices, ... (on a line of its own)
#   needs_command NAME...           skips where a command is missing
#   needs_own_network               (on a line of its own) nobody else's sockets are in its network namespace
#   needs_network                   (on a line of its own) only in `scripts/test --all`; may take ten minutes
#   needs_plain_program REASON      skips under valgrind and with sanitizers
#   skip REASON                     ends the script: it cannot be tried here

export LC_ALL=C
PROGRAM=$WORLD/sandbox-init
HELPERS=$WORLD/helpers
SAMPLES=$WORLD/samples
README=$WORLD/readme
STATE=$WORLD/state
LOG=$STATE/log
OUT=$STATE/out
INIT=
PATH_INSIDE=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
DOCKER_CAPS=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service
DOCKER_CAPS=$DOCKER_CAPS,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap

checks=0     # facts that were looked at
slowness=1   # how many times slower than plain the program may be
wrapper=()   # what the program is started through
sanitizer=() # what its environment must have in addition
declare -A background_pid=() background_input=()
mkfifo "$STATE/never"
mkdir -m 1777 "$STATE/valgrind"

if grep -aq __asan_init "$PROGRAM"; then
    slowness=3
    # The leak check needs ptrace on itself, which a program that forbids core dumps does not get.
    sanitizer=(ASAN_OPTIONS=detect_leaks=0:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1:exitcode=99)
fi
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    slowness=10
    wrapper=(valgrind --quiet --vgdb=no --leak-check=full --errors-for-leak-kinds=definite
        --child-silent-after-fork=yes --error-exitcode=99 "--log-file=$STATE/valgrind/%p")
fi

# --- failing and skipping ---

show_file()
{
    if [ -s "$2" ]; then
        echo "--- $1:"
        tail -n 40 "$2" | sed 's/^/    /'
    fi
}

fail()
{
    trap - ERR EXIT USR1
    # In a subshell this ends only that: whoever asked for it fails next, and has nothing to add.
    if [ ! -e "$STATE/failed" ]; then
        : >"$STATE/failed"
        echo "FAILED: $*"
        local i
        for i in "${!BASH_SOURCE[@]}"; do
            if [ "${BASH_SOURCE[i]}" = "$WORLD/harness/script" ]; then
                echo "    in line ${BASH_LINENO[i - 1]} of $NAME.sh"
            fi
        done
        show_file "the program's log" "$LOG"
        if [ "$OUT" != "$LOG" ]; then
            show_file "the program's output" "$OUT"
        fi
        local name
        for name in "${!background_pid[@]}"; do
            show_file "output of $name" "$STATE/$name.out"
        done
        find "$STATE/valgrind" -type f -size +0 -exec cat {} + | tail -n 60
        if [ -n "$INIT" ] && [ -e "/proc/$INIT/status" ]; then
            grep -E '^(State|Sig(Blk|Cgt)|Uid)' "/proc/$INIT/status" | sed 's/^/    /'
        elif [ -s "$STATE/status" ]; then
            echo "    the program has ended with status $(<"$STATE/status")"
        fi
    fi >&2
    exit 1
}

skip()
{
    trap - ERR EXIT USR1
    echo "SKIPPED: $*"
    exit 77
}

needs_root()
{
    if [ -n "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
        skip "this script needs root"
    fi
}

needs_command()
{
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null || skip "the command $name is missing"
    done
}

# `run` reads it in the script itself.
needs_own_network()
{
    :
}

# CMake and the watchdog below read it in the script itself.
needs_network()
{
    :
}

needs_plain_program()
{
    if [ "$slowness" -ne 1 ]; then
        skip "not under valgrind or with sanitizers: $*"
    fi
}

at_the_end()
{
    local status=$?
    trap - EXIT
    if [ "$status" -ne 0 ]; then
        fail "the script ended with status $status"
    fi
    if [ "$checks" -eq 0 ]; then
        fail "the script checked nothing"
    fi
    local bad='== *(Invalid|Conditional|Use of|Syscall param|Mismatched|Source and dest|Argument|.* bytes in .* lost)'
    if grep -rEq "$bad" "$STATE/valgrind"; then
        fail "valgrind found errors"
    fi
}

# --- waiting ---

# A pause of 20 ms without a process of its own.
pause()
{
    local _
    read -rt 0.02 _ <>"$STATE/never" || true
}

wait_until()
{
    local until=$((SECONDS + 1 + $1 * slowness))
    shift
    checks=$((checks + 1))
    until "$@"; do
        if [ "$SECONDS" -ge "$until" ]; then
            return 1
        fi
        pause
    done
}

expect()
{
    checks=$((checks + 1))
    "$@" || fail "not true: $*"
}

refute()
{
    checks=$((checks + 1))
    if "$@"; then
        fail "true, but must not be: $*"
    fi
}

expect_soon()
{
    wait_until 10 "$@" || fail "not true in 10 seconds: $*"
}

expect_same()
{
    checks=$((checks + 1))
    if [ "$1" != "$2" ]; then
        fail "wanted: $1"$'\n'"   got: $2"
    fi
}

has_line()
{
    grep -Eq -e "$2" -- "$1"
}

expect_log()
{
    wait_until "${2:-10}" has_line "$LOG" "$1" || fail "not in the log: $1"
}

refute_log()
{
    checks=$((checks + 1))
    if has_line "$LOG" "$1"; then
        fail "in the log, but must not be: $1"
    fi
}

# --- what was given ---

launched= # the shell that waits for what was started last
given_env=()
given_caps=
given_terminal=
given_user_namespace=
given_no_waiting=
unset SETUP_NO_PROC SETUP_CLOSED SETUP_BEFORE SETUP_INOTIFY_INSTANCES SETUP_INOTIFY_WATCHES

given()
{
    local what=$1
    shift
    case $what in
        env) given_env+=("$@") ;;
        no-proc) export SETUP_NO_PROC=1 ;;
        closed) export SETUP_CLOSED="$*" ;;
        terminal) given_terminal=1 ;;
        without-caps) given_caps=-${1//,/,-} ;;
        docker-caps) given_caps=-all,$DOCKER_CAPS ;;
        no-inotify) export SETUP_INOTIFY_INSTANCES=0 && given_user_namespace=1 ;;
        inotify-watches) export SETUP_INOTIFY_WATCHES=$1 && given_user_namespace=1 ;;
        before) export SETUP_BEFORE="${SETUP_BEFORE:-}"$'\n'"$*" ;;
        no-waiting) given_no_waiting=1 ;;
        nothing)
            given_env=()
            given_caps=
            given_terminal=
            given_user_namespace=
            given_no_waiting=
            unset SETUP_NO_PROC SETUP_CLOSED SETUP_BEFORE SETUP_INOTIFY_INSTANCES SETUP_INOTIFY_WATCHES
            ;;
        *) fail "nobody knows what 'given $what' means" ;;
    esac
}

# --- starting and stopping the program ---

# The ends of the pipes that `tell` writes to must not leak into anything: hang_up could not close them then.
close_inputs()
{
    local name fd
    for name in "${!background_input[@]}"; do
        fd=${background_input[$name]}
        exec {fd}>&-
    done
}

is_ready()
{
    if [ -e "$STATE/status" ]; then
        return 0
    fi
    local key value state=''
    while read -r key value; do
        case $key in
            # What comes before it is not it: a shell blocks SIGTERM, too, while it forks.
            Name:) if [[ $value != sandbox-init && $value != memcheck* ]]; then return 1; fi ;;
            State:) state=${value%% *} ;;
            # Bit 14 is SIGTERM, 15.
            SigBlk:) if ((0x$value & 0x4000)) && [[ $state = S || ${#wrapper[@]} -eq 0 ]]; then return 0; fi ;;
            # valgrind catches every signal, and has the program's own mask only in a system call.
            SigCgt:) if ((0x$value & 0x4000)) && [ ${#wrapper[@]} -eq 0 ]; then return 0; fi ;;
        esac
    done 2>/dev/null <"/proc/$INIT/status"
    return 1
}

launch()
{
    local how=$1 uid=$2 before=$checks
    shift 2
    local spaces=(unshare --mount --pid --fork --kill-child)
    if [ -n "$given_user_namespace" ]; then
        unshare --user true 2>/dev/null || skip "user namespaces are not allowed here"
        spaces+=(--user --map-root-user)
    fi
    local command=(env -i --default-signal "PATH=$PATH_INSIDE" HOME=/root "${sanitizer[@]}" "${given_env[@]}")
    if [ -n "$given_caps" ]; then
        command+=(setpriv --bounding-set "$given_caps" --inh-caps -all)
    fi
    if [ -n "$uid" ]; then
        command+=(setpriv --reuid "$uid" --regid "$uid" --clear-groups)
    fi
    if [ -n "$given_terminal" ]; then
        command+=(setsid --ctty)
        spaces=("$HELPERS/terminal" "${spaces[@]}")
        LOG=$OUT
    else
        command+=(setsid)
        LOG=$STATE/log
    fi
    # Without /proc neither valgrind nor a sanitizer can look at the program.
    if [ -z "${SETUP_NO_PROC:-}" ]; then
        command+=("${wrapper[@]//%p/$EPOCHREALTIME.%p}")
    fi
    rm -f "$STATE/pid" "$STATE/status" "$STATE/terminal.in"
    : >"$OUT"
    : >"$LOG"
    local input=/dev/null
    if [ -n "$given_terminal" ]; then
        mkfifo "$STATE/terminal.in"
        input=$STATE/terminal.in
    fi
    (
        trap - ERR EXIT
        close_inputs
        status=0
        if [ -n "$given_terminal" ]; then
            exec <>"$input"
        else
            exec <"$input"
        fi
        "${spaces[@]}" -- "$WORLD/harness/setup" "$how" "$STATE/pid" "${command[@]}" "$PROGRAM" "$@" \
            >>"$OUT" 2>>"$LOG" || status=$?
        echo "$status" >"$STATE/status.new"
        mv "$STATE/status.new" "$STATE/status"
    ) 2>/dev/null &
    launched=$!
    wait_until 10 test -s "$STATE/pid" -o -e "$STATE/status" || fail "the program could not be started"
    if [ ! -s "$STATE/pid" ]; then
        fail "the namespaces could not be made"
    fi
    INIT=$(<"$STATE/pid")
    if [ -z "$given_no_waiting" ]; then
        wait_until 10 is_ready || fail "the program neither catches nor blocks SIGTERM"
    fi
    checks=$before
}

start()
{
    launch first "" "$@"
}

start_as()
{
    needs_root
    launch first "$@"
}

start_subreaper()
{
    launch child "" "$@"
}

start_subreaper_as()
{
    needs_root
    launch child "$@"
}

program_here()
{
    exec env -i --default-signal "PATH=$PATH_INSIDE" HOME=/root "${sanitizer[@]}" "${given_env[@]}" \
        "${wrapper[@]//%p/$EPOCHREALTIME.%p}" "$PROGRAM" "$@"
}

run_here()
{
    local wanted=$1 status=0
    shift
    LOG=$STATE/log
    (
        trap - ERR EXIT
        close_inputs
        program_here "$@"
    ) </dev/null >"$OUT" 2>"$LOG" || status=$?
    checks=$((checks + 1))
    if [ "$status" -ne "$wanted" ]; then
        fail "sandbox-init $* ended with status $status, not $wanted"
    fi
}

type_in()
{
    printf '%s' "$1" >"$STATE/terminal.in"
}

hang_up_terminal()
{
    pkill -HUP -P "$launched" -x terminal
}

kill_init()
{
    expect_running
    kill -s "$1" "$INIT"
}

term()
{
    kill_init TERM
}

expect_running()
{
    if [ -z "$INIT" ]; then
        fail "nothing was started"
    fi
    if [ -e "$STATE/status" ]; then
        fail "the program has ended with status $(<"$STATE/status")"
    fi
}

expect_status()
{
    wait_until "${2:-30}" test -e "$STATE/status" || fail "the program has not ended"
    local status
    status=$(<"$STATE/status")
    if [ "$status" -ne "$1" ]; then
        fail "the program ended with status $status, not $1"
    fi
}

# --- others in its namespaces ---

inside()
{
    (
        trap - ERR EXIT
        close_inputs
        # --root: these namespaces' own root is another one where all of this runs in a chroot.
        exec nsenter --target "$INIT" --pid --mount --root -- \
            env -i --default-signal "PATH=$PATH_INSIDE" HOME=/root "$@"
    )
}

inside_as()
{
    needs_root
    local uid=$1
    shift
    inside setpriv --reuid "$uid" --regid "$uid" --clear-groups -- "$@"
}

background()
{
    local name=$1 fd
    shift
    rm -f "$STATE/$name.in"
    mkfifo "$STATE/$name.in"
    exec {fd}<>"$STATE/$name.in"
    background_input[$name]=$fd
    (
        trap - ERR EXIT
        close_inputs
        "$@"
    ) <"$STATE/$name.in" >"$STATE/$name.out" 2>&1 &
    background_pid[$name]=$!
}

output_of()
{
    echo "$STATE/$1.out"
}

tell()
{
    printf '%s\n' "$2" >&"${background_input[$1]}"
}

hang_up()
{
    local fd=${background_input[$1]}
    exec {fd}>&-
    unset "background_input[$1]"
}

expect_output()
{
    wait_until "${3:-10}" has_line "$STATE/$1.out" "$2" || fail "$1 never said: $2"
}

join()
{
    wait "${background_pid[$1]}"
}

# The pids of a process and all its descendants, as far as their parents live.
family_of()
{
    local pid stat rest parent
    echo "$1"
    for stat in /proc/[0-9]*/stat; do
        { rest=$(<"$stat"); } 2>/dev/null || continue
        pid=${rest%% *}
        read -r _ parent _ <<<"${rest##*)}"
        if [ "$parent" = "$1" ]; then
            family_of "$pid"
        fi
    done
}

end()
{
    local pids
    mapfile -t pids < <(family_of "${background_pid[$1]}")
    kill -s KILL "${pids[@]}" 2>/dev/null || true
    wait "${background_pid[$1]}" 2>/dev/null || true
}

# --- the audit's files ---

# What the machine itself has must not be found.
hide_premises()
{
    local place
    local -a places=()
    while read -r _ _ _ _ place _; do
        if [ "$place" != / ] && [ -n "$(find "$place" -maxdepth 1 \( -name .git -o -name .vscode \
            -o -name .devcontainer -o -name .devcontainer.json \) -print -quit 2>/dev/null)" ]; then
            places+=("$place")
        fi
    done </proc/self/mountinfo
    for place in /home /root /workspace /workspaces "${places[@]}"; do
        if [ -d "$place" ]; then
            mount -n -t tmpfs -o mode=755 tmpfs "$place"
        fi
    done
    rm -f /etc/gitconfig
}

house_agent()
{
    hide_premises
    sed -i '/:1234:/d' /etc/passwd /etc/group
    echo 'agent:x:1234:1234::/home/agent:/bin/sh' >>/etc/passwd
    echo 'agent:x:1234:' >>/etc/group
    mkdir /home/agent
    chown 1234:1234 /home/agent
}

as_agent()
{
    setpriv --reuid 1234 --regid 1234 --clear-groups -- env -i --default-signal "PATH=$PATH_INSIDE" \
        HOME=/home/agent "${sanitizer[@]}" "${given_env[@]}" "$@"
}

audit_says()
{
    local verdict=$1 check=$2 regex=${3:-} who status wanted=0
    if [ "$verdict" = fail ]; then
        wanted=1
    fi
    for who in agent root; do
        status=0
        if [ "$who" = agent ]; then
            as_agent "${wrapper[@]//%p/$EPOCHREALTIME.%p}" "$PROGRAM" --audit --json --only "$check" \
                </dev/null >"$OUT" 2>"$STATE/log" || status=$?
        else
            (
                trap - ERR EXIT
                program_here --audit --json --only "$check" --user agent
            ) </dev/null >"$OUT" 2>"$STATE/log" || status=$?
        fi
        checks=$((checks + 1))
        if [ "$status" -ne "$wanted" ] ||
            ! grep -Eq "\"name\": \"$check\", \"verdict\": \"$verdict\", \"seen\": \".*$regex" "$OUT"; then
            fail "as $who, status $status: wanted $verdict of $check, with: $regex"$'\n'"$(<"$OUT")"
        fi
    done
}

refute_audit()
{
    refute grep -Eq -e "$1" "$OUT"
}

# --- from here on the script speaks ---

trap at_the_end EXIT
trap 'fail "a command failed: $BASH_COMMAND"' ERR
trap 'fail "the script took too long"' USR1
set -E
patience=60
if grep -q '^needs_network' "$WORLD/harness/script"; then
    patience=600
fi
(
    trap - ERR EXIT
    sleep $((patience * slowness))
    kill -s USR1 $$
) >/dev/null 2>&1 &
