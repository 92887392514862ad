# SPDX-License-Identifier: MIT
# A full disk: the job goes on, what is lost is counted and said on the log with the mend, and when there is
# room again its lines are there again, behind one that says how many are missing. No line is torn.
needs_root
mkdir /run/log
mount -n -t tmpfs -o size=128k,mode=755 tmpfs /run/log
head -c 64k /dev/zero >/run/log/ballast
mkfifo /run/first /run/second
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:writer]
command =
    i=1; while [ $i -le 5000 ]; do echo "number $i of 5000"; i=$((i + 1)); done
    echo written >/run/written
    read line </run/first
    echo there is room again
    echo
    read line </run/second
    echo the end
log_keep = 0
echo = no
END
start
expect_soon test -e /run/written
expect_log 'warning job:writer: cannot write writer.log: No space left on device: .*lost.*make room'
expect_same 1 "$(grep -c 'cannot write writer.log' "$LOG")"
rm /run/log/ballast
echo go >/run/first
expect_log 'writer.log can be written again; [0-9]+ lines were lost'
expect_soon grep -q ' there is room again$' /run/log/writer.log
echo go >/run/second
expect_log 'job:writer: done'
cut -c26- /run/log/writer.log >/run/lines
note=$(grep 'lines were lost' /run/lines)
expect grep -Eqx '\[sandbox-init: [0-9]+ lines were lost: No space left on device\]' <<<"$note"
lost=$(tr -dc 0-9 <<<"$note")
kept=$(grep -c '^number [0-9]* of 5000$' /run/lines)
expect_same 5000 $((kept + lost))
expect test "$kept" -gt 100
expect_same "$(seq -f 'number %g of 5000' "$kept")" "$(grep '^number' /run/lines)"
expect_same "$note"$'\nthere is room again\n\nthe end' "$(sed -n '/lines were lost/,/the end/p' /run/lines)"
