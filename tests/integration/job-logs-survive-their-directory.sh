# SPDX-License-Identifier: MIT
# The log directory, or a file in it, is deleted, moved or replaced by something that must not be written: the
# job goes on, and so does its log as soon as that can be.
mkfifo /run/gate
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[service:clock]
command = while read line; do echo "$line"; done <>/run/gate
echo = no
END
given before 'umask 077'
start
say()
{
    echo "$1" >/run/gate
}
is_said()
{
    grep -qs " $1\$" "/run/log/clock.log"
}
say one
expect_soon is_said one
rm -r /run/log
say two
expect_soon is_said two
expect_same 755 "$(stat -c %a /run/log)"
mv /run/log/clock.log /run/log/moved
say three
expect_soon is_said three
refute grep -q three /run/log/moved
: >/run/log/clock.log
say four
expect_soon is_said four
expect_same 1 "$(wc -l </run/log/clock.log)"

# A link to what others must not have written, and a second name of it.
echo precious >/run/precious
ln -sf /run/precious /run/log/clock.log
say five
expect_log 'clock: cannot write clock.log: a symbolic link has its name: .*remove that'
ln -f /run/precious /run/log/clock.log
say six
say seven
rm /run/log/clock.log
say eight
expect_soon is_said eight
expect grep -Eq '\[sandbox-init: [0-9]+ lines were lost: .*\]$' /run/log/clock.log
expect_same precious "$(</run/precious)"

# The directory itself.
mv /run/log /run/real
mkdir /run/elsewhere
ln -s /run/elsewhere /run/log
say nine
expect_log 'cannot write clock.log: its directory is a symbolic link or no directory'
refute test -e /run/elsewhere/clock.log
refute grep -q nine /run/real/clock.log
rm /run/log
say ten
expect_soon is_said ten
expect_running
expect_same 1 "$(grep -c 'service:clock: started' "$LOG")"
