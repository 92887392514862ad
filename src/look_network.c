/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_network.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_SIZE = 256 * 1024, /* of a file in /proc/net */
    LINK_SIZE = 64,
    NAMES_SHOWN = 4,
    NAMES_SIZE = 512,
};

/* The first namespaces' inodes (linux/nsfs.h). */
#define FIRST_MNT    UINT64_C(0xEFFFFFF8)
#define FIRST_NET    UINT64_C(0xEFFFFFF9)
#define FIRST_CGROUP UINT64_C(0xEFFFFFFB)
#define FIRST_PID    UINT64_C(0xEFFFFFFC)
#define FIRST_USER   UINT64_C(0xEFFFFFFD)
#define FIRST_UTS    UINT64_C(0xEFFFFFFE)
#define FIRST_IPC    UINT64_C(0xEFFFFFFF)
/* Before Linux 6.18 those of mounts and of the network are the first two, or nearly so, of the others. */
#define FIRST_OTHER  UINT64_C(0xF0000000)
#define SECOND_OTHER UINT64_C(0xF0000001)

/* The inode of our namespace NAME; 0: unknown. */
static uint64_t read_namespace(const struct scene *scene, const char *name)
{
    char path[SCENE_PATH_SIZE];
    char link[LINK_SIZE];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    if (scene_read_link(scene, path, link, sizeof link) <= 0) {
        return 0;
    }
    const char *number = strchr(link, '[');
    return number != NULL ? strtoull(number + 1, NULL, 10) : 0;
}

/* ---- the network ---- */

/* A few names, and how many there are. */
struct names {
    char text[NAMES_SIZE];
    size_t count;
};

static void add_name(struct names *names, const char *name)
{
    char shown[FINDING_NAME_SIZE];
    const size_t used = strlen(names->text);
    if (names->count++ < NAMES_SHOWN) {
        snprintf(names->text + used, sizeof names->text - used, "%s%s", used > 0 ? ", " : "",
                 finding_name(shown, name));
    }
}

/* Of engines and virtual machines. */
static bool is_bridge(const char *name)
{
    static const char *const begins[] = {"docker", "br-",     "cni",  "virbr",
                                         "podman", "flannel", "cali", "veth"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        if (strncmp(name, begins[i], strlen(begins[i])) == 0) {
            return true;
        }
    }
    return false;
}

static const char *next_line(const char *text)
{
    text += strcspn(text, "\n");
    return text + (*text == '\n' ? 1 : 0);
}

/* Lines "  eth0: 1 2 3" behind two of heading. */
static void find_bridges(const struct scene *scene, char *text, struct names *bridges)
{
    if (scene_read(scene, "/proc/net/dev", text, TEXT_SIZE) <= 0) {
        return;
    }
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        char name[SCENE_NAME_SIZE];
        const char *begin = line + strspn(line, " ");
        const size_t length = strcspn(begin, ": \n");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name), begin);
        if (begin[length] == ':' && is_bridge(name)) {
            add_name(bridges, name);
        }
    }
}

/* Lines whose eighth word is a name that begins with "@". */
static void find_abstract(const struct scene *scene, char *text, struct names *sockets)
{
    if (scene_read(scene, "/proc/net/unix", text, TEXT_SIZE) <= 0) {
        return;
    }
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        char name[SCENE_PATH_SIZE];
        const size_t length = strcspn(line, "\n");
        const char *at = memchr(line, '@', length);
        if (at != NULL && at > line && at[-1] == ' ') {
            const size_t rest = length - (size_t)(at - line);
            snprintf(name, sizeof name, "%.*s", (int)(rest < sizeof name ? rest : sizeof name), at);
            add_name(sockets, name);
        }
    }
}

static void mend_network(struct finding *finding)
{
    finding_mend(finding, "docker-compose.yml", "network_mode: bridge");
    finding_mend(finding, "devcontainer.json", "\"runArgs\": [\"--network=bridge\"]");
}

