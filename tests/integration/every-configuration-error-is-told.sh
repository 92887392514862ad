# SPDX-License-Identifier: MIT
# A bad configuration ends the program with 78 before it has done anything, in every mode, and all errors of
# all files are printed, each with its place.
mkdir /etc/sandbox-init.d
cat >/etc/sandbox-init.ini <<'END'
[init]
stop_grace = soon
stop_grase = 8s
log_level = info
log_level = debug
[scrup]
x = 1
END
cat >/etc/sandbox-init.d/10-first.ini <<'END'
[scrub]
enabled = maybe
patterns = vscode-*.sock
dirs = relative/path
END
cat >/etc/sandbox-init.d/20-second.ini <<'END'
user = x
[env]
set = no-assignment
[init]
kill_grace = 2s ; not a comment
END
cat >/etc/sandbox-init.d/30-jobs.ini <<'END'
[job:build]
command =
    make ; make install
  echo less indented
after = web
[service:web]
command = serve
after = bulid build
retries = 3
[job:a b]
command = x
[job:nothing]
END
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
wanted="/etc/sandbox-init.ini:2 /etc/sandbox-init.ini:3 /etc/sandbox-init.ini:5 /etc/sandbox-init.ini:6 \
/etc/sandbox-init.d/10-first.ini:2 /etc/sandbox-init.d/10-first.ini:3 /etc/sandbox-init.d/10-first.ini:4 \
/etc/sandbox-init.d/20-second.ini:1 /etc/sandbox-init.d/20-second.ini:3 /etc/sandbox-init.d/20-second.ini:5 \
/etc/sandbox-init.d/30-jobs.ini:4 /etc/sandbox-init.d/30-jobs.ini:9 /etc/sandbox-init.d/30-jobs.ini:10 \
/etc/sandbox-init.d/30-jobs.ini:8 /etc/sandbox-init.d/30-jobs.ini:12 /etc/sandbox-init.d/30-jobs.ini:5"
for mode in --check-config --oneshot-clean --foreground "-v"; do
    run_here 78 "$mode"
    expect_same "$wanted" "$(cut -d: -f1,2 "$LOG" | paste -sd' ')"
    expect_same "" "$(<"$OUT")"
done
start -- sh -c 'echo ran'
expect_status 78
expect_same "$wanted" "$(cut -d: -f1,2 "$LOG" | paste -sd' ')"
expect_same "" "$(<"$OUT")"
expect test -S /tmp/vscode-ipc-1.sock
expect_log "unknown key 'stop_grase' in \[init\]; did you mean 'stop_grace'\?"
expect_log "unknown section \[scrup\]; did you mean \[scrub\]\?"
expect_log "after: there is no job or service 'bulid'; did you mean 'build'\?"
expect_log 'after: each of these would wait for the next one for ever: build -> web -> build; leave one out'
expect_log "unknown key 'retries' in \[service:web\]; it belongs in \[job:NAME\]"

needs_command python3
run_here 78 --check-config --json
expect python3 -c '
import json, sys
faults = json.load(open(sys.argv[1], encoding="ascii"))["faults"]
assert len(faults) == 16 and faults[0]["line"] == 2 and faults[0]["file"] == "/etc/sandbox-init.ini", faults
' "$OUT"
