#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summarize.py RESULTS: what scripts/test prints at last.

RESULTS has, for each stage, STAGE.xml (ctest's JUnit file) or STAGE.broken (why there is none). A unit test's
program counts as many cases as cmocka ran in it; every other test counts as one. Exits 1 when a case failed or
none passed.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def cases_of_cmocka(output):
    """(passed, failed, skipped) of a program's cases, or None when cmocka did not run."""
    started = len(re.findall(r"^\[ RUN      \] ", output, re.MULTILINE))
    if started == 0:
        return None
    passed = len(re.findall(r"^\[       OK \] ", output, re.MULTILINE))
    skipped = sum(map(int, re.findall(r"^\[  SKIPPED \] (?:tests: )?(\d+) test\(s\), listed below", output,
                                      re.MULTILINE)))
    # What began and did not end well has failed, also where the program died of it.
    return passed, max(started - passed - skipped, 0), skipped


def count(test):
    """(passed, failed, skipped, why) of one of ctest's tests."""
    output = test.findtext("system-out") or ""
    if test.find("skipped") is not None or test.get("status") in ("notrun", "disabled"):
        reason = re.search(r"^SKIPPED: (.*)$", output, re.MULTILINE)
        return 0, 0, 1, reason.group(1) if reason else "it cannot run here"
    failed_as_a_whole = test.find("failure") is not None or test.get("status") == "fail"
    passed, failed, skipped = cases_of_cmocka(output) or (0 if failed_as_a_whole else 1, 0, 0)
    if failed_as_a_whole and failed == 0:
        failed = 1
    return passed, failed, skipped, ""


def main():
    results = Path(sys.argv[1])
    total = Counter()
    failures, reasons, rows = [], [], []
    for path in sorted(results.glob("*.xml"), key=lambda path: path.stat().st_mtime):
        layers = {}
        for test in ElementTree.parse(path).getroot().iter("testcase"):
            name = test.get("name")
            passed, failed, skipped, why = count(test)
            layer = layers.setdefault(name.split("/")[0], Counter())
            layer.update(passed=passed, failed=failed, skipped=skipped)
            if failed:
                failures.append(f"{path.stem}: {name}")
            if why:
                reasons.append(f"{path.stem}: {name}: {why}")
        for layer, counts in sorted(layers.items()):
            rows.append((path.stem, layer, counts))
            total.update(counts)
    for path in sorted(results.glob("*.broken")):
        total["failed"] += 1
        failures.append(f"{path.stem}: {path.read_text(encoding='utf-8').strip()}")

    print()
    print(f"{'build':<12} {'layer':<12} {'passed':>7} {'failed':>7} {'skipped':>8}")
    for stage, layer, counts in rows:
        print(f"{stage:<12} {layer:<12} {counts['passed']:>7} {counts['failed']:>7} {counts['skipped']:>8}")
    for title, names in (("skipped", reasons), ("failed", failures)):
        for name in names:
            print(f"{title}: {name}")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    sys.exit(1 if total["failed"] or not total["passed"] else 0)


main()
