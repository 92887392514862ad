#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One truth about keys and options, wherever they are written down.

Keys: what `sandbox-init --check-config` prints for the defaults, etc/sandbox-init.ini (where a default may be
commented out: "#key = value", without a blank) and src/sandbox-init.ini.5 (a section in a heading with its
brackets, a key in a tagged paragraph) have the same ones. The sample with all its defaults uncommented
resolves to the defaults: so it neither shows a wrong value nor one that is refused. For jobs and services the
program is asked with one of each, called NAME as in the sample and the page; a key that both have is
documented with the jobs. Sections of the sample with other names are ready jobs: uncommented with the rest,
they are accepted and have what is written.

Options: `sandbox-init --help` and the tagged paragraphs of src/sandbox-init.8 have the same ones, and
README.md shows no other one.
"""
import re
import tempfile
from pathlib import Path

from shared import Report, read, run_program

SAMPLE = "etc/sandbox-init.ini"
KEYS_PAGE = "src/sandbox-init.ini.5"
JOB, SERVICE = "job:NAME", "service:NAME"
ONE_OF_EACH = f"[{JOB}]\ncommand = true\n[{SERVICE}]\ncommand = true\n"
OPTIONS_PAGE = "src/sandbox-init.8"
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]*|-[A-Za-z])(?![\w-])")
MAIN_COMMAND = re.compile(r"\s--(?=\s|$)")


def keys_of_ini(lines):
    """(section, key) -> line number; keys may be commented out without a blank."""
    keys, section = {}, ""
    for number, line in enumerate(lines, 1):
        heading = re.match(r"^[#;]?\[([^\]]+)\]", line)
        key = re.match(r"^[#;]?([a-z][a-z0-9_]*)\s*=", line)
        if heading:
            section = heading.group(1)
        elif key:
            keys.setdefault((section, key.group(1)), number)
    return keys


def uncommented(lines):
    """The sample with its commented defaults made real, with their continuation lines."""
    result, goes_on = [], False
    for line in lines:
        is_key = re.match(r"^[#;][a-z][a-z0-9_]*\s*=", line)
        is_more = goes_on and re.match(r"^[#;]\s{2,}\S", line)
        goes_on = bool(is_key or is_more)
        result.append(line[1:] if goes_on or re.match(r"^[#;]\[[^\]]+\]", line) else line)
    return "\n".join(result) + "\n"


def plain(roff):
    """A line of roff without macros, fonts and escapes."""
    text = re.sub(r"^[.'][A-Za-z]+ ?", "", roff)
    text = re.sub(r"\\f(\[[^\]]*\]|\(..|.)", "", text)
    return text.replace("\\-", "-").replace("\\&", "").replace("\\ ", " ").replace('"', "")


def tags_of(path):
    """Yields (heading, line number, text) of every tagged paragraph of a manual page."""
    heading, lines = "", read(path).splitlines()
    for number, line in enumerate(lines, 1):
        if re.match(r"^\.S[HS]\b", line):
            heading = plain(line)
        elif re.match(r"^\.It\b", line):
            yield heading, number, re.sub(r"\b(Cm|Fl|Ar|Ic|Li|Sy)\s+", "", plain(line))
        elif re.match(r"^\.T[PQ]\b", line) and number < len(lines):
            yield heading, number + 1, plain(lines[number])


def keys_of_page(path):
    keys = {}
    for heading, number, text in tags_of(path):
        section = re.search(r"\[([^\]]+)\]", heading)
        key = re.match(r"^([a-z][a-z0-9_]*)\b", text)
        if section and key:
            keys[(section.group(1), key.group(1))] = number
    return keys


def documented(keys):
    """KEYS without those of services that jobs have, too, and without those of ready jobs."""
    def is_kept(name):
        section, key = name
        if ":" in section and section not in (JOB, SERVICE):
            return False
        return section != SERVICE or (JOB, key) not in keys
    return {name: keys[name] for name in keys if is_kept(name)}


def compare(report, known, path, found):
    """KNOWN: the program's names. FOUND: name -> line in PATH."""
    def say(name):
        return name if isinstance(name, str) else f"[{name[0]}] {name[1]}"
    for name in sorted(set(known) - set(found)):
        report.add(path, 1, f"{say(name)} is missing")
    for name in sorted(set(found) - set(known)):
        report.add(path, found[name], f"{say(name)} is unknown to the program")


