# SPDX-License-Identifier: MIT
# What was stripped can be read nowhere in /proc/1/environ, not even by root; what children get, can.
if [ -n "${SANDBOX_INIT_VALGRIND:-}" ]; then
    skip "valgrind keeps an environment of its own"
fi
given env VSCODE_IPC_HOOK_CLI=secret-value-1 SSH_AUTH_SOCK=secret-value-2 GITHUB_TOKEN=plain-value
start
expect_log 'watching [0-9]+ director'
expect grep -qa plain-value "/proc/$INIT/environ"
refute grep -qa secret-value "/proc/$INIT/environ"
expect_same GITHUB_TOKEN=plain-value "$(inside cat /proc/1/environ | tr '\0' '\n' | grep value)"
