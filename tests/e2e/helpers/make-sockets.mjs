// SPDX-License-Identifier: MIT
//
// make-sockets COUNT ATTACKER
//
// Makes COUNT sockets in /tmp one after the other as VS Code makes those of its terminals (an HTTP server of node,
// which stays), while "ATTACKER watch /tmp" waits for them. Then says "made N", "won N" as the attacker counts, and
// "accepted N": how many of the servers had a connection.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import readline from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const [count, attackerPath] = process.argv.slice(2);
const patience_ms = 1000; // for one socket
const attacker = spawn(attackerPath, ["watch", "/tmp"], { stdio: ["pipe", "pipe", "inherit"] });
const lines = readline.createInterface({ input: attacker.stdout })[Symbol.asyncIterator]();
if ((await lines.next()).value !== "ready") {
    throw new Error("the attacker does not start");
}

const accepted = new Set();
const servers = [];
for (let i = 0; i < Number(count); i++) {
    const path = `/tmp/vscode-ipc-${randomUUID()}.sock`;
    const server = http.createServer();
    server.on("connection", () => accepted.add(path));
    server.listen(path);
    const begin = performance.now();
    while (!accepted.has(path) && fs.existsSync(path) && performance.now() - begin < patience_ms) {
        await sleep(1);
    }
    await sleep(5); // so that one is dealt with before the next one comes
    servers.push(server);
}

attacker.stdin.end();
let won = 0;
for await (const line of lines) {
    won += line.startsWith("won ") ? 1 : 0;
}
await sleep(100); // what is still in a queue
console.log(`made ${count}\nwon ${won}\naccepted ${accepted.size}`);
servers.forEach((server) => server.close());
process.exit(0);
