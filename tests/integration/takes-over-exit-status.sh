# SPDX-License-Identifier: MIT
# The main command's exit status is the container's; a signal that ended it is 128 and its number. What could
# not be started at all ends as it does in a shell.
for status in 0 7 255; do
    start -- sh -c "exit $status"
    expect_status "$status"
done
start -- sh -c 'kill -KILL $$'
expect_status 137
start -- sh -c 'kill -TERM $$'
expect_status 143
start -- no-such-command
expect_status 127
expect_log "cannot run 'no-such-command': No such file"
start -- /etc/passwd
expect_status 126
expect_log "cannot run '/etc/passwd': Permission denied"
start -- /etc/passwd/below-a-file
expect_status 127
