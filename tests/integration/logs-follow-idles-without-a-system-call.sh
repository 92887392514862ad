# SPDX-License-Identifier: MIT
# --logs -f is told of what is written; where nothing is, it does nothing.
needs_command strace
needs_plain_program "system calls are counted"
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:work]
command = echo one
END
start
expect_log 'job:work: done'
background follower inside strace -qq -o /run/calls "$PROGRAM" --logs -f
expect_output follower '^work \| .*Z one$'
expect_soon grep -q 'epoll_p*wait.*' /run/calls
expect_same 1 "$(inside timeout 2 sh -c 'a=$(wc -l </run/calls); sleep 1; b=$(wc -l </run/calls); echo $((b - a < 2))')"
