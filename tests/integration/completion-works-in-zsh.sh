# SPDX-License-Identifier: MIT
# In a real zsh, on a terminal of its own, Tab after sandbox-init completes options, names of jobs and files,
# and nothing that does not go with what is there.
needs_command zsh
zsh -fc 'zmodload zsh/zpty' || skip "this zsh has no zsh/zpty"
cat >/etc/sandbox-init.ini <<'END'
[job:install]
command = true
[service:web-1]
command = exec sleep 1000
END
start
expect_log 'service:web-1: started'
mkdir -p /run/bin /run/functions /run/dir
ln -s "$PROGRAM" /run/bin/sandbox-init
touch /run/dir/settings.ini
inside "$PROGRAM" --completion zsh >/run/functions/_sandbox-init
# Types its argument and Tab, then writes the line that came of it into /run/got.
cat >/run/type.zsh <<'END'
zmodload zsh/zpty
save() { print -r -- "$BUFFER" >/run/got.new; mv /run/got.new /run/got }
zpty terminal 'cd /run/dir; HOME=/run TERM=dumb PATH=/run/bin:$PATH zsh -f -i'
zpty -w terminal 'fpath=(/run/functions $fpath); autoload -Uz compinit; compinit -u -D'
zpty -w terminal "$(functions save); zle -N save; bindkey '^Xs' save; unsetopt beep; setopt no_auto_menu; : >/run/ready"
while [[ ! -e /run/ready ]]; do zpty -rt terminal line; zselect -t 2 2>/dev/null || zmodload zsh/zselect; done
zpty -n -w terminal $'sandbox-init '"$1"$'\t\x18s'
while [[ ! -e /run/got ]]; do zpty -rt terminal line; zselect -t 2; done
true
END
completes()
{
    rm -f /run/got /run/ready
    inside timeout 60 zsh -f /run/type.zsh "$1"
    expect_same "sandbox-init $2" "$(sed 's/ *$//' /run/got)"
}
completes '--fore' '--foreground'
completes '--logs ins' '--logs install'
completes '--logs --foll' '--logs --follow'
completes '--status --foll' '--status --foll'
completes '--status --log' '--status --log'
completes '--status --js' '--status --json'
completes '--wait install we' '--wait install web-1'
completes '--config set' '--config settings.ini'
completes '--config=set' '--config=settings.ini'
completes '--logs -f we' '--logs -f web-1'
completes '--completion z' '--completion zsh'
completes '-- sandbox-ini' '-- sandbox-init'
completes 'ls set' 'ls settings.ini'
completes 'ls --foregr' 'ls --foregr'
