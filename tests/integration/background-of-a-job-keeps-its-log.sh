# SPDX-License-Identifier: MIT
# What a job that is done leaves in the background stays, holds its log open and writes into it; the job is
# done all the same, and what comes after it starts. It ends with the container.
mkfifo /run/gate
cat >/etc/sandbox-init.ini <<END
[init]
log_dir = /run/log
[job:starter]
command =
    (echo in the background; read line </run/gate; echo "then \$line"; exec $HELPERS/witness TERM=0) &
    echo in the foreground
[job:flooding]
command = yes flood &
echo = no
log_max_size = 4K
[job:after]
command = echo there
after = starter flooding
END
start
expect_log 'job:starter: done'
expect_log 'job:after: done'
echo spoke >/run/gate
expect_soon grep -q ' then spoke$' /run/log/starter.log
expect_soon grep -q ' ready$' /run/log/starter.log
expect_soon grep -q ' in the background$' /run/log/starter.log
expect_log 'starter \| then spoke'
refute_log '(starter|flooding): did not stop'
term
expect_status 0
expect grep -q ' got TERM$' /run/log/starter.log
