# SPDX-License-Identifier: MIT
# umask, nice and directory are the job's own; without them they are 022, the init's original priority, and
# where the init is. A directory that is not there is a failure that names it.
needs_root
mkdir -m 700 /run/private
mkdir /run/project
chown 1234 /run/project
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:set]
command = umask; pwd; nice; touch made
umask = 077
nice = 7
directory = /run/project
user = 1234
[job:plain]
command = umask; pwd; nice
[job:urgent]
command = nice
nice = -5
[job:nowhere]
command = touch /run/ran
directory = /run/nowhere
[job:private]
command = touch /run/ran
directory = /run/private
user = 1234
END
given before 'umask 0 && renice -n 3 $$ >/dev/null'
start
for name in set plain urgent; do
    expect_log "job:$name: done"
done
of()
{
    grep -v 'sandbox-init: ' "/run/log/$1.log" | sed 's/^[^ ]* //' | paste -sd' '
}
expect_same '0077 /run/project 10' "$(of set)"
expect_same 600 "$(stat -c %a /run/project/made)"
expect_same '0022 / 3' "$(of plain)"
expect_same -2 "$(of urgent)"
expect_log 'error job:nowhere: failed: .*directory = /run/nowhere: No such file'
expect_log 'error job:private: failed: .*directory = /run/private: Permission denied'
refute test -e /run/ran
