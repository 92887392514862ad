# SPDX-License-Identifier: MIT
# --help and --version go to stdout and succeed, unless that cannot be written; a bad configuration does not
# matter.
echo nonsense >/etc/sandbox-init.ini
for option in --help -h; do
    run_here 0 $option
    expect_same "" "$(<"$LOG")"
    expect grep -q '^usage: sandbox-init' "$OUT"
    for name in foreground oneshot-clean check-config help version config dry-run json quiet verbose; do
        expect grep -Eq -- "--$name( |$)" "$OUT"
    done
done
for option in --version -V; do
    run_here 0 $option
    expect_same "" "$(<"$LOG")"
    expect grep -Eqx 'sandbox-init [0-9]+\.[0-9]+\.[0-9]+' "$OUT"
    expect_same 71 "$(env "${sanitizer[@]}" "$PROGRAM" $option >/dev/full 2>/dev/null || echo $?)"
done
