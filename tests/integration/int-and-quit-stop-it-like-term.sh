# SPDX-License-Identifier: MIT
# Each of the three is a request to stop, which is no failure. Nobody is there to wait for, so nothing is
# waited for: with this grace period, the script would take too long.
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
for signal in TERM INT QUIT; do
    start
    kill_init "$signal"
    expect_status 0
    expect_log "SIG$signal from outside"
done
