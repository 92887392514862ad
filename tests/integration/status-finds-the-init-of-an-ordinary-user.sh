# SPDX-License-Identifier: MIT
# An init that runs as an ordinary user has its socket elsewhere. It is found by its own user, by root and by
# others, and so is one in a runtime_dir that the configuration names.
needs_root
mkdir -m 700 /mnt/state/nobodys
check_found()
{
    local status=0
    "$@" >/mnt/state/said 2>&1 || status=$?
    expect_same 1 "$status" # degraded: not root
    expect grep -q '^init    degraded, sandbox-init' /mnt/state/said
}
start_as 1234
expect_log 'watching'
expect test -S /tmp/sandbox-init-1234/control
check_found inside_as 1234 "$PROGRAM" --status
check_found inside "$PROGRAM" --status
term
expect_status 0

mkdir -m 755 /run/place
chown 1234 /run/place
printf '[init]\nruntime_dir = /run/place/of-its-own\n' >/etc/sandbox-init.ini
start_as 1234
expect_log 'watching'
expect test -S /run/place/of-its-own/control
check_found inside_as 1234 "$PROGRAM" --status
check_found inside_as 4321 "$PROGRAM" --status
check_found inside "$PROGRAM" --status
term
expect_status 0

# The file can be named, and be the init's user's own.
mkdir /run/files
cp /etc/sandbox-init.ini /run/files/mine.ini
rm /etc/sandbox-init.ini
start_as 1234 -c /run/files/mine.ini
expect_log 'watching'
check_found inside_as 4321 "$PROGRAM" --status -c /run/files/mine.ini
status=0
inside "$PROGRAM" --status 2>/mnt/state/said || status=$?
expect_same 3 "$status"
expect grep -q 'give its configuration with --config' /mnt/state/said
