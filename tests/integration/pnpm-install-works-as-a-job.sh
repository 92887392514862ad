# SPDX-License-Identifier: MIT
# The chain that dev containers are for: a job that puts pnpm in place, and one after it that installs a small
# project with it, because there is a lock file; the main command runs meanwhile, and a service uses what was
# installed.
needs_network
needs_command node npm
version=9.15.9 # the last of its line, which runs on node 18.12 and later
major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
if [ "$major" -lt 18 ]; then
    skip "pnpm $version needs node 18 or later, and this one is $(node --version)"
fi
mkdir -p /tmp/home /tmp/project /tmp/other
if [ -e ~/.npmrc ]; then
    cp ~/.npmrc /tmp/home/
fi
export HOME=/tmp/home # npm and pnpm leave much behind
if ! timeout 60 npm view "pnpm@$version" version >/run/npm.out 2>&1; then
    skip "the registry of npm cannot be reached: $(grep error /run/npm.out | head -n 3 | paste -sd' ' || true)"
fi
cat >/tmp/project/package.json <<'END'
{"name": "project", "version": "1.0.0", "private": true,
 "dependencies": {"is-even": "1.0.0"}, "devDependencies": {"left-pad": "1.3.0"}}
END
cat >/tmp/project/server.js <<'END'
const isEven = require("is-even");
console.log(`is 4 even: ${isEven(4)}, ${require("left-pad")("x", 3, ".")}`);
setInterval(() => {}, 1 << 30);
END
cat >/etc/sandbox-init.ini <<'END'
[init]
log_dir = /run/log
[job:pnpm]
command = npm install --global --prefix /tmp/prefix --no-audit --no-fund "pnpm@$PNPM_VERSION"
timeout = 5m
retries = 2
[job:lock]
command = pnpm install --lockfile-only --store-dir /tmp/store
directory = /tmp/project
environment =
    PATH=/tmp/prefix/bin:/usr/local/bin:/usr/bin:/bin
    CI=true
after = pnpm
retries = 2
[job:install]
command =
    pnpm config set store-dir /tmp/store --location project
    pnpm install --frozen-lockfile
directory = /tmp/project
environment =
    PATH=/tmp/prefix/bin:/usr/local/bin:/usr/bin:/bin
    CI=true
only_if_exists = pnpm-lock.yaml
after = lock
retries = 2
timeout = 5m
[job:nothing-to-install]
command = touch /run/ran
directory = /tmp/other
only_if_exists = pnpm-lock.yaml
after = lock
[service:server]
command = exec node server.js
directory = /tmp/project
after = install
END
# How this machine reaches the network is not ours to know.
for name in $(compgen -e | grep -Ei '_proxy$|^npm_config_|^NODE_EXTRA_CA_CERTS$|^SSL_CERT'); do
    given env "$name=${!name}"
done
given env HOME=$HOME PNPM_VERSION=$version NODE_OPTIONS=--no-such-option
start -- sleep 1000
expect_log 'job:pnpm: started'
expect inside pgrep -x sleep
expect_log 'job:(install: done|[a-z]+: failed)' 300
refute_log ': failed'
expect_log 'server \| is 4 even: true, \.\.x' 60
expect_log 'job:nothing-to-install: skipped: only_if_exists: pnpm-lock.yaml is missing'
expect grep -q 'is-even' /run/log/install.log
expect test -e /tmp/project/node_modules/is-even/package.json -a -e /tmp/project/node_modules/.pnpm
refute test -e /run/ran
term
expect_status 143
