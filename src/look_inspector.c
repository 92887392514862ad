/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_inspector.h"

#include "sandbox_init/dial.h"
#include "sandbox_init/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PORT_FIRST = 9229, /* Node's default; editors count on from it */
    PORT_LAST = 9239,
    PORTS_MAX = 32,         /* that are named by processes */
    LISTENERS_MAX = 32,     /* that are asked */
    ENVIRON_SIZE = 32768,   /* of a process */
    TEXT_SIZE = 256 * 1024, /* of /proc/net/tcp; those that listen stand first */
    ADDRESS_SIZE = 33,      /* hexadecimal digits of an IPv6 address, and a NUL */
    PATIENCE_MS = 200,      /* for one */
    PATIENCE_ALL_MS = 400,
};

struct look {
    const struct scene *scene;
    struct finding *finding;
    uint64_t deadline;
    unsigned ports[PORTS_MAX];
    size_t port_count;
    size_t asked;
    size_t found;
};

/* ---- which ports ---- */

static void add_port(struct look *look, unsigned long port)
{
    if (port == 0) {
        finding_note(look->finding, FINDING_WARN, "one is told to choose a port by itself");
        finding_miss(look->finding, "a debugger on a port that Node chose (--inspect=0)");
    } else if (port <= UINT16_MAX && look->port_count < PORTS_MAX) {
        look->ports[look->port_count++] = (unsigned)port;
    }
}

/* The port of "HOST:PORT", "[::1]:PORT" or "PORT", up to a blank; HOST alone has Node's default. */
static unsigned long read_port(const char *text)
{
    const size_t length = strcspn(text, " \n'\"");
    const char *port = text;
    for (size_t i = 0; i < length; i++) {
        port = text[i] == ':' || text[i] == ']' ? text + i + 1 : port;
    }
    char *end = NULL;
    const unsigned long number = strtoul(port, &end, 10);
    return end != port && (size_t)(end - text) == length ? number : PORT_FIRST;
}

/* Looks for options in a text of words, arguments or NODE_OPTIONS. */
static void take_options(struct look *look, const char *text)
{
    static const char *const options[] = {
        "--inspect=", "--inspect-brk=", "--inspect-wait=", "--inspect-port=", "--debug-port="};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        for (const char *found = strstr(text, options[i]); found != NULL;
             found = strstr(found + 1, options[i])) {
            add_port(look, read_port(found + strlen(options[i])));
        }
    }
}

static bool visit_process(void *context, const struct scene_process *process)
{
    struct look *look = context;
    char environ_text[ENVIRON_SIZE];
    static const char name[] = "NODE_OPTIONS=";
    take_options(look, process->cmdline);
    const ssize_t length =
        scene_read_process(look->scene, process, "environ", environ_text, sizeof environ_text);
    for (const char *entry = environ_text; length > 0 && entry < environ_text + length;
         entry += strlen(entry) + 1) {
        if (strncmp(entry, name, sizeof name - 1) == 0) {
            take_options(look, entry + sizeof name - 1);
        }
    }
    return true;
}

static bool is_wanted(const struct look *look, unsigned port)
{
    for (size_t i = 0; i < look->port_count; i++) {
        if (look->ports[i] == port) {
            return true;
        }
    }
    return port >= PORT_FIRST && port <= PORT_LAST;
}

/* ---- who listens there ---- */

/* The kernel's digits: 32-bit words in the machine's order, of addresses in the network's. */
static bool read_address(const char *digits, char text[static INET6_ADDRSTRLEN])
{
    unsigned char bytes[16] = {0};
    const size_t length = strlen(digits);
    if (length != 8 && length != 32) {
        return false;
    }
    for (size_t i = 0; i < length / 8; i++) {
        char word[9];
        snprintf(word, sizeof word, "%.8s", digits + 8 * i);
        const uint32_t number = (uint32_t)strtoul(word, NULL, 16);
        memcpy(bytes + 4 * i, &number, sizeof number);
    }
    if (strspn(digits, "0") == length) { /* all addresses: one of them is enough */
        return snprintf(text, INET6_ADDRSTRLEN, "%s", length == 8 ? "127.0.0.1" : "::1") > 0;
    }
    return inet_ntop(length == 8 ? AF_INET : AF_INET6, bytes, text, INET6_ADDRSTRLEN) != NULL;
}

