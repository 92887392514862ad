/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_display.h"

#include "sandbox_init/probe.h"
#include "sandbox_init/socktable.h"
#include "sandbox_init/suspects.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    ABSTRACT_MAX = 128, /* that are connected to */
};

/* ---- whose display ---- */

/* Processes that hand on to a display elsewhere: VS Code's helper, by the names that Node has for itself. */
static const char *const relays[] = {"node*", "MainThread", "socat", "ssh", "sshd*", NULL};

/* Those that are an X server, or start one; Wayland's are called anything. */
static const char *const x11_servers[] = {"X*",    "xpra",    "weston",      "sway",          "cage",
                                          "labwc", "mutter*", "gnome-shell", "kwin_wayland*", NULL};
static const char *const wayland_servers[] = {"*", NULL};

enum owner { OWNER_LOCAL, OWNER_OTHER, OWNER_UNKNOWN };

/* SERVERS: those that are a display for the agent alone. */
static enum owner find_owner(const struct probe_peer *peer, const char *const *servers)
{
    if (!peer->is_known || (peer->pid != 0 && peer->name[0] == '\0')) {
        return OWNER_UNKNOWN;
    }
    const bool is_server = suspects_match(servers, peer->name) && !suspects_match(relays, peer->name);
    return peer->pid != 0 && is_server ? OWNER_LOCAL : OWNER_OTHER;
}

struct display {
    const char *name; /* safe to print */
    int fd;           /* a result of probe_connect(), which is closed */
    struct probe_peer peer;
};

static enum owner tell_display(const struct display *display, const char *const *servers,
                               struct finding *finding)
{
    static const enum finding_verdict verdicts[] = {
        [OWNER_LOCAL] = FINDING_PASS, [OWNER_OTHER] = FINDING_FAIL, [OWNER_UNKNOWN] = FINDING_WARN};
    char who[PROBE_PEER_SIZE];
    const enum owner owner = find_owner(&display->peer, servers);
    finding_note(finding, verdicts[owner], "%s: %s listens", display->name,
                 probe_describe_peer(who, &display->peer));
    if (display->fd >= 0) {
        close(display->fd);
    }
    return owner;
}

static void tell_end(const struct suspects *suspects, struct finding *finding)
{
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "none answers");
    }
    suspects_tell_misses(suspects, finding);
}

typedef void mend_display(const struct display *display, struct finding *finding);

/* Tries all SUSPECTS. */
static void try_all(const struct suspects *suspects, const char *const *servers, mend_display *mend,
                    struct finding *finding)
{
    for (size_t i = 0; i < suspects->count; i++) {
        char shown[FINDING_NAME_SIZE];
        struct display display = {.name = finding_name(shown, suspects->all[i].path)};
        display.fd = probe_connect(suspects->scene, suspects->all[i].path, &display.peer);
        if (probe_is_heard(display.fd) && tell_display(&display, servers, finding) == OWNER_OTHER) {
            mend(&display, finding);
        }
    }
}

/* ---- X11 ---- */

static const char x11_directory[] = "/tmp/.X11-unix";

static void mend_x11(const struct display *display, struct finding *finding)
{
    if (display->peer.pid == 0) {
        finding_mend(finding, "docker-compose.yml", "volumes: (without %s)", x11_directory);
    } else { /* VS Code forwards its own only where the container has none (Dev Containers 0.470) */
        finding_mend(finding, "devcontainer.json", "\"containerEnv\": {\"DISPLAY\": \":99\"}");
    }
}

struct abstract_walk {
    const struct scene *scene;
    struct finding *finding;
    size_t tried;
    size_t local; /* listened on in here */
    bool is_cut;
};

static bool visit_x11(void *context, const struct socktable_entry *entry)
{
    struct abstract_walk *walk = context;
    char text[FINDING_NAME_SIZE];
    char shown[FINDING_NAME_SIZE];
    if (!entry->is_abstract || !entry->is_listening || fnmatch("/tmp/.X11-unix/X*", entry->name, 0) != 0) {
        return true;
    }
    snprintf(text, sizeof text, "@%.100s", entry->name);
    struct display display = {.name = finding_name(shown, text)};
    display.fd = probe_connect_abstract(walk->scene, entry->name, strlen(entry->name), &display.peer);
    if (probe_is_heard(display.fd) && tell_display(&display, x11_servers, walk->finding) == OWNER_OTHER) {
        finding_mend(walk->finding, "docker-compose.yml", "network_mode: bridge");
    }
    return ++walk->tried < ABSTRACT_MAX;
}

