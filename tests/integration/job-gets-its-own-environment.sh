# SPDX-License-Identifier: MIT
# A job gets the stripped environment, even where the main command's is stripped by value; what its
# environment_file adds; and what its `environment` says, which wins. Its program is searched in the PATH that
# results.
mkdir -p /run/bin /run/project
cat >/run/bin/greet <<'END'
#!/bin/sh
echo "greeted by $0"
END
chmod 755 /run/bin/greet
printf 'FROM_FILE=file\nBOTH=file\nSET=file\nPATH=/run/bin:/usr/bin:/bin\n' >/run/project/.env
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[env]
set = SET=init
keep = KEPT*
strip = @default SECRET
[job:files]
command = env | sort; greet
directory = /run/project
environment_file = .env
environment =
    BOTH=job
    SPACES= a  b "c" 'd' $HOME # e
    VSCODE_OWN=wanted
[job:plain]
command = env | sort
[job:shell]
shell = greet
command = unused
environment = PATH=/run/bin:/bin:/usr/bin
END
given env VSCODE_IPC_HOOK_CLI=/tmp/x.sock SSH_AUTH_SOCK=/tmp/agent SECRET=hidden KEPT_VSCODE=yes \
    NORMAL=value GIT_EDITOR=/x/git-editor.sh GIT_ASKPASS=/x/askpass REMOTE_CONTAINERS=true
start -- sh -c 'env | sort; echo end; exec sleep 1000'
for name in files plain shell; do
    expect_log "job:$name: done"
done
expect_soon grep -qx end "$OUT"
of()
{
    grep -v 'sandbox-init: ' "/run/log/$1.log" | sed 's/^[^ ]* //'
}
of plain >/run/plain
of files >/run/files
for file in plain files; do
    refute grep -Eq '^(VSCODE_IPC|SECRET|GIT_|REMOTE_|LISTEN|NOTIFY)' "/run/$file"
    refute grep -Eq 'hidden|x\.sock|editor' "/run/$file"
    expect grep -qx NORMAL=value "/run/$file"
    expect grep -qx KEPT_VSCODE=yes "/run/$file"
    expect grep -qx SSH_AUTH_SOCK= "/run/$file"
done
# A job without anything of its own has just what the main command has.
drop_shells_own()
{
    grep -vE '^(PWD|OLDPWD|SHLVL|_)=' "$1"
}
expect_same "$(drop_shells_own "$OUT" | grep -vx end)" "$(drop_shells_own /run/plain)"
expect grep -qx SET=init /run/plain
expect grep -qx FROM_FILE=file /run/files
expect grep -qx BOTH=job /run/files
expect grep -qx SET=file /run/files
expect grep -qx VSCODE_OWN=wanted /run/files
expect grep -Fqx "SPACES= a  b \"c\" 'd' \$HOME # e" /run/files
expect grep -qx 'greeted by /run/bin/greet' /run/files
expect_same 'greeted by /run/bin/greet' "$(of shell)"
