# SPDX-License-Identifier: MIT
# In a directory that everybody can write anybody can listen and say that all is well. Only root, oneself and the
# owner of PID 1 are believed.
needs_root
needs_command python3
cat >/mnt/state/liar.py <<'END'
import os
import socket
os.mkdir("/tmp/sandbox-init-0", 0o755)
server = socket.socket(socket.AF_UNIX)
server.bind("/tmp/sandbox-init-0/control")
os.chmod("/tmp/sandbox-init-0/control", 0o666)
server.listen()
print("listening", flush=True)
while True:
    client, _ = server.accept()
    with client:
        try:
            client.recv(1024)
            client.sendall(b"init\tprotocol=1\nguard\tlevel=full\nend\n")
        except OSError:
            pass # who does not believe him does not listen to him
END
chmod 644 /mnt/state/liar.py
printf '[init]\nruntime_dir =\n' >/etc/sandbox-init.ini
start
expect_log 'watching'
background liar inside_as 1234 python3 /mnt/state/liar.py
expect_output liar listening
status=0
inside "$PROGRAM" --status >/mnt/state/said 2>&1 || status=$?
expect_same 3 "$status"
expect grep -q 'uid 1234 listens on /tmp/sandbox-init-0/control, and is neither root, nor you' /mnt/state/said
status=0
inside_as 4321 "$PROGRAM" --wait >/mnt/state/said 2>&1 || status=$?
expect_same 3 "$status"
# To himself he may lie.
expect inside_as 1234 "$PROGRAM" --status --quiet
end liar
