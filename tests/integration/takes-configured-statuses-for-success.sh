# SPDX-License-Identifier: MIT
# Exit statuses of the main command that mean success, such as that of a server which TERM ends, become 0.
start -e 143 --remap-exit 7 -- sleep 1000
expect_soon pgrep -P "$INIT" -x sleep
term
expect_status 0
start -e 143 --remap-exit 7 -- sh -c 'exit 7'
expect_status 0
start -e 143 --remap-exit 7 -- sh -c 'exit 8'
expect_status 8
printf '[init]\nremap_exit = 3 130\n' >/etc/sandbox-init.ini
start -- sh -c 'exit 3'
expect_status 0
start -- sh -c 'kill -INT $$'
expect_status 0
