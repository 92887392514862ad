# SPDX-License-Identifier: MIT
# With `user`, or [init] user for those that name none, a job is that user in every respect: ids, groups, what
# login would set, and no capability in any set, although the init keeps its own.
needs_root
printf 'agent:x:1234:1235::/home/agent:/bin/agentsh\nother:x:4321:4322::/home/other:\n' >>/etc/passwd
printf 'agent:x:1235:\nextra:x:1236:someone,agent\nforeign:x:1237:someone\n' >>/etc/group
show='cat /proc/self/status; echo "$HOME $USER $LOGNAME $SHELL"; echo end'
cat >/etc/sandbox-init.ini <<END
[init]
user = other
log_dir = /run/log
[job:agent]
user = agent
command = $show
[job:number]
user = 1234
command = $show
[job:default]
command = $show
[job:stranger]
user = 5555
command = $show
[job:root]
user = root
command = $show
END
for caps in docker all inherited; do
    given nothing
    case $caps in
        docker) given docker-caps ;;
        # What outlives a change of the uid.
        inherited) given before 'set -- setpriv --inh-caps +chown,+net_raw --ambient-caps +net_raw -- "$@"' ;;
    esac
    rm -rf /run/log
    start -- sh -c "$show; exec sleep 1000"
    for name in agent number default stranger root; do
        expect_log "job:$name: done"
    done
    of()
    {
        sed 's/^[^ ]* //' "/run/log/$1.log"
    }
    for name in agent number; do
        of "$name" >/run/status
        expect grep -Eqx 'Uid:(.1234){4}' /run/status
        expect grep -Eqx 'Gid:(.1235){4}' /run/status
        read -r _ groups < <(grep '^Groups:' /run/status)
        expect_same '1235 1236' "${groups% }"
        expect grep -qx '/home/agent agent agent /bin/agentsh' /run/status
    done
    for name in agent number default stranger; do
        of "$name" >/run/status
        for set in CapInh CapPrm CapEff CapAmb; do
            expect grep -Eqx "$set:.0+" /run/status
        done
        expect grep -qx $'NoNewPrivs:\t1' /run/status
    done
    of default >/run/status
    expect grep -Eqx 'Uid:(.4321){4}' /run/status
    expect grep -qx '/home/other other other /bin/sh' /run/status
    of stranger >/run/status
    expect grep -Eqx 'Gid:(.5555){4}' /run/status
    expect_same 5555 "$(grep '^Groups:' /run/status | tr -dc 0-9)"
    of root >/run/status
    expect grep -Eqx 'Uid:(.0){4}' /run/status
    expect grep -Eqx 'Uid:(.0){4}' "/proc/$INIT/status"
    # The main command is no job: it may use sudo.
    expect_soon grep -qx end "$OUT"
    expect grep -Eqx 'Uid:(.4321){4}' "$OUT"
    expect grep -qx $'NoNewPrivs:\t0' "$OUT"
    term
    expect_status 143
done
