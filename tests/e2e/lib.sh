# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
#
# What the scripts of this folder share. One begins with
#
#     cd "$(dirname "$0")/../.." && . tests/e2e/lib.sh
#
# and ends with `finish`. It exits 0 when all holds, 1 when not, and 77 where nothing could be tried.
#
# Checks. One that fails is told with what the command printed, and the script goes on.
#   expect WHAT COMMAND...          COMMAND succeeds
#   refute WHAT COMMAND...          COMMAND fails
#   expect_soon SECONDS WHAT COMMAND...   it succeeds, now or within SECONDS
#   expect_same WHAT WANTED GOT     two texts are the same
#   wait_until SECONDS COMMAND...   no check: retries until COMMAND succeeds; 1 when it never does
#   fail WHAT                       a check that failed
#   note TEXT...                    what is worth knowing in the output: a figure, a part that begins
#   leave_out REASON...             a part cannot be tried here: says so, and the script goes on
#   skip REASON...                  nothing can be tried here: ends the script
#   needs COMMAND...                skips where a command is missing
#   needs_root                      skips for others than root
#   finish                          the closing line, and the exit status
#
# Things. All that is made is in $SCRATCH, a folder of the script's own, or named after $TAG, and goes with it.
#   at_end COMMAND...               is run when the script ends, the last one first
#   quietly NAME COMMAND...         its output goes to $BUILD/NAME.log, and is shown when it fails
#   start_dockerd                   a Docker engine, as $DOCKER_HOST; its own where none is given
#   base_image SUITE                Debian as the image debian:SUITE, in "${engine[@]}", as no registry is used
#   static_program                  $PROGRAM: the static program, with musl where that can be had
#   static_helper NAME              $SCRATCH/NAME: tests/integration/helpers/NAME.c, static
#   example_image                   Dockerfile.example as the image $EXAMPLE
#
# What takes long to make is kept in $CACHE ($SANDBOX_INIT_E2E_CACHE, else build/e2e/cache):
#   cached NAME COMMAND...          $CACHE/NAME, a file or a folder, is made by COMMAND once, also when several
#                                   scripts want it; COMMAND gets where to make it as its last argument
set -euo pipefail

export LC_ALL=C
PROJECT=$PWD
SCRIPT=$(basename "$0")
BUILD=$PROJECT/build/e2e
CACHE=${SANDBOX_INIT_E2E_CACHE:-$BUILD/cache}
TAG=sandbox-init-e2e-$$
EXAMPLE=sandbox-init-example
mkdir -p "$BUILD" "$CACHE"
CACHE=$(realpath "$CACHE")
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-init-e2e.XXXXXX")
engine=(docker)

# --- the end ---

endings=()

at_end()
{
    endings+=("$(printf '%q ' "$@")")
}

