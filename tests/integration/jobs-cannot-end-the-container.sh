# SPDX-License-Identifier: MIT
# Whatever becomes of a job or service, the container lives and its status is the main command's: any exit
# status, any signal, a shell that is missing, an attack on its own group, its parent or everybody.
needs_root
mkfifo /run/gate
names=()
add()
{
    printf '[job:%s]\n%s\n' "$1" "$2" >>/etc/sandbox-init.ini
    names+=("$1")
}
printf '[init]\nlog_dir = /run/log\n' >/etc/sandbox-init.ini
for status in 1 2 64 71 77 78 125 126 127 128 137 255; do
    add "status$status" "command = exit $status"
done
for signal in HUP INT QUIT ILL ABRT FPE KILL SEGV TERM; do
    add "signal$signal" "command = kill -$signal \$\$; sleep 1000"
done
add group 'command = kill -KILL 0'
add parent 'command = kill -KILL $PPID; kill -STOP $PPID; exit 9'
add user $'user = 1234\ncommand = kill -TERM 1'
add everybody $'user = 4321\ncommand = kill -KILL -1'
add shell $'shell = /run/nothing\ncommand = true'
add script $'shell = /etc/passwd\ncommand = true'
start -- sh -c 'read line </run/gate; exit 33'
for name in "${names[@]}"; do
    if [ "$name" = everybody ]; then
        # It ends itself, or others of its user, or nobody.
        expect_log "job:$name: (failed|done)"
    else
        expect_log "error job:$name: failed: "
    fi
done
expect_log 'job:status78: failed: exit status 78'
expect_log 'job:signalSEGV: failed: ended by (SIG)?SEGV'
expect_log 'job:shell: failed: cannot run the shell .*: No such file'
expect_log 'job:script: failed: cannot run the shell .*: Permission denied'
expect_running
echo go >/run/gate
expect_status 33
