# SPDX-License-Identifier: MIT
# --audit names variables that are called like secrets, here and in other processes, and shows no value. The agent's
# own key is none, and what the configuration strips is gone behind the airlock.
needs_root
user=(setpriv --reuid 1234 --regid 1234 --clear-groups --)

# audit STATUS COMMAND-IN-FRONT...: with what that puts into the environment
audit()
{
    local wanted=$1 status=0
    shift
    env -i "PATH=$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" "$@" "$PROGRAM" --audit --only secrets \
        >"$OUT" 2>"$LOG" || status=$?
    expect_same "$wanted" "$status"
    refute has_line "$OUT" hush
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

audit 0 ANTHROPIC_API_KEY=hush AWS_REGION=hush GITHUB_TOKEN= "${user[@]}"
says "^pass +secrets +ANTHROPIC_API_KEY is the agent's own; no other variable is called like a secret"

keys=(GITHUB_TOKEN=hush AWS_SECRET_ACCESS_KEY=hush "${user[@]}")
audit 0 "${keys[@]}"
says '^warn +secrets +GITHUB_TOKEN is here; AWS_SECRET_ACCESS_KEY is here$'
says 'mend: sandbox-init.ini: \[env\] strip = @default GITHUB_TOKEN AWS_SECRET_ACCESS_KEY$'

# The mend is one.
sed -n 's/.*mend: sandbox-init.ini: //p' "$OUT" | sed 's/^\(\[env\]\) /\1\n/' >/etc/sandbox-init.ini
expect "$PROGRAM" --check-config >/dev/null
audit 0 "${keys[@]}"
says '^warn +secrets +GITHUB_TOKEN is here; AWS_SECRET_ACCESS_KEY is here$'
says 'mend: terminal: sandbox-init --exec -- COMMAND$'
refute has_line "$OUT" 'mend: sandbox-init.ini'
audit 0 "${keys[@]}" "$PROGRAM" --exec -q --
says '^pass +secrets '

background one env NPM_TOKEN=hush "${user[@]}" sleep 1000
expect_soon pgrep -U 1234 -x sleep >/dev/null
audit 0 "${user[@]}"
says '^warn +secrets +NPM_TOKEN in 1 of 1 processes \(sleep\)$'
audit 0 setpriv --bounding-set "-all,$DOCKER_CAPS" --inh-caps -all -- sh -c 'exec "$@" --user 1234' sh
says '^warn +secrets +.*NPM_TOKEN in 1 of 1 processes \(sleep\)$'
