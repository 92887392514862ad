# SPDX-License-Identifier: MIT
# --timeline draws what happened: waiting, runs, tries, what failed and what was skipped, and what the guard
# did; as well-formed XML that needs nothing else, and in letters as wide as the terminal.
needs_command python3
cat >/etc/sandbox-init.ini <<'END'
[job:first]
command = python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('/tmp/vscode-ipc-1.sock')"; sleep 0.2
[job:flaky]
command = exit 3
retries = 1
retry_delay = 100ms
after = first
[job:never]
command = true
after = flaky
[service:web]
command = exec sleep 1000
after = first
[service:off]
command = exec sleep 1000
enabled = no
END
start
expect_log 'job:never: skipped'
expect_log 'service:web: started'
expect_log '(revoked|unlinked) /tmp/vscode-ipc-1.sock'
inside "$PROGRAM" --timeline >/run/picture.svg
expect inside "$PROGRAM" --timeline --output /run/again.svg
expect test -s /run/again.svg
cat >/run/look.py <<'END'
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == SVG + "svg"
assert {element.tag for element in root.iter()} <= {SVG + name for name in (
    "svg", "title", "style", "rect", "path", "text", "tspan")}
assert not any("href" in name or name.startswith("on") for element in root.iter() for name in element.attrib)
told = {}
for element in root.iter():
    title = element.find(SVG + "title")
    if element is not root and title is not None and ": " in title.text:
        name, rest = title.text.split(": ", 1)
        told.setdefault(name, []).append(element.attrib["class"])
ticks = [element.attrib["class"] for element in root.iter(SVG + "path") if " at " in element.findtext(SVG + "title", "")]
assert ticks == ["tick"], ticks
assert "succeeded" in told["first"]
assert told["flaky"].count("failed") >= 1 and "backoff" in told["flaky"] and "gave-up" in told["flaky"]
assert told["never"] == ["waiting", "skipped"]
assert told["web"][0] == "waiting" and "running" in told["web"]
assert "off" not in told
names = [element.text for element in root.iter(SVG + "text") if element.get("class") == "name"]
assert names[0] == "first" and sorted(names) == ["(guard)", "first", "flaky", "never", "off", "web"], names
END
expect python3 /run/look.py /run/picture.svg
inside env COLUMNS=90 "$PROGRAM" --timeline --text >/run/letters
expect grep -Eq '^first   \|#+ *\| done after' /run/letters
expect grep -Eq '^flaky   \|\.+.*~+.*X' /run/letters
expect grep -Eq '^never   \|\.+s? *' /run/letters
expect grep -Eq '^web     \|\.+>*=+ *\| up at' /run/letters
expect grep -Eq '^all settled after' /run/letters
expect_same '' "$(awk 'length > 90' /run/letters)"
background shown inside "$HELPERS/terminal" setsid --ctty env TERM=xterm COLUMNS=60 "$PROGRAM" --timeline --text
expect_output shown 'all settled after'
end shown
expect_soon inside test ! -e /tmp/vscode-ipc-1.sock
term
expect_status 0
run_here 3 --timeline
expect_log 'no init runs here'
