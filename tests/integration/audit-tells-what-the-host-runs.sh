# SPDX-License-Identifier: MIT
# --audit tells which of the files that the host runs the agent can change, and is right about read-only mounts:
# what it calls safe, the agent cannot change by any means tried here, and what it warns of, it can.
needs_root
needs_command git
house_agent
audit_says n/a workspace 'no workspace'

work=/tmp/workspaces/project
mkdir -p "$work"
chown 1234:1234 "$work"
mount --bind "$work" "$work" # the workspace's own mount, as always
cd "$work"
as_agent git init -q .
as_agent mkdir .devcontainer .vscode
as_agent touch .devcontainer/devcontainer.json .vscode/tasks.json .envrc
audit_says warn workspace "$work: it can change .devcontainer, .vscode, .git/hooks, .git/config, .envrc"

read_only()
{
    mount --bind "$1" "$1"
    mount -o remount,bind,ro "$1"
}

# May the agent get a text of its own into FILE: by writing, or by another directory in place of one above?
gets_in()
{
    local above
    as_agent sh -c "echo evil >$1" 2>/dev/null && return
    for above in "${1%/*}" "${1%%/*}"; do
        if as_agent mv "$above" "$above.old" 2>/dev/null; then
            as_agent sh -c "mkdir -p ${1%/*} && echo evil >$1"
            return
        fi
    done
    return 1
}

# What people do: it is not enough, since .git can be renamed and takes the mounts along.
for place in .devcontainer .vscode .git/hooks .git/config .envrc; do
    read_only "$place"
done
renaming='\(by renaming what is around it\)'
audit_says warn workspace "change .git/hooks $renaming, .git/config $renaming\""
refute_audit 'change [^"]*(devcontainer|vscode|envrc)'
refute gets_in .devcontainer/devcontainer.json
refute gets_in .vscode/tasks.json
expect gets_in .git/hooks/post-checkout
expect grep -q evil .git/hooks/post-checkout
rm -r .git
mv .git.old .git

# As the mends say it: .git as a mount of its own.
# shellcheck disable=SC2016 # the devcontainer CLI's own
expect grep -q 'source=${localWorkspaceFolder}/.git,target=${containerWorkspaceFolder}/.git,type=bind' "$OUT"
umount .git/hooks .git/config
mount --bind .git .git
audit_says warn workspace 'change .git/hooks, .git/config"'
read_only .git/hooks
read_only .git/config
audit_says pass workspace "$work: nothing that others run"
for place in .devcontainer/devcontainer.json .vscode/tasks.json .git/hooks/post-checkout; do
    refute gets_in "$place"
done
as_agent git config user.name x 2>/dev/null && fail "git's configuration could be written"
as_agent touch file
as_agent git add file

# Files of another user, without a mount: the agent owns what is around them.
umount .devcontainer
chown -R root: .devcontainer
audit_says warn workspace 'change .devcontainer \(by renaming what is around it\)"'
expect as_agent mv .devcontainer .devcontainer.old
chmod 1777 . # sticky: it does not own the entry, but the directory
audit_says warn workspace 'change .devcontainer"'
chown root: .
as_agent mkdir .devcontainer
chown root: .devcontainer
audit_says pass workspace
refute as_agent mv .devcontainer x 2>/dev/null
chmod 777 . # not sticky: anybody who may write it
audit_says warn workspace 'change .devcontainer \(by renaming what is around it\)"'
expect as_agent mv .devcontainer x
