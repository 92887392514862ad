# SPDX-License-Identifier: MIT
# What a job and its children write goes line by line, with the time, into NAME.log, in the order in which it
# was written; a line comes out whole though it was written in pieces, and so does a last one without its end.
# What was there before is kept.
mkdir /run/log
echo 'of before, without its end' >/run/log/job.log
truncate -s -1 /run/log/job.log
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:job]
command =
    printf 'one '; printf 'line' >&2; printf ' in pieces\n'
    echo error >&2
    echo
    printf '  blanks \t kept  \n'
    for i in 1 2 3 4 5 6 7 8; do
        (n=0; while [ $n -lt 200 ]; do echo "writer $i $n"; n=$((n + 1)); done) &
    done
    wait
    printf 'no end'
[job:fails]
command = printf 'last words'; exit 1
retries = 1
retry_delay = 10ms
END
start
expect_log 'job:job: done'
expect_log 'job:fails: failed'
log=/run/log/job.log
stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z'
expect_same 'of before, without its end' "$(head -n 1 $log)"
tail -n +2 $log >/run/rest
refute grep -vEq "^$stamp " /run/rest
expect_same "$(cut -c1-24 /run/rest)" "$(cut -c1-24 /run/rest | sort)"
cut -c26- /run/rest >/run/lines
expect_same $'one line in pieces\nerror\n\n  blanks \t kept  ' "$(sed -n 2,5p /run/lines)"
expect grep -Eqx '\[sandbox-init: starting, pid [0-9]+\]' <(head -n 1 /run/lines)
expect grep -Eqx '\[sandbox-init: done after .*\]' <(tail -n 1 /run/lines)
expect_same 'no end' "$(tail -n 2 /run/lines | head -n 1)"
for i in 1 2 3 4 5 6 7 8; do
    expect_same "$(seq -f "writer $i %g" 0 199)" "$(grep "^writer $i " /run/lines)"
done
expect_same $((1 + 4 + 1600 + 1 + 1)) "$(wc -l </run/lines)"
expect_same 2 "$(grep -cE "^$stamp last words$" /run/log/fails.log)"
