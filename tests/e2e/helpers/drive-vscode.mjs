// SPDX-License-Identifier: MIT
//
// drive-vscode PLAYWRIGHT-CORE CHROMIUM SERVER.sock
//
// A user in front of VS Code: a browser in which the server that listens on SERVER.sock is used by keyboard. Reads a
// command a line from stdin, and says "ok COMMAND", or "failed COMMAND: WHY", for each.
//
//   open FOLDER        a window with that folder, up to where its extensions run
//   reload             the same window again
//   terminal           one more integrated terminal
//   no-terminals       ends all terminals
//   type TEXT          into the terminal that has the focus, and the Enter key
//   edit FILE TEXT     opens FILE of the folder, writes TEXT at its end, saves
//   changed FILE       waits until source control shows FILE as changed
//   commit TEXT        commits all, with this message
//   picture PATH       what the window looks like
//   close              closes the window; the server is not told to end
import { createRequire } from "node:module";
import net from "node:net";
import readline from "node:readline";

const [playwrightPath, chromiumPath, serverPath] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwrightPath);
const patience = 60000;

// A browser knows no Unix sockets.
const relay = net.createServer((client) => {
    const server = net.connect(serverPath);
    for (const [one, other] of [[client, server], [server, client]]) {
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => other.destroy());
    }
});
await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
});
let page;

// The box that KEY opens: TEXT is written into it, and what it offers as WANTED is taken. Whatever takes the focus
// closes the box, so this is tried again.
async function pick(key, text, wanted) {
    const input = page.locator(".quick-input-widget input[type=text]").first();
    const row = page.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: wanted });
    const begin = Date.now();
    for (;;) {
        try {
            await page.keyboard.press(key);
            await input.fill(text, { timeout: 3000 });
            await row.waitFor({ timeout: 3000 });
            break;
        } catch (error) {
            if (Date.now() - begin > patience) {
                throw error;
            }
            await page.keyboard.press("Escape");
        }
    }
    await page.keyboard.press("Enter");
}

async function palette(command) {
    await pick("F1", `>${command}`, command);
}

// Its extensions run when the git extension shows the branch in the status bar.
async function await_window() {
    await page.locator("[id^='status.scm']").first().waitFor({ timeout: patience });
}

const commands = {
    async open(folder) {
        const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
        page = await context.newPage();
        await page.goto(`http://127.0.0.1:${relay.address().port}/?folder=${folder}`);
        await await_window();
    },
    async reload() {
        await page.reload();
        await await_window();
    },
    async terminal() {
        const terminals = page.locator(".terminal-wrapper .xterm");
        const before = await terminals.count();
        await palette("Terminal: Create New Terminal");
        await page.waitForFunction((n) => document.querySelectorAll(".terminal-wrapper .xterm").length > n, before,
            { timeout: patience });
        await page.locator(".terminal-wrapper.active .xterm.focus").waitFor({ timeout: patience });
    },
    async "no-terminals"() {
        await palette("Terminal: Kill All Terminals");
        await page.waitForFunction(() => document.querySelectorAll(".terminal-wrapper .xterm").length === 0, null,
            { timeout: patience });
    },
    async type(text) {
        await palette("Terminal: Focus on Terminal View");
        await page.locator(".terminal-wrapper.active .xterm.focus").waitFor({ timeout: patience });
        await page.keyboard.type(text);
        await page.keyboard.press("Enter");
    },
    async edit(words) {
        const [file, ...text] = words.split(" ");
        await pick("Control+p", file, file);
        const lines = page.locator(".editor-instance .monaco-editor .view-lines").first();
        await lines.waitFor({ timeout: patience });
        await lines.click();
        await page.keyboard.press("Control+End");
        await page.keyboard.type(text.join(" "));
        await page.keyboard.press("Enter");
        await page.keyboard.press("Control+s");
        await page.locator(".tab.active.dirty").waitFor({ state: "detached", timeout: patience });
    },
    async changed(file) {
        await palette("Source Control: Focus on Changes View");
        await page.locator(".scm-view .resource").filter({ hasText: file }).first().waitFor({ timeout: patience });
    },
    async commit(text) {
        await palette("Git: Commit All");
        const input = page.locator(".quick-input-widget input[type=text]").first();
        await page.locator(".quick-input-widget").filter({ hasText: /commit message/i }).waitFor({ timeout: patience });
        await input.fill(text);
        await page.keyboard.press("Enter");
    },
    async picture(path) {
        await page.screenshot({ path });
    },
    async close() {
        await page.context().close();
    },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, ...words] = line.split(" ");
    try {
        await commands[name](words.join(" "));
        console.log(`ok ${name}`);
    } catch (error) {
        console.log(`failed ${name}: ${String(error.message).split("\n")[0]}`);
    }
}
await browser.close();
process.exit(0);
