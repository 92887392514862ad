#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every module but main has a unit test, every unit test a module, and in each stands at least one case."""
import re

from shared import Report, blank_noise, read


def main():
    report = Report()
    sources = {path.stem: path for path in report.project.glob("src/*.c") if path.stem != "main"}
    tests = {path.stem.removeprefix("test_"): path for path in report.project.glob("tests/unit/test_*.c")}
    for module in sorted(set(sources) - set(tests)):
        report.add(sources[module], 1, f"there is no tests/unit/test_{module}.c")
    for module in sorted(set(tests) - set(sources)):
        report.add(tests[module], 1, f"there is no src/{module}.c")
    for path in tests.values():
        text = blank_noise(read(path))
        calls = (r"\bcmocka_unit_test\w*\s*\(", r"\bcmocka_run_group_tests\w*\s*\(")
        if not all(re.search(call, text) for call in calls):
            report.add(path, 1, "it runs no case: there is no cmocka_unit_test() or no cmocka_run_group_tests()")
        # A case that is written but not listed never runs.
        for match in re.finditer(r"^static void (\w+)\(void \*\*\w+\)", text, re.MULTILINE):
            if len(re.findall(rf"\b{match.group(1)}\b", text)) < 2:
                report.add(path, text.count("\n", 0, match.start()) + 1, f"{match.group(1)}() is in no list of cases")
    report.finish(len(sources), "modules")


main()
