# SPDX-License-Identifier: MIT
# Whatever is sent to it, it stays and goes on with its work, as PID 1 and as another init's child (where the
# kernel does not protect it).
signals='HUP USR1 USR2'
if [ -z "${SANDBOX_INIT_VALGRIND:-}" ]; then # which itself dies of some of these
    signals="$signals PIPE ALRM VTALRM PROF IO PWR STKFLT XCPU XFSZ URG WINCH CONT TSTP TTIN TTOU ABRT SYS"
    signals="$signals ILL TRAP BUS FPE SEGV 32 33"
fi
socket=0
for how in start start_subreaper; do
    "$how"
    expect_log 'watching [0-9]+ director'
    for signal in $signals; do
        kill_init "$signal"
    done
    socket=$((socket + 1))
    "$HELPERS/binder" "/tmp/vscode-ipc-$socket.sock"
    expect_soon test ! -e "/tmp/vscode-ipc-$socket.sock"
    expect_running
    term
    expect_status 0
done
