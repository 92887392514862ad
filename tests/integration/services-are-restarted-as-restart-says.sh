# SPDX-License-Identifier: MIT
# restart = always also after a success, on-failure only after a failure, never not at all; what ends for good
# by itself has succeeded or failed.
{
    printf '[init]\nlog_dir = /run/log\n'
    for how in always on-failure never; do
        for status in 0 1; do
            printf '[service:%s-%s]\nrestart = %s\nrestart_delay = 10ms\nstart_limit = 3\n' \
                "$how" "$status" "$how"
            printf 'command = echo run >>/run/%s-%s; exit %s\n' "$how" "$status" "$status"
        done
    done
} >/etc/sandbox-init.ini
start
expect_log 'error service:always-1: failed: exit status 1'
expect_log 'error service:on-failure-1: failed: exit status 1'
expect_log 'error service:never-1: failed: exit status 1'
expect_log 'info service:on-failure-0: done after'
expect_log 'info service:never-0: done after'
runs_of()
{
    wc -l <"/run/$1"
}
has_run_often()
{
    [ "$(runs_of always-0)" -ge 5 ]
}
expect_soon has_run_often
expect_same '3 3 1 1 1' \
    "$(for name in always-1 on-failure-1 never-1 on-failure-0 never-0; do runs_of $name; done | paste -sd' ')"
refute_log 'service:always-0: (failed|done)'
expect_running
term
expect_status 0
expect_log '(service:always-0: stopped|init: SIGTERM)'
