# SPDX-License-Identifier: MIT
# --foreground under a shell: Ctrl-Z stops the command and us, and the shell has its terminal again; fg brings
# both back. As often as one likes.
needs_command bash
background shell "$HELPERS/terminal" setsid --ctty env -i "PATH=$PATH" "${sanitizer[@]}" \
    bash --norc --noprofile -i
tell shell 'PS1='
printf '[scrub]\nenabled = no\n' >/tmp/own.ini
tell shell "${wrapper[*]//%p/foreground.%p} $PROGRAM --foreground -q -c /tmp/own.ini -- sed -u s/^/got-/"
for round in 1 2; do
    tell shell "before-$round"
    expect_output shell "^got-before-$round"
    tell shell $'\032'
    expect_output shell "^\\[1]\\+ +Stopped"
    tell shell "echo shell-\$(($round * 11))"
    expect_output shell "^shell-$((round * 11))"
    init=$(pgrep -x sandbox-init || pgrep -f "$PROGRAM")
    expect grep -q '^State:.T' "/proc/$init/status"
    expect grep -q '^State:.T' "/proc/$(pgrep -x sed)/status"
    tell shell fg
    tell shell "after-$round"
    expect_output shell "^got-after-$round"
    refute grep -q '^State:.T' "/proc/$init/status"
done

# Ctrl-C ends the command, we go with it, and the shell goes on.
tell shell $'\003' # which also throws away what is typed right behind it
has_no_sed()
{
    ! pgrep -x sed >/dev/null
}

expect_soon has_no_sed
tell shell 'echo ended-$?'
expect_output shell '^ended-130'
