# SPDX-License-Identifier: MIT
# --exec is exec()ed through: the command has its pid, parent, session, directory, descriptors and terminal, its
# environment without what leads to VS Code, and nothing of ours stays behind. What cannot be run ends as it does
# in a shell.
mkdir /tmp/place
cd /tmp/place
export VSCODE_IPC_HOOK_CLI=/tmp/x SSH_AUTH_SOCK=/tmp/agent GIT_ASKPASS=/x KEPT=yes

# What a process is, but for its pid; the words in front of `sh` are what is to make no difference.
facts()
{
    sh -c 'echo $$; exec "$@"' sh "$@" sh -c 'echo $$ $PPID $(ps -o pgid=,sid=,nice= -p $$) $(pwd) $(umask) $(cat <&7)
        grep -E "^(Sig(Blk|Ign|Cgt)|[UG]id|Groups)" /proc/self/status; ls /proc/self/fd' 7</tmp/seven 8<&0
}
echo seventh >/tmp/seven
facts >"$STATE/without"
facts "$PROGRAM" --exec -q -- >"$STATE/with"
for file in without with; do
    # The very process: the pid of the shell that became it is its own.
    expect_same "$(sed -n 1p "$STATE/$file")" "$(sed -n 's/ .*//;2p' "$STATE/$file")"
    sed -i '1d;2s/^[0-9]* //' "$STATE/$file"
done
expect grep -q seventh "$STATE/with"
expect_same "$(<"$STATE/without")" "$(<"$STATE/with")"

# Nobody stays between us and the command.
background one "$PROGRAM" --exec -q -- sh -c 'echo $$; read -r _; exit 42'
expect_output one '^[0-9]+$'
expect_same sh "$(ps -o comm= -p "$(<"$(output_of one)")")"
refute pgrep -x sandbox-init
tell one go
status=0
join one || status=$?
expect_same 42 "$status"

expect_same "KEPT=yes SSH_AUTH_SOCK=" "$("$PROGRAM" --exec -q -- env | grep -E '^(KEPT|VSCODE|SSH_AUTH|GIT_ASKPASS)' | sort | tr '\n' ' ' | sed 's/ $//')"
# [init] user is not for it: it stays who it is.
printf '[init]\nuser = 4242\n[env]\nset = FROM_INI=1\n' >/etc/sandbox-init.ini
expect_same "$(id -u) 1" "$("$PROGRAM" --exec -q -- sh -c 'echo $(id -u) $FROM_INI')"

# A signal that ends it is the parent's to see, as without.
status=0
"$PROGRAM" --exec -q -- sh -c 'kill -s TERM $$' || status=$?
expect_same 143 "$status"

cd /tmp
: >/tmp/no-bit
run_here 127 --exec -q -- /tmp/nothing
expect_log "^sandbox-init: cannot run '/tmp/nothing': No such file or directory$"
run_here 126 --exec -q -- /tmp/no-bit
expect_log "^sandbox-init: cannot run '/tmp/no-bit': Permission denied$"
run_here 126 --exec -q -- /tmp
run_here 64 --exec
run_here 64 --exec --explain true
printf '[airlock]\nunix_sockets = strikt\n' >/etc/sandbox-init.ini
run_here 78 --exec -- true
expect_log "unix_sockets: 'strikt' is none of its choices; did you mean 'strict'"
