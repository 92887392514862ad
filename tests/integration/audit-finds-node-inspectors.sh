# SPDX-License-Identifier: MIT
# What answers as Node's debugger does, on the port that a process was told, fails; others there pass.
needs_command python3
audit=$STATE/audit

cat >"$STATE/server" <<'END'
import http.server, sys

BROWSER = sys.argv[1]

class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'[ {\n  "Browser": "%s",\n  "Protocol-Version": "1.1"\n} ]' % BROWSER.encode()
        self.send_response(200 if self.path == "/json/version" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.HTTPServer(("127.0.0.1", 0), Server)
print("port", server.server_address[1], flush=True)
server.serve_forever()
END

# serve NAME BROWSER
serve()
{
    background "$1" inside python3 "$STATE/server" "$2"
    expect_output "$1" 'port [0-9]+'
    port=$(sed -n 's/^port //p' "$(output_of "$1")")
}

# look STATUS LINE COMMAND...
look()
{
    local wanted=$1 line=$2 status=0
    shift 2
    "$@" "$PROGRAM" --audit --only inspector >"$audit" 2>&1 || status=$?
    expect_same "$wanted: $(<"$audit")" "$status: $(<"$audit")"
    expect has_line "$audit" "$line"
}

# Is that port not spoken of? On the machine's network others may debug something.
is_quiet()
{
    inside "$PROGRAM" --audit --only inspector >"$audit" 2>&1 || true
    ! has_line "$audit" "port $port"
}

start sleep 1000
serve node node.js/v20.11.0
# Nobody says which port it is, so nobody asks there.
expect is_quiet
background told inside sh -c "sleep 1000 # --inspect=127.0.0.1:$port"
expect_soon inside sh -c "grep -qa -- '--inspect=[1]27' /proc/[0-9]*/cmdline"
debugged="^fail +inspector .*a Node process of uid [0-9]+ lets itself be debugged on 127.0.0.1, port $port"
look 1 "$debugged" inside
look 1 "$debugged" inside_as 1234
end told
background told inside env NODE_OPTIONS="--inspect-brk=$port --no-warnings" sleep 1000
expect_soon inside sh -c "grep -qa NODE_OPTIONS= /proc/[0-9]*/environ"
look 1 "$debugged" inside
end node
end told

serve browser Chrome/120
background told inside sh -c "sleep 1000 # --inspect-port=$port"
expect is_quiet
