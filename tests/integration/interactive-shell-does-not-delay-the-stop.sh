# SPDX-License-Identifier: MIT
# A shell at its prompt in an editor's terminal ignores TERM, and is the usual reason why a container takes
# its whole grace period to stop. It obeys HUP.
needs_command bash
printf '[init]\nstop_grace = 1h\n' >/etc/sandbox-init.ini
start
background shell "$HELPERS/terminal" nsenter --target "$INIT" --pid --mount -- setsid --ctty bash --norc -i
tell shell "echo it ignores \$(grep SigIgn /proc/\$\$/status)."
expect_output shell 'it ignores SigIgn:.*[4567cdef]...\.'
term
expect_status 0
