# SPDX-License-Identifier: MIT
# A file, a directory or a FIFO with such a name is somebody's own, and stays as it is.
make()
{
    echo content >"/tmp/vscode-ipc-$1-file.sock"
    chmod 640 "/tmp/vscode-ipc-$1-file.sock"
    mkdir -m 750 "/tmp/vscode-ipc-$1-directory.sock"
    mkfifo -m 620 "/tmp/vscode-ipc-$1-fifo.sock"
}
make before
start
make after
for when in before after; do
    for kind in file directory fifo; do
        # That a directory is made is not looked at.
        if [ "$when $kind" != "after directory" ]; then
            expect_log "left /tmp/vscode-ipc-$when-$kind.sock alone: it is not a socket"
        fi
    done
    expect_same 640 "$(stat -c %a "/tmp/vscode-ipc-$when-file.sock")"
    expect_same content "$(<"/tmp/vscode-ipc-$when-file.sock")"
    expect_same 750 "$(stat -c %a "/tmp/vscode-ipc-$when-directory.sock")"
    expect_same 620 "$(stat -c %a "/tmp/vscode-ipc-$when-fifo.sock")"
done
