#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The floors of the house: who includes whom, and which calls stand where.

floors.txt is the list. A module includes headers of lower floors only, and its own. Each module stands on
exactly one floor. A "home" call stands only in the modules named there, a "nowhere" call in none.
"""
import re

from shared import Report, blank_noise, line_of, modules_of, read

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def read_list(report, path):
    """Returns (module -> floor counted from the top, call -> modules or empty for nowhere)."""
    floors, homes, height = {}, {}, 0
    for number, line in enumerate(read(path).splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "floor" and len(words) > 1:
            height += 1
            for module in words[1:]:
                if module in floors:
                    report.add(path, number, f"{module} stands on two floors")
                floors[module] = (height, number)
        elif words[0] == "home" and len(words) > 2:
            homes.setdefault(words[1], (set(), number))[0].update(words[2:])
        elif words[0] == "nowhere" and len(words) > 1:
            for call in words[1:]:
                homes[call] = (set(), number)
        else:
            report.add(path, number, "neither 'floor MODULE...', 'home CALL MODULE...' nor 'nowhere CALL...'")
    return floors, homes


def check_includes(report, path, floors):
    module = path.stem
    text = blank_noise(read(path), keep_strings=True)
    own = f"sandbox_init/{module}.h"
    included = set()
    for match in INCLUDE.finditer(text):
        line, (kind, name) = line_of(text, match.start()), match.groups()
        included.add(name)
        if not name.startswith("sandbox_init/"):
            if kind == '"':
                report.add(path, line, f'"{name}": our headers are included as "sandbox_init/NAME.h"')
            continue
        if kind == "<":
            report.add(path, line, f'<{name}>: our headers are included with quotes')
        other = name[len("sandbox_init/"):].removesuffix(".h")
        if other == module or other not in floors or module not in floors:
            if other not in floors:
                report.add(path, line, f"{other} stands on no floor")
            continue
        if floors[other][0] == floors[module][0]:
            report.add(path, line, f"{module} includes {other} beside it")
        elif floors[other][0] < floors[module][0]:
            report.add(path, line, f"{module} includes {other} above it")
    if path.suffix == ".c" and module != "main" and own not in included:
        report.add(path, 1, f'it does not include its own contract, "{own}"')


def check_calls(report, path, homes):
    text = blank_noise(read(path))
    calls = "|".join(re.escape(call) for call in homes)
    # Not a member of a struct that has such a name. A function's address counts as much as its call.
    for match in re.finditer(rf"(?<![\w.])(?<!->)({calls})\b(?=\s*\()|(?<=&)({calls})\b", text):
        call = match.group(1) or match.group(2)
        allowed = homes[call][0]
        if path.stem not in allowed:
            where = "only in " + ", ".join(sorted(allowed)) if allowed else "nowhere"
            report.add(path, line_of(text, match.start()), f"{call}() may stand {where}")


def main():
    report = Report()
    list_path = report.project / "tests/lint/floors.txt"
    if not list_path.exists():
        report.add_missing(list_path)
        report.finish(1, "lists")
    floors, homes = read_list(report, list_path)
    modules = modules_of(report.project)
    for module in sorted(set(modules) - set(floors)):
        report.add(list_path, 1, f"{module} stands on no floor")
    for module in sorted(set(floors) - set(modules)):
        report.add(list_path, floors[module][1], f"there is no module {module}")
    for call, (allowed, number) in homes.items():
        for module in sorted(allowed - set(floors)):
            report.add(list_path, number, f"{call}() is at home in {module}, which stands on no floor")
    paths = sorted(report.project.glob("src/*.c")) + sorted(report.project.glob("include/sandbox_init/*.h"))
    for path in paths:
        check_includes(report, path, floors)
        if homes:
            check_calls(report, path, homes)
    report.finish(len(paths), "sources and headers")


main()
