# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154
#
# What is promised in a container of the image $EXAMPLE, whatever "${engine[@]}" is: `docker` and `podman` read this
# after lib.sh. A promise is a function; each leaves its container to the end. Before the first: `prepare_promises`.
#
#   start OPTION... IMAGE [COMMAND...]   a container with $network, as $container, its jobs being through
#   inside COMMAND... / as_vscode COMMAND...   in it, as root or as the user
#   logs                                 what it wrote
#   stop                                 $stop_ms and $stop_status

container=
network=none

prepare_promises()
{
    local name
    static_program
    mkdir -p "$SCRATCH/e2e" "$SCRATCH/saved"
    chmod 755 "$SCRATCH"
    chmod 777 "$SCRATCH/saved"
    for name in listener connector zombies race; do
        static_helper "$name"
        mv "$SCRATCH/$name" "$SCRATCH/e2e/"
    done
    at_end remove_containers
}

remove_containers()
{
    local id
    for id in $("${engine[@]}" ps -aq --filter "label=$TAG"); do
        "${engine[@]}" rm -fv "$id"
    done
}

start_only()
{
    container=$("${engine[@]}" run -d --label "$TAG" --network "$network" -v "$SCRATCH/e2e:/e2e:ro" "$@")
}

start()
{
    start_only "$@"
    wait_until 30 inside sandbox-init --wait --timeout 20s || true
}

inside()
{
    "${engine[@]}" exec "$container" "$@"
}

as_vscode()
{
    "${engine[@]}" exec -u vscode "$container" "$@"
}

logs()
{
    "${engine[@]}" logs "$container" 2>&1
}

log_has()
{
    local text
    text=$(logs)
    grep -Eq -- "$1" <<<"$text" || { echo "$text" && return 1; }
}

inspect()
{
    "${engine[@]}" inspect -f "$1" "$container"
}

stop()
{
    local before after
    before=$(date +%s%N)
    "${engine[@]}" stop "$container" >/dev/null
    after=$(date +%s%N)
    stop_ms=$(((after - before) / 1000000))
    stop_status=$(inspect '{{.State.ExitCode}}')
}

is_pid_1()
{
    [ "$(inside cat /proc/1/comm)" = sandbox-init ]
}

# Whose own exit status tells whether all is well.
status_has()
{
    local text
    text=$(inside sandbox-init --status 2>&1) || true
    grep -Eq -- "$1" <<<"$text" || { echo "$text" && return 1; }
}

zombies()
{
    inside sh -c 'cat /proc/[0-9]*/stat 2>/dev/null | grep -c "^[0-9]* (.*) Z" || true'
}

has_no_zombies()
{
    [ "$(zombies)" -eq 0 ]
}

# Makes, as vscode, a socket that somebody else connects to by all that remains when its name is gone; says how each
# went, before and after it gets VS Code's name.
try_sockets='
    cd /tmp && rm -f early.sock kept.sock ask
    /e2e/listener /tmp/early.sock --stay >listening &
    until grep -q listening listening; do sleep 0.05; done
    ln early.sock kept.sock
    mkfifo ask
    /e2e/connector hold /tmp/early.sock <ask >held &
    exec 3>ask
    until grep -q ready held; do sleep 0.05; done
    echo "before: name $(/e2e/connector /tmp/early.sock), link $(/e2e/connector /tmp/kept.sock)"
    echo ask >&3
    until [ "$(wc -l <held)" -ge 2 ]; do sleep 0.05; done
    mv early.sock vscode-ipc-1.sock
    for try in $(seq 200); do [ -e vscode-ipc-1.sock ] || break; sleep 0.05; done
    chmod 777 kept.sock 2>/dev/null
    echo ask >&3
    until [ "$(wc -l <held)" -ge 3 ]; do sleep 0.05; done
    echo "after: name $(/e2e/connector /tmp/vscode-ipc-1.sock), link $(/e2e/connector /tmp/kept.sock)"
    echo "descriptor: $(sed -n 2p held), then $(sed -n 3p held)"
    kill $!
    exec 3>&-
    kill %1 2>/dev/null; rm -f kept.sock
'

sockets_end()
{
    as_vscode bash -c "$try_sockets" 2>/dev/null
}

