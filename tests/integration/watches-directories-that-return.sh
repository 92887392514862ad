# SPDX-License-Identifier: MIT
# A directory that is removed and made again, replaced by another, or whose parent is, is watched again.
printf '[scrub]\ndirs = /run/a/b\n' >/etc/sandbox-init.ini
number=0
expect_watched()
{
    number=$((number + 1))
    "$HELPERS/binder" "/run/a/b/vscode-ipc-$number.sock"
    expect_soon test ! -e "/run/a/b/vscode-ipc-$number.sock"
}

mkdir -p /run/a/b
start
expect_watched
rmdir /run/a/b
lets_go_of_it()
{
    ! readlink "/proc/$INIT/fd/"* | grep -q '(deleted)$'
}
expect_soon lets_go_of_it
mkdir /run/a/b
expect_watched
rm -r /run/a
mkdir -p /run/a/b
expect_watched
mkdir /run/a/new
mv -T /run/a/new /run/a/b # takes the place of the empty one
expect_watched
mv /run/a /run/old
mkdir -p /run/a/b
expect_watched
mv /run/a/b /run/a/c
mv /run/old/b /run/a/b
expect_watched

# What was moved away is not ours any more.
"$HELPERS/binder" /run/a/c/vscode-ipc-1.sock
expect_watched
expect test -S /run/a/c/vscode-ipc-1.sock