def check_config(report, text):
    """What --check-config says of this configuration: (status, text). NAME stands for two different ones."""
    text = text.replace(f"[{SERVICE}]", "[service:OTHER]")
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.ini"
        sample.write_text(text, encoding="utf-8")
        sample.chmod(0o600)
        status, answer = run_program(report.build, "--check-config", "--config", str(sample))
        return status, answer.replace("[service:OTHER]", f"[{SERVICE}]")


def check_sample(report, path, defaults):
    status, resolved = check_config(report, uncommented(read(path).splitlines()))
    if status != 0:
        for line in resolved.splitlines() or [f"sample.ini:1: the program refuses it with status {status}"]:
            match = re.match(r"^\S*sample\.ini:(\d+): (.*)$", line)
            report.add(path, int(match.group(1)) if match else 1, match.group(2) if match else line)
    else:
        wanted, got = settings(defaults), settings(resolved)
        shown = keys_of_ini(read(path).splitlines())
        for name in shown:
            if name not in got:
                report.add(path, shown[name], f"[{name[0]}] {name[1]} is not in what the program makes of it")
        for name in sorted(name for name in wanted if got.get(name) != wanted[name] and name[1] != "command"):
            line = shown.get(name, 1)
            report.add(path, line, f"[{name[0]}] {name[1]} is not shown with its default {wanted[name]!r}")


def settings(text):
    """(section, key) -> value of what --check-config printed, with all lines of a value."""
    found, section, name = {}, "", None
    for line in text.splitlines():
        heading, key = re.match(r"^\[([^\]]+)\]", line), re.match(r"^([a-z][a-z0-9_]*)\s*=\s*(.*)$", line)
        if heading:
            section, name = heading.group(1), None
        elif key:
            name = (section, key.group(1))
            found[name] = key.group(2).strip()
        elif name and re.match(r"^\s+\S", line):
            found[name] = (found[name] + "\n" + line.strip()).strip()
    return found


def options_of_help(text):
    """The options in the first column of --help's lines."""
    options = set()
    for line in text.splitlines():
        if re.match(r"^\s+-", line):
            options.update(OPTION.findall(re.split(r"\s{2,}", line.strip())[0]))
    return options


def options_of_page(path):
    options = {}
    for _, number, text in tags_of(path):
        if text.startswith("-"):
            for option in OPTION.findall(text):
                options.setdefault(option, number)
    return options


def options_of_readme(text):
    """Yields (line number, option) of what README.md gives to sandbox-init, or shows alone as `--option`."""
    is_fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_fenced = not is_fenced
            continue
        for code in [line] if is_fenced else re.findall(r"`([^`]+)`", line):
            given = re.findall(r"(?<![\w./-])(?:\S*/)?sandbox-init((?:[\"',\s=]+[^\s|;&#]+)*)", code)
            if not is_fenced and code.startswith("--") and len(code) > 2:
                given.append(" " + code)
            for words in given:
                words = re.sub(r"[\"',]+", " ", words)
                for option in OPTION.findall(MAIN_COMMAND.split(words)[0]):
                    yield number, option


def check_keys(report):
    status, defaults = check_config(report, ONE_OF_EACH)
    known = documented(settings(defaults))
    if status != 0 or not known:
        report.add("src/main.c", 1, f"--check-config printed no configuration (status {status})")
        return 0
    for path, keys_of in ((SAMPLE, lambda path: keys_of_ini(read(path).splitlines())), (KEYS_PAGE, keys_of_page)):
        if (report.project / path).exists():
            compare(report, known, path, documented(keys_of(report.project / path)))
        else:
            report.add_missing(path)
    if (report.project / SAMPLE).exists():
        check_sample(report, report.project / SAMPLE, defaults)
    return len(known)


def check_options(report):
    status, text = run_program(report.build, "--help")
    known = options_of_help(text)
    if status != 0 or not known:
        report.add("src/cli.c", 1, f"--help printed no options (status {status})")
        return 0
    if (report.project / OPTIONS_PAGE).exists():
        compare(report, known, OPTIONS_PAGE, options_of_page(report.project / OPTIONS_PAGE))
    else:
        report.add_missing(OPTIONS_PAGE)
    if (report.project / "README.md").exists():
        for number, option in options_of_readme(read(report.project / "README.md")):
            if option not in known:
                report.add("README.md", number, f"{option} is unknown to the program")
    else:
        report.add_missing("README.md")
    return len(known)


def main():
    report = Report()
    keys, options = check_keys(report), check_options(report)
    if keys == 0 or options == 0:
        report.add("tests/lint/keys.py", 1, f"nothing to compare: {keys} keys and {options} options")
    report.finish(keys + options, "keys and options")


main()
