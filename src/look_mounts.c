/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_mounts.h"

#include "sandbox_init/mountinfo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 256 * 1024, /* of /proc/self/mountinfo; engines with many images have long lines */
    HOST_SIZE = 2 * MOUNTINFO_PATH_SIZE,
    WORD_SIZE = 32,
};

struct look {
    const struct scene *scene;
    struct finding *finding;
    char host_root[MOUNTINFO_PATH_SIZE]; /* where all of the host is: what is mounted below goes with it */
    size_t own;                          /* volumes and the like */
};

/* ---- words ---- */

static bool is_one_of(const char *text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    const size_t length = strlen(text);
    const size_t wanted = strlen(with);
    return length >= wanted && strcmp(text + length - wanted, with) == 0;
}

/* Is PATH the directory FOLDER, or in it? */
static bool is_below(const char *path, const char *folder)
{
    const size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Are NAMES, one or more components, components of PATH? */
static bool has_components(const char *path, const char *names)
{
    const size_t length = strlen(names);
    for (const char *found = strstr(path, names); found != NULL; found = strstr(found + 1, names)) {
        if (found > path && found[-1] == '/' && (found[length] == '\0' || found[length] == '/')) {
            return true;
        }
    }
    return false;
}

static bool has_at(const struct scene *scene, const char *folder, const char *name)
{
    char path[SCENE_PATH_SIZE + MOUNTINFO_PATH_SIZE];
    snprintf(path, sizeof path, "%s%s", folder, name);
    return scene_has(scene, path);
}

/* ---- what it is on the host ---- */

/* Docker Desktop's shares are called after the host's path: "/run/host_mark/Users". */
static const char *find_host_path(const struct mountinfo_entry *entry, char path[static HOST_SIZE])
{
    static const char mark[] = "/run/host_mark";
    const char *base = begins(entry->source, mark) ? entry->source + sizeof mark - 1 : "";
    if (is_below(entry->root, base)) {
        base = "";
    }
    const bool is_whole = strcmp(entry->root, "/") == 0;
    if (is_whole && base[0] == '\0') {
        base = entry->source; /* a device, a share: that says more than "/" */
    }
    snprintf(path, HOST_SIZE, "%s%s", base, is_whole ? "" : entry->root);
    return path;
}

/* All homes, or all of one: /home, /home/me. */
static bool is_home(const char *path)
{
    static const char *const folders[] = {"/home",
                                          "/Users",
                                          "/var/home",
                                          "/@home",
                                          "/c/Users",
                                          "/mnt/c/Users",
                                          "/run/desktop/mnt/host/c/Users"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (is_below(path, folders[i])) {
            const char *rest = path + strlen(folders[i]);
            return rest[0] == '\0' || strchr(rest + 1, '/') == NULL;
        }
    }
    return strcmp(path, "/root") == 0;
}

static bool is_secret(const char *path)
{
    static const char *const names[] = {".ssh",
                                        ".aws",
                                        ".azure",
                                        ".gnupg",
                                        ".kube",
                                        ".docker",
                                        ".netrc",
                                        ".npmrc",
                                        ".pypirc",
                                        ".git-credentials",
                                        ".config/gh",
                                        ".config/gcloud",
                                        ".terraform.d",
                                        ".password-store",
                                        ".local/share/keyrings",
                                        "Library/Keychains",
                                        NULL};
    static const char *const ends_in[] = {"/.config", "/etc/shadow", "/etc/gshadow", "/etc/kubernetes"};
    for (size_t i = 0; names[i] != NULL; i++) {
        if (has_components(path, names[i])) {
            return !ends(path, ".pub") && !ends(path, "/known_hosts");
        }
    }
    for (size_t i = 0; i < sizeof ends_in / sizeof ends_in[0]; i++) {
        if (ends(path, ends_in[i])) {
            return true;
        }
    }
    return false;
}

static bool is_system(const char *path)
{
    static const char *const folders[] = {"/etc",      "/var",     "/var/lib", "/var/run", "/var/log", "/run",
                                          "/run/user", "/boot",    "/mnt",     "/media",   "/proc",    "/sys",
                                          "/dev",      "/private", "/Volumes", NULL};
    return is_one_of(path, folders) || is_below(path, "/var/lib/docker") ||
           is_below(path, "/var/lib/containerd") || is_below(path, "/var/lib/kubelet");
}

static bool is_socket(const struct look *look, const char *point)
{
    struct stat status;
    const int fd = scene_open_path(look->scene, point, O_PATH);
    const bool is_one = fd >= 0 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
    if (fd >= 0) {
        close(fd);
    }
    return is_one || ends(point, ".sock");
}

/* What is worse about it than that it is the host's; NULL: nothing. */
static const char *find_worse(const struct look *look, const struct mountinfo_entry *entry, const char *host)
{
    const struct scene *scene = look->scene;
    if (is_socket(look, entry->point)) {
        return "a socket";
    }
    if (strcmp(entry->root, "/") == 0 && has_at(scene, entry->point, "/etc/passwd") &&
        has_at(scene, entry->point, "/usr")) {
        return "the whole system";
    }
    if (is_secret(host) || is_secret(entry->point)) {
        return "secrets";
    }
    if (is_home(host)) {
        return "a home directory";
    }
    if (strcmp(entry->point, scene->agent.home) != 0 && has_at(scene, entry->point, "/.ssh")) {
        return "a home directory, with .ssh";
    }
    return is_system(host) ? "a folder of the system" : NULL;
}

/* ---- what is noted ---- */

static void note_bad(struct look *look, const struct mountinfo_entry *entry, const char *host,
                     const char *worse)
{
    char from[FINDING_NAME_SIZE];
    char to[FINDING_NAME_SIZE];
    const bool is_open =
        scene_may(look->scene, entry->point, R_OK) || scene_may(look->scene, entry->point, W_OK);
    finding_note(look->finding, is_open ? FINDING_FAIL : FINDING_WARN, "%s at %s is %s of the host%s%s",
                 finding_name(from, host), finding_name(to, entry->point), worse,
                 entry->is_read_only ? ", read-only" : "", is_open ? "" : ", closed to it by its mode");
    finding_mend(
        look->finding, "docker-compose.yml",
        "volumes: leave out the one that ends in \":%s\" (devcontainer.json, \"mounts\": \"target=%s\")", to,
        to);
}

/* Where people work: what VS Code mounts, or a project. */
static bool is_workspace(const struct scene *scene, const char *point)
{
    return is_below(point, "/workspaces") || is_below(point, "/workspace") ||
           has_at(scene, point, "/.devcontainer") || has_at(scene, point, "/.git");
}

static void note_host(struct look *look, const struct mountinfo_entry *entry)
{
    char host[HOST_SIZE];
    char from[FINDING_NAME_SIZE];
    char to[FINDING_NAME_SIZE];
    const char *worse = find_worse(look, entry, find_host_path(entry, host));
    if (worse != NULL) {
        note_bad(look, entry, host, worse);
        if (strcmp(worse, "the whole system") == 0) {
            snprintf(look->host_root, sizeof look->host_root, "%s", entry->point);
        }
        return;
    }
    finding_name(from, host);
    finding_name(to, entry->point);
    if (entry->is_read_only) {
        finding_note(look->finding, FINDING_PASS, "%s at %s, read-only", from, to);
    } else if (is_workspace(look->scene, entry->point)) {
        finding_note(look->finding, FINDING_PASS, "%s at %s, the workspace", from, to);
    } else {
        finding_note(look->finding, FINDING_WARN, "%s at %s can be written to", from, to);
        finding_mend(look->finding, "docker-compose.yml",
                     "- %s:%s:ro (devcontainer.json: \"source=%s,target=%s,type=bind,readonly\")", from, to,
                     from, to);
    }
}

/* The name of a volume, "NAME" of ".../volumes/NAME/_data"; "": it is none. */
static const char *find_volume(const char *root, char name[static MOUNTINFO_PATH_SIZE])
{
    static const char folder[] = "/volumes/";
    name[0] = '\0';
    for (const char *found = strstr(root, folder); found != NULL; found = strstr(found + 1, folder)) {
        const char *begin = found + sizeof folder - 1;
        const size_t length = strcspn(begin, "/");
        if (is_below(begin + length, "/_data") || begins(begin, "kubernetes.io~")) {
            snprintf(name, MOUNTINFO_PATH_SIZE, "%.*s", (int)length, begin);
        }
    }
    return name;
}

static void note_volume(struct look *look, const struct mountinfo_entry *entry, const char *name)
{
    char shown[FINDING_NAME_SIZE];
    const bool is_shared = strcmp(name, "vscode") == 0 || strcmp(entry->point, "/vscode") == 0;
    if (is_shared && !entry->is_read_only && scene_may(look->scene, entry->point, W_OK)) {
        finding_note(look->finding, FINDING_WARN, "volume %s at /vscode is shared with all dev containers",
                     finding_name(shown, name));
        finding_mend(look->finding, "VS Code's user settings.json", "\"dev.containers.cacheVolume\": false");
        return;
    }
    look->own++;
}

/* What the engine itself brings in. */
static bool is_of_engine(const struct mountinfo_entry *entry)
{
    static const char *const files[] = {"/etc/hosts",
                                        "/etc/hostname",
                                        "/etc/resolv.conf",
                                        "/sbin/docker-init",
                                        "/usr/sbin/docker-init",
                                        "/run/podman-init",
                                        "/dev/init",
                                        "/run/.containerenv",
                                        "/dev/termination-log",
                                        NULL};
    static const char *const devices[] = {"/dev/null",    "/dev/zero", "/dev/full",    "/dev/random",
                                          "/dev/urandom", "/dev/tty",  "/dev/console", NULL};
    return is_one_of(entry->point, files) || is_one_of(entry->point, devices);
}

/* File systems of the kernel, in the one place where they are the container's own. */
static const char *find_home_of(const char *type)
{
    static const struct {
        const char *type;
        const char *home;
    } kernels[] = {
        {"proc", "/proc"},        {"sysfs", "/sys"},    {"cgroup", "/sys"},   {"cgroup2", "/sys"},
        {"securityfs", "/sys"},   {"debugfs", "/sys"},  {"tracefs", "/sys"},  {"bpf", "/sys"},
        {"pstore", "/sys"},       {"configfs", "/sys"}, {"efivarfs", "/sys"}, {"fusectl", "/sys"},
        {"selinuxfs", "/sys"},    {"devpts", "/dev"},   {"mqueue", "/dev"},   {"hugetlbfs", "/dev"},
        {"binfmt_misc", "/proc"},
    };
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (strcmp(type, kernels[i].type) == 0) {
            return kernels[i].home;
        }
    }
    return NULL;
}

