# SPDX-License-Identifier: MIT
# --audit opens nothing for writing, makes nothing but sockets of VS Code's kind, removes nothing else, and sends
# no signal; as root about a user, and as that user. Nor does --prompt.
needs_command strace
needs_plain_program "what valgrind and sanitizers do is not ours"
echo 'agent:x:1234:1234::/run/home:/bin/sh' >>/etc/passwd
mkdir -p /run/home/.gnupg /run/home/.ssh
chmod 700 /run/home/.gnupg
chown -R 1234 /run/home 2>/dev/null || true
start
expect_log 'watching'

changes=creat,mkdir,mkdirat,unlink,unlinkat,rmdir,rename,renameat,renameat2,link,linkat,symlink,symlinkat,chmod
changes=$changes,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,ftruncate,mknod,mknodat,utimensat,setxattr
changes=$changes,fsetxattr,lsetxattr,removexattr,kill,tkill,tgkill,pidfd_send_signal,ptrace,mount,umount2,bind
changes=$changes,open,openat,openat2,execve,fork,vfork
own='(vscode-ipc|\.)-?sandbox-init-audit-[0-9]+(\.sock)?"'
expect_harmless()
{
    local trace=/mnt/state/trace
    "$@" >/mnt/state/said 2>&1 || true
    expect test -s /mnt/state/said
    expect grep -q 'execve(' "$trace"
    sed -Ei '1d; /\+\+\+ exited/d; /--- SIG/d' "$trace"
    # An open that can write, or create.
    refute grep -E 'open(at2?)?\(.*O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)' "$trace"
    sed -Ei '/open(at2?)?\(/d' "$trace"
    refute grep -Ev "^([0-9]+ +)?(bind\(.*sun_path=\".*$own|renameat\(.*$own.*$own|unlink(at)?\(.*$own)" "$trace"
}
traced=(strace -f -qq -e "trace=?${changes//,/,?}" -o /mnt/state/trace "$PROGRAM")
expect_harmless inside "${traced[@]}" --audit
expect_harmless inside "${traced[@]}" --prompt
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    expect_harmless inside "${traced[@]}" --audit --user agent
    chmod 777 /mnt/state
    rm -f /mnt/state/trace
    expect_harmless inside_as 1234 env HOME=/run/home "${traced[@]}" --audit
    rm -f /mnt/state/trace
    expect_harmless inside_as 1234 env HOME=/run/home "${traced[@]}" --prompt
fi
expect_same '' "$(find /tmp -name 'vscode-*')"
