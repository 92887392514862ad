# SPDX-License-Identifier: MIT
# --audit --json has the same facts for programs, in the documented schema, each check once; --only and --skip
# choose among them; the exit status says whether one failed.
needs_command python3
cat >/mnt/state/check.py <<'END'
import json
import re
import sys

NULL = type(None)
audit = json.load(open(sys.argv[1], encoding="ascii"))
names = [check["name"] for check in audit["checks"]]
assert list(audit) == ["schema", "about", "seen_by", "counts", "checks"], list(audit)
assert audit["schema"] == 1
for person in (audit["about"], audit["seen_by"]):
    assert list(person) == ["uid", "name"] and type(person["uid"]) is int and type(person["name"]) in (str, NULL)
assert list(audit["counts"]) == ["fail", "warn", "pass", "not_applicable"]
words = {"fail": "fail", "warn": "warn", "pass": "pass", "not_applicable": "n/a"}
for key, word in words.items():
    found = sum(check["verdict"] == word for check in audit["checks"])
    assert sys.argv[2] == "quiet" and found == 0 or found == audit["counts"][key], (key, found)
for check in audit["checks"]:
    assert list(check) == ["name", "verdict", "seen", "not_seen", "why", "mends"], check
    assert check["verdict"] in words.values(), check
    assert check["seen"] and check["why"] and check["not_seen"] != "", check
    assert not re.search(r"[^ -~]", check["seen"] + check["why"] + (check["not_seen"] or "")), check
    assert bool(check["mends"]) <= (check["verdict"] in ("fail", "warn")), check
    # What is not as it should be can be mended, and it is said how.
    assert bool(check["mends"]) >= (check["verdict"] == "fail"), check
    for mend in check["mends"]:
        assert list(mend) == ["place", "line"] and mend["place"] and mend["line"], mend
        # What is to be put into devcontainer.json is JSON, with a remark behind it or in the value's place.
        if mend["place"] == "devcontainer.json":
            line = re.sub(r": \([^\"]*.*\)$", ": null", mend["line"])
            settings = json.loads("{" + re.sub(r" \(.*\)$", "", line) + "}")
            assert not any("." in key for key in settings), mend
assert len(names) == len(set(names)), names
if sys.argv[2] == "all":
    assert len(names) >= 25 and "pid1" in names and "guard" in names, names
elif sys.argv[2] == "quiet":
    assert all(check["verdict"] in ("fail", "warn") for check in audit["checks"])
else:
    assert names == sys.argv[3:], names
sys.exit(1 if audit["counts"]["fail"] else 0)
END
compare()
{
    local wanted=0 got=0
    python3 /mnt/state/check.py /mnt/state/json "$@" || wanted=$?
    got=$(<"$STATE/exit")
    expect_same "$got" "$wanted"
}
audit()
{
    local status=0
    "$@" >/mnt/state/json 2>/mnt/state/errors || status=$?
    echo "$status" >"$STATE/exit"
    refute test -s /mnt/state/errors
}

start
expect_log 'watching'
audit inside "$PROGRAM" --audit --json
compare all
audit inside env GIT_ASKPASS=/nothing DISPLAY=nowhere:1 "$PROGRAM" --audit --json
compare all
audit inside "$PROGRAM" --audit --json --quiet
compare quiet
audit inside "$PROGRAM" --audit --json --only guard,pid1
# In the order of the table, whatever was asked for.
compare some pid1 guard
expect_same 0 "$(<"$STATE/exit")"
audit inside "$PROGRAM" --audit --json --only 'guard pid1' --skip guard
compare some pid1
if [ -z "${HARNESS_IN_USER_NAMESPACE:-}" ]; then
    audit inside_as 1234 "$PROGRAM" --audit --json
    compare all
    audit inside setpriv --bounding-set -all --inh-caps -all "$PROGRAM" --audit --json
    compare all
fi
# Without an init nothing guards.
term
expect_status 0
audit "$PROGRAM" --audit --json --only pid1,guard
compare some pid1 guard
expect_same 1 "$(<"$STATE/exit")"
run_here 64 --audit --only gard
expect_log "^sandbox-init: --audit: unknown check 'gard'; did you mean 'guard'\?$"
