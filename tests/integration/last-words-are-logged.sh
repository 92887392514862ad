# SPDX-License-Identifier: MIT
# What jobs, services and what they left in the background say when they are asked to stop is in their logs,
# to the last line, though the program ends at that moment; and what became of them is on the log.
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
[job:starter]
command =
    for i in 1 2 3 4 5 6 7 8; do
        $HELPERS/witness TERM=0 &
    done
[service:talker]
command =
    trap 'i=1; while [ \$i -le 500 ]; do echo last \$i; i=\$((i + 1)); done; printf "no end"; exit 0' TERM
    echo ready
    while :; do sleep 0.01; done
[service:quiet]
command = exec $HELPERS/witness TERM=0
END
are_ready()
{
    [ "$(grep -cs ' ready$' /run/log/starter.log)" -eq 8 ]
}
for _ in $(seq 20); do
    rm -rf /run/log
    start
    expect_log 'job:starter: done'
    expect_soon are_ready
    expect_soon grep -qs ' ready$' /run/log/talker.log
    expect_soon grep -qs ' ready$' /run/log/quiet.log
    term
    expect_status 0
    expect_same 8 "$(grep -c ' got TERM$' /run/log/starter.log)"
    expect_same 500 "$(grep -c ' last [0-9]*$' /run/log/talker.log)"
    expect grep -q ' no end$' /run/log/talker.log
    expect_log 'service:talker: stopped after'
    expect_log 'service:quiet: stopped after'
done
