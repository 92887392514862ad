#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a module shows to others is what its header says, and somebody uses it.

Reads the symbols of the house's archive: every global function of src/x.c is called x_..., is declared in
include/sandbox_init/x.h and is used outside of x; everything declared is defined; nothing that can be written
to is global or static, because state belongs into a struct that somebody owns.
"""
import re
import subprocess

from shared import Report, blank_noise, line_of, need_command, read

# Symbols that compilers and their instrumentation add.
FOREIGN = re.compile(r"^(_|\.L|llvm|asan|ubsan|\.)|^(DW\.|completed)")
# Written before there is a frame that could own anything: module and variable.
BEFORE_ALL_FRAMES = {("sigmask", "entry_mask"), ("sigmask", "entry_result")}
NAME_AND_PARENTHESIS = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


def symbols_of(archive):
    """Yields (module, name, letter, section) of every symbol that is defined in the archive."""
    done = subprocess.run([need_command("nm"), "--format=sysv", "--defined-only", str(archive)],
                          capture_output=True, text=True, check=True)
    module = None
    for line in done.stdout.splitlines():
        member = re.match(r"^Symbols from .*\[(.+)\.c\.o\]:$", line)
        if member:
            module = member.group(1)
        columns = [column.strip() for column in line.split("|")]
        if module and len(columns) == 7:
            yield module, columns[0], columns[2], columns[6]


def declared_functions(text):
    """Yields (name, line) of every function that a header declares."""
    text = blank_noise(text)
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), text,
                  flags=re.MULTILINE)
    # Bodies of structs, enums and inline functions say nothing about functions; blanks keep the lines.
    inner = re.compile(r"\{[^{}]*\}")
    while inner.search(text):
        text = inner.sub(lambda match: ";" + re.sub(r"[^\n]", " ", match.group(0)[1:]), text)
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", lambda match: " " * len(match.group(0)), text)
    offset = 0
    for declaration in text.split(";"):
        match = NAME_AND_PARENTHESIS.search(declaration)
        words = declaration.split()
        if match and words and words[0] not in ("typedef", "_Static_assert", "static"):
            yield match.group(1), line_of(text, offset + match.start())
        offset += len(declaration) + 1


def check_symbols(report, archive, declared):
    """Returns how many symbols were looked at, and (module, function) of what is defined."""
    count, defined = 0, set()
    for module, name, letter, section in symbols_of(archive):
        source = f"src/{module}.c"
        is_writable = letter in "dDbBC" and not section.startswith(".data.rel.ro")
        if is_writable and not FOREIGN.search(name) and (module, name) not in BEFORE_ALL_FRAMES:
            report.add(source, 1, f"{name.split('.')[0]} is a variable outside of any function's frame")
        if not letter.isupper() or FOREIGN.search(name):
            continue
        count += 1
        if not name.startswith(module + "_") and name != module:
            report.add(source, 1, f"{name} is global, but is not called {module}_...")
        if letter == "T":
            defined.add((module, name))
            if name not in declared.get(module, {}):
                report.add(source, 1, f"{name}() is global, but include/sandbox_init/{module}.h does not have it")
        elif not re.search(rf"\b{name}\b", blank_noise(read(report.project / f"include/sandbox_init/{module}.h"))):
            report.add(source, 1, f"{name} is global, but include/sandbox_init/{module}.h does not have it")
    return count, defined


def main():
    report = Report()
    archive = report.build / "libhouse.a"
    if not archive.exists():
        report.add(archive, 1, "the house has not been built")
        report.finish(1, "archives")
    headers = sorted(report.project.glob("include/sandbox_init/*.h"))
    declared = {path.stem: dict(declared_functions(read(path))) for path in headers}
    count, defined = check_symbols(report, archive, declared)
    words = {}
    users = list(report.project.glob("src/*.c")) + list(report.project.glob("tests/*/*.[ch]")) \
        + list(report.project.glob("tests/*/*/*.[ch]"))
    for path in users:
        words[path] = set(re.findall(r"\w+", blank_noise(read(path))))
    # A function behind a header's macro is used by whoever uses that.
    behind_macros = set()
    for path in headers:
        for directive in re.findall(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", blank_noise(read(path)), re.MULTILINE):
            behind_macros.update(re.findall(r"\w+", directive))
    for module, functions in declared.items():
        header = f"include/sandbox_init/{module}.h"
        for name, line in functions.items():
            if (module, name) not in defined:
                report.add(header, line, f"{name}() is declared, but src/{module}.c does not define it")
            own = report.project / f"src/{module}.c"
            if name not in behind_macros and not any(name in found for path, found in words.items() if path != own):
                report.add(header, line, f"{name}() is used by nobody outside of src/{module}.c")
    report.finish(count, "global symbols")


main()