clean_up()
{
    local status=$? index
    trap - EXIT
    set +e
    for ((index = ${#endings[@]} - 1; index >= 0; index--)); do
        eval "${endings[index]}"
    done >>"$BUILD/$SCRIPT.clean-up.log" 2>&1
    rm -rf --one-file-system "$SCRATCH"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- checks ---

checks=0
failures=0
left_out=0

note()
{
    echo "    $*"
}

fail()
{
    checks=$((checks + 1))
    failures=$((failures + 1))
    echo "FAILED: $*" >&2
}

# After a check: TEXT is what was seen.
failed_with()
{
    fail "$1"
    if [ -n "$2" ]; then
        tail -n 40 <<<"$2" | sed 's/^/    | /' >&2
    fi
}

expect()
{
    local what=$1 text
    shift
    if text=$("$@" 2>&1); then
        checks=$((checks + 1))
    else
        failed_with "$what" "$text"
    fi
}

refute()
{
    local what=$1 text
    shift
    if text=$("$@" 2>&1); then
        failed_with "$what" "$text"
    else
        checks=$((checks + 1))
    fi
}

wait_until()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            return 1
        fi
        sleep 0.1
    done
}

expect_soon()
{
    local seconds=$1 what=$2
    shift 2
    wait_until "$seconds" "$@" || true
    expect "$what" "$@"
}

expect_same()
{
    if [ "$2" = "$3" ]; then
        checks=$((checks + 1))
    else
        failed_with "$1" "wanted: $2"$'\n'"got:    $3"
    fi
}

leave_out()
{
    left_out=$((left_out + 1))
    echo "SKIPPED: $*"
}

skip()
{
    echo "SKIPPED: $*"
    exit 77
}

needs()
{
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || skip "$command is missing; scripts/install-packages build e2e has it"
    done
}

needs_root()
{
    [ "$(id -u)" -eq 0 ] || skip "this needs root"
}

finish()
{
    if [ "$checks" -eq 0 ]; then
        fail "nothing was checked"
    fi
    if [ "$failures" -gt 0 ]; then
        echo "$failures of $checks checks failed, $left_out parts skipped" >&2
        exit 1
    fi
    echo "$checks checks passed, $left_out parts skipped"
    exit 0
}

# --- things ---

quietly()
{
    local log=$BUILD/$1.log
    shift
    if ! "$@" >"$log" 2>&1; then
        echo "FAILED: $* (all it said: $log)" >&2
        tail -n 40 "$log" | sed 's/^/    | /' >&2
        exit 1
    fi
}

cached()
{
    local name=$1
    shift
    (
        flock 9
        if [ ! -e "$CACHE/$name" ]; then
            rm -rf "$CACHE/new-$name"
            "$@" "$CACHE/new-$name"
            mv "$CACHE/new-$name" "$CACHE/$name"
        fi
    ) 9>"$CACHE/lock-$name"
}

# What engines leave mounted below a folder.
umount_all()
{
    awk -v folder="$1/" 'index($5, folder) == 1 {print $5}' /proc/self/mountinfo | sort -r |
        xargs --no-run-if-empty umount
}

stop_dockerd()
{
    local pid=$1 containers
    containers=$(docker ps -aq)
    if [ -n "$containers" ]; then
        # shellcheck disable=SC2086 # one word a container
        docker rm -fv $containers
    fi
    kill "$pid"
    wait "$pid"
    umount_all "$SCRATCH"
}

# Without a bridge: containers have the host's network or none.
start_dockerd()
{
    needs docker
    if [ -n "${DOCKER_HOST:-}" ]; then
        docker version >/dev/null 2>&1 || skip "there is no Docker engine at $DOCKER_HOST"
        return
    fi
    needs dockerd
    needs_root
    export DOCKER_HOST=unix://$SCRATCH/docker.sock
    setsid dockerd --data-root "$SCRATCH/docker" --exec-root "$SCRATCH/exec" --pidfile "$SCRATCH/dockerd.pid" \
        --host "$DOCKER_HOST" --default-ulimit nofile=16384:16384 --iptables=false --bridge=none \
        >"$BUILD/dockerd-$SCRIPT.log" 2>&1 &
    local pid=$!
    at_end stop_dockerd "$pid"
    if ! wait_until 60 docker version; then
        tail -n 20 "$BUILD/dockerd-$SCRIPT.log" >&2
        skip "no Docker engine can be started here"
    fi
}

make_base()
{
    quietly "mmdebstrap-$1" mmdebstrap --quiet --variant=minbase --components=main "$1" "$2"
}

# The image has what this machine needs to reach npm's registry: certificates that its administrator has added,
# a proxy, another registry. So nothing of that is in a Dockerfile.
base_image()
{
    local suite=$1 name
    if "${engine[@]}" image inspect "debian:$suite" >/dev/null 2>&1; then
        return
    fi
    needs mmdebstrap
    needs_root
    cached "$suite.tar" make_base "$suite"
    quietly import "${engine[@]}" import -c 'CMD ["bash"]' "$CACHE/$suite.tar" "debian:$suite"
    local folder=$SCRATCH/base-$suite
    mkdir -p "$folder/certificates"
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$folder/certificates" {} + 2>/dev/null || true
    {
        echo "FROM debian:$suite"
        echo "COPY certificates /usr/local/share/ca-certificates"
        # These are read instead of, or besides, what programs bring with them.
        for name in NODE_EXTRA_CA_CERTS SSL_CERT_FILE; do
            echo "ENV $name=/etc/ssl/certs/ca-certificates.crt"
        done
        for name in http_proxy https_proxy no_proxy; do
            [ -z "${!name:-}" ] || echo "ENV $name=${!name}"
        done
        if command -v npm >/dev/null; then
            echo "ENV NPM_CONFIG_REGISTRY=$(cd / && npm config get registry)"
        fi
    } >"$folder/Dockerfile"
    DOCKER_BUILDKIT=0 quietly base "${engine[@]}" build --tag "debian:$suite" "$folder"
}

make_musl_libraries()
{
    command -v musl-gcc >/dev/null && flock "$CACHE/lock-musl" scripts/musl-libraries "$CACHE/musl" >"$BUILD/musl.log" 2>&1
}

static_program()
{
    needs cmake ninja cc
    local folder=$BUILD/static options=(-DSANDBOX_INIT_STATIC=ON -DSANDBOX_INIT_TESTS=OFF)
    if make_musl_libraries; then
        folder=$BUILD/musl
        options+=(-DCMAKE_TOOLCHAIN_FILE="$CACHE/musl/toolchain.cmake")
    else
        leave_out "the program with musl: it or its libraries cannot be had ($BUILD/musl.log); glibc instead"
    fi
    quietly static-configure cmake -S . -B "$folder" -G Ninja "${options[@]}"
    quietly static-build cmake --build "$folder"
    PROGRAM=$folder/sandbox-init
}

static_helper()
{
    needs cc
    quietly "helper-$1" cc -O2 -static -D_GNU_SOURCE -I include "tests/integration/helpers/$1.c" -o "$SCRATCH/$1"
}

example_image()
{
    base_image trixie
    # Not BuildKit, which not every engine here has; and the network of this machine.
    DOCKER_BUILDKIT=0 quietly example "${engine[@]}" build --network=host --file Dockerfile.example --tag "$EXAMPLE" .
}
