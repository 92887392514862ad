# SPDX-License-Identifier: MIT
# In a real browser the picture of --timeline is what it is meant to be: bars and texts are there, in colours,
# in the light and in the dark, none outside of the picture, no text upon another or under a bar; as an
# image, which can load nothing, too.
needs_plain_program "a browser takes its time"
needs_command chromium python3
cat >/etc/sandbox-init.ini <<'END'
[job:first]
command = sleep 0.3
[job:flaky]
command = sleep 0.1; exit 3
retries = 1
retry_delay = 200ms
after = first
[job:with-a-name-of-32-characters-wide]
command = sleep 0.2
after = first flaky
[job:a-name-of-thirty-two-letters-now]
command = sleep 0.2
after = first
[service:web]
command = exec sleep 1000
after = first a-name-of-thirty-two-letters-now
END
sed -i 's/with-a-name-of-32-characters-wide/after-what-fails/' /etc/sandbox-init.ini
for i in $(seq 59); do
    printf '[job:job-%d]\ncommand = sleep 0.%02d\nafter = first\n' "$i" "$((i % 10))"
done >>/etc/sandbox-init.ini
start
expect_log 'service:web: started'
expect_log 'job:flaky: failed' 30
inside "$PROGRAM" --wait --quiet --timeout 60s 2>/dev/null || true
inside "$PROGRAM" --timeline >/run/picture.svg
cat >/run/page.py <<'END'
import base64
picture = open("/run/picture.svg").read()
print("""<!doctype html><meta charset="utf-8"><body style="margin:0">%s<pre id="result">nothing</pre><script>
const image = new Image();
image.onload = () => {
    const result = {bars: {}, colours: 0, outside: [], overlapping: [], covered: []};
    const svg = document.querySelector("svg");
    const box = element => element.getBoundingClientRect();
    const whole = box(svg);
    const meet = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
    const bars = [...svg.querySelectorAll("rect, path")].filter(bar => bar.querySelector("title"));
    const texts = [...svg.querySelectorAll("text")];
    for (const bar of bars) {
        const name = bar.getAttribute("class");
        const style = getComputedStyle(bar);
        result.bars[name] = [style.fill, style.stroke].join(" ");
    }
    result.texts = texts.map(text => text.textContent);
    for (const element of [...bars, ...texts]) {
        const b = box(element);
        if (b.width <= 0 || b.height <= 0 || b.left < whole.left || b.right > whole.right || b.top < whole.top || b.bottom > whole.bottom)
            result.outside.push(element.outerHTML);
    }
    texts.forEach((text, i) => {
        for (const other of texts.slice(i + 1))
            if (meet(box(text), box(other))) result.overlapping.push([text.textContent, other.textContent]);
        for (const bar of bars)
            if (meet(box(text), box(bar))) result.covered.push([text.textContent, bar.textContent]);
    });
    result.page = getComputedStyle(svg.querySelector(".page")).fill;
    result.ink = getComputedStyle(texts[0]).fill;
    const canvas = document.createElement("canvas");
    canvas.width = image.width; canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const seen = new Set();
    const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    for (const pixel of pixels) seen.add(pixel);
    result.colours = seen.size;
    document.getElementById("result").textContent = "RESULT" + JSON.stringify(result) + "END";
};
image.onerror = () => { document.getElementById("result").textContent = "RESULT{\\"image\\": \\"broken\\"}END"; };
image.src = "data:image/svg+xml;base64,%s";
</script>""" % (picture, base64.b64encode(picture.encode()).decode()))
END
python3 /run/page.py >/run/page.html
cat >/run/judge.py <<'END'
import html
import json
import re
import sys

dumped = html.unescape(open(sys.argv[1]).read())
result = json.loads(re.search(r'id="result">RESULT(\{.*?\})END</pre>', dumped, re.DOTALL).group(1))
for key in ("outside", "overlapping", "covered"):
    assert result[key] == [], (key, result[key][:3])
bars = result["bars"]
for look in ("waiting", "succeeded", "failed", "backoff", "gave-up", "skipped", "running"):
    assert look in bars, (look, bars)
assert len(set(bars.values())) == len(bars), bars
assert result["colours"] > 20, result["colours"]
assert {"first", "flaky", "web", "job-59", "(guard)"} <= set(result["texts"])
assert any("after first, a-name-of-thirty-two-letters-now" in text for text in result["texts"])
brightness = [sum(map(int, re.findall(r"\d+", result[key]))) for key in ("page", "ink")]
assert (brightness[0] < brightness[1]) == (sys.argv[2] == "dark"), result["page"] + result["ink"]
END
for scheme in light dark; do
    dark=
    if [ "$scheme" = dark ]; then
        dark=--blink-settings=preferredColorScheme=0
    fi
    HOME=/run timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
        --user-data-dir="/run/profile-$scheme" --virtual-time-budget=5000 $dark --dump-dom file:///run/page.html \
        >"/run/$scheme.html" 2>"/run/$scheme.err" || { cat "/run/$scheme.err"; fail "the browser failed"; }
    expect python3 /run/judge.py "/run/$scheme.html" "$scheme"
done
