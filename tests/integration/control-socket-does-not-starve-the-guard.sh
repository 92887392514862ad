# SPDX-License-Identifier: MIT
# A hundred clients that ask without a pause keep the guard from nothing, nor each other, nor the end.
needs_root
needs_plain_program "it is about speed"
CONTROL=/run/sandbox-init/control
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    printf '[job:job-%s]\ncommand = true\n' "$number"
done >/etc/sandbox-init.ini
start
expect_log 'job:job-20: done'
background readers inside_as 1000 "$HELPERS/asker" hammer 50 $CONTROL status
background historians inside_as 1001 "$HELPERS/asker" hammer 50 $CONTROL history
expect_output readers '^answered$'
expect_output historians '^answered$'
for number in 1 2 3 4 5 6 7 8 9 10; do
    "$HELPERS/binder" "/tmp/vscode-ipc-$number.sock"
    expect_soon test ! -e "/tmp/vscode-ipc-$number.sock"
done
expect inside "$HELPERS/asker" $CONTROL restart job-7
expect_log 'job:job-7: a restart was asked for'
term
expect_status 0 5
