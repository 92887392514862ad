# SPDX-License-Identifier: MIT
# With [init] user, PID 1 stays root and the main command is that user in every respect: ids, groups,
# capabilities, and what login would set.
needs_root
printf 'agent:x:1234:1235::/home/agent:/bin/agentsh\n' >>/etc/passwd
printf 'agent:x:1235:\nextra:x:1236:someone,agent\nother:x:1237:someone\n' >>/etc/group
printf '[init]\nuser = agent\n' >/etc/sandbox-init.ini
given docker-caps
start -- sh -c 'cat /proc/self/status; echo "$HOME $USER $LOGNAME $SHELL"; exec sleep 1000'
expect_soon grep -q agentsh "$OUT"
expect_same '/home/agent agent agent /bin/agentsh' "$(tail -n 1 "$OUT")"
expect grep -Eqx 'Uid:(.1234){4}' "$OUT"
expect grep -Eqx 'Gid:(.1235){4}' "$OUT"
read -r _ groups < <(grep '^Groups:' "$OUT")
expect_same '1235 1236' "${groups% }"
for set in CapInh CapPrm CapEff CapAmb; do
    expect grep -Eqx "$set:.0+" "$OUT"
done
expect grep -Eqx 'Uid:(.0){4}' "/proc/$INIT/status"
term
expect_status 143

# A number needs no entry.
printf '[init]\nuser = 4321\n' >/etc/sandbox-init.ini
start -- sh -c 'id -u; id -g; id -G; echo "$HOME $SHELL"'
expect_status 0
expect_same '4321 4321 4321 / /bin/sh' "$(paste -sd' ' "$OUT")"

# Nobody is run as somebody else than was asked for.
printf '[init]\nuser = nobody-of-that-name\n' >/etc/sandbox-init.ini
start -- sh -c 'echo ran'
expect_status 78
expect_log 'user = nobody-of-that-name: no such user'
printf '[init]\nuser = agent\n' >/etc/sandbox-init.ini
given nothing
start_as 4321 -- sh -c 'echo ran'
expect_status 78
expect_log 'user = agent: only root can run programs as another user, and we are uid 4321'
refute grep -q ran "$OUT"
