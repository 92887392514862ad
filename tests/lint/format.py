#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""C is laid out as .clang-format says. `clang-format -i FILE` mends what this finds."""
import re
import subprocess

from shared import Report, need_command, other_version, tracked_files

REFERENCE = "14"  # Debian 12's


def main():
    report = Report()
    command = need_command("clang-format")
    paths = [path for path in tracked_files(report.project) if path.suffix in (".c", ".h")]
    if paths:
        done = subprocess.run([command, "--dry-run", "-Werror", "--style=file", *map(str, paths)],
                              capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            match = re.match(r"^(.*?):(\d+):\d+: error: (.*)$", line)
            if match:
                report.add(match.group(1), int(match.group(2)), match.group(3))
        if done.returncode != 0 and not report.findings:
            report.add(".clang-format", 1, done.stderr.strip() or f"clang-format: status {done.returncode}")
    report.finish(len(paths), "C files", other_version(command, REFERENCE))


main()
