# SPDX-License-Identifier: MIT
# --audit names what the devcontainer CLI has left in /etc/environment and in its cache, as far as the agent can read
# them, and says when the agent can write them. What is planted there neither stops it nor leads it astray.
needs_root

# audit STATUS: as the user, and as root who looks through the user's eyes; both say the same
audit()
{
    local wanted=$1 status=0
    run_here "$wanted" --audit --only env-files --user 1234
    cp "$OUT" /run/as-root
    env -i "PATH=$PATH_INSIDE" HOME=/tmp "${sanitizer[@]}" setpriv --reuid 1234 --regid 1234 --clear-groups -- \
        "$PROGRAM" --audit --only env-files >"$OUT" 2>"$LOG" || status=$?
    expect_same "$wanted" "$status"
    expect_same "$(tail -n +2 /run/as-root)" "$(tail -n +2 "$OUT")"
    refute has_line "$OUT" hush
}

says()
{
    checks=$((checks + 1))
    has_line "$OUT" "$1" || fail "the audit does not say: $1"$'\n'"$(<"$OUT")"
}

rm -f /etc/environment
audit 0
says '^n/a +env-files +neither /etc/environment nor a cache'

printf 'PATH="/usr/bin"\n' >/etc/environment
audit 0
says '^pass +env-files +/etc/environment has neither secrets nor what leads out$'

printf 'GITHUB_TOKEN="hush"\nLD_PRELOAD=hush\n' >>/etc/environment
audit 0
says '^warn +env-files +/etc/environment has secrets: GITHUB_TOKEN; /etc/environment has what leads out: LD_PRELOAD$'
says 'mend: sandbox-init.ini: environment_file = '

chmod 666 /etc/environment
audit 1
says '^fail +env-files +/etc/environment can be written by uid 1234, for all who log in; '
says 'mend: Dockerfile: RUN chown root: /etc/environment && chmod 644 /etc/environment$'

chmod 600 /etc/environment
audit 0
says '^pass +env-files +/etc/environment is closed to uid 1234$'

# The cache is the agent's own.
cache=/tmp/devcontainers-0b5-1
mkdir "$cache"
printf '{\n\t"PATH": "/usr/bin",\n\t"NPM_TOKEN": "hush\\"hush"\n}\n' >"$cache/env-loginInteractiveShell.json"
chown -R 1234:1234 "$cache"
audit 0
says "^warn +env-files +$cache/env-loginInteractiveShell.json has secrets: NPM_TOKEN; $cache/env-.* can be written by uid"
says 'mend: devcontainer.json: "userEnvProbe": "none"$'
chown -R 1235:1235 "$cache"
chmod 700 "$cache"
audit 0
says '^pass +env-files +/etc/environment is closed to uid 1234$'

# Links lead to no file that the agent could not read; FIFOs, devices and what has no end do not stop it.
rm -r "$cache"
mkdir -m 700 /run/secret
printf '{"ROOTS_TOKEN":"hush"}' >/run/secret/env-x.json
mkdir "$cache" "$cache-2"
ln -s /run/secret "$cache-3"
ln -s /run/secret/env-x.json "$cache/env-link.json"
ln -s /dev/zero "$cache/env-zero.json"
mkfifo "$cache/env-fifo.json"
printf '{"\033[31m_TOKEN":"hush"}' >"$cache-2/env-"$'\033'"c.json"
head -c 3000000 /dev/zero | tr '\0' '"' >"$cache-2/env-large.json"
chown -Rh 1234:1234 "$cache" "$cache-2" "$cache-3"
audit 0
refute has_line "$OUT" ROOTS_TOKEN
refute has_line "$OUT" $'\033'
says 'env-fifo.json is closed to uid 1234'
says 'env-zero.json is closed to uid 1234'
says 'env-.ec.json has secrets: .e.31m_TOKEN'
