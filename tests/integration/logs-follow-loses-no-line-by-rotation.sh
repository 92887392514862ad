# SPDX-License-Identifier: MIT
# --logs JOB -f begins before there is a log, goes on through every rotation, and shows each line once.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:many]
command = read line </run/gate; seq -f 'number %g of 30000' 30000
log_max_size = 32K
log_keep = 99
echo = no
END
mkfifo /run/gate
start
expect_log 'job:many: started'
background follower inside "$PROGRAM" --logs many -f
background all inside "$PROGRAM" --logs --follow
expect_output follower 'sandbox-init: starting'
expect_output all '^many \| .*sandbox-init: starting'
echo go >/run/gate
expect_log 'job:many: done' 60
expect_output follower 'sandbox-init: done' 30
expect_output all 'sandbox-init: done' 30
expect test -e /run/log/many.log.20
seq -f 'number %g of 30000' 30000 >/run/wanted
for name in follower all; do
    expect_same '' "$(grep -v 'sandbox-init: ' "$(output_of "$name")" | sed 's/.*Z //' | diff - /run/wanted | head -n 5)"
done
# What was rotated is shown later, too, and no more than is asked for.
inside "$PROGRAM" --logs many | grep -v 'sandbox-init: ' | cut -c26- >/run/got
expect cmp /run/got /run/wanted
expect_same "$(tail -n 2999 /run/wanted)" "$(inside "$PROGRAM" --logs -n 3000 many | head -n 2999 | cut -c26-)"
# It does not end by itself.
expect kill -0 "${background_pid[follower]}"
end follower
end all