for_good='before: name connected, link connected
after: name ENOENT, link EACCES
descriptor: connected, then EACCES'
only_unlinked='before: name connected, link connected
after: name ENOENT, link connected
descriptor: connected, then connected'

# --- promises ---

promise_pid_1()
{
    start "$EXAMPLE"
    expect "PID 1 is sandbox-init" is_pid_1
    expect_same "it stays" true "$(inspect '{{.State.Running}}')"
    expect "the guard is complete" status_has '^guard +full'
    expect "docker logs tells what happens" log_has 'guard: watching'
}

promise_stop()
{
    local tries=()
    while [ "${#tries[@]}" -lt 3 ]; do
        start "$EXAMPLE"
        "${engine[@]}" exec -d -u vscode "$container" sleep 1000 >/dev/null
        wait_until 10 inside pgrep -x sleep || true
        stop
        tries+=("$stop_ms ms")
        if [ "$stop_ms" -lt 500 ]; then
            break
        fi
    done
    note "stopped in ${tries[*]}"
    expect "it is stopped within half a second" test "$stop_ms" -lt 500
    expect_same "and succeeds" 0 "$stop_status"
}

# Beside it, what it replaces: else this might hold by itself.
promise_reaping()
{
    start "$EXAMPLE"
    inside /e2e/zombies 25 >/dev/null
    expect_soon 10 "orphans of exec'ed processes are reaped" has_no_zombies
    start_only --entrypoint sleep "$EXAMPLE" infinity
    inside /e2e/zombies 25 >/dev/null
    refute "sleep infinity reaps them as well?" wait_until 1 has_no_zombies
}

