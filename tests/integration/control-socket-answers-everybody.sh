# SPDX-License-Identifier: MIT
# Everybody may ask for the state, only root may change it, and nothing can be started when the container goes down.
needs_root
CONTROL=/run/sandbox-init/control
expect_refusal()
{
    expect grep -q "^error	code=$1" <("${@:2}" || true)
}
cat >/etc/sandbox-init.ini <<'EOF'
[init]
log_dir = /run/log
[job:one]
command = echo one
[service:two]
command = exec sleep 1000
after = one
[service:stubborn]
command = trap '' TERM; echo trapped; while :; do sleep 1000; done
stop_grace = 3s
[job:off]
command = echo off
enabled = no
EOF
ask()
{
    inside "$HELPERS/asker" $CONTROL "$@"
}
ask_as_user()
{
    inside_as 1000 "$HELPERS/asker" $CONTROL "$@"
}
has_state()
{
    ask_as_user status | grep -Eq "^job	name=$1	.*	state=$2	"
}
start
expect_soon has_state two running
expect_log 'stubborn \| trapped'
expect_same 'init guard job job job job end' "$(ask_as_user status | cut -f 1 | paste -sd ' ')"
expect_same 'end' "$(ask_as_user watch one two | tail -n 1)"
expect_same 'end' "$(ask_as_user history | tail -n 1)"
expect grep -q 'protocol=1	.*	pid=1	is_pid1=1	uid=0	state=running	' <(ask_as_user status)
for verb in start stop restart; do
    expect_refusal 'denied	message=only root and .*uid 0' ask_as_user $verb two
done
expect has_state two running
expect ask stop two
expect has_state two idle
expect ask start two
expect has_state two running
expect ask restart two
expect_log "service:two: a restart was asked for by uid 0"
expect ask start off
expect has_state off "done"

term
expect_log 'stopping'
expect grep -q '	state=jobs	' <(ask status)
expect_refusal stopping ask start off
expect_refusal stopping ask restart two
expect_status 0
refute test -e $CONTROL
