# SPDX-License-Identifier: MIT
# environment_file: quotes, comments, export, CRLF, values over several lines; nothing is expanded. It is read
# at each start of the job.
tr @ ' ' >/run/env <<'END'
# a comment

PLAIN=a b  # a comment
HASH=a#b
  export EXPORTED = blanks around @
SINGLE='it # is $HOME \n'
DOUBLE="a \"b\" \\ \$ \t."  # behind
EMPTY=
DOLLAR=$HOME${USER}`id`
LINES="one
two"
TWICE=first
TWICE=second
CHANGES=before
END
printf 'LAST=no newline' >>/run/env
cat >/run/wanted <<'END'
PLAIN=a b
HASH=a#b
EXPORTED=blanks around
SINGLE=it # is $HOME \n
EMPTY=
DOLLAR=$HOME${USER}`id`
LINES=one
two
TWICE=second
LAST=no newline
END
printf 'DOUBLE=a "b" \\ $ \t.\n' >>/run/wanted
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:show]
command =
    env >/run/got
    grep -q CHANGES=after /run/got || { sed -i s/before/after/ /run/env; exit 1; }
retries = 1
retry_delay = 10ms
environment_file = /run/env
END
check()
{
    start
    expect_log 'job:show: exit status 1 after .*; again in'
    expect_log 'job:show: done'
    while read -r line; do
        expect grep -Fqx -e "$line" /run/got
    done </run/wanted
    refute grep -q TWICE=first /run/got
    term
    expect_status 0
}
check
sed -i 's/after/before/; $!s/$/\r/; 1s/^/\xef\xbb\xbf/' /run/env
check