# It also saves when it is another user's, and takes a while.
promise_term()
{
    start -v "$SCRATCH/saved:/saved" "$EXAMPLE"
    local save='trap "sleep 0.3; echo saved >/saved/$0; exit" TERM; touch /saved/ready; while :; do sleep 0.05; done'
    rm -f "$SCRATCH/saved"/*
    "${engine[@]}" exec -d -u vscode "$container" bash -c "$save" of-vscode >/dev/null
    wait_until 10 test -e "$SCRATCH/saved/ready" || true
    stop
    expect_same "an exec'ed process can save when the container stops" saved "$(cat "$SCRATCH/saved/of-vscode" 2>&1)"
    expect_same "and the container succeeds" 0 "$stop_status"
}

promise_revocation()
{
    start "$EXAMPLE"
    expect_same "a socket is revoked for good" "$for_good" "$(sockets_end)"
    expect "and the log says so" log_has 'guard: revoked /tmp/vscode-ipc-1.sock \(owner 1000\)'
    note "an attacker with the same uid against 1000 sockets: $(inside /e2e/race /tmp 1000 1000 | tr '\n' ' ')"
    expect_same "none of them is reachable afterwards" 0 "$(inside /e2e/race /tmp 100 1000 | sed -n 's/^reachable //p')"
    start_only --entrypoint sleep "$EXAMPLE" infinity
    expect_same "sockets stay where nobody is" 100 "$(inside /e2e/race /tmp 100 1000 | sed -n 's/^reachable //p')"
}

promise_jobs()
{
    local project=$SCRATCH/project
    mkdir -p "$project"
    echo '{"name": "app", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1", "left-pad": "1.3.0"}}' >"$project/package.json"
    chown -R 1000:1000 "$project"
    local network=host
    local mount=(-v "$project:/workspaces/app")
    "${engine[@]}" run --rm --label "$TAG" --network host "${mount[@]}" "$EXAMPLE" pnpm install --lockfile-only >"$BUILD/lock.log" 2>&1 ||
        { leave_out "jobs: npm's registry cannot be reached ($BUILD/lock.log)" && return; }
    start_only "${mount[@]}" --mount type=volume,target=/workspaces/app/node_modules "$EXAMPLE"
    expect "sandbox-init --wait sees the jobs through" as_vscode sandbox-init --wait --timeout 5m
    expect_same "a new volume is the user's" vscode "$(inside stat -c %U /workspaces/app/node_modules)"
    expect_same "pnpm has installed" true "$(as_vscode node -p 'require("is-odd")(3)' 2>&1)"
    expect "its output is in the container's log" log_has '^install \| .*Done in'
    expect "and in its own" as_vscode sandbox-init --logs install
    expect "whose lines have a time" \
        grep -Eq '^20[0-9-]+T[0-9:.]+Z .*Done in' <(as_vscode sandbox-init --logs install)
}

promise_failed_job()
{
    printf '[job:broken]\ncommand = exit 3\n' >"$SCRATCH/broken.ini"
    start -v "$SCRATCH/broken.ini:/etc/sandbox-init.d/broken.ini:ro" "$EXAMPLE"
    refute "--wait fails when a job has failed" inside sandbox-init --wait
    expect "--status names it" status_has '^broken +job +failed'
    refute "--status --quiet fails" inside sandbox-init --status --quiet
    expect_same "the container lives" true "$(inspect '{{.State.Running}}')"
}

promise_read_only()
{
    start --read-only "$EXAMPLE"
    expect "a read-only root without anything writable is no obstacle" is_pid_1
    start --read-only --tmpfs /tmp --tmpfs /run "$EXAMPLE"
    expect "with /tmp and /run it can be asked" status_has '^guard +full'
    expect_same "and revokes for good" "$for_good" "$(sockets_end)"
    stop
    expect_same "and stops" 0 "$stop_status"
}

# As with USER in a Dockerfile. There a job with user = root would be an error, which ends the container.
promise_ordinary_user()
{
    start_only --user 1000:1000 "$EXAMPLE"
    expect_soon 20 "as an ordinary user it refuses root's jobs" log_has 'only root can run programs as another user'
    printf '[init]\nuser = vscode\n[job:mine]\ncommand = id -un\n' >"$SCRATCH/ordinary.ini"
    start --user 1000:1000 -v "$SCRATCH/ordinary.ini:/etc/sandbox-init.ini:ro" "$EXAMPLE"
    expect "it runs its own" log_has '^mine \| vscode'
    expect "as an ordinary user it is PID 1" is_pid_1
    expect "and says that it is degraded" status_has '^guard +degraded'
    expect "in the log, too" log_has 'warning guard: degraded: only root'
    expect_same "who held on to a socket still connects" "$only_unlinked" "$(sockets_end)"
    stop
    expect_same "and stops" 0 "$stop_status"
}

# `cap_add` of etc/devcontainer is enough, and less is not.
promise_capabilities()
{
    local wanted name others options
    wanted=$(sed -n 's/.*"capAdd": \[\(.*\)\].*/\1/p' etc/devcontainer/devcontainer.json | tr -d '",')
    expect_same "both kinds of dev container have the same capabilities" "$wanted" \
        "$(sed -n 's/.*cap_add: \[\(.*\)\].*/\1/p' etc/devcontainer/docker-compose.yml | tr -d ,)"
    for name in none $wanted; do
        others=
        options=(--cap-drop ALL --security-opt no-new-privileges)
        for other in $wanted; do
            [ "$other" = "$name" ] || { others+=" $other" && options+=(--cap-add "$other"); }
        done
        start "${options[@]}" --mount type=volume,target=/workspaces/app/node_modules "$EXAMPLE"
        as_vscode sh -c 'umask 077; mkdir -p /tmp/user/1000; sleep 1000 & umask 022; : >/tmp/up'
        case $name in
            none)
                expect_same "the capabilities of etc/devcontainer are enough to revoke" "$for_good" "$(sockets_end)"
                expect "to watch a folder of the user's own" \
                    as_vscode sh -c '/e2e/listener /tmp/user/1000/vscode-git-1.sock --stay >/dev/null &
                        for try in $(seq 200); do [ -e /tmp/user/1000/vscode-git-1.sock ] && break; sleep 0.01; done
                        for try in $(seq 200); do [ -e /tmp/user/1000/vscode-git-1.sock ] || exit 0; sleep 0.05; done; exit 1'
                expect_same "to give volumes away" vscode "$(inside stat -c %U /workspaces/app/node_modules)"
                expect "and for the jobs" inside sandbox-init --status --quiet
                stop
                expect "and to stop everybody ($stop_ms ms)" test "$stop_ms" -lt 5000
                ;;
            CHOWN) expect "without $name it is degraded" status_has '^guard +degraded' ;;
            DAC_OVERRIDE) expect_soon 10 "without $name it cannot look" log_has 'cannot be watched: Permission denied' ;;
            KILL) stop && expect "without $name it cannot stop them" log_has 'even KILL did not end' ;;
            SETGID | SETUID) expect_soon 20 "without $name jobs fail" log_has 'cannot become its user' ;;
            SYS_NICE) note "without $name: $(inside /e2e/race /tmp 1000 1000 | tr '\n' ' ')" ;;
            *) fail "what is $name for?" ;;
        esac
    done
    start --cap-drop ALL "$EXAMPLE"
    expect "without any it is PID 1 all the same" is_pid_1
    expect "and says that it is degraded" status_has '^guard +degraded'
}

