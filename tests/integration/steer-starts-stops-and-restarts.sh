# SPDX-License-Identifier: MIT
# --start, --stop and --restart return when it is so, say what happened, can be said twice, and honour the order.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[service:base]
command = exec sleep 1000
[service:web]
command = exec sleep 1000
after = base
[job:once]
command = echo run >>/run/runs
enabled = no
[job:bad]
command = echo because; exit 4
enabled = no
END
start
expect_log 'service:web: started'
pid_of() { inside "$PROGRAM" --status --json | sed -n "s/.*\"name\": \"$1\".*\"pid\": \([0-9a-z]*\), \"tries\".*/\1/p"; }
say()
{
    local wanted=$1 status=0
    shift
    inside "$PROGRAM" "$@" >/mnt/state/said 2>&1 || status=$?
    if [ "$status" -ne "$wanted" ]; then
        cat /mnt/state/said
    fi
    expect_same "$wanted" "$status"
}
first=$(pid_of web)
expect test -n "$first"
# What comes after it goes with it, and comes back only when it is asked for.
say 0 --stop base
expect_same 'base: stopped' "$(</mnt/state/said)"
expect_same null "$(pid_of base)"
expect_same null "$(pid_of web)"
say 0 --stop base
expect_same 'base: did not run (stopped)' "$(</mnt/state/said)"
say 0 --start web
expect grep -q '^web: running, pid' /mnt/state/said
expect_same 1 "$(pid_of base | grep -c '[0-9]')"
second=$(pid_of web)
expect test "$first" != "$second"
say 0 --start web
expect_same "web: already running, pid $second" "$(</mnt/state/said)"
say 0 --restart web
expect grep -q '^web: running, pid' /mnt/state/said
expect test "$second" != "$(pid_of web)"
# A job is started until it is done, and done again only by --restart.
say 0 --start once
expect grep -q '^once: done after' /mnt/state/said
say 0 --start once base
expect grep -q '^once: already done after' /mnt/state/said
expect grep -q '^base: already running' /mnt/state/said
expect_same 1 "$(grep -c run /run/runs)"
say 0 --restart once -q
refute test -s /mnt/state/said
expect_same 2 "$(grep -c run /run/runs)"
say 1 --start bad
expect grep -q '^bad: failed: exit status 4 after' /mnt/state/said
expect grep -q '^  | .* because$' /mnt/state/said
say 64 --start wbe
expect grep -q "did you mean 'web'?" /mnt/state/said
