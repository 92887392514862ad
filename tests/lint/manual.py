#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The manual pages are clean: groff has nothing to say about them, and every line fits a terminal."""
import re
import subprocess

from shared import Report, need_command

COLUMNS = 80


def main():
    report = Report()
    command = need_command("groff")
    pages = sorted(path for path in report.project.glob("src/*.[1-9]"))
    for path in pages:
        done = subprocess.run([command, "-man", "-ww", "-Tutf8", f"-rLL={COLUMNS - 2}n", "-P-c", "-P-b", "-P-o",
                               "-P-u", str(path)], capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            match = re.search(r":(\d+): (.*)$", line)
            report.add(path, int(match.group(1)) if match else 1, match.group(2) if match else line)
        if done.returncode != 0 and not done.stderr:
            report.add(path, 1, f"groff: status {done.returncode}")
        if not done.stdout.strip():
            report.add(path, 1, "the page is empty")
        for line in done.stdout.splitlines():
            text = re.sub(r"\x1b\[[0-9;]*m", "", line)
            if len(text) > COLUMNS:
                report.add(path, 1, f"printed wider than {COLUMNS} columns: {text.strip()}")
    report.finish(len(pages), "manual pages")


main()
