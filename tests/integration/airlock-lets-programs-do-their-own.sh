# SPDX-License-Identifier: MIT
# What a developer's programs do among themselves works behind the airlock: version control, terminals in terminals,
# packages, child processes with their channels, own servers, a browser. Those that are not here are left out.
export HOME=/tmp/home
mkdir -p /tmp/home /tmp/work
cd /tmp/work
tried=

# tries NAME SHELL-COMMANDS: without the airlock to see that they can work here at all, then with it.
tries()
{
    command -v "$1" >/dev/null || return 0
    if ! (trap - ERR EXIT; cd "$(mktemp -d)" && timeout 40 sh -euc "$2") >"$STATE/bare" 2>&1 </dev/null; then
        echo "$1 does not work here without the airlock either"
        return 0
    fi
    tried="$tried $1"
    local status=0
    (trap - ERR EXIT; cd "$(mktemp -d)" && timeout 40 "$PROGRAM" --exec -q --unix-sockets auto -- sh -euc "$2") \
        >"$OUT" 2>&1 </dev/null || status=$?
    expect_same "$1: 0" "$1: $status"
}

tries git 'git init -q a; cd a; git config user.email a@b; git config user.name a; echo x >f; git add f
    git commit -qm one; git gc -q; cd ..; git clone -q a b; cd b; git fsck; mv f g; git add -A; git stash -q'
tries tmux 'tmux -L here -f /dev/null new-session -d "sleep 100"; tmux -L here has-session
    tmux -L here kill-server'
tries npm 'mkdir dep; echo "{\"name\": \"dep\", \"version\": \"1.0.0\"}" >dep/package.json
    echo "{\"name\": \"p\", \"version\": \"1.0.0\", \"dependencies\": {\"dep\": \"file:./dep\"},
        \"scripts\": {\"postinstall\": \"echo ran >ran\"}}" >package.json
    npm install --offline --no-audit --no-fund; test -e ran; test -e node_modules/dep'
tries node 'cat >child.js <<"JS"
process.send("hello"); process.on("message", () => process.exit(0));
JS
cat >main.js <<"JS"
const { fork, spawn, execSync } = require("child_process"), net = require("net"), wanted = new Set(["fork", "kill", "socket", "worker", "http"]);
const done = (what) => { wanted.delete(what); if (wanted.size === 0) process.exit(0); };
const child = fork("./child.js"); child.on("message", () => child.send("go")); child.on("exit", () => done("fork"));
const sleeper = spawn("sleep", ["100"]); sleeper.on("exit", () => done("kill")); sleeper.on("spawn", () => sleeper.kill());
const server = net.createServer((peer) => peer.end("x")).listen("./own.sock", () => net.connect("./own.sock").on("data", () => done("socket")));
new (require("worker_threads").Worker)("require(\"worker_threads\").parentPort.postMessage(1)", { eval: true }).on("message", () => done("worker"));
const http = require("http").createServer((_, out) => out.end("x")).listen(0, "127.0.0.1", () => require("http").get(http.address(), () => done("http")));
execSync("true");
setTimeout(() => { console.log("missing", wanted); process.exit(1); }, 20000);
JS
node main.js'
tries python3 'cat >main.py <<"PY"
import asyncio, multiprocessing, subprocess
def twice(x): return 2 * x
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool: assert pool.map(twice, [1, 2]) == [2, 4]
    assert list(multiprocessing.Manager().list([1])) == [1]
    assert asyncio.run(asyncio.sleep(0, 1)) == 1
    subprocess.Popen(["sleep", "100"]).terminate()
PY
python3 main.py'
tries ssh-agent 'eval "$(ssh-agent)"; ssh-add -l || test $? = 1; kill $SSH_AGENT_PID'
tries strace 'strace -f -o /dev/null true'
tries script 'script -qec "test -t 0" /dev/null'
tries chromium 'mkdir profile; chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
    --user-data-dir="$PWD/profile" --dump-dom "data:text/html,<p id=x>hello" | grep hello'

[ -n "$tried" ] || skip "none of the programs is here, or none works"
echo "tried:$tried"
