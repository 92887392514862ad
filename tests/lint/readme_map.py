#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README.md's code map is the tree.

The map is the section whose heading has the words "code map". It names things in `code`: a path, or a
module's bare name, which stands for its source and its header. It must name every file in src/ and
include/sandbox_init/ and every entry of tests/, scripts/ and etc/, and nothing that is not there. In a fenced
block the words with a slash are paths. "src/" alone names the folder, not what is in it.
"""
import re

from shared import Report, modules_of, read, tracked_files


def section_of(text):
    """Yields (line number, line) of the code map, without its heading."""
    level = 0
    is_fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            is_fenced = not is_fenced
        heading = None if is_fenced else re.match(r"^(#+)\s+(.*)$", line)
        if heading and level and len(heading.group(1)) <= level:
            return
        if level:
            yield number, line
        if heading and re.search(r"\bcode map\b", heading.group(2), re.IGNORECASE):
            level = len(heading.group(1))


def names_of(lines, modules):
    """Yields (line number, path or module) of what the map names."""
    is_fenced = False
    for number, line in lines:
        if line.startswith("```"):
            is_fenced = not is_fenced
            continue
        if is_fenced:
            words = [word for word in re.split(r"[\s,:()]+", line) if "/" in word]
        else:
            # In a table, code in the first column is a name in any case; elsewhere only what looks like one.
            cells = line.strip().strip("|").split("|") if line.lstrip().startswith("|") else []
            first = set(re.findall(r"`([^`]+)`", cells[0])) if cells else set()
            words = [word for word in re.findall(r"`([^`]+)`", line)
                     if word in first or word in modules or re.fullmatch(r"[\w.-]+(/[\w.*-]*)+", word)]
        for word in words:
            yield number, word


def wanted_paths(project):
    """Files of src and include, entries of tests, scripts and etc, as the map must name them."""
    wanted = set()
    for path in tracked_files(project):
        parts = path.relative_to(project).parts
        if parts[0] == "src" or parts[:2] == ("include", "sandbox_init"):
            wanted.add("/".join(parts))
        elif parts[0] in ("tests", "scripts", "etc") and len(parts) > 1:
            # A folder is named as one; tests/CMakeLists.txt belongs to the build.
            if len(parts) > 2 or parts[0] != "tests":
                wanted.add("/".join(parts[:2]))
    return wanted


def main():
    report = Report()
    readme = report.project / "README.md"
    if not readme.exists():
        report.add_missing("README.md")
        report.finish(1, "maps")
    modules = set(modules_of(report.project))
    wanted, named = wanted_paths(report.project), set()
    for number, word in names_of(section_of(read(readme)), modules):
        word = word.rstrip("/")
        if word in modules:
            named.update({f"src/{word}.c", f"include/sandbox_init/{word}.h"})
        elif (report.project / word).exists():
            named.add(word)
        else:
            report.add("README.md", number, f"the code map names {word}, which is not there")
    if not named:
        report.add("README.md", 1, "there is no code map: a section called so, with names in `code`")
    for path in sorted(wanted - named):
        report.add("README.md", 1, f"the code map does not name {path}")
    report.finish(len(wanted), "files and folders")


main()
