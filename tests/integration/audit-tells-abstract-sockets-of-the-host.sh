# SPDX-License-Identifier: MIT
# Who listens outside of the container in the same network namespace, as with "network_mode: host", is told;
# who does in the container, or in another namespace, is not.
needs_root
audit=$STATE/audit

# Listens on the abstract socket NAME, in the network namespace of its own or a file.
listen_on()
{
    local code='import socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind("\0" + sys.argv[1])
server.listen()
print("listening", flush=True)
time.sleep(1000)'
    exec python3 -c "$code" "$1"
}

look()
{
    local status=0 command=("$PROGRAM" --audit --only "$2")
    if [ "$1" = root ]; then
        command+=(--user 1234)
    else
        command=(setpriv --reuid "$1" --regid "$1" --clear-groups -- "${command[@]}")
    fi
    nsenter --target "$INIT" --pid --mount --root "--net=/proc/$host/ns/net" -- \
        env -i "PATH=$PATH_INSIDE" HOME=/root "${command[@]}" >"$audit" 2>&1 || status=$?
    expect_same "$3 as $1" "$status as $1"
}

both()
{
    local who
    for who in root 1234; do
        look "$who" "$1" "$2"
        expect has_line "$audit" "$3"
    done
}

export -f listen_on
start
# The host's network namespace is one of the script's, so that nobody else's sockets are in it.
background host unshare --net -- "$BASH" -c "echo \$\$ >$STATE/host; listen_on other"
expect_output host listening
host=$(<"$STATE/host")
both abstract-sockets 0 '^warn +abstract-sockets +@other$'
background bus nsenter "--net=/proc/$host/ns/net" -- "$BASH" -c 'listen_on /tmp/dbus-AbCdEf'
expect_output bus listening
both abstract-sockets 1 '^fail +abstract-sockets +@/tmp/dbus-AbCdEf; @other$'
expect has_line "$audit" 'mend: docker-compose.yml: network_mode: bridge$'
background display nsenter "--net=/proc/$host/ns/net" -- "$BASH" -c 'listen_on /tmp/.X11-unix/X0'
expect_output display listening
both x11 1 '^fail +x11 +@/tmp/.X11-unix/X0: somebody outside of the container listens'
end bus
end display
# In the container, in a namespace of its own.
end host
background own unshare --net -- nsenter --target "$INIT" --pid --mount --root -- \
    "$BASH" -c 'listen_on /tmp/dbus-own'
expect_output own listening
own_pid()
{
    host=$(pgrep -n -f 'listen.*dbus-own') && [ -n "$host" ]
}
expect_soon own_pid
both abstract-sockets 0 '^pass +abstract-sockets +1 listened on in here$'
