# SPDX-License-Identifier: MIT
# A command over several lines is one script for its shell and arrives byte for byte: quotes,
# here-documents, ";", "#", "|", "&&", backslashes, "%", trailing blanks, long lines. What would be changed is
# refused with its line.
cat >/run/show <<'END'
#!/bin/sh
# Called as SHELL -c COMMAND NAME.
printf '%s' "$2" >"/run/got.$3"
END
chmod 755 /run/show
long=$(printf 'echo %01000d;' 1 2 3)
tr @ ' ' >/run/script <<END
echo "double \$HOME \`id\` \\\\ \\" " 'single; # no comment'; echo a ; echo b
# a comment of the shell's, then a blank line

cat <<'EOF' | grep -v '#' && true || false
    indented  more
	a tab
EOF
case x in
x) echo match ;;
[job:not]) echo section ;;
esac
after = nothing
x=1 ; [ "\$x" ] # behind it
trailing blanks @@
printf '%s\\n' ü € 𝄞 %d \\
    continued
$long
: end
END
{
    printf '[init]\nlog_dir = /run/log\n[job:several]\nshell = /run/show\ncommand =\n'
    sed 's/./    &/' /run/script
    printf '[job:first]\nshell = /run/show\n'
    printf 'command = %s\n' "$(head -n 1 /run/script)"
    printf '[job:both]\nshell = /run/show\ncommand = first\n    second\n\n      third\nnice = 3\n'
    printf '[job:real]\ncommand =\n'
    printf '    %s\n' "cat <<'EOF' >/run/real" "a ; b # c | d && e \\ \"f\" 'g'" EOF
    printf '    %s\n' 'x=$(echo 5); test "$x" = 5'
    printf '    %s\n' 'false || echo "or ; $x" >>/run/real'
} >/etc/sandbox-init.ini
start
for name in several first both real; do
    expect_log "job:$name: done"
done
expect cmp <(printf %s "$(</run/script)") /run/got.several
expect cmp <(printf %s "$(head -n 1 /run/script)") /run/got.first
expect cmp <(printf 'first\nsecond\n\n  third') /run/got.both
expect_same $'a ; b # c | d && e \\ "f" \'g\'\nor ; 5' "$(</run/real)"
term
expect_status 0

# The same with the line ends of another system.
sed -i 's/$/\r/' /etc/sandbox-init.ini
rm /run/got.*
start
expect_log 'job:several: done'
expect cmp <(printf %s "$(</run/script)") /run/got.several
term
expect_status 0

# The largest one that fits, and one that does not; a line too long; indentation that is none; a NUL.
write()
{
    printf '[init]\nlog_dir = /run/log\n[job:big]\nshell = /run/show\ncommand =\n'
    cat
}
seq -f '    : number %g of a long script that says very little' 1200 >/run/big
write </run/big >/etc/sandbox-init.ini
start
expect_log 'job:big: done'
expect cmp <(printf %s "$(sed 's/^    //' /run/big)") /run/got.big
term
expect_status 0
refused()
{
    start
    expect_status 78
    expect_log "^/etc/sandbox-init.ini:$1: "
}
seq -f '    : number %g of a long script that says very little' 2400 | write >/etc/sandbox-init.ini
refused '[0-9]+'
printf '    echo one\n    echo %05000d\n' 1 | write >/etc/sandbox-init.ini
refused 7
printf '    echo one\n  echo two\n' | write >/etc/sandbox-init.ini
refused 7
printf '    echo one\n\techo two\n' | write >/etc/sandbox-init.ini
refused 7
printf '    echo one\n    echo \0two\n' | write >/etc/sandbox-init.ini
refused 7
