# SPDX-License-Identifier: MIT
# Clients that are silent, slow, deaf, dead, too many or mad harm neither each other nor the init; and when they
# are gone it rests again.
needs_root
needs_plain_program "they make system calls of their own"
CONTROL=/run/sandbox-init/control
expect_refusal()
{
    expect grep -q "^error	code=$1" <("${@:2}" || true)
}
printf '[service:two]\ncommand = exec sleep 1000\n[job:slow]\ncommand = sleep 1000\n' >/etc/sandbox-init.ini
start
expect_log 'service:two: started'
expect_log 'job:slow: started'

# One user cannot take all the places, two cannot take those of root.
background silent inside_as 1000 "$HELPERS/asker" hold 200 $CONTROL 'stat'
expect_output silent '^held [0-9]+$'
expect_same 'held 64' "$(<"$(output_of silent)")"
background others inside_as 1001 "$HELPERS/asker" hold 200 $CONTROL ''
expect_output others '^held [0-9]+$'
expect_same 'held 32' "$(<"$(output_of others)")"
expect_refusal busy inside_as 1002 "$HELPERS/asker" $CONTROL status
expect inside "$HELPERS/asker" $CONTROL status
background roots inside "$HELPERS/asker" hold 20 $CONTROL 'x'
expect_output roots '^held 20$'
expect inside "$HELPERS/asker" $CONTROL restart two

# Who says nothing has no place any more after 5 seconds.
is_served()
{
    inside_as 1000 "$HELPERS/asker" $CONTROL status >/dev/null
}
expect_soon is_served
for name in silent others roots; do
    hang_up $name
    join $name
done

# Who does not read, and who reads only what it waits for.
background deaf inside_as 1000 "$HELPERS/asker" deaf 60 $CONTROL history
background waiting inside_as 1000 "$HELPERS/asker" $CONTROL watch slow
expect_output deaf '^asked$'
expect_output waiting 'name=slow	.*state=running'
expect inside "$HELPERS/asker" $CONTROL status
end waiting
hang_up deaf
join deaf

# Noise.
for _ in 1 2 3 4 5; do
    noise=$(head -c 3000 /dev/urandom | tr -d '\0')
    expect inside_as 1000 "$HELPERS/asker" hold 10 $CONTROL "$noise" </dev/null
done
expect_refusal request inside_as 1000 "$HELPERS/asker" $CONTROL "$(printf 'a\033[2Jb')"
expect_refusal request inside_as 1000 "$HELPERS/asker" $CONTROL "$(printf '%01100d' 1)"
expect inside "$HELPERS/asker" $CONTROL stop slow
expect_running

switches()
{
    awk '/ctxt_switches:/ { n += $2 } END { print n }' "/proc/$INIT/status"
}
is_idle()
{
    local before
    before=$(switches)
    sleep 0.2
    [ "$(switches)" = "$before" ]
}
# A client that waits is no reason to wake up.
background waiting inside_as 1000 "$HELPERS/asker" $CONTROL stop two
background rests inside "$HELPERS/asker" $CONTROL watch two
expect_soon is_idle
before=$(switches)
sleep 2
expect_same "$before" "$(switches)"
term
expect_status 0
