# SPDX-License-Identifier: MIT
# On a terminal --wait draws a line for each job with the last line of its output, and a bar; it gives the cursor
# back however it ends.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:first]
command = printf 'half way\033[2J there\n'; read line </run/gate
[job:second]
command = true
after = first
END
mkfifo /run/gate
start
expect_log 'job:first: started'
background shown inside "$HELPERS/terminal" setsid --ctty env TERM=xterm "$PROGRAM" --wait
background broken inside "$HELPERS/terminal" setsid --ctty env TERM=xterm "$PROGRAM" --wait
for name in shown broken; do
    expect_output "$name" $'\e\\[\\?25l'
    expect_output "$name" 'first   running .*half way\\e\[2J there'
    expect_output "$name" 'second  waiting .*for first'
    expect_output "$name" '0 of 2  [0-9.]+ m?s  \[\.+\]'
done
# It goes on with nobody but the clock.
frames() { tr '\r' '\n' <"$(output_of shown)" | grep -c '0 of 2 '; }
has_more_frames() { test "$(frames)" -gt "$1"; }
expect_soon has_more_frames "$(($(frames) + 2))"
refute grep -q $'\e\\[?25h' "$(output_of broken)"
printf '\003' >&"${background_input[broken]}"
status=0
join broken || status=$?
expect_same 130 "$status"
expect grep -q $'\e\\[?7h\e\\[?25h' "$(output_of broken)"
echo go >/run/gate
expect join shown
expect grep -q '2 of 2' "$(output_of shown)"
expect grep -q $'\e\\[?7h\e\\[?25h' "$(output_of shown)"
expect grep -q 'second  done' "$(output_of shown)"
