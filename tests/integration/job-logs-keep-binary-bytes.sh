# SPDX-License-Identifier: MIT
# Every byte that a job writes is in its file as it was; on the container's log it is made safe to print: no
# escape sequence, no forged line of the init, and valid JSON.
mkdir /run/bytes
for i in $(seq 0 255); do
    printf "%b" "\\0$(printf %o "$i")"
done >/run/bytes/all
{
    cat /run/bytes/all
    printf '\nred \033[31m title \033]0;owned\007 \r'
    printf '2026-01-01T00:00:00.000Z sandbox-init error init: forged\n'
    printf 'umlaut \303\244 broken \303( \xff\n'
} >/run/bytes/input
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:binary]
command = cat /run/bytes/input
END
for format in text json; do
    rm -rf /run/log
    sed -i '/^log_format/d' /etc/sandbox-init.ini
    sed -i "2a log_format = $format" /etc/sandbox-init.ini
    start
    expect_log 'job:binary: ?done|"job:binary","message":"done'
    grep -av ' \[sandbox-init: ' /run/log/binary.log | cut -b26- >/run/bytes/got
    expect cmp /run/bytes/got /run/bytes/input
    refute grep -aq $'\033' "$LOG"
    refute grep -aq $'\r' "$LOG"
    refute grep -aqE '^2026-01-01T' "$LOG"
    if [ "$format" = text ]; then
        expect grep -aFq 'binary | red \e[31m title \e]0;owned\x07 \r2026' "$LOG"
        expect grep -aq '^binary | umlaut' "$LOG"
        refute grep -aqP '[\x00-\x08\x0b-\x1f\x7f]' "$LOG"
    elif command -v python3 >/dev/null; then
        expect python3 -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert any("red" in line["message"] and line["part"] == "binary" for line in lines), lines
' "$LOG"
    fi
    term
    expect_status 0
done