/* Asks what listens there. Is it Node's? */
static bool ask(struct look *look, const char *host, unsigned port)
{
    static const struct dial_files no_files = {.hosts = "", .resolv = ""};
    const uint64_t own = dial_now() + PATIENCE_MS;
    const uint64_t deadline = own < look->deadline ? own : look->deadline;
    struct http_answer answer = {.body = ""};
    scene_become(look->scene); /* a firewall may tell users apart */
    const int fd = dial_tcp(host, (uint16_t)port, &no_files, deadline);
    int result = fd;
    if (fd >= 0) {
        result = http_ask(fd, "GET", "/json/version", deadline, &answer);
        close(fd);
    }
    scene_return(look->scene);
    if (result == -ETIMEDOUT) {
        finding_note(look->finding, FINDING_WARN, "port %u on %s does not say what it is", port, host);
    }
    return result >= 0 && strstr(answer.body, "\"Browser\"") != NULL &&
           strstr(answer.body, "node.js/") != NULL;
}

static void take_listener(struct look *look, const char *digits, unsigned port, unsigned uid)
{
    char host[INET6_ADDRSTRLEN];
    if (!read_address(digits, host)) {
        return;
    }
    if (look->asked++ >= LISTENERS_MAX) {
        return;
    }
    if (ask(look, host, port)) {
        look->found++;
        finding_note(look->finding, FINDING_FAIL,
                     "a Node process of uid %u lets itself be debugged on %s, port %u", uid, host, port);
    }
}

/* Lines "  0: 0100007F:240D 00000000:0000 0A 0:0 0:0 0 1000 ...", behind one of heading. */
static int take_listeners(struct look *look, const char *path, char *text)
{
    const ssize_t length = scene_read(look->scene, path, text, TEXT_SIZE);
    for (const char *line = length > 0 ? strchr(text, '\n') : NULL; line != NULL && line[1] != '\0';
         line = strchr(line + 1, '\n')) {
        char digits[ADDRESS_SIZE];
        unsigned port = 0;
        unsigned state = 0;
        unsigned uid = 0;
        /* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers */
        if (sscanf(line, " %*u: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %u", digits, &port,
                   &state, &uid) == 4 &&
            state == 0x0A && is_wanted(look, port)) {
            take_listener(look, digits, port, uid);
        }
    }
    return length < 0 ? (int)length : 0;
}

void look_inspector_inspector(const struct scene *scene, struct finding *finding)
{
    struct look look = {.scene = scene, .finding = finding};
    char *text = malloc(TEXT_SIZE);
    if (text == NULL) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    if (scene_walk_processes(scene, visit_process, &look) == -E2BIG) {
        finding_miss(finding, "the ports that processes name, of which there are too many");
    }
    look.deadline = dial_now() + PATIENCE_ALL_MS;
    const int result = take_listeners(&look, "/proc/net/tcp", text);
    take_listeners(&look, "/proc/net/tcp6", text); /* it is not there without IPv6 */
    free(text);
    if (look.asked > LISTENERS_MAX) {
        finding_miss(finding, "what listens on %zu more ports", look.asked - LISTENERS_MAX);
    }
    if (look.found > 0) {
        finding_mend(finding, "Dockerfile", "ENV NODE_OPTIONS=");
        finding_mend(finding, "sandbox-init.ini", "confine = yes");
    }
    if (result < 0) {
        finding_note(finding, FINDING_WARN, "who listens cannot be seen");
        finding_miss(finding, "/proc/net/tcp: %s", strerror(-result));
    } else if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "none listens");
    }
}
