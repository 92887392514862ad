# SPDX-License-Identifier: MIT
# What would keep the container from its next start is told by the audit, not by that start.
needs_root
audit=$STATE/audit

look()
{
    local status=0
    if [ "$1" = root ]; then
        inside "$PROGRAM" --audit --only configuration --user 1234 >"$audit" 2>&1 || status=$?
    else
        inside_as "$1" "$PROGRAM" --audit --only configuration >"$audit" 2>&1 || status=$?
    fi
    expect_same "$2 as $1" "$status as $1"
}

both()
{
    local who
    for who in root 1234; do
        look "$who" "$1"
        expect has_line "$audit" "$2"
    done
}

start
both 0 '^pass +configuration +there is none'
mkdir /etc/sandbox-init.d
printf '[scrub]\nenabled = yes\n' >/etc/sandbox-init.ini
printf '[init]\nlog_level = debug\n' >/etc/sandbox-init.d/a.ini
both 0 '^pass +configuration +2 valid'
printf '[init]\n\nlog_level = hunter2\nlog_format = hunter3\n' >/etc/sandbox-init.d/a.ini
both 1 '^fail +configuration +2 faults, the first at /etc/sandbox-init.d/a.ini:3'
expect has_line "$audit" 'mend: container: sandbox-init --check-config$'
refute has_line "$audit" hunter
rm /etc/sandbox-init.d/a.ini
chmod 666 /etc/sandbox-init.ini
both 1 '^fail +configuration +1 fault, the first at /etc/sandbox-init.ini: the'
chmod 600 /etc/sandbox-init.ini
look root 0
expect has_line "$audit" '^pass +configuration +1 valid'
look 1234 0
expect has_line "$audit" '^n/a +configuration +it is not for uid 1234 to read'
expect has_line "$audit" 'not seen: .*look as root'
