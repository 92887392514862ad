# SPDX-License-Identifier: MIT
# The main command ended by itself and the others are saving their work: a first TERM (docker stop) asks for
# no more than what happens anyway. Only the next one means that nobody wants to wait.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
cat >/tmp/saver <<'END'
trap 'echo asked; read -r _ </tmp/go; echo saved; exit 0' TERM
echo ready
while :; do
    sleep 0.1
done
END
mkfifo /tmp/go

# The main command ends with 5 as soon as the other one is ready.
start_saver()
{
    : >/tmp/said
    "$1" -- sh -c 'setsid sh /tmp/saver >/tmp/said &
        until grep -q ready /tmp/said; do sleep 0.1; done
        exit 5'
    expect_soon grep -qx asked /tmp/said
    term
    expect_log 'info init: SIGTERM: stopping already, since the command ended'
    expect_running
    refute grep -qx saved /tmp/said
}

for how in start start_subreaper; do
    start_saver "$how"
    timeout 30 sh -c 'echo >/tmp/go'
    expect_status 5
    expect_same $'ready\nasked\nsaved' "$(</tmp/said)"
    refute_log 'not waiting any longer|killing'

    start_saver "$how"
    kill_init INT
    expect_status 5
    expect_log 'info init: SIGINT: not waiting any longer'
    expect_log 'warning init: killing'
    refute grep -qx saved /tmp/said
done
