# SPDX-License-Identifier: MIT
# A cycle of jobs, and a job that nobody knows, are errors of the configuration: 78, nothing starts. The cycle
# is named whole.
cat >/etc/sandbox-init.ini <<'END'
[job:free]
command = echo ran >/run/ran
[job:one]
command = true
after = free two
[service:two]
command = true
after = three
[job:three]
command = true
after = one free
END
start
expect_status 78
expect_log '^/etc/sandbox-init.ini:[0-9]+: .*one.*two.*three.*one'
refute_log 'free'
refute test -e /run/ran
run_here 78 --check-config
expect_log 'one.*two.*three.*one'

# A cycle that only two files together make.
mkdir /etc/sandbox-init.d
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:a]
command = true
[job:b]
command = true
after = a
END
start
expect_log 'job:b: done'
term
expect_status 0
printf '[job:a]\nafter = b\n' >/etc/sandbox-init.d/1.ini
start
expect_status 78
expect_log '^/etc/sandbox-init[^:]*:[0-9]+: .*a.*b.*a'

# Itself.
printf '[job:self]\ncommand = echo ran >/run/ran\nafter = self\n' >/etc/sandbox-init.d/1.ini
start
expect_status 78
expect_log '^/etc/sandbox-init.d/1.ini:[0-9]+: .*self.*self'

# Nobody of that name, where somebody has nearly that name.
printf '[job:install]\ncommand = echo ran >/run/ran\n[service:web]\ncommand = true\nafter = instal\n' \
    >/etc/sandbox-init.d/1.ini
start
expect_status 78
expect_log "^/etc/sandbox-init.d/1.ini:5: .*'instal'.*did you mean .*install"
refute test -e /run/ran