static void note_host_network(struct finding *finding, const struct names *bridges,
                              const struct names *sockets)
{
    finding_note(finding, FINDING_FAIL, "it is the host's: all that listens on its loopback can be reached");
    if (bridges->count > 0) {
        finding_note(finding, FINDING_FAIL, "interfaces: %s%s", bridges->text,
                     bridges->count > NAMES_SHOWN ? ", ..." : "");
    }
    if (sockets->count > 0) {
        finding_note(finding, FINDING_FAIL, "abstract sockets: %s%s", sockets->text,
                     sockets->count > NAMES_SHOWN ? ", ..." : "");
    }
    mend_network(finding);
}

void look_network_network(const struct scene *scene, struct finding *finding)
{
    const uint64_t inode = read_namespace(scene, "net");
    const bool has_budget = scene_has(scene, "/proc/sys/net/core/netdev_budget");
    struct names bridges = {0};
    struct names sockets = {0};
    char *text = malloc(TEXT_SIZE);
    if (text != NULL) {
        find_bridges(scene, text, &bridges);
        find_abstract(scene, text, &sockets);
        free(text);
    }
    if (inode == FIRST_NET || inode == FIRST_OTHER || has_budget) {
        note_host_network(finding, &bridges, &sockets);
    } else if (bridges.count > 0) {
        finding_note(finding, FINDING_WARN,
                     "interfaces of an engine: %s: it is another container's, or an engine runs in here",
                     bridges.text);
        mend_network(finding);
    } else if (inode == 0) {
        finding_note(finding, FINDING_WARN, "whose it is cannot be seen");
        finding_miss(finding, "/proc/self/ns/net: /proc is not there");
    } else {
        finding_note(finding, FINDING_PASS, "it has one of its own");
    }
}

/* ---- the others ---- */

static const struct kind {
    const char *name; /* in /proc/self/ns */
    uint64_t first;
    enum finding_verdict verdict; /* when it is the host's */
    const char *what;
    const char *place;
    const char *mend;
} kinds[] = {
    {"pid", FIRST_PID, FINDING_FAIL,
     "processes are the host's: they can be seen, and signalled as their user", "docker-compose.yml",
     "(no line pid: host; devcontainer.json: no --pid=host in \"runArgs\")"},
    {"ipc", FIRST_IPC, FINDING_FAIL, "IPC is the host's: its shared memory can be read", "docker-compose.yml",
     "ipc: private"},
    {"uts", FIRST_UTS, FINDING_WARN, "the host's name is shared", "docker-compose.yml",
     "(no line uts: host; devcontainer.json: no --uts=host in \"runArgs\")"},
    {"cgroup", FIRST_CGROUP, FINDING_WARN, "control groups are the host's: their names can be seen",
     "docker-compose.yml", "cgroup: private"},
};

static void look_at_mounts(const struct scene *scene, struct finding *finding)
{
    const uint64_t inode = read_namespace(scene, "mnt");
    if (inode == FIRST_MNT || inode == FIRST_OTHER || inode == SECOND_OTHER) {
        finding_note(finding, FINDING_FAIL, "this is no container: its files are the host's");
        finding_mend(finding, "host", "docker run IMAGE");
    }
}

void look_network_namespaces(const struct scene *scene, struct finding *finding)
{
    char own[NAMES_SIZE] = "";
    look_at_mounts(scene, finding);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind *kind = &kinds[i];
        const uint64_t inode = read_namespace(scene, kind->name);
        const size_t used = strlen(own);
        if (inode == 0) { /* cgroup: before Linux 4.6 */
            finding_miss(finding, "/proc/self/ns/%s: there is no such file", kind->name);
        } else if (inode == kind->first) {
            finding_note(finding, kind->verdict, "%s", kind->what);
            finding_mend(finding, kind->place, "%s", kind->mend);
        } else {
            snprintf(own + used, sizeof own - used, "%s%s", used > 0 ? ", " : "", kind->name);
        }
    }
    if (own[0] != '\0') {
        finding_note(finding, FINDING_PASS, "of its own: %s", own);
    }
    const uint64_t user = read_namespace(scene, "user");
    if (user != 0) {
        finding_note(finding, FINDING_PASS, "%s",
                     user == FIRST_USER
                         ? "users are the host's, as usual: root in here is its root, with less"
                         : "users of its own: root in here is nobody out there");
    }
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_WARN, "they cannot be seen");
    }
}
