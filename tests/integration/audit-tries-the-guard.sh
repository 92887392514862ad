# SPDX-License-Identifier: MIT
# The audit makes a socket of VS Code's kind and sees what becomes of it, as root and as the agent: that is the
# only thing that tells whether somebody guards. It leaves nothing behind.
needs_root
audit=$STATE/audit

# try WHO: WHO is root or a uid. Leaves what was said in $audit.
try()
{
    status=0
    if [ "$1" = root ]; then
        inside "$PROGRAM" --audit --only guard --user 1234 >"$audit" 2>&1 || status=$?
    else
        inside_as "$1" "$PROGRAM" --audit --only guard >"$audit" 2>&1 || status=$?
    fi
    expect_same '' "$(find /tmp -name '*sandbox-init-audit*')"
}

# look WHO STATUS
look()
{
    try "$1"
    expect_same "$2 as $1" "$status as $1"
}

# A machine under load may give the guard less time than the audit does.
passes()
{
    local left=3
    until try "$1" && has_line "$audit" '^pass +guard +a socket in /tmp was revoked$'; do
        left=$((left - 1))
        expect test "$left" -gt 0
    done
    expect_same 0 "$status"
}

seen()
{
    expect has_line "$audit" "$1"
}

for caps in all docker; do
    if [ "$caps" = docker ]; then
        given docker-caps
    fi
    start
    expect_log 'watching [0-9]+ director'
    passes root
    passes 1234
    expect_log 'revoked /tmp/vscode-ipc-sandbox-init-audit-[0-9]+.sock \(owner 1234\)'
    refute_log 'warning guard'
    # A guard that does not move is none.
    if [ "$caps" = docker ]; then
        kill_init STOP
        look 1234 1
        seen '^fail +guard +a socket in /tmp was left there'
        kill_init CONT
    fi
    term
    expect_status 0
    given nothing
done

given without-caps chown,fowner
start
for who in root 1234; do
    look "$who" 0
    seen '^warn +guard +degraded: .*CAP_CHOWN'
done
seen 'mend: docker-compose.yml: cap_add:'
term
expect_status 0
given nothing

start_as 1234
look 1234 0
seen 'a socket in /tmp was removed, but who opened it before can'
seen 'mend: Dockerfile: USER root$'
term
expect_status 0

printf '[scrub]\naction = report\n' >/etc/sandbox-init.ini
start
look root 1
seen '^fail +guard +report:'
seen 'mend: sandbox-init.ini: \[scrub\] action = revoke$'
term
expect_status 0

printf '[scrub]\nenabled = no\n' >/etc/sandbox-init.ini
start
look 1234 1
seen '^fail +guard +off:'
seen 'mend: sandbox-init.ini: \[scrub\] enabled = yes$'
term
expect_status 0
rm /etc/sandbox-init.ini

# Sweeping, because there are no events. In a user namespace there is nobody but root.
given no-inotify
start
expect_log 'sweeping every second'
inside "$PROGRAM" --audit --only guard >"$audit" 2>&1
seen '^warn +guard +degraded: .*inotify'
seen 'mend: host: sysctl -w fs.inotify'
term
expect_status 0
given nothing

# Nobody at all.
run_here 1 --audit --only guard --user 1234
expect has_line "$OUT" '^fail +guard +a socket in /tmp was left there'
expect has_line "$OUT" 'mend: Dockerfile: ENTRYPOINT'
expect_same '' "$(find /tmp -name '*sandbox-init-audit*')"
