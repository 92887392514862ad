#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the lints: each passes on a small good tree, and finds what is wrong with a broken one. And the counting
of tests, which must not be wrong either.

A case is a lint, what is changed in the good tree (path -> text, None: the file is gone), and what the lint
must then say. A lint whose tool is missing is skipped, and so are its cases.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LICENCE = "SPDX-" "License-Identifier: MIT"
C = f"/* {LICENCE} */\n"
UPPER = C + """#include "sandbox_init/upper.h"
#include "sandbox_init/lower.h"

int upper_sum(int left, int right)
{
    return lower_twice(left) + right;
}
"""
LOWER = C + """#include "sandbox_init/lower.h"

/* exit(1) in a comment and "abort()" in a text are no calls. */
const char *const lower_texts[] = {"abort()", "exit(1)"};

int lower_twice(int number)
{
    return 2 * number;
}
"""
LOWER_H = C + """#ifndef LOWER_H
#define LOWER_H

struct lower {
    int (*twice)(int number);
};

extern const char *const lower_texts[];

int lower_twice(int number);

#endif
"""
TEST_LOWER = C + """#include "sandbox_init/lower.h"

static void doubles(void **state)
{
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(doubles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
"""
PROGRAM = """#!/bin/sh
if [ "$1" = --help ]; then
    printf 'Usage: sandbox-init\\n\\n  -c, --config FILE  read FILE, see --nothing\\n      --check-config\\n'
elif [ -s "$3" ] && grep -q wrong "$3"; then
    echo "$3:4: a wrong value"
    exit 78
else
    grace=8s nice=0
    grep -q '^grace = 9s' "$3" && grace=9s
    grep -q '^nice = 1' "$3" && nice=1
    printf '[init]\\ngrace = %s\\nnames =\\n    one\\n    two\\n' "$grace"
    printf '[job:NAME]\\ncommand = true\\nnice = %s\\nretries = 0\\n' "$nice"
    printf '[service:OTHER]\\ncommand = true\\nnice = 0\\nrestart = always\\n'
    sed -n '/^.job:own/,$p' "$3" | sed '/lost/d'
fi
"""
SAMPLE = f"# {LICENCE}\n[init]\n# How long to wait, as in: wait = long.\n#grace = 8s\n#names =\n#    one\n#    two\n"
JOBS_SAMPLE = """#[job:NAME]
#command = make it
#nice = 0
#retries = 0
#[service:NAME]
#command = serve
#restart = always
# Ready to use:
#[job:own]
#nice = 0
#command =
#    true
"""
KEYS_PAGE = f""".\\" {LICENCE}
.TH SANDBOX-INIT.INI 5 2025-01-01 sandbox-init
.SH NAME
sandbox-init.ini \\- configuration
.SS [init]
.TP
.BR grace " = 8s"
How long to wait.
.TP
\\fBnames\\fR
Names.
.SS [job:NAME] and [service:NAME]
.TP
.B command
What is run.
.TP
.B nice
Nice.
.SS [job:NAME]
.TP
.B retries
Retries.
.SS [service:NAME]
.TP
.B restart
Restart.
"""
OPTIONS_PAGE = f""".\\" {LICENCE}
.TH SANDBOX-INIT 8 2025-01-01 sandbox-init
.SH NAME
sandbox-init \\- an init
.SH OPTIONS
.TP
.BR \\-c ", " \\-\\-config " \\fIFILE\\fR"
Reads FILE.
.TP
.B \\-\\-check\\-config
Checks.
"""
README = """# A project

Run `docker run --init` or `sandbox-init --check-config -- ls --all` or `--config`.

## Code map

| where | what |
| --- | --- |
| `upper`, `lower` | modules; `int` is no name |
| `src/main.c` | main |
| `src/sandbox-init.8`, `src/sandbox-init.ini.5` | manual pages |
| `tests/unit`, `tests/lint/` | tests |
| `etc/sandbox-init.ini` | sample |

## More

`src/nothing.c`
"""
GOOD = {
    "src/upper.c": UPPER,
    "src/lower.c": LOWER,
    "src/main.c": C + '#include "sandbox_init/upper.h"\n\nint main(void)\n{\n    return upper_sum(1, -2);\n}\n',
    "include/sandbox_init/upper.h": C + "#ifndef UPPER_H\n#define UPPER_H\n\n"
                                        "int upper_sum(int left, int right);\n\n#endif\n",
    "include/sandbox_init/lower.h": LOWER_H,
    "tests/unit/test_upper.c": TEST_LOWER.replace("lower", "upper"),
    "tests/unit/test_lower.c": TEST_LOWER,
    "tests/lint/floors.txt": "floor main\nfloor upper\nfloor lower\n\nhome exit main\nnowhere abort system\n",
    "etc/sandbox-init.ini": SAMPLE + JOBS_SAMPLE,
    "src/sandbox-init.ini.5": KEYS_PAGE,
    "src/sandbox-init.8": OPTIONS_PAGE,
    "README.md": README,
    ".clang-format": (HERE.parents[1] / ".clang-format").read_text(encoding="utf-8"),
    ".clang-tidy": (HERE.parents[1] / ".clang-tidy").read_text(encoding="utf-8"),
}
LONG_FUNCTION = C + '#include "sandbox_init/upper.h"\n\nint upper_sum(int left, int right)\n{\n' \
    + "    left += right;\n" * 70 + "    return left;\n}\n"

