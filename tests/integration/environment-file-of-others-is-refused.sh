# SPDX-License-Identifier: MIT
# Who can write an environment_file decides what the job runs: it must belong to root or to the job's user, in
# directories that do, and nobody else may be able to write it.
needs_root
mkdir -p /run/open /run/theirs
chmod 777 /run/open
chown 1234 /run/theirs
i=0
{
    printf '[init]\nlog_dir = /run/log\n'
    for file in /run/written.env /run/foreign.env /run/open/moved.env /run/theirs/own.env /tmp/link.env \
        /run/fifo.env; do
        i=$((i + 1))
        printf '[job:bad%s]\ncommand = touch /run/ran\nenvironment_file = %s\n' $i $file
    done
    printf '[job:own]\nuser = 1234\ncommand = true\nenvironment_file = /run/theirs/own.env\n'
    printf '[job:roots]\nuser = 1234\ncommand = true\nenvironment_file = /run/roots.env\n'
    printf '[job:other]\nuser = 4321\ncommand = touch /tmp/ran\nenvironment_file = /run/theirs/own.env\n'
} >/etc/sandbox-init.ini
for file in /run/written.env /run/foreign.env /run/open/moved.env /run/theirs/own.env /run/roots.env; do
    echo PATH=/evil:/usr/bin:/bin >"$file"
done
chmod 666 /run/written.env
chown 1234 /run/foreign.env /run/theirs/own.env
ln -s /run/roots.env /tmp/link.env
chown -h 1234 /tmp/link.env
mkfifo /run/fifo.env
start
expect_log 'job:own: done'
expect_log 'job:roots: done'
expect_log 'error job:bad1: failed: .*/run/written.env: others can write it \(mode 0666\)'
expect_log 'error job:bad2: failed: .*/run/foreign.env: belongs to uid 1234'
expect_log 'error job:bad3: failed: .*/run/open: others can write it'
expect_log 'error job:bad4: failed: .*/run/theirs: belongs to uid 1234'
expect_log 'error job:bad5: failed: .*/tmp/link.env: belongs to uid 1234'
expect_log 'error job:bad6: failed: .*/run/fifo.env: not a regular file'
expect_log 'error job:other: failed: .*/run/theirs: belongs to uid 1234'
refute test -e /run/ran -o -e /tmp/ran
expect_running
