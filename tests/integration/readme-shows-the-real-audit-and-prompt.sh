# SPDX-License-Identifier: MIT
# What README.md shows of --audit and --prompt is what they print, byte for byte: to the user vscode, in a container
# with these jobs and this configuration, with these files.
needs_root
needs_command git
hide_premises
printf 'root:x:0:0::/root:/bin/sh\nvscode:x:1000:1000::/home/vscode:/bin/bash\n' >/etc/passwd
rm -f /etc/gitconfig /etc/environment
cat >/etc/sandbox-init.ini <<'END'
[init]
user = vscode

[prompt]
text =
    - The database is at `postgres:5432`; `pnpm db:reset` fills it.
    - Run `pnpm test` before each commit.

[job:install]
command = echo '{"name": "app"}' >package.json
directory = /home/vscode/app

[job:browsers]
command = echo no network; exit 1
after = install

[service:app-3000]
command = exec sleep 1000
after = install
END
install -d -o 1000 -g 1000 /home/vscode /home/vscode/app /home/vscode/.ssh /home/vscode/.devcontainer
cd /home/vscode/app
as_vscode=(setpriv --reuid 1000 --regid 1000 --clear-groups env -i "PATH=$PATH_INSIDE" HOME=/home/vscode)
"${as_vscode[@]}" git init --quiet
"${as_vscode[@]}" mkdir .vscode
"${as_vscode[@]}" touch /home/vscode/.devcontainer/.postStartCommandMarker
# What ssh-keygen -N '' begins with.
cat >/home/vscode/.ssh/id_ed25519 <<'END'
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
END
chown 1000 /home/vscode/.ssh/id_ed25519
chmod 600 /home/vscode/.ssh/id_ed25519
start
expect_log 'job:browsers: failed'
expect_log 'service:app-3000: started'

# shown COMMAND: what README.md shows behind "$ COMMAND", to the end of the block or the next command
shown()
{
    awk -v command="$ $1" '
        $0 == command { is_in = 1; next }
        is_in && (/^```/ || /^\$ /) { exit }
        is_in { print }' "$README"
}
in_container=(unshare --net --ipc --uts setpriv --no-new-privs --reuid 1000 --regid 1000 --clear-groups
    env -i "PATH=$PATH_INSIDE" HOME=/home/vscode COLUMNS=110)
compare()
{
    local command=$1
    shift
    shown "$command" >/mnt/state/shown
    expect test -s /mnt/state/shown
    inside "${in_container[@]}" /bin/sh -c "cd /home/vscode/app && exec \"\$@\"" sh "$PROGRAM" "$@" \
        >/mnt/state/real || true
    # Where the test itself runs, more is mounted than in a container.
    sed -i '/no part of the project/d' /mnt/state/real
    expect diff -u /mnt/state/shown /mnt/state/real
}
names=guard,sockets,git-helper,ssh-keys,workspace,markers
compare "sandbox-init --audit --only $names" --audit --only "$names"
compare 'sandbox-init --prompt' --prompt
# The same again is the same.
compare 'sandbox-init --prompt' --prompt
