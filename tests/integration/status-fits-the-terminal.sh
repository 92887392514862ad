# SPDX-License-Identifier: MIT
# On a terminal the table has colours, unless NO_COLOR is set, and no line is wider than the terminal is.
needs_command stty
cat >/etc/sandbox-init.ini <<'END'
[job:one]
command = exit 3
[job:a-name-as-long-as-it-is-allowed]
command = true
after = one
[service:web]
command = exec sleep 1000
END
start
expect_log 'job:a-name-as-long-as-it-is-allowed: skipped'
# Prints what a terminal of so many columns gets.
show()
{
    local columns=$1
    shift
    inside "$HELPERS/terminal" env "$@" sh -c "stty cols $columns && '$PROGRAM' --status" </dev/null || true
}
show 100 TERM=xterm | tr -d '\r' >/mnt/state/said
expect grep -q $'\e\\[31mfailed\e\\[0m' /mnt/state/said
expect grep -q $'\e\\[32mrunning\e\\[0m' /mnt/state/said
show 100 TERM=xterm NO_COLOR=1 | tr -d '\r' >/mnt/state/said
refute grep -q $'\e' /mnt/state/said
expect grep -q '^one .* failed' /mnt/state/said
for columns in 12 30 47 60 79; do
    show "$columns" NO_COLOR=1 | tr -d '\r' >/mnt/state/said
    expect grep -q 'failed' /mnt/state/said
    refute grep -q ".\{$((columns + 1))\}" /mnt/state/said
done
