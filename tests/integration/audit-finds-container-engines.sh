# SPDX-License-Identifier: MIT
# An engine that obeys fails, in its usual place, as DOCKER_HOST says here or in another process, and by a name;
# one that refuses writes, or is closed to the agent, passes; one that is not there is a warning. tests/e2e/audit
# has real ones.
needs_root
needs_command python3
audit=$STATE/audit
given env HOME=/tmp

cat >"$STATE/engine" <<'END'
import http.server, socketserver, sys, threading

KIND, PATH = sys.argv[1:]

class Engine(http.server.BaseHTTPRequestHandler):
    def say(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def address_string(self):
        return "somebody"

    def do_GET(self):
        self.say(200)

    def do_POST(self):
        self.say(403 if KIND == "proxy" else 400)

    do_PUT = do_DELETE = do_POST

if PATH == "tcp":
    server = socketserver.TCPServer(("127.0.0.1", 0), Engine)
    print("port", server.server_address[1], flush=True)
else:
    server = socketserver.UnixStreamServer(PATH, Engine)
    print("ready", flush=True)
server.serve_forever()
END

# look STATUS LINE [COMMAND...]: the audit about uid 1234, run by COMMAND, has LINE
look()
{
    local wanted=$1 line=$2 status=0
    shift 2
    "${@:-inside}" "$PROGRAM" --audit --only docker >"$audit" 2>&1 || status=$?
    expect_same "$wanted: $(<"$audit")" "$status: $(<"$audit")"
    expect has_line "$audit" "$line" || cat "$audit"
}

printf '[init]\nuser = 1234\n' >/etc/sandbox-init.ini
start sleep 1000
look 0 '^n/a +docker +no engine is to be reached$'

background engine inside python3 "$STATE/engine" engine /run/docker.sock
expect_output engine ready
look 0 '^pass +docker +unix:///(var/)?run/docker.sock is closed to it$'
chmod 666 /run/docker.sock
obeys='^fail +docker +unix:///(var/)?run/docker.sock obeys \(POST /containers/create is answered with 400\)$'
look 1 "$obeys"
look 1 "$obeys" inside_as 1234
expect has_line "$audit" 'mend: docker-compose.yml: volumes: \(leave out the one that ends in ":/(var/)?run/docker.sock"\)$'
end engine
rm /run/docker.sock

background proxy inside python3 "$STATE/engine" proxy tcp
expect_output proxy 'port [0-9]+'
proxy=tcp://docker-proxy:$(sed -n 's/^port //p' "$(output_of proxy)")
look 0 "^warn +docker +$proxy, which DOCKER_HOST names, cannot be reached: " inside env DOCKER_HOST="$proxy"
echo '127.0.0.1 docker-proxy' >>/etc/hosts
look 0 "^pass +docker +$proxy: reads are answered, writes refused \(403\)$" inside env DOCKER_HOST="$proxy"
look 0 "^pass +docker +$proxy: reads are answered, writes refused \(403\)$" inside_as 1234 env DOCKER_HOST="$proxy"
end proxy
look 0 "^warn +docker +$proxy, which DOCKER_HOST names, cannot be reached: " inside env DOCKER_HOST="$proxy"

background engine inside python3 "$STATE/engine" engine tcp
expect_output engine 'port [0-9]+'
engine=tcp://127.0.0.1:$(sed -n 's/^port //p' "$(output_of engine)")
look 0 '^n/a +docker +no engine is to be reached$'
background closed inside env DOCKER_HOST="$engine" sleep 999
expect_soon pgrep -u 0 -f 'sleep 999' >"$STATE/other"
look 0 '^n/a +docker +no engine is to be reached$' inside_as 1234
expect has_line "$audit" 'not seen: where the environments of [0-9]+ other processes say that engines are: look as root$'
end closed
background other inside_as 1234 env DOCKER_HOST="$engine" sleep 1001
is_there()
{
    grep -zqx "DOCKER_HOST=$engine" "/proc/$(pgrep -u 1234 -fx 'sleep 1001')/environ" 2>/dev/null
}
expect_soon is_there
look 1 "^fail +docker +$engine obeys"
look 1 "^fail +docker +$engine obeys" inside_as 1234
expect has_line "$audit" 'mend: docker-compose.yml: environment: \{POST: 0, .*\}'
