# SPDX-License-Identifier: MIT
# --logs -f goes on when its job is over and when the directory of the logs is replaced, and ends when nobody
# reads it any more, though there is nothing to write.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:work]
command = echo one
[job:more]
command = echo two
enabled = no
END
start
expect_log 'job:work: done'
background follower inside "$PROGRAM" --logs -f
expect_output follower '^work \| .*Z one$'
mv /run/log /run/away
expect inside "$PROGRAM" --start more
expect_output follower '^more \| .*Z two$'
expect_same 1 "$(grep -c 'Z one$' "$(output_of follower)")"
end follower
mkfifo /run/reader
background writer inside sh -c "exec $PROGRAM --logs more -f >/run/reader"
head -n 1 /run/reader >/dev/null
expect_soon test ! -e "/proc/${background_pid[writer]}"
