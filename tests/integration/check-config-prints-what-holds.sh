# SPDX-License-Identifier: MIT
# --check-config prints the whole resolved configuration, as text that can be read back, and as JSON.
needs_command python3
run_here 0 --check-config
expect grep -qx 'stop_grace = 8s' "$OUT"
expect_same 1 "$(grep -c 'vscode-remote-containers-ipc-\*.sock' "$OUT")"
cat >/etc/sandbox-init.ini <<'END'
[init]
stop_grace = 90s
log_dir = /var/log/own

[scrub]
patterns = @default own-*.sock
dirs = /tmp $HOME/.cache

[env]
set =
    A=1
    B=two words

[job:first]
command =
    cat <<'DONE' | sed 's/a/b/' ; echo "$1 #"
    	tab, back\slash, "quotes" ;; # and all

      key = value
    DONE
retries = 2

[service:second]
command = exec serve ; exit 1
after = first
END
# What the shell is to get: the lines as they are, without the indentation of the first one.
cat >/run/script <<'END'
cat <<'DONE' | sed 's/a/b/' ; echo "$1 #"
	tab, back\slash, "quotes" ;; # and all

  key = value
DONE
END
run_here 0 --check-config
cp "$OUT" /run/resolved.ini
expect grep -Eqx 'stop_grace = (90s|1m30s)' "$OUT"
run_here 0 -c /run/resolved.ini --check-config
expect cmp /run/resolved.ini "$OUT"
run_here 0 --check-config --json
expect python3 -c '
import json, sys
config = json.load(open(sys.argv[1], encoding="ascii"))
assert config["init"]["stop_grace"] == 90000, config
assert config["init"]["log_dir"] == "/var/log/own"
assert config["init"]["user"] is None
assert config["scrub"]["enabled"] is True
assert config["scrub"]["dirs"] == ["/tmp", "$HOME/.cache"]
assert "vscode-ipc-*.sock" in config["scrub"]["patterns"] and "own-*.sock" in config["scrub"]["patterns"]
assert config["env"]["set"] == ["A=1", "B=two words"]
first, second = config["jobs"]
assert first["command"] == open(sys.argv[2], encoding="utf-8").read().rstrip("\n"), first
assert first["name"] == "first" and first["kind"] == "job" and first["retries"] == 2
assert second["command"] == "exec serve ; exit 1" and second["kind"] == "service"
assert second["after"] == ["first"] and "retries" not in second
' "$OUT" /run/script
run_here 0 --check-config --quiet
expect_same "" "$(<"$OUT")"
# What cannot be written is no success.
expect_same 71 "$(env "${sanitizer[@]}" "$PROGRAM" --check-config >/dev/full 2>/dev/null || echo $?)"
