# SPDX-License-Identifier: MIT
# What is mounted from elsewhere is told: secrets, homes, sockets and the system fail, what can be written to is a
# warning; read-only folders, the workspace and memory pass. In a root of its own, which has only the mounts that
# are made here.
needs_root
audit=$STATE/audit
root=$STATE/root

# put SOURCE POINT [ro]: mounts SOURCE at POINT of the root
put()
{
    mkdir -p "$root$2"
    mount -n --bind "$1" "$root$2"
    if [ "${3:-}" = ro ]; then
        mount -n -o remount,bind,ro "$root$2"
    fi
}

take()
{
    umount -n "$root$1"
}

# look STATUS LINE [COMMAND...]
look()
{
    local wanted=$1 line=$2 status=0
    shift 2
    chroot "$root" "${@:-/usr/bin/env}" /program/sandbox-init --audit --only mounts >"$audit" 2>&1 || status=$?
    expect_same "$wanted: $(<"$audit")" "$status: $(<"$audit")"
    expect has_line "$audit" "$line"
}

# / of the machine is whatever it is: all that is looked at comes from a file system of memory.
home=$STATE/other/home/me
mkdir -p "$root/proc" "$root/dev" "$root/etc" "$home/project/.devcontainer" "$home/.ssh" "$home/data" "$home/sub"
mount -n -t proc proc "$root/proc"
for folder in /usr /lib /lib64 /bin; do
    if [ -L "$folder" ]; then
        cp -P "$folder" "$root/"
    elif [ -d "$folder" ]; then
        put "$folder" "$folder" ro
    fi
done
put "$WORLD" /program ro
mknod -m 666 "$root/dev/null" c 1 3
look 0 '^pass +mounts +.*/usr at /usr, read-only'
refute has_line "$audit" 'can be written to'

put "$home/project" /somewhere/project
look 0 'project at /somewhere/project, the workspace'
put "$home/data" /data
look 0 '^warn +mounts +/[^ ]*/data at /data can be written to;'
expect has_line "$audit" 'mend: docker-compose.yml: - /[^ ]*/data:/data:ro \('
take /data
put "$home/data" '/my data' ro
look 0 '^pass .*/data at /my data, read-only'
put "$home/.ssh" /keys ro
look 1 '^fail +mounts +/[^ ]*/.ssh at /keys is secrets of the host, read-only;'
expect has_line "$audit" 'mend: docker-compose.yml: volumes: leave out the one that ends in ":/keys"'
# Closed to the agent by its mode, not by the mount.
chmod 700 "$home/.ssh"
look 0 '^warn +mounts +/[^ ]*/.ssh at /keys is secrets of the host, read-only, closed to it by its mode' \
    /usr/bin/setpriv --reuid 1234 --regid 1234 --clear-groups
look 1 '^fail +mounts +/[^ ]*/.ssh at /keys is secrets of the host, read-only;'
take /keys
put "$home" /whole
look 1 '^fail +mounts +/[^ ]*/me at /whole is a home directory, with .ssh of the host;'
take /whole
background server "$HELPERS/listener" "$home/data/engine" --stay
expect_output server listening
touch "$root/engine"
mount -n --bind "$home/data/engine" "$root/engine"
look 1 '^fail +mounts +/[^ ]*/engine at /engine is a socket of the host;'
take /engine
mkdir "$root/host-proc"
mount -n -t proc proc "$root/host-proc"
look 1 "^fail +mounts +proc at /host-proc is the kernel's file system of the host;"
take /host-proc
mount -n -t tmpfs tmpfs "$root/host-proc"
look 0 '^pass +mounts'