void look_display_x11(const struct scene *scene, struct finding *finding)
{
    static const char *const none[] = {NULL};
    static const char *const names[] = {"X[0-9]*", NULL};
    struct suspects suspects;
    struct abstract_walk walk = {.scene = scene, .finding = finding};
    if (suspects_init(&suspects, scene, none) < 0) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    suspects_search(&suspects, x11_directory, names, false);
    try_all(&suspects, x11_servers, mend_x11, finding);
    socktable_walk(scene, visit_x11, &walk);
    suspects.environs.unread = 0; /* no environment says where they are */
    tell_end(&suspects, finding);
    suspects_finish(&suspects);
}

/* ---- Wayland ---- */

static void mend_wayland(const struct display *display, struct finding *finding)
{
    if (strstr(display->name, "/vscode-wayland-") != NULL || strncmp(display->name, "/tmp/user/", 10) == 0) {
        finding_mend(finding, "VS Code's user settings", "\"dev.containers.mountWaylandSocket\": false");
    } else {
        finding_mend(finding, "docker-compose.yml", "volumes: (without %s)", display->name);
    }
}

void look_display_wayland(const struct scene *scene, struct finding *finding)
{
    static const char *const variables[] = {"WAYLAND_DISPLAY", NULL};
    static const char *const mounted[] = {"vscode-wayland-*", NULL};
    static const char *const names[] = {"wayland-*", NULL};
    static const char *const dirs[] = {"$XDG_RUNTIME_DIR", "/run/user/*", "/tmp/user/*", "/tmp", "$TMPDIR"};
    struct suspects suspects;
    if (suspects_init(&suspects, scene, variables) < 0) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    suspects_search(&suspects, "/tmp", mounted, false);
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        suspects_search(&suspects, dirs[i], names, false);
    }
    suspects_add_variable(&suspects, "WAYLAND_DISPLAY");
    suspects_search_table(&suspects, mounted);
    suspects_search_table(&suspects, names);
    try_all(&suspects, wayland_servers, mend_wayland, finding);
    tell_end(&suspects, finding);
    suspects_finish(&suspects);
}

/* ---- abstract sockets ---- */

static bool is_powerful(const char *name)
{
    static const char *const globs[] = {"*dbus*", "*X11-unix*", "*ICE-unix*", "*ibus*", "*containerd-shim*",
                                        "*bus-*", "*systemd*"};
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++) {
        if (fnmatch(globs[i], name, 0) == 0) {
            return true;
        }
    }
    return false;
}

static bool visit_abstract(void *context, const struct socktable_entry *entry)
{
    struct abstract_walk *walk = context;
    char shown[FINDING_NAME_SIZE];
    char text[FINDING_NAME_SIZE];
    struct probe_peer peer;
    if (!entry->is_abstract || !entry->is_listening) {
        return true;
    }
    if (walk->tried == ABSTRACT_MAX) {
        walk->is_cut = true;
        return false;
    }
    walk->tried++;
    const int fd = probe_connect_abstract(walk->scene, entry->name, strlen(entry->name), &peer);
    if (fd >= 0) {
        close(fd);
    }
    snprintf(text, sizeof text, "@%.100s", entry->name);
    /* Whose one is that has no time is not known: it is not passed over. */
    if (probe_is_heard(fd) && (!peer.is_known || peer.pid == 0)) {
        finding_note(walk->finding, is_powerful(entry->name) ? FINDING_FAIL : FINDING_WARN, "%s",
                     finding_name(shown, text));
        finding_mend(walk->finding, "docker-compose.yml", "network_mode: bridge");
    }
    walk->local += probe_is_heard(fd) && peer.is_known && peer.pid != 0 ? 1 : 0;
    return true;
}

void look_display_abstract(const struct scene *scene, struct finding *finding)
{
    struct abstract_walk walk = {.scene = scene, .finding = finding};
    const int result = socktable_walk(scene, visit_abstract, &walk);
    if (result < 0 && result != -E2BIG) {
        finding_note(finding, FINDING_NONE, "there is no /proc/net/unix: %s", strerror(-result));
        finding_miss(finding, "which abstract sockets there are");
        return;
    }
    if (walk.is_cut || result == -E2BIG) {
        finding_miss(finding, "more than %d of them", ABSTRACT_MAX);
    }
    if (walk.local > 0) {
        finding_note(finding, FINDING_PASS, "%zu listened on in here", walk.local);
    }
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "nobody outside listens");
    }
}
