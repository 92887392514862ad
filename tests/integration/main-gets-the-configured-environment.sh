# SPDX-License-Identifier: MIT
# strip and empty as configured, keep wins over both, set over everything.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind adds to the environment, and takes away"
fi
cat >/etc/sandbox-init.ini <<'END'
[env]
strip = @default
    AWS_* EXACT MODE=secret-*
empty = LATER EMPTIED KEPT_FULL
keep = VSCODE_KEPT KEPT_FULL
set =
    WITH_SPACES=two  words = three
    HOME=/home/me
    VSCODE_OWN=1
END
given env AWS_KEY=1 EXACT=1 EXACTLY=1 MODE=secret-7 EMPTIED=x KEPT_FULL=full VSCODE_KEPT=1 VSCODE_GONE=1
given env SSH_AUTH_SOCK=/a
start -- env
expect_status 0
expect_same "EMPTIED= EXACTLY=1 HOME=/home/me KEPT_FULL=full LATER= PATH=$PATH_INSIDE \
SSH_AUTH_SOCK=/a VSCODE_KEPT=1 VSCODE_OWN=1 WITH_SPACES=two  words = three" \
    "$(grep -v SAN_OPTIONS= "$OUT" | sort | paste -sd' ')"
