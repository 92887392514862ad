# SPDX-License-Identifier: MIT
# Jobs that print as much as they can keep nobody from being asked, told and steered.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[service:flood]
command = exec yes 'a line of some length that comes again and again'
echo = no
log_max_size = 100K
[service:flood-too]
command = exec yes 'another line of some length that comes again and again'
echo = no
log_max_size = 100K
[job:work]
command = read line </run/gate
END
mkfifo /run/gate
start
expect_log 'service:flood-too: started'
background waiting inside "$PROGRAM" --wait work --timeout 30s
background drawn inside "$HELPERS/terminal" setsid --ctty env TERM=xterm "$PROGRAM" --wait work flood --timeout 30s
expect_output waiting '^work: running'
expect_output drawn 'flood +running'
for _ in 1 2 3 4 5; do
    expect inside timeout 10 "$PROGRAM" --status --quiet
done
expect inside "$PROGRAM" --restart flood --timeout 20s
expect inside "$PROGRAM" --stop flood --timeout 20s
echo go >/run/gate
expect join waiting
end drawn
