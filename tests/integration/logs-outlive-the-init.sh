# SPDX-License-Identifier: MIT
# What a container wrote can be read when it has ended, where the configuration or the defaults put it.
cat >/etc/sandbox-init.ini <<'END'
[job:work]
command = echo this is why; exit 1
END
start
expect_log 'job:work: failed'
term
expect_status 0
run_here 0 --logs work
expect grep -q 'Z this is why$' "$OUT"
run_here 0 --logs
expect grep -q '^work | .*Z this is why$' "$OUT"
mv /var/log/sandbox-init /run/elsewhere
cat >/run/other.ini <<'END'
[init]
log_dir = /run/elsewhere
END
run_here 1 --logs
expect_log 'no init runs here, and there are no logs in /var/log/sandbox-init or /tmp/sandbox-init-0/log'
run_here 0 --config /run/other.ini --logs work -n 2
expect grep -q 'Z this is why$' "$OUT"
