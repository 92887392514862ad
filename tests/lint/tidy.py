#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy, as .clang-tidy says, over everything that this build compiles (compile_commands.json).

.clang-tidy holds the limits of a function too: 60 lines, 6 parameters, 3 levels of nesting.
"""
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared import Report, need_command, other_version

REFERENCE = "14"  # Debian 12's


def main():
    report = Report()
    command = need_command("clang-tidy")
    database = report.build / "compile_commands.json"
    if not database.exists():
        report.add(database, 1, "there is no such file: CMake writes it with CMAKE_EXPORT_COMPILE_COMMANDS")
        report.finish(1, "databases")
    paths = sorted({Path(entry["directory"], entry["file"]).resolve()
                    for entry in json.loads(database.read_text(encoding="utf-8"))})

    def check(path):
        # The build may be another compiler's, whose warnings clang does not all know.
        done = subprocess.run([command, "--quiet", "--extra-arg=-Wno-unknown-warning-option", "-p",
                               str(report.build), str(path)],
                              capture_output=True, text=True, check=False, cwd=report.project)
        return path, done

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, done in pool.map(check, paths):
            found = re.findall(r"^(\S.*?):(\d+):\d+: (?:error|warning): (.*)$", done.stdout, re.MULTILINE)
            for name, line, message in found:
                report.add(name, int(line), message)
            if done.returncode != 0 and not found:
                report.add(path, 1, f"clang-tidy: {(done.stdout + done.stderr).strip()}")
    report.finish(len(paths), "compiled files", other_version(command, REFERENCE))


main()
