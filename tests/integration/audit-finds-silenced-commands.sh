# SPDX-License-Identifier: MIT
# --audit finds the markers that keep a command of devcontainer.json from running, as the devcontainer CLI decides
# it, and passes those with which it runs.
needs_root
house_agent
folder=/home/agent/.vscode-server/data/Machine
marker=$folder/.postStartCommandMarker

# Does the command run at a start at the time $1? The CLI's own words (updateMarkerFile()).
runs_at()
{
    # shellcheck disable=SC2016
    as_agent sh -c 'mkdir -p "$(dirname "$1")" && CONTENT="$(cat "$1" 2>/dev/null || echo ENOENT)" &&
        [ "${CONTENT:-$2}" != "$2" ] && echo "$2" > "$1"' sh "$marker" "$1" 2>/dev/null
}

audit_says n/a markers 'there is no marker'
expect runs_at 2026-11-28T01:00:00Z
audit_says pass markers 'none of 1'
refute runs_at 2026-11-28T01:00:00Z # not again before the next start
expect runs_at 2026-11-28T02:00:00Z
audit_says pass markers

# Each of these silences it for good, survives a try, and is found; the mend brings the command back.
silences()
{
    local why=$1 mend
    shift
    as_agent rm -rf "$folder"
    as_agent mkdir -p "$folder"
    expect runs_at 2026-11-28T03:00:00Z
    as_agent sh -c "$*"
    refute runs_at 2026-11-28T04:00:00Z
    audit_says fail markers "${folder}[^;]* is $why\""
    mend=$(sed -n 's/.*"place": "terminal", "line": "\([^"]*\)".*/\1/p' "$OUT")
    as_agent sh -c "$mend"
    expect runs_at 2026-11-28T05:00:00Z
    audit_says pass markers
}
silences empty ": >$marker"
silences empty "echo >$marker"
silences empty "head -c 10 /dev/zero >$marker"
silences 'a directory' "rm $marker; mkdir $marker"
silences 'a link' "ln -sf /dev/null $marker"
silences 'a link' "ln -sf /nowhere/x $marker"
silences read-only "chmod 444 $marker"
silences 'no directory' "rm -r $folder; ln -s /nowhere/x $folder"
silences 'no directory' "rm -r $folder; : >$folder"
silences 'read-only, without a marker' "rm $marker; chmod 500 $folder"

# The CLI's own folder.
as_agent mkdir /home/agent/.devcontainer
as_agent touch /home/agent/.devcontainer/.postCreateCommandMarker
audit_says fail markers '/home/agent/.devcontainer/.postCreateCommandMarker is empty'