/* All of a tmpfs, which is everybody's. */
static bool is_memory(const struct mountinfo_entry *entry)
{
    return (strcmp(entry->type, "tmpfs") == 0 || strcmp(entry->type, "ramfs") == 0) &&
           strcmp(entry->root, "/") == 0;
}

/* Is it the /run of a running system, which is not our own? */
static bool is_run_of_host(const struct look *look, const struct mountinfo_entry *entry)
{
    char name[WORD_SIZE];
    if (!is_memory(entry) || !has_at(look->scene, entry->point, "/systemd/private")) {
        return false;
    }
    return strcmp(entry->point, "/run") != 0 ||
           scene_read(look->scene, "/proc/1/comm", name, sizeof name) <= 0 || strcmp(name, "systemd\n") != 0;
}

static bool is_own_memory(const struct mountinfo_entry *entry)
{
    return is_memory(entry) || is_below(entry->point, "/proc"); /* what hides a part of /proc */
}

/* Layers and namespaces of an engine that runs in here. */
static bool is_layer(const struct mountinfo_entry *entry)
{
    return strcmp(entry->type, "nsfs") == 0 ||
           (strcmp(entry->type, "overlay") == 0 && strstr(entry->point, "/overlay") != NULL);
}

static void judge(struct look *look, const struct mountinfo_entry *entry)
{
    char name[MOUNTINFO_PATH_SIZE];
    char shown[FINDING_NAME_SIZE];
    const char *home = find_home_of(entry->type);
    if (ends(entry->point, "/kubernetes.io/serviceaccount")) {
        if (has_at(look->scene, entry->point, "/token")) {
            finding_note(look->finding, FINDING_WARN, "the pod's token is at %s",
                         finding_name(shown, entry->point));
            finding_mend(look->finding, "pod.yaml", "automountServiceAccountToken: false");
        }
    } else if (home != NULL) {
        if (!is_below(entry->point, home)) {
            note_bad(look, entry, entry->type, "the kernel's file system");
        } else if (strcmp(entry->type, "sysfs") == 0 && !entry->is_read_only) {
            finding_note(look->finding, FINDING_WARN, "/sys can be written to");
            finding_mend(look->finding, "docker-compose.yml", "privileged: false");
        }
    } else if (strcmp(entry->type, "devtmpfs") == 0 && strcmp(entry->root, "/") == 0) {
        note_bad(look, entry, "/dev", "all devices");
    } else if (find_volume(entry->root, name)[0] != '\0') {
        note_volume(look, entry, name);
    } else if (is_run_of_host(look, entry)) {
        note_bad(look, entry, "/run", "a folder of the system");
    } else if (!is_of_engine(entry) && !is_own_memory(entry) && !is_layer(entry)) {
        note_host(look, entry);
    }
}

void look_mounts_mounts(const struct scene *scene, struct finding *finding)
{
    struct mountinfo_entry entry;
    struct look look = {.scene = scene, .finding = finding};
    char *text = malloc(TEXT_SIZE);
    if (text == NULL || scene_read(scene, "/proc/self/mountinfo", text, TEXT_SIZE) <= 0) {
        finding_note(finding, FINDING_WARN, "the mounts cannot be read");
        finding_miss(finding, "/proc/self/mountinfo");
        free(text);
        return;
    }
    for (const char *next = text; mountinfo_next(&next, &entry);) {
        const bool is_inside = look.host_root[0] != '\0' && is_below(entry.point, look.host_root);
        if (strcmp(entry.point, "/") != 0 && !is_inside) {
            judge(&look, &entry);
        }
    }
    if (strlen(text) + 1 == TEXT_SIZE) {
        finding_miss(finding, "the mounts behind the first %d bytes of /proc/self/mountinfo", TEXT_SIZE);
    }
    free(text);
    if (look.own > 0) {
        finding_note(finding, FINDING_PASS, "%zu volume%s", look.own, look.own == 1 ? "" : "s");
    }
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "nothing of the host");
    }
}
