# SPDX-License-Identifier: MIT
"""What the lints share: reading the tree, reading C without its comments, and reporting.

A lint is a program NAME.py PROJECT BUILD. It prints each finding as "file:line: message" and at last a line
of what it checked; it exits 0 when there was nothing to find, 1 when there was, 77 when it cannot run here.
A lint that checked nothing must not pass: finish() refuses.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


class Report:
    """The findings of one lint over one tree."""

    def __init__(self, argv=None):
        arguments = sys.argv[1:] if argv is None else argv
        if len(arguments) != 2:
            sys.exit(f"usage: {Path(sys.argv[0]).name} PROJECT BUILD")
        self.project = Path(arguments[0]).resolve()
        self.build = Path(arguments[1]).resolve()
        self.findings = set()

    def name(self, path):
        """A path as people say it: from the project's folder."""
        path = Path(path)
        if path.is_absolute() and path.is_relative_to(self.project):
            path = path.relative_to(self.project)
        return str(path)

    def add(self, path, line, message):
        self.findings.add((self.name(path), line, message))

    def add_missing(self, path):
        """For a file without which a lint cannot say anything."""
        self.add(path, 1, "there is no such file")

    def finish(self, count, what, only_advice=""):
        """Prints everything and ends the program. COUNT: how many things (WHAT) were looked at.

        ONLY_ADVICE: why findings do not count here (see other_version()), empty where they do.
        """
        if count == 0:
            self.add("tests/lint/" + Path(sys.argv[0]).name, 1, f"nothing was checked: there are no {what}")
        for path, line, message in sorted(self.findings):
            print(f"{path}:{line}: {message}")
        print(f"checked {count} {what}: {len(self.findings)} findings")
        if self.findings and only_advice:
            skip(only_advice)
        sys.exit(1 if self.findings else 0)


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def need_command(name):
    """The path of a command, or the lint is skipped."""
    path = shutil.which(name)
    if path is None:
        skip(f"{name} is not installed (scripts/install-packages installs it)")
    return path


def other_version(command, reference):
    """Empty when COMMAND is of version REFERENCE ("14"), which the project is held to; else a remark.

    What a formatter or an analyser finds changes with its version. Nobody's tests fail because his system is
    newer or older: what another version finds is shown, and not counted.
    """
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\d+(\.\d+)*", said)
    version = version.group(0) if version else "?"
    if (version + ".").startswith(reference + "."):
        return ""
    return f"findings of {Path(command).name} {version} are advice: the project is held to version {reference}"


def read(path):
    return Path(path).read_text(encoding="utf-8", errors="replace")


def tracked_files(project):
    """Every file of the project that is not built, in order. Git knows; without it, all but build folders."""
    command = ["git", "-c", "safe.directory=*", "-C", str(project), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]
    if (project / ".git").exists() and shutil.which("git"):
        listing = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
        paths = {project / name for name in listing if name}
    else:
        paths = set()
        for folder, folders, names in os.walk(project):
            folders[:] = [name for name in folders
                          if name not in (".git", "__pycache__") and not name.startswith("build")]
            paths.update(Path(folder) / name for name in names)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


# A comment, a string, or a character constant. What is taken out is replaced by as many blanks, so that
# lines and columns stay.
_C_NOISE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


def blank_noise(text, keep_strings=False):
    """C text without what its comments and strings say."""
    def blank(match):
        found = match.group(0)
        if keep_strings and found[0] in "\"'":
            return found
        return re.sub(r"[^\n]", " ", found)
    return _C_NOISE.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def modules_of(project):
    """The names of all modules: what has a source or a header."""
    sources = {path.stem for path in project.glob("src/*.c")}
    headers = {path.stem for path in project.glob("include/sandbox_init/*.h")}
    return sorted(sources | headers)


def run_program(build, *arguments):
    """Runs the built program; returns (status, what it printed)."""
    program = os.environ.get("SANDBOX_INIT") or str(build / "sandbox-init")
    if not os.access(program, os.X_OK):
        sys.exit(f"{program}: the program has not been built")
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)
    return done.returncode, done.stdout