promise_no_pid_1()
{
    start --init "$EXAMPLE"
    refute "with --init it is not PID 1" is_pid_1
    expect "which it says" log_has 'warning .*PID 1'
    expect_same "and revokes for good" "$for_good" "$(sockets_end)"
    stop
    note "with --init: stopped in $stop_ms ms with status $stop_status"
    expect "and stops" test "$stop_ms" -lt 5000
}

restarted_twice()
{
    [ "$(inspect '{{.RestartCount}} {{.State.Running}} {{.State.ExitCode}}')" = "2 false 3" ]
}

promise_restart()
{
    start_only --restart on-failure:2 "$EXAMPLE" sh -c 'exit 3'
    expect_soon 30 "a restart policy sees the command's failure" restarted_twice
    start --restart always "$EXAMPLE"
    "${engine[@]}" restart "$container" >/dev/null
    expect_soon 20 "a restarted container is there again" inside sandbox-init --wait --timeout 20s
    stop
    expect_same "and stays away once it was stopped" false "$(inspect '{{.State.Running}}')"
}

# Nothing but the program; and another distribution.
# As etc/devcontainer starts it. A check that fails here would be a false alarm, or a fault of the example.
promise_audit()
{
    local capability hardened=(--cap-drop ALL --security-opt no-new-privileges)
    for capability in CHOWN DAC_OVERRIDE KILL SETGID SETUID SYS_NICE; do
        hardened+=(--cap-add "$capability")
    done
    start "${hardened[@]}" "$EXAMPLE"
    expect "the audit finds nothing that fails, as vscode" as_vscode sandbox-init --audit -q
    expect "nor as root about vscode" inside sandbox-init --audit -q
    start "$EXAMPLE"
    refute "without what etc/devcontainer drops it passes as well?" as_vscode sandbox-init --audit -q
}

promise_any_image()
{
    mkdir -p "$SCRATCH/nothing"
    cp "$PROGRAM" "$SCRATCH/nothing/sandbox-init"
    tar -C "$SCRATCH/nothing" -c . | "${engine[@]}" import - "$TAG:nothing" >/dev/null 2>&1
    at_end "${engine[@]}" rmi -f "$TAG:nothing"
    start_only "$TAG:nothing" /sandbox-init
    expect_soon 10 "it runs in an empty image" log_has 'guard: watching'
    stop
    expect_same "and stops there" 0 "$stop_status"
    start_only --tmpfs /tmp --tmpfs /run "$TAG:nothing" /sandbox-init
    expect_soon 10 "with /run it can be asked there" inside /sandbox-init --status --quiet
    note "resident there: $(sed -n 's/^VmRSS:[[:blank:]]*//p' "/proc/$(inspect '{{.State.Pid}}')/status")"
    base_image bookworm
    start_only -v "$SCRATCH/nothing/sandbox-init:/usr/bin/sandbox-init:ro" --entrypoint sandbox-init debian:bookworm
    expect_soon 10 "it runs in an older distribution" inside sandbox-init --status --quiet
}

# all_of PREFIX [NAME...]: runs the functions of that prefix, or only those named
all_of()
{
    local prefix=$1 function
    shift
    for function in $(compgen -A function "${prefix}_"); do
        if [ $# -eq 0 ] || [[ " $* " == *" ${function#"${prefix}_"} "* ]]; then
            note "$function"
            "$function"
        fi
    done
}
