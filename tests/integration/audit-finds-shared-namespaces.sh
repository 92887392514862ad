# SPDX-License-Identifier: MIT
# Namespaces of one's own pass; the network, IPC, names and control groups of the host are told. Where the tests
# run in a container themselves, the host's are out of reach.
audit=$STATE/audit

# look STATUS CHECK COMMAND...
look()
{
    local wanted=$1 check=$2 status=0
    shift 2
    "$@" "$PROGRAM" --audit --only "$check" >"$audit" 2>&1 || status=$?
    expect_same "$wanted: $(<"$audit")" "$status: $(<"$audit")"
}

look 0 network unshare --net
expect has_line "$audit" '^pass +network +it has one of its own$'
look 0 namespaces unshare --net --ipc --uts --cgroup
expect has_line "$audit" '^pass +namespaces +of its own: pid, ipc, uts, cgroup; users'
if [ -e /proc/sys/net/core/netdev_budget ]; then
    look 1 network env
    expect has_line "$audit" "^fail +network +it is the host's: all that listens on its loopback can be reached"
    expect has_line "$audit" 'mend: devcontainer.json: "runArgs": \["--network=bridge"\]$'
fi
if [ "$(readlink /proc/self/ns/ipc)" = 'ipc:[4026531839]' ]; then
    look 1 namespaces unshare --cgroup --uts
    expect has_line "$audit" "^fail +namespaces +IPC is the host's: its shared memory can be read; of its own: pid, uts"
    look 0 namespaces unshare --ipc
    expect has_line "$audit" "^warn +namespaces +the host's name is shared; control groups are the host's"
fi
