# SPDX-License-Identifier: MIT
# As soon as one has failed --wait ends with 1, whatever else runs, and shows what its log ends with; that of the one
# to blame where it was only skipped for it.
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:cause]
command = read line </run/gate; i=0; while [ $i -lt 20 ]; do i=$((i + 1)); printf 'line %s\033[2J\n' "$i"; done; exit 7
[job:between]
command = true
after = cause
[job:wanted]
command = true
after = between
[job:slow]
command = sleep 1000
END
mkfifo /run/gate
start
expect_log 'job:cause: started'
background all inside "$PROGRAM" --wait
background one inside "$PROGRAM" --wait wanted slow
expect_output all '^slow: running'
expect_output one '^wanted: waiting for between'
echo go >/run/gate
status=0
join all || status=$?
expect_same 1 "$status"
status=0
join one || status=$?
expect_same 1 "$status"
for name in all one; do
    expect grep -q '^cause: failed: exit status 7 after' "$(output_of "$name")"
    expect grep -q '^  the end of /run/log/cause.log$' "$(output_of "$name")"
    expect grep -q '^  | .*Z line 20\\e\[2J$' "$(output_of "$name")"
    refute grep -q 'line 5' "$(output_of "$name")"
    refute grep -q $'\e' "$(output_of "$name")"
done
expect grep -q '^wanted: skipped: job:between was skipped' "$(output_of one)"
refute grep -q '^slow: done' "$(output_of all)"
expect_running
