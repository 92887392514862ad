# SPDX-License-Identifier: MIT
# At log_max_size NAME.log becomes NAME.log.1, and so on up to log_keep. No line is lost, torn or out of
# order; no file is larger than it may be; older ones than log_keep are gone.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:many]
command = i=1; while [ $i -le 20000 ]; do echo "number $i of 20000"; i=$((i + 1)); done
log_max_size = 16K
log_keep = 99
echo = no
[job:few]
command = seq 20000
log_max_size = 4K
log_keep = 2
echo = no
[job:none]
command = seq 20000
log_max_size = 4K
log_keep = 0
echo = no
END
start
expect_log 'job:many: done' 30
expect_log 'job:few: done' 30
expect_log 'job:none: done' 30
files=()
for age in $(seq 99 -1 1); do
    if [ -e /run/log/many.log.$age ]; then
        files+=("/run/log/many.log.$age")
    fi
done
files+=(/run/log/many.log)
expect test ${#files[@]} -gt 50
expect_same '' "$(find /run/log -name 'many*' -size +16384c)"
expect_same '' "$(find /run/log \( -name 'few*' -o -name 'none*' \) -size +4096c)"
# Each is full: the next line had no room.
for file in "${files[@]:0:${#files[@]}-1}"; do
    expect test "$(stat -c %s "$file")" -gt $((16384 - 100))
    expect_same '' "$(tail -c 1 "$file" | tr -d '\n')"
done
expect_same "$(seq -f 'number %g of 20000' 20000)" "$(cat "${files[@]}" | cut -c26- | grep -v sandbox-init)"

expect_same 'few.log few.log.1 few.log.2' "$(cd /run/log && echo few*)"
expect_same none.log "$(cd /run/log && echo none*)"
cat /run/log/few.log.2 /run/log/few.log.1 /run/log/few.log | cut -c26- | grep -v sandbox-init >/run/few
expect_same "$(seq "$(head -n 1 /run/few)" 20000)" "$(</run/few)"
expect_same 20000 "$(grep -v sandbox-init /run/log/none.log | tail -n 1 | cut -c26-)"
refute_log 'lost'
