# SPDX-License-Identifier: MIT
# Who took hold of a socket before it is revoked, by a descriptor or by a second name, cannot connect
# afterwards, and cannot undo it, though the socket was its own. Docker's default capabilities are enough for
# that.
needs_root
as_user=(setpriv --reuid 1234 --regid 1234 --clear-groups)
number=0
for caps in all docker; do
    if [ "$caps" = docker ]; then
        given docker-caps
    fi
    number=$((number + 1))
    socket=/tmp/vscode-ssh-auth-$number.sock
    kept=/tmp/kept-$number
    start
    expect_log 'watching [0-9]+ director'
    refute_log degraded
    # While the program is stopped the attacker is as quick as can be.
    kill_init STOP
    background server "$HELPERS/listener" --uid 1234 "$socket" --stay
    expect_output server listening
    "${as_user[@]}" ln "$socket" "$kept"
    background holder "${as_user[@]}" "$HELPERS/connector" hold "$socket"
    expect_output holder ready
    tell holder now
    expect_output holder '^connected$'
    expect_same connected "$("${as_user[@]}" "$HELPERS/connector" "$kept")"

    kill_init CONT
    expect_log "revoked $socket \(owner 1234\)"
    refute test -e "$socket"
    expect_same '0 0' "$(stat -c '%u %a' "$kept")"
    tell holder now
    expect_output holder '^EACCES$'
    expect_same EACCES "$("${as_user[@]}" "$HELPERS/connector" "$kept" || true)"
    refute "${as_user[@]}" chmod 777 "$kept"
    refute "${as_user[@]}" rm -f "$kept"
    expect_same 1 "$(grep -c '^connected$' "$(output_of holder)")"
    end holder
    end server
    term
    expect_status 0
done
