# SPDX-License-Identifier: MIT
# The control socket has mode 0666 and is the init's, whatever the umask is, in a directory that nobody else can
# write. It goes with the init.
needs_root
CONTROL=/run/sandbox-init/control
given before 'umask 0777'
start
expect_soon test -S $CONTROL
expect_same '666 0 0' "$(stat -c '%a %u %g' $CONTROL)"
expect_same '755 0' "$(stat -c '%a %u' /run/sandbox-init)"
refute test -e /run/sandbox-init/.control.new
refute_log '(warning|error) (init|control)'
term
expect_status 0
refute test -e $CONTROL

# An ordinary user's has a place of its own, which is told nobody else.
given nothing
start_as 1000
OWN=/tmp/sandbox-init-1000
expect_soon test -S $OWN/control
expect_same '666 1000' "$(stat -c '%a %u' $OWN/control)"
expect_same '700 1000' "$(stat -c '%a %u' $OWN)"
expect inside_as 1000 "$HELPERS/asker" $OWN/control status
expect inside "$HELPERS/asker" $OWN/control status
term
expect_status 0
refute test -e $OWN/control

# Its path may be longer than an address can be.
long=/run/$(printf '%080d' 1)/$(printf '%080d' 2)
mkdir -p "$long"
printf '[init]\nruntime_dir = %s\n' "$long" >/etc/sandbox-init.ini
given before 'cd /tmp'
start -- sleep 1000
expect_soon test -S "$long/control"
# It comes back from there: to where its children start, too.
expect_same /tmp "$(readlink "/proc/$INIT/cwd")"
cd "$long"
expect "$HELPERS/asker" control status
cd /
