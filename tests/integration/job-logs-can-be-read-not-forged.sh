# SPDX-License-Identifier: MIT
# Whatever the umask is, logs have the mode 0644 and their directory 0755, and are the init's own: the job's
# user reads its log, and can neither write nor remove it.
needs_root
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:spy]
user = 1234
command =
    echo something
    until grep -q something /run/log/spy.log; do sleep 0.01; done
    if echo forged >>/run/log/spy.log; then echo could write; fi
    if rm -f /run/log/spy.log; then echo could remove; fi
    if mv /run/log/spy.log /run/log/old; then echo could move; fi
    if touch /run/log/new; then echo could make; fi
    if chmod 666 /run/log/spy.log; then echo could chmod; fi
    if echo forged >/proc/1/fd/2; then echo could write on the log; fi
    ls /proc/1/fd >/dev/null && echo could look || true
    echo the end
log_max_size = 4K
[job:many]
command = seq 3000
log_max_size = 4K
END
for mask in 000 077; do
    given nothing
    given before "umask $mask"
    rm -rf /run/log
    start
    expect_log 'job:spy: done'
    expect_log 'job:many: done'
    expect_same '755 0' "$(stat -c '%a %u' /run/log)"
    expect_same '644 0' "$(stat -c '%a %u' /run/log/*.log /run/log/*.log.* | sort -u)"
    refute_log 'could |\| forged'
    refute grep -q 'forged$' /run/log/spy.log
    expect grep -q ' the end$' /run/log/spy.log
    term
    expect_status 0
done
