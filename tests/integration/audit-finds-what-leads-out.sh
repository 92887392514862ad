# SPDX-License-Identifier: MIT
# --audit names the variables that lead out or load code, here and in other processes, and shows no value. One whose
# socket is gone leads nowhere; behind the airlock there is none.
needs_root
user=(setpriv --reuid 1234 --regid 1234 --clear-groups --)

# audit STATUS COMMAND-IN-FRONT...: with what that puts into the environment
audit()
{
    local wanted=$1 status=0
    shift
    env -i "PATH=$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" "$@" "$PROGRAM" --audit --only environment \
        >"$OUT" 2>"$LOG" || status=$?
    expect_same "$wanted" "$status"
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

audit 0 "${user[@]}"
says '^pass +environment +none of [0-9]+ variables leads out or loads code, nor any in 0 other processes$'

# What has a socket that answers leads out, and so do VS Code's programs then.
printf '#!/bin/sh\n' >/tmp/browser.sh
editor=(VSCODE_IPC_HOOK_CLI=/tmp/vscode-ipc-1.sock BROWSER=/tmp/browser.sh "${user[@]}")
background server "${user[@]}" "$HELPERS/listener" /tmp/vscode-ipc-1.sock --stay
expect_output server listening
audit 1 "${editor[@]}"
says '^fail +environment +VSCODE_IPC_HOOK_CLI leads out; BROWSER leads out$'
says 'mend: terminal: sandbox-init --exec -- COMMAND$'
"$HELPERS/binder" /tmp/vscode-ipc-2.sock
audit 0 VSCODE_IPC_HOOK_CLI=/tmp/vscode-ipc-2.sock "${user[@]}" # root's, who alone may connect
says '^warn +environment +VSCODE_IPC_HOOK_CLI leads nowhere now$'
audit 0 "${editor[@]}" "$PROGRAM" --exec -q --
says '^pass +environment +none of'
if "$PROGRAM" --exec --explain --json | grep -Eq '"wall": "processes", "state": "holds"'; then
    says 'not seen: environments of uid 1234 that are closed to us \(1\): look as root, from outside the airlock$'
fi

# The guard has taken it: the variables are still there.
run_here 0 --oneshot-clean
audit 0 "${editor[@]}"
says '^warn +environment +VSCODE_IPC_HOOK_CLI leads nowhere now; BROWSER leads nowhere now$'
end server

# Code is code.
audit 1 LD_AUDIT= NODE_OPTIONS="--require /tmp/hush.js" "${user[@]}"
says '^fail +environment +NODE_OPTIONS loads code$'
audit 0 NODE_OPTIONS=--max-old-space-size=4096 "${user[@]}"
says '^warn +environment +NODE_OPTIONS is set, but loads no code$'

# What the user's configuration strips counts as well, and what it keeps is theirs.
printf '[env]\nstrip = @default OWN_*\nkeep = DISPLAY\n' >/etc/sandbox-init.ini
audit 1 OWN_ADDRESS=hush DISPLAY=hush:0 "${user[@]}"
says '^fail +environment +OWN_ADDRESS is here, which the configuration strips; DISPLAY is kept'
rm /etc/sandbox-init.ini

# Other processes' environments are read: by their own user, by root, and by a root that may not trace.
background one env VSCODE_IPC_HOOK_CLI=hush SSH_AUTH_SOCK=hush "${user[@]}" sleep 1000
# `docker exec --user 1234` has gid 0 where /etc/passwd does not know the user.
background two env VSCODE_IPC_HOOK_CLI=hush setpriv --reuid 1234 --regid 0 --clear-groups -- tail -f /dev/null
background three "${user[@]}" sleep 1000
background strange env LD_PRELOAD=hush setpriv --reuid 1235 --regid 1235 --clear-groups -- sleep 1000
are_there()
{
    test "$(pgrep -c -U 1234)" -eq 3 && test "$(pgrep -c -U 1235 -x sleep)" -eq 1 && ! pgrep -x setpriv >/dev/null
}
expect_soon are_there
audit 0 "${user[@]}"
says '^warn +environment +(VSCODE_IPC_HOOK_CLI|SSH_AUTH_SOCK) in 1 of 2 processes \(sleep\); .* in 1 of 2 processes \(sleep\)$'
says 'not seen: environments of uid 1234 that are closed to us \(1\): look as root, from outside the airlock$'
root_as_in_docker=(setpriv --bounding-set "-all,$DOCKER_CAPS" --inh-caps -all --)
for front in "" "${root_as_in_docker[*]}"; do
    # shellcheck disable=SC2086 # words
    audit 0 $front sh -c 'exec "$@" --user 1234' sh
    says '^warn +environment +.*VSCODE_IPC_HOOK_CLI in 2 of 3 processes \((sleep|tail), \.\.\.\)'
    says '^warn +environment +.*SSH_AUTH_SOCK in 1 of 3 processes \(sleep\)'
    refute has_line "$OUT" 'LD_PRELOAD|hush|not seen'
done
