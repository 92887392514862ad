# SPDX-License-Identifier: MIT
# --logs shows the lines of all jobs and services in the order of their times, with names in front, and the
# last ones of all together with -n. Bytes stay what they are, but not on a terminal.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:one]
command = exec 3<>/run/gate-one; for i in 1 2 3 4 5; do read line <&3; echo "one $line"; done
[job:another]
command = exec 3<>/run/gate-another; for i in 1 2 3 4 5; do read line <&3; printf 'another %s \033[2J\377\n' "$line"; done
[service:quiet]
command = exec sleep 1000
END
mkfifo /run/gate-one /run/gate-another
start
expect_log 'service:quiet: started'
for i in 1 2 3 4 5; do
    echo "$i" >/run/gate-one
    expect_soon grep -q "one $i" /run/log/one.log
    echo "$i" >/run/gate-another
    expect_soon grep -aq "another $i" /run/log/another.log
done
expect_log 'job:another: done'
expect_log 'job:one: done'
inside "$PROGRAM" --logs >/run/got
expect_same "$(printf 'one     | one %s\nanother | another %s \033[2J\377\n' 1 1 2 2 3 3 4 4 5 5)" \
    "$(grep -av sandbox-init /run/got | sed 's/| .*Z /| /')"
expect_same "$(cut -d'|' -f2- /run/got | cut -c2-25 | sort)" "$(cut -d'|' -f2- /run/got | cut -c2-25)"
expect grep -q '^quiet   | .*sandbox-init: starting' /run/got
expect_same "$(tail -n 4 /run/got)" "$(inside "$PROGRAM" --logs -n 4)"
expect_same "$(grep -a '^another' /run/got | cut -c11-)" "$(inside "$PROGRAM" --logs another)"
expect_same 0 "$(inside "$PROGRAM" --logs -n 0 | wc -c)"
# The init's own log, by its name.
expect_same "$(cat /run/log/sandbox-init.log)" "$(inside "$PROGRAM" --logs sandbox-init)"

background shown inside "$HELPERS/terminal" setsid --ctty env TERM=xterm NO_COLOR=1 "$PROGRAM" --logs
expect_output shown 'another \| .*another 5 \\e\[2J\\xff'
end shown

expect_same 64 "$(inside "$PROGRAM" --logs anothr 2>/run/why || echo $?)"
expect_same "sandbox-init: there is no job or service 'anothr'; did you mean 'another'?" "$(</run/why)"
