# SPDX-License-Identifier: MIT
# The shipped snippets do what they say when they are copied to where they belong: aliases in interactive shells, a
# wrapper, and VS Code's terminal profiles. They are silent, and take no time to speak of.
export HOME=/tmp/home SANDBOX_INIT_AIRLOCK="inside x;touch${IFS}/tmp/bad  -n  my-agent2"
mkdir -p /tmp/home /tmp/bin
cp "$PROGRAM" /tmp/bin/sandbox-init
cp "$SAMPLES/devcontainer/airlock" /tmp/bin/airlock
printf '#!/bin/sh\necho "$(sed -n "s/NoNewPrivs:.//p" /proc/self/status) $*"\n' >/tmp/bin/inside
cp /tmp/bin/inside /tmp/bin/my-agent2
chmod 755 /tmp/bin/*
export PATH=/tmp/bin:$PATH
hook=$SAMPLES/profile.d/sandbox-init.sh
cd /tmp

# says SHELL...: what the commands print in an interactive shell, which may also print prompts and what it reads
says()
{
    printf '%s\n' ". $hook" 'inside "a  b" c' 'my-agent2' '\inside d' 'unalias inside' 'inside e' 'exit 0' |
        env PS1= PS2= ENV= "$@" 2>/dev/null | grep -E '^[01] '
}
wanted=$(printf '%s\n' '1 a  b c' '1 ' '0 d' '0 e')
for shell in "bash --norc --noprofile --noediting -i" "dash -i" "zsh -f -i" "busybox ash -i"; do
    # shellcheck disable=SC2086 # words
    if command -v ${shell%% *} >/dev/null; then
        expect_same "$shell"$'\n'"$wanted" "$shell"$'\n'"$(says $shell)"
    fi
done
expect_same "" "$(bash --norc --noprofile -ic ". $hook" 2>&1 | grep -v '^bash: ' || true)"
refute test -e /tmp/bad

# Elsewhere it is as if it were not there.
for shell in "bash" "dash" "sh"; do
    expect_same "0 x" "$($shell -c ". $hook; inside x; alias" 2>&1)"
done
expect_same "" "$(env -u SANDBOX_INIT_AIRLOCK bash --norc --noprofile -ic ". $hook; alias" 2>/dev/null)"
expect_same "" "$(PATH=/usr/bin:/bin bash --norc --noprofile -ic ". $hook; alias" 2>/dev/null)"
expect_same "" "$(bash --norc --noprofile -ic ". $hook; set" 2>/dev/null | grep ^sandbox_init || true)"

# The wrapper hands everything on, and its command's status back.
expect_same "1 a  b c" "$(airlock inside "a  b" c 2>&1)"
status=0
airlock sh -c 'exit 42' || status=$?
expect_same 42 "$status"

# The settings are JSON but for whole lines of comment, the same for both kinds of dev container, and their commands
# start a shell behind the airlock.
needs_command python3
cat >/tmp/read.py <<'END'
import json, re, sys
one, other = [json.loads(re.sub(r"(?m)^ *//.*", "", open(path).read())) for path in sys.argv[1:]]
settings = one["customizations"]["vscode"]["settings"]
profiles = settings["terminal.integrated.profiles.linux"]
for profile in (profiles[settings["terminal.integrated.defaultProfile.linux"]],
                settings["terminal.integrated.automationProfile.linux"], profiles["unguarded"]):
    print(" ".join([profile["path"], *profile.get("args", [])]))
for key in "customizations", "remoteUser", "remoteEnv", "overrideCommand", "postAttachCommand", "workspaceFolder":
    if one[key] != other[key]:
        print("they differ in", key)
END
mapfile -t commands < <(python3 /tmp/read.py "$SAMPLES"/devcontainer/{,compose/}devcontainer.json)
expect_same "" "${commands[*]:3}"
for i in 0 1 2; do
    # shellcheck disable=SC2086 # words
    expect_same "$((i < 2))" "$(${commands[i]/\/usr\/local\/bin/\/tmp\/bin} -c 'sed -n "s/NoNewPrivs:.//p" /proc/self/status' 2>&1)"
done

# Measured, not judged: a machine may be slow.
TIMEFORMAT='%R s for 20 shells that read the hook'
time for i in {1..20}; do bash --norc --noprofile -ic ". $hook" 2>/dev/null; done
TIMEFORMAT='%R s for 20 that do not'
time for i in {1..20}; do bash --norc --noprofile -ic : 2>/dev/null; done
TIMEFORMAT='%R s for 20 commands behind the airlock'
time for i in {1..20}; do airlock true; done
TIMEFORMAT='%R s for 20 that are not'
time for i in {1..20}; do /bin/sh -c 'exec true'; done
