# SPDX-License-Identifier: MIT
# What is wrong in an environment_file is a failure of the job that says FILE:LINE and how to mend it, and
# shows nothing of what stands there. Others go on.
{
    printf '[init]\nlog_dir = /run/log\n[job:good]\ncommand = true\n'
    for number in 1 2 3 4 5; do
        printf '[job:bad%s]\ncommand = touch /run/ran\nenvironment_file = /run/%s.env\n' $number $number
    done
    printf '[job:missing]\ncommand = touch /run/ran\nenvironment_file = /run/none.env\n'
} >/etc/sandbox-init.ini
printf 'A=1\n# comment\nPASSWORD hunter2\n' >/run/1.env
printf 'A=1\r\nB="hunter2\r\nC=2\r\n' >/run/2.env
printf 'A=1\n\n\n9B=hunter2\n' >/run/3.env
printf "A='1'hunter2\n" >/run/4.env
printf 'A=1\nB="hunter2\\q"\n' >/run/5.env
start
expect_log 'job:good: done'
expect_log 'error job:bad1: failed: .*/run/1\.env:3: there is no "="'
expect_log 'error job:bad2: failed: .*/run/2\.env:2: .*not closed'
expect_log 'error job:bad3: failed: .*/run/3\.env:4: '
expect_log 'error job:bad4: failed: .*/run/4\.env:1: '
expect_log 'error job:bad5: failed: .*/run/5\.env:2: '
expect_log 'error job:missing: failed: .*/run/none\.env: No such file'
refute_log hunter2
refute grep -rq hunter2 /run/log
refute test -e /run/ran
expect_running
