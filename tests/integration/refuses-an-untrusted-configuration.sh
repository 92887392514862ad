# SPDX-License-Identifier: MIT
# A configuration that others could change is refused: otherwise an agent configures what root runs.
needs_root
expect_refused()
{
    start "${arguments[@]}"
    expect_status 78
    expect_log "$1"
}

arguments=()
echo '[init]' >/etc/sandbox-init.ini
start
expect_log watching
chown 1234 /etc/sandbox-init.ini
expect_refused '^/etc/sandbox-init.ini: .*belongs to uid 1234'
chown 0 /etc/sandbox-init.ini
chmod 664 /etc/sandbox-init.ini
expect_refused '^/etc/sandbox-init.ini: .*can be written by its group or by others \(mode 0664\)'
chmod 646 /etc/sandbox-init.ini
expect_refused '^/etc/sandbox-init.ini: .*can be written by its group or by others \(mode 0646\)'
rm /etc/sandbox-init.ini
mkdir /etc/sandbox-init.ini
expect_refused '^/etc/sandbox-init.ini: .*no regular file'
rmdir /etc/sandbox-init.ini
ln -s /nowhere /etc/sandbox-init.ini
expect_refused '^/etc/sandbox-init.ini: '
rm /etc/sandbox-init.ini

# The directory above it, or any further up.
mkdir -m 777 /etc/sandbox-init.d
expect_refused '^/etc/sandbox-init.d: .*can be written'
rmdir /etc/sandbox-init.d
mkdir -p /run/a/b
echo '[init]' >/run/a/b/own.ini
arguments=(-c /run/a/b/own.ini)
chown 1234 /run/a
expect_refused '^/run/a/b/own.ini: /run/a belongs to uid 1234'
chown 0 /run/a
chmod 775 /run/a
expect_refused '^/run/a/b/own.ini: /run/a can be written'
chmod 755 /run/a
# A link that somebody else made, in a directory where everybody may.
ln -s /run/a/b/own.ini /tmp/own.ini
chown -h 1234 /tmp/own.ini
arguments=(-c /tmp/own.ini)
expect_refused '^/tmp/own.ini: the link /tmp/own.ini belongs to uid 1234'
chown -h 0 /tmp/own.ini
start -c /tmp/own.ini
expect_log watching
# What was named must be there.
arguments=(-c /run/a/b/none.ini)
expect_refused '^/run/a/b/none.ini: .*No such file'