CASES = [
    # floors
    ("floors", {"src/lower.c": LOWER.replace("lower.h\"\n", "lower.h\"\n#include \"sandbox_init/upper.h\"\n", 1)},
     r"src/lower\.c:3: lower includes upper above it"),
    ("floors", {"include/sandbox_init/lower.h": LOWER_H.replace(
        "\nstruct", "\n#include \"sandbox_init/upper.h\"\n\nstruct", 1)},
     r"include/sandbox_init/lower\.h:5: lower includes upper above it"),
    ("floors", {"tests/lint/floors.txt": "floor main\nfloor upper lower\nhome exit main\n"},
     r"src/upper\.c:3: upper includes lower beside it"),
    ("floors", {"tests/lint/floors.txt": "floor main\nfloor upper\n"},
     r"floors\.txt:1: lower stands on no floor"),
    ("floors", {"tests/lint/floors.txt": "floor main\nfloor upper\nfloor lower\nfloor attic\n"},
     r"floors\.txt:4: there is no module attic"),
    ("floors", {"tests/lint/floors.txt": "floor main\nfloor upper\nfloor lower upper\n"},
     r"floors\.txt:3: upper stands on two floors"),
    ("floors", {"tests/lint/floors.txt": "floor main\nfloor upper\nfloor lower\nhouse exit main\n"},
     r"floors\.txt:4: neither"),
    ("floors", {"tests/lint/floors.txt": "floor main\nfloor upper\nfloor lower\nhome exit cellar\n"},
     r"floors\.txt:4: exit\(\) is at home in cellar, which"),
    ("floors", {"src/lower.c": LOWER.replace("return 2", "exit(3);\n    return 2")},
     r"src/lower\.c:9: exit\(\) may stand only in main"),
    ("floors", {"src/main.c": GOOD["src/main.c"].replace("return ", "system (0);\n    return ")},
     r"src/main\.c:6: system\(\) may stand nowhere"),
    ("floors", {"src/upper.c": UPPER.replace("return ", "upper_set(&abort);\n    return ")},
     r"src/upper\.c:7: abort\(\) may stand nowhere"),
    ("floors", {"src/upper.c": UPPER.replace('#include "sandbox_init/upper.h"\n', "")},
     r"src/upper\.c:1: it does not include its own contract"),
    ("floors", {"src/upper.c": UPPER.replace("sandbox_init/lower.h", "lower.h")},
     r"src/upper\.c:3: \"lower\.h\": our"),
    ("floors", {"src/upper.c": UPPER.replace('"sandbox_init/lower.h"', "<sandbox_init/lower.h>")},
     r"src/upper\.c:3: <sandbox_init/lower\.h>: our"),
    ("floors", {"tests/lint/floors.txt": None}, r"floors\.txt:1: there is no such file"),
    # exports
    ("exports", {"src/lower.c": LOWER + "\nint lower_half(int number)\n{\n    return number / 2;\n}\n"},
     r"src/lower\.c:1: lower_half\(\) is global, but include/sandbox_init/lower\.h does not"),
    ("exports", {"src/lower.c": LOWER + "\nint half(int number)\n{\n    return number / 2;\n}\n"},
     r"src/lower\.c:1: half is global, but is not called lower_"),
    ("exports", {"include/sandbox_init/lower.h": LOWER_H.replace("#endif", "int lower_half(int number);\n\n#endif")},
     r"lower\.h:13: lower_half\(\) is declared, but"),
    ("exports", {"src/upper.c": UPPER.replace("lower_twice(left)", "left"),
                 "src/main.c": GOOD["src/main.c"]}, r"lower\.h:11: lower_twice\(\) is used by nobody"),
    ("exports", {"src/lower.c": LOWER + "\nint lower_count = 1;\n"},
     r"src/lower\.c:1: lower_count is a variable"),
    ("exports", {"src/lower.c": LOWER.replace("    return 2", "    static int calls;\n    calls++;\n    return calls + 2")},
     r"src/lower\.c:1: calls is a variable"),
    ("exports", {"include/sandbox_init/lower.h": LOWER_H.replace("extern const char *const lower_texts[];\n", "")},
     r"src/lower\.c:1: lower_texts is global, but"),
    # unit_tests
    ("unit_tests", {"tests/unit/test_lower.c": None},
     r"src/lower\.c:1: there is no tests/unit/test_lower\.c"),
    ("unit_tests", {"tests/unit/test_attic.c": TEST_LOWER}, r"test_attic\.c:1: there is no src/attic\.c"),
    ("unit_tests", {"tests/unit/test_lower.c": C + "int main(void)\n{\n    return 0;\n}\n/* cmocka_unit_test(x) */\n"},
     r"test_lower\.c:1: it runs no case"),
    ("unit_tests", {"tests/unit/test_lower.c": TEST_LOWER.replace("int main", "static void halves(void **state)\n{\n"
                    "    (void)state;\n}\n\nint main")}, r"test_lower\.c:9: halves\(\) is in no list"),
    # keys
    ("keys", {"etc/sandbox-init.ini": SAMPLE.replace("#grace = 8s\n", "") + JOBS_SAMPLE},
     r"etc/sandbox-init\.ini:1: \[init\] grace is"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE + "#speed = 9\n" + JOBS_SAMPLE},
     r"etc/sandbox-init\.ini:8: \[init\] speed is unknown"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE.replace("8s", "9s") + JOBS_SAMPLE},
     r"sandbox-init\.ini:4: \[init\] grace is not shown with"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE.replace("8s", "wrong") + JOBS_SAMPLE}, r"sandbox-init\.ini:4: a wrong value"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE + JOBS_SAMPLE.replace("#retries = 0\n", "")},
     r"ini:1: \[job:NAME\] retries is missing"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE + JOBS_SAMPLE.replace("#restart = always\n", "")},
     r"ini:1: \[service:NAME\] restart is missing"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE + JOBS_SAMPLE.replace("#nice = 0\n", "#nice = 1\n", 1)},
     r"ini:10: \[job:NAME\] nice is not shown with"),
    ("keys", {"etc/sandbox-init.ini": SAMPLE + JOBS_SAMPLE.replace("#command =\n#    true", "#lost = x")},
     r"ini:18: \[job:own\] lost is not in what the program makes of it"),
    ("keys", {"src/sandbox-init.ini.5": KEYS_PAGE.replace(".SS [service:NAME]\n", "")},
     r"ini\.5:1: \[service:NAME\] restart is missing\nsrc/sandbox-init\.ini\.5:\d+: \[job:NAME\] restart is unk"),
    ("keys", {"etc/sandbox-init.ini": None}, r"etc/sandbox-init\.ini:1: there is no such file"),
    ("keys", {"src/sandbox-init.ini.5": KEYS_PAGE.replace("\\fBnames", "\\fBname")},
     r"ini\.5:1: \[init\] names is missing\nsrc/sandbox-init\.ini\.5:10: \[init\] name is unknown"),
    ("keys", {"src/sandbox-init.ini.5": None}, r"src/sandbox-init\.ini\.5:1: there is no such file"),
    ("keys", {"src/sandbox-init.8": OPTIONS_PAGE.replace("\\-\\-check\\-config", "\\-\\-check\\-all")},
     r"init\.8:1: --check-config is missing\nsrc/sandbox-init\.8:10: --check-all is unknown"),
    ("keys", {"src/sandbox-init.8": None}, r"src/sandbox-init\.8:1: there is no such file"),
    ("keys", {"README.md": README.replace("--check-config --", "--check-all --")},
     r"README\.md:3: --check-all is unknown"),
    ("keys", {"README.md": README.replace("`--config`", "`--wait`")}, r"README\.md:3: --wait is unknown"),
    ("keys", {"README.md": README + '\n```\nENTRYPOINT ["/sbin/sandbox-init", "--fly"]\n```\n'},
     r"README\.md:20: --fly is"),
    ("keys", {"build/sandbox-init": "#!/bin/sh\nexit 0\n"}, r"--check-config printed no configuration.*"),
    # readme_map
    ("readme_map", {"README.md": README.replace("`upper`, ", "")},
     r"README\.md:1: the code map does not name src/upper\.c"),
    ("readme_map", {"README.md": README.replace("`upper`", "`attic`")},
     r"README\.md:9: the code map names attic, which"),
    ("readme_map", {"README.md": README.replace("src/main.c", "src/mane.c")},
     r"README\.md:10: the code map names src/mane\.c"),
    ("readme_map", {"README.md": README.replace("`tests/unit`, ", "")}, r"does not name tests/unit"),
    ("readme_map", {"scripts/test": f"#!/bin/sh\n# {LICENCE}\n"}, r"does not name scripts/test"),
    ("readme_map", {"README.md": README.replace("Code map", "Code")}, r"README\.md:1: there is no code map"),
    ("readme_map", {"README.md": None}, r"README\.md:1: there is no such file"),
    # format, tidy, cppcheck
    ("format", {"src/upper.c": UPPER.replace("    return", "  return")},
     r"src/upper\.c:\d+: code should be clang-formatted"),
    ("tidy", {"src/upper.c": LONG_FUNCTION}, r"src/upper\.c:4: function 'upper_sum' exceeds"),
    ("tidy", {"src/upper.c": UPPER.replace("    return", "    if (left) {\n        if (left > 1) {\n"
              "            while (left > 2) {\n                if (left > 3) {\n                    right--;\n"
              "                    left--;\n                }\n            }\n        }\n    }\n    return")},
     r"src/upper\.c:5: function 'upper_sum' exceeds"),
    ("tidy", {"build/compile_commands.json": None}, r"compile_commands\.json:1: there is no such file"),
    ("cppcheck", {"src/upper.c": UPPER.replace("    return", "    int numbers[2] = {1, 2};\n    left += numbers[2];\n    return")},
     r"src/upper\.c:8: error: Array 'numbers\[2\]' accessed at index 2"),
    # spdx
    ("spdx", {"src/upper.c": UPPER.replace(C, "")}, r"src/upper\.c:1: there is no line SPDX"),
    ("spdx", {"scripts/demo": "#!/bin/sh\necho\n"}, r"scripts/demo:1: there is no line SPDX"),
    ("spdx", {"src/upper.c": UPPER.replace("{\n", "{ \n")}, r"src/upper\.c:6: white space"),
    ("spdx", {"src/upper.c": UPPER.rstrip("\n")}, r"src/upper\.c:8: the last line has no end"),
    ("spdx", {"src/upper.c": UPPER + "/* " + "x" * 120 + " */\n"}, r"src/upper\.c:9: 126 columns"),
    ("spdx", {"README.md": README + "See /wo" + "rk/there.\n"}, r"README\.md:\d+: the name of a folder"),
    ("spdx", {"README.md": README + "See @PROJECT@/there.\n"}, r"README\.md:\d+: the name of a folder"),
    # manual
    ("manual", {"src/sandbox-init.8": OPTIONS_PAGE + ".UNKNOWN\n"}, r"src/sandbox-init\.8:12: .*UNKNOWN"),
    ("manual", {"src/sandbox-init.8": OPTIONS_PAGE + ".nf\n" + "x" * 90 + "\n"},
     r"sandbox-init\.8:1: printed wider than 80"),
    ("manual", {"src/sandbox-init.8": f'.\\" {LICENCE}\n'}, r"sandbox-init\.8:1: the page is empty"),
]
# What ctest writes (a test's attributes, its inner elements, its output), and how it must be counted.
OF_CMOCKA = "[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[       OK ] b\n"
SUMMARIES = [
    ([('name="unit/x" status="run"', "", OF_CMOCKA)], "2 passed, 0 failed, 0 skipped", 0),
    ([('name="unit/x" status="fail"', "<failure/>", OF_CMOCKA + "[ RUN      ] c\n[  FAILED  ] c\n"
       "[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] c\n")], "2 passed, 1 failed, 0 skipped", 1),
    ([('name="unit/x" status="run"', "", OF_CMOCKA + "[ RUN      ] c\n[  SKIPPED ] c\n"
       "[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] c\n")], "2 passed, 0 failed, 1 skipped", 0),
    # It died in a case; or after the last one, as when a sanitizer finds a leak.
    ([('name="unit/x" status="fail"', "<failure/>", OF_CMOCKA + "[ RUN      ] c\n")], "2 passed, 1 failed, 0 skipped", 1),
    ([('name="unit/x" status="fail"', "<failure/>", OF_CMOCKA)], "2 passed, 1 failed, 0 skipped", 1),
    ([('name="lint/x" status="run"', "", ""), ('name="lint/y" status="fail"', "<failure/>", "")],
     "1 passed, 1 failed, 0 skipped", 1),
    ([('name="lint/x" status="notrun"', "<skipped/>", "SKIPPED: why\n")], "0 passed, 0 failed, 1 skipped", 1),
    ([], "0 passed, 0 failed, 0 skipped", 1),
    (None, "0 passed, 1 failed, 0 skipped", 1),
]
LINTS = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "selftest")


