# SPDX-License-Identifier: MIT
# A process can join any group of its session, and jobs and the main command have one session. Who has left its
# own group is stopped all the same, by timeout, by the end of the container, and by KILL.
needs_command python3
cat >/etc/sandbox-init.ini <<'END'
[init]
stop_grace = 60s
[job:slow]
shell = python3
timeout = 1s
command = import os, time; os.setpgid(0, os.getpgid(os.getppid())); time.sleep(1000)
[service:stubborn]
shell = python3
stop_grace = 1s
command =
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setpgid(0, os.getpgid(os.getppid()))
    print("left", flush=True)
    time.sleep(1000)
END
start -- python3 -c '
import os, time
os.setpgid(0, os.getpgid(os.getppid()))
print("main left", flush=True)
time.sleep(1000)'
expect_log 'job:slow: failed: timed out after'
expect_log '^stubborn . left$'
expect_soon grep -qx 'main left' "$OUT"
term
expect_status 143 20
expect_log 'service:stubborn: did not stop in time: killed'
