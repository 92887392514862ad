# SPDX-License-Identifier: MIT
# --status shows guard, jobs and services to everybody in the container, without being told where the init is;
# --json tells programs the same, in the documented schema, whatever is in the configuration.
needs_command python3
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:good]
command = true
[job:bad]
command = echo first; exit 3
retries = 1
retry_delay = 10ms
[job:late]
command = true
after = bad
[job:unmet]
command = true
only_if_exists = /no"where
[job:off]
command = true
enabled = no
[service:web]
command = exec sleep 1000
after = good
END
cat >/mnt/state/check.py <<'END'
import json
import sys

NUMBER, TEXT, FLAG = int, str, bool
NULL = type(None)
SCHEMA = {
    "schema": NUMBER, "healthy": FLAG,
    "init": {"version": TEXT, "pid": NUMBER, "is_pid1": FLAG, "uid": NUMBER, "state": TEXT, "now_at": NUMBER,
             "started_at": NUMBER, "log_dir": (TEXT, NULL), "command": (TEXT, NULL), "command_pid": (NUMBER, NULL)},
    "guard": {"level": TEXT, "reason": (TEXT, NULL), "healthy": FLAG, "directories": NUMBER, "polling": FLAG,
              "revoked": NUMBER, "unlinked": NUMBER, "links": NUMBER, "found": NUMBER, "refused": NUMBER,
              "failed": NUMBER, "hard_links": NUMBER, "moved_away": NUMBER, "overflows": NUMBER,
              "last_at": (NUMBER, NULL)},
    "jobs": [{"name": TEXT, "kind": TEXT, "enabled": FLAG, "state": TEXT, "healthy": FLAG, "changed_at": NUMBER,
              "started_at": (NUMBER, NULL), "took_ms": (NUMBER, NULL), "pid": (NUMBER, NULL), "tries": NUMBER,
              "tries_max": NUMBER, "exit_status": (NUMBER, NULL), "reason": (TEXT, NULL), "after": [TEXT],
              "log": (TEXT, NULL)}],
}


def check(value, schema, where):
    if isinstance(schema, dict):
        assert list(value) == list(schema), f"{where}: {list(value)}"
        for key, inner in schema.items():
            check(value[key], inner, f"{where}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for number, item in enumerate(value):
            check(item, schema[0], f"{where}[{number}]")
    else:
        # A bool is an int to Python, but not to anybody else.
        kinds = schema if isinstance(schema, tuple) else (schema,)
        assert type(value) in kinds, f"{where}: {value!r}"


report = json.load(open(sys.argv[1], encoding="ascii"))
check(report, SCHEMA, "status")
assert report["schema"] == 1 and report["healthy"] is False
assert report["init"]["pid"] == 1 and report["init"]["is_pid1"] and report["init"]["uid"] == 0
assert report["init"]["command"] == "sleep" and report["init"]["state"] == "running"
assert report["init"]["log_dir"] == "/run/log"
assert report["guard"]["level"] == "full" and report["guard"]["healthy"] and report["guard"]["unlinked"] == 1
assert report["guard"]["last_at"] >= report["init"]["started_at"]
jobs = {job["name"]: job for job in report["jobs"]}
assert list(jobs) == ["good", "bad", "late", "unmet", "off", "web"]
assert {name: job["state"] for name, job in jobs.items()} == {
    "good": "done", "bad": "failed", "late": "skipped", "unmet": "skipped", "off": "idle", "web": "running"}
assert [name for name, job in jobs.items() if not job["healthy"]] == ["bad", "late"]
assert jobs["bad"]["exit_status"] == 3 and jobs["bad"]["tries"] == 2 and jobs["bad"]["tries_max"] == 2
assert jobs["bad"]["log"] == "/run/log/bad.log" and jobs["bad"]["reason"].startswith("exit status 3")
assert jobs["late"]["after"] == ["bad"] and jobs["late"]["tries"] == 0 and jobs["late"]["started_at"] is None
assert '/no"where' in jobs["unmet"]["reason"]
assert not jobs["off"]["enabled"]
assert jobs["web"]["kind"] == "service" and jobs["web"]["pid"] > 1 and jobs["web"]["exit_status"] is None
END
start -- sleep 1000
expect_log 'service:web: started'
expect_log 'job:late: skipped'
expect_log 'job:unmet: skipped'
"$HELPERS/binder" /tmp/vscode-ipc-1.sock
expect_log 'guard: unlinked'
check_status()
{
    local status=0
    "$@" "$PROGRAM" --status >/mnt/state/text 2>/mnt/state/errors || status=$?
    expect_same 1 "$status"
    refute test -s /mnt/state/errors
    expect grep -Eq '^init    degraded, sandbox-init [0-9.]+, pid 1, up ' /mnt/state/text
    expect grep -Eq '^command sleep, pid [0-9]+$' /mnt/state/text
    expect grep -Eq '^guard   full$' /mnt/state/text
    expect grep -Eq ' revoked 0, unlinked 1, .* last [0-9.]+ m?s ago$' /mnt/state/text
    expect grep -Eq '^NAME +KIND +STATE +FOR +TOOK +EXIT +TRIES +WHY +LOG$' /mnt/state/text
    expect grep -Eq '^good +job +done .* 0 +1/1 +/run/log/good.log$' /mnt/state/text
    expect grep -Eq '^bad +job +failed .* 3 +2/2 +exit status 3 after .*' /mnt/state/text
    expect grep -Eq '^late +job +skipped .* job:bad failed' /mnt/state/text
    expect grep -Eq '^off +job +idle .* enabled = no' /mnt/state/text
    expect grep -Eq '^web +service +running ' /mnt/state/text
    # No escape sequences where nobody has a terminal.
    refute grep -q $'\e' /mnt/state/text
    status=0
    "$@" "$PROGRAM" --status --json >/mnt/state/json || status=$?
    expect_same 1 "$status"
    expect python3 /mnt/state/check.py /mnt/state/json
}
check_status inside
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    check_status inside_as 1234
fi
