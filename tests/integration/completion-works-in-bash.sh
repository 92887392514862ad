# SPDX-License-Identifier: MIT
# In a real bash, Tab after sandbox-init offers what can come next: options that go with what is there, the
# names of jobs, files, and commands.
cat >/etc/sandbox-init.ini <<'END'
[job:install]
command = true
[service:web-1]
command = exec sleep 1000
[service:web-2]
command = exec sleep 1000
END
start
expect_log 'service:web-2: started'
mkdir -p /run/bin /run/dir
ln -s "$PROGRAM" /run/bin/sandbox-init
touch '/run/dir/a file' /run/dir/afile
inside "$PROGRAM" --completion bash >/run/completion
# The words to complete are the arguments, the last of which is where the cursor is.
cat >/run/complete <<'END'
cd /run/dir
. /run/completion
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_sandbox_init "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
END
offers()
{
    local wanted=$1
    shift
    expect_same "$wanted" "$(inside env PATH="/run/bin:$PATH" bash --norc /run/complete sandbox-init "$@" | sed 's/ $//')"
}
offers '--logs' --lo
offers '--timeline --timeout' --time
offers '--json' --status --j
offers '' --status --fo
offers '--follow' --logs --fo
offers '' --logs -f --fo
offers 'install web-1 web-2' --logs ''
offers 'web-1 web-2' --wait install w
offers 'install web-2' --wait web-1 ''
offers '-f' --logs -f
offers 'bash names zsh' --completion ''
offers 'a file afile' --config a
offers 'a file afile' --config = a
offers 'a file afile' --timeline -o a
offers '--text' --timeline -o a --te
offers 'SIGTERM' --pdeathsig TER
offers '' --rewrite ''
offers '' --lines ''
offers 'web-1 web-2' --config afile --stop w
offers 'web-1' --start -- web-1
offers 'sandbox-init' sandbox-ini
offers 'sandbox-init' -- sandbox-ini
offers 'a file afile' -- ls a
offers '' ls --lo
# What is offered is what the program takes: no mode goes with another.
for mode in $(inside "$PROGRAM" --help | sed -n '/^Modes/,/^Options/s/^ .*--\([a-z-]*\).*/\1/p'); do
    offers '' "--$mode" --verbose --help
done
term
expect_status 0
# And nothing is said where no init runs.
expect_same '' "$("$PROGRAM" --completion names 2>&1)"
