#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every file is licensed, tidy and free of the place where it was written.

Sources, scripts, build files, manual pages and configuration have the SPDX line among their first three.
Text has no white space at the end of a line, and ends in a line end; C has at most 110 columns. No file names
the folder in which somebody has checked the project out or built it.
"""
import re

from shared import Report, tracked_files

SPDX = re.compile(r"SPDX-License-Identifier: MIT\b")
LICENSED_SUFFIXES = {".c", ".h", ".py", ".sh", ".cmake", ".ini", ".yaml", ".yml", ".1", ".5", ".8"}
LICENSED_NAMES = re.compile(r"^(CMakeLists\.txt|Dockerfile.*)$")
COLUMNS = 110
# Where people and machines keep check-outs; never a place in a container that a document would speak of.
FOREIGN_FOLDERS = re.compile(r"(?<![\w.])/(?:work|Users|builds|tmp/build[\w-]*)/")


def needs_licence(path, first_line):
    return path.suffix in LICENSED_SUFFIXES or bool(LICENSED_NAMES.match(path.name)) or first_line.startswith("#!")


def check_text(report, path, text, own_folders):
    lines = text.split("\n")
    if needs_licence(path, lines[0]) and not any(SPDX.search(line) for line in lines[:3]):
        report.add(path, 1, "there is no line SPDX-License-Identifier: MIT at the top")
    if text and not text.endswith("\n"):
        report.add(path, len(lines), "the last line has no end")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            report.add(path, number, "white space at the end of the line")
        if path.suffix in (".c", ".h") and len(line) > COLUMNS:
            report.add(path, number, f"{len(line)} columns, more than {COLUMNS}")
        if FOREIGN_FOLDERS.search(line) or any(pattern.search(line) for pattern in own_folders):
            report.add(path, number, "the name of a folder on somebody's machine")


def main():
    report = Report()
    own_folders = [re.compile(re.escape(str(folder)) + r"(?![\w-])")
                   for folder in (report.project, report.build) if len(folder.parts) > 2]
    count = 0
    for path in tracked_files(report.project):
        relative = path.relative_to(report.project)
        content = path.read_bytes()
        # What fuzzers found and what tests read is as it is.
        if b"\0" in content or "corpus" in relative.parts or path.suffix == ".patch":
            continue
        count += 1
        check_text(report, path, content.decode("utf-8", errors="replace"), own_folders)
    report.finish(count, "text files")


main()