def lay_out(folder, changes):
    """Writes the good tree with CHANGES into FOLDER and builds what the lints read."""
    files = {**GOOD, "build/sandbox-init": PROGRAM, **changes}
    for name, text in files.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("@PROJECT@", str(folder)), encoding="utf-8")
    (folder / "build").mkdir(exist_ok=True)
    if (folder / "build/sandbox-init").exists():
        (folder / "build/sandbox-init").chmod(0o755)
    if "build/compile_commands.json" not in changes:
        commands = [{"directory": str(folder), "file": str(path), "command": f"cc -Iinclude -c {path}"}
                    for path in sorted(folder.glob("src/*.c"))]
        (folder / "build/compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")


def build_archive(folder):
    objects = []
    for path in sorted(folder.glob("src/*.c")):
        if path.stem != "main":
            target = folder / "build" / f"{path.stem}.c.o"
            subprocess.run(["cc", "-fPIE", f"-I{folder}/include", "-c", str(path), "-o", str(target)], check=True)
            objects.append(str(target))
    subprocess.run(["ar", "rc", str(folder / "build/libhouse.a"), *objects], check=True)


def run_lint(lint, folder):
    environment = {**os.environ, "SANDBOX_INIT": str(folder / "build/sandbox-init"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, str(HERE / f"{lint}.py"), str(folder), str(folder / "build")],
                          capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def check(lint, changes, status, pattern):
    """Returns None when the lint does what it must, else what it did; or 77 when its tool is missing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        if changes is not None:
            lay_out(folder, changes)
            if lint == "exports":
                build_archive(folder)
        else:
            (folder / "build").mkdir()
        got, text = run_lint(lint, folder)
    if got == 77:
        return 77
    if got != status or not re.search(pattern, text, re.MULTILINE):
        return f"it ended with status {got}, not {status}, or did not say {pattern!r}:\n{text}"
    return None


def check_summary(tests, last_line, status):
    """The same for tests/summarize.py. TESTS: None for a stage that could not be built."""
    with tempfile.TemporaryDirectory() as folder:
        if tests is None:
            Path(folder, "stage.broken").write_text("the build failed", encoding="utf-8")
        else:
            body = "".join(f"<testcase {attributes}>{inner}<system-out>{output}</system-out></testcase>"
                           for attributes, inner, output in tests)
            Path(folder, "stage.xml").write_text(f"<testsuite>{body}</testsuite>", encoding="utf-8")
        done = subprocess.run([sys.executable, str(HERE.parent / "summarize.py"), folder], capture_output=True,
                              text=True, check=False)
    if done.returncode != status or done.stdout.splitlines()[-1:] != [last_line]:
        return f"it ended with status {done.returncode}, not {status}, or not with {last_line!r}:\n{done.stdout}"
    return None


def main():
    cases = [(lint, {}, 0, r"^checked [1-9][0-9]* .*: 0 findings$") for lint in LINTS]
    cases += [(lint, None, 1, r"") for lint in LINTS]
    cases += [(lint, changes, 1, pattern) for lint, changes, pattern in CASES]
    failures, skipped = 0, set()
    for lint, changes, status, pattern in cases:
        said = check(lint, changes, status, pattern)
        if said == 77:
            skipped.add(lint)
        elif said:
            failures += 1
            what = "an empty tree" if changes is None else ", ".join(changes) or "the good tree"
            print(f"tests/lint/{lint}.py:1: on {what} {said}")
    for tests, last_line, status in SUMMARIES:
        said = check_summary(tests, last_line, status)
        if said:
            failures += 1
            print(f"tests/summarize.py:1: {said}")
    for lint in sorted(set(LINTS) - {case[0] for case in CASES}):
        failures += 1
        print(f"tests/lint/{lint}.py:1: nobody has seen it fail: selftest.py has no case for it")
    for lint in sorted(skipped):
        print(f"tests/lint/{lint}.py:1: not tested, its tool is missing")
    print(f"checked {len(LINTS)} lints with {len(cases)} trees and the summary with {len(SUMMARIES)} results: "
          f"{failures} failures")
    sys.exit(1 if failures else 0)


if len(sys.argv) != 3:
    sys.exit("usage: selftest.py PROJECT BUILD")
main()
