# SPDX-License-Identifier: MIT
# --json has the same facts for programs, whatever the names contain. (They stand there as they are printed.)
needs_command python3
"$HELPERS/binder" /tmp/vscode-ipc-1.sock $'/tmp/vscode-ipc-"\\\n\e.sock'
ln /tmp/vscode-ipc-1.sock /tmp/kept
touch /tmp/vscode-ipc-file.sock
cat >/mnt/state/check.py <<'END'
import json
import sys
report = json.load(open(sys.argv[1], encoding="ascii"))
assert set(report) == {"dry_run", "sockets", "directories", "unreadable", "left"}, report
assert report["dry_run"] == (sys.argv[2] == "dry"), report
found = {socket["path"]: socket for socket in report["sockets"]}
wanted = {"/tmp/vscode-ipc-1.sock", r'/tmp/vscode-ipc-"\\\n\e.sock', "/tmp/vscode-ipc-file.sock"}
if sys.argv[2] == "empty":
    assert found == {} and report["left"] == 0, report
    sys.exit()
assert set(found) == wanted, found
assert found["/tmp/vscode-ipc-1.sock"]["links"] == 2
assert found["/tmp/vscode-ipc-1.sock"]["owner"] == 0
assert found["/tmp/vscode-ipc-1.sock"]["error"] is None
assert found["/tmp/vscode-ipc-file.sock"]["result"] == "not-a-socket"
removed = "found" if sys.argv[2] == "dry" else "unlinked"
assert found["/tmp/vscode-ipc-1.sock"]["result"] == removed
assert report["left"] == (2 if sys.argv[2] == "dry" else 0), report
END
run_here 1 --oneshot-clean --dry-run --json
expect python3 /mnt/state/check.py "$OUT" dry
run_here 0 --oneshot-clean --json
expect python3 /mnt/state/check.py "$OUT" real
rm /tmp/vscode-ipc-file.sock
run_here 0 --oneshot-clean --json
expect python3 /mnt/state/check.py "$OUT" empty
