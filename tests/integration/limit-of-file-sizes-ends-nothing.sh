# SPDX-License-Identifier: MIT
# Where a log file reaches the limit on the size of files (ulimit -f), the kernel sends its writer SIGXFSZ. That
# is the init's own affair: the main command, for which it would be the end, does not get it. What others send
# is forwarded as any other signal.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:writer]
command = i=0; while [ $i -lt 3000 ]; do echo "line $i of a job"; i=$((i + 1)); done; echo >/run/written
echo = no
END
for how in start start_subreaper; do
    rm -rf /run/log /run/written
    mkdir /run/log
    head -c 16384 /dev/zero | tr '\0' '\n' >/run/log/writer.log # nothing fits in behind this
    given nothing
    given before 'ulimit -f 16'
    "$how" -- sleep 1000
    expect_soon test -e /run/written
    expect_log 'warning job:writer: cannot write writer.log: File too large: .*; make log_max_size smaller'
    expect_log 'job:writer: done'
    expect_running
    kill_init XFSZ
    expect_status $((128 + $(kill -l XFSZ)))
done
