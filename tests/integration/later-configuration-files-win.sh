# SPDX-License-Identifier: MIT
# /etc/sandbox-init.ini first, then /etc/sandbox-init.d/*.ini in the order of their names, key by key; with -c
# only the one that is named.
mkdir /etc/sandbox-init.d
printf '[init]\nstop_grace = 1s\nkill_grace = 1s\nlog_level = debug\n' >/etc/sandbox-init.ini
printf '[init]\nstop_grace = 2s\nkill_grace = 3s\n' >/etc/sandbox-init.d/20-late.ini
printf '[init]\nkill_grace = 4s\nlog_format = json\n' >/etc/sandbox-init.d/10-early.ini
for name in 30-note.txt .hidden.ini 40.ini~; do
    printf '[init]\nnonsense\n' >"/etc/sandbox-init.d/$name"
done
run_here 0 --check-config
expect grep -qx 'stop_grace = 2s' "$OUT"
expect grep -qx 'kill_grace = 3s' "$OUT"
expect grep -qx 'log_level = debug' "$OUT"
expect grep -qx 'log_format = json' "$OUT"

printf '[init]\nstop_grace = 5s\n' >/run/own.ini
for option in "-c /run/own.ini" "-c/run/own.ini" "--config /run/own.ini" "--config=/run/own.ini"; do
    # shellcheck disable=SC2086 # one or two words
    run_here 0 --check-config $option
    expect grep -qx 'stop_grace = 5s' "$OUT"
    expect grep -qx 'kill_grace = 2s' "$OUT"
    expect grep -qx 'log_level = info' "$OUT"
done
