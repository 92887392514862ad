#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cppcheck over all C that ships or helps the tests. An exception is written beside the code it is for."""
import re
import subprocess

from shared import Report, need_command, other_version, tracked_files

REFERENCE = "2.10"  # Debian 12's


def main():
    report = Report()
    command = need_command("cppcheck")
    paths = [path for path in tracked_files(report.project) if path.suffix == ".c"]
    if paths:
        done = subprocess.run(
            [command, "--quiet", "--enable=warning,performance,portability", "--inline-suppr", "--std=c11",
             "--error-exitcode=1", "--template={file}:{line}: {severity}: {message} [{id}]",
             "--suppress=missingIncludeSystem", f"-I{report.project}/include", "-D_GNU_SOURCE",
             "-DSANDBOX_INIT_VERSION=\"0\"", "-DPROJECT_DIR=\"\"", *map(str, paths)],
            capture_output=True, text=True, check=False)
        for line in done.stderr.splitlines():
            match = re.match(r"^(.+?):(\d+): (.*)$", line)
            if match and not match.group(3).startswith("information:"):
                report.add(match.group(1), int(match.group(2)), match.group(3))
        if done.returncode != 0 and not report.findings:
            report.add("tests/lint/cppcheck.py", 1, (done.stdout + done.stderr).strip())
    report.finish(len(paths), "C files", other_version(command, REFERENCE))


main()
