# SPDX-License-Identifier: MIT
# sandbox-init as PID 1 passes; below another init it is a warning; somebody else fails, with what put him there.

# look STATUS COMMAND...: the audit, run by COMMAND
look()
{
    local wanted=$1 status=0
    shift
    "$@" "$PROGRAM" --audit --only pid1 >"$STATE/audit" 2>&1 || status=$?
    expect_same "$wanted: $(<"$STATE/audit")" "$status: $(<"$STATE/audit")"
}

start
look 0 inside
expect has_line "$STATE/audit" '^pass +pid1 +sandbox-init [0-9.]+ is$'
look 0 inside_as 1234
expect has_line "$STATE/audit" '^pass +pid1 +sandbox-init [0-9.]+ is$'
term
expect_status 0

start_subreaper
look 0 inside
expect has_line "$STATE/audit" '^warn +pid1 .*sandbox-init is its child, guards, and cannot reap or stop'
term
expect_status 0

# first COMMAND...: COMMAND is PID 1, and FIRST its pid out here
first()
{
    background first unshare --pid --fork --kill-child --mount --mount-proc -- "$@"
    FIRST=
    wait_until 10 find_first || fail "$* did not start"
}

find_first()
{
    FIRST=$(pgrep -P "${background_pid[first]}" | head -n 1)
    [ -n "$FIRST" ] && [ "$(readlink "/proc/$FIRST/exe")" != "$(readlink -f /usr/bin/unshare)" ]
}

first sleep 1000
look 1 nsenter --target "$FIRST" --mount --pid
expect has_line "$STATE/audit" '^fail +pid1 +it is sleep, which neither reaps nor stops; no sandbox-init runs$'
expect has_line "$STATE/audit" 'mend: Dockerfile: ENTRYPOINT \["/usr/local/bin/sandbox-init"\]'
end first

# As the devcontainer CLI writes it.
first /bin/sh -c 'echo Container started
trap "exit 0" 15
exec "$@"
while sleep 1 & wait $!; do :; done' -
expect_output first 'Container started'
look 1 nsenter --target "$FIRST" --mount --pid
expect has_line "$STATE/audit" "^fail +pid1 +it is VS Code's shell loop, which replaces the image's ENTRYPOINT"
expect has_line "$STATE/audit" 'mend: devcontainer.json: "overrideCommand": false$'
end first
