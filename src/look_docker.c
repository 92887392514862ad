/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_docker.h"

#include "sandbox_init/dial.h"
#include "sandbox_init/http.h"
#include "sandbox_init/mountinfo.h"
#include "sandbox_init/premises.h"
#include "sandbox_init/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ADDRESS_SIZE = 256,
    PLACES_MAX = 24,
    ENVIRON_SIZE = 32768, /* of a process */
    CONTEXT_SIZE = 8192,  /* of a meta.json */
    MOUNTS_SIZE = 262144, /* of /proc/self/mountinfo */
    FILE_SIZE = 16384,    /* of hosts and resolv.conf */
    PATIENCE_MS = 300,    /* for one place */
    PATIENCE_ALL_MS = 600,
    PORT = 2375, /* Docker's without TLS */
};

#define NOBODY "-sandbox-init-audit" /* no container, image, volume or network can be called so */

struct place {
    char address[ADDRESS_SIZE]; /* "unix:///run/docker.sock", "tcp://docker-proxy:2375" */
    const char *named_by;       /* what names it; NULL: it is a usual place */
    dev_t device;               /* of a socket */
    ino_t inode;
};

struct look {
    const struct scene *scene;
    struct finding *finding;
    struct place places[PLACES_MAX];
    size_t count;
    size_t unread; /* environments that we may not read */
    bool is_cut;   /* there are more, or more processes that may name some */
    uint64_t deadline;
    char hosts[FILE_SIZE];
    char resolv[FILE_SIZE];
};

/* ---- where engines are ---- */

static const char *path_of(const struct place *place)
{
    static const char scheme[] = "unix://";
    return strncmp(place->address, scheme, sizeof scheme - 1) == 0 ? place->address + sizeof scheme - 1
                                                                   : NULL;
}

static bool is_same(const struct place *a, const struct place *b)
{
    return strcmp(a->address, b->address) == 0 ||
           (a->inode != 0 && a->inode == b->inode && a->device == b->device);
}

static void add_place(struct look *look, const char *address, size_t length, const char *named_by)
{
    struct place place = {.named_by = named_by};
    struct stat status;
    if (length == 0) {
        return;
    }
    if (length >= sizeof place.address) {
        look->is_cut = look->is_cut || named_by != NULL;
        return;
    }
    memcpy(place.address, address, length);
    const char *path = path_of(&place);
    const int fd = path != NULL ? scene_open_path(look->scene, path, O_PATH) : -1;
    if (fd >= 0 && fstat(fd, &status) == 0) {
        place.device = status.st_dev;
        place.inode = status.st_ino;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (path != NULL && place.inode == 0 && named_by == NULL) {
        return;
    }
    for (size_t i = 0; i < look->count; i++) {
        if (is_same(&look->places[i], &place)) {
            return;
        }
    }
    if (look->count == PLACES_MAX) {
        look->is_cut = true;
        return;
    }
    look->places[look->count++] = place;
}

static void add_socket(struct look *look, const char *folder, const char *name)
{
    char address[MOUNTINFO_PATH_SIZE + ADDRESS_SIZE];
    snprintf(address, sizeof address, "unix://%s%s", folder, name);
    add_place(look, address, strlen(address), NULL);
}

static void add_usual_places(struct look *look)
{
    static const char *const usual[] = {"/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock",
                                        "/var/run/docker-host.sock"};
    static const char *const runtime[] = {"/docker.sock", "/podman/podman.sock"};
    static const char *const home[] = {"/.docker/run/docker.sock", "/.docker/desktop/docker.sock",
                                       "/.colima/default/docker.sock", "/.rd/docker.sock"};
    char user[SCENE_PATH_SIZE];
    const char *directory = scene_variable(look->scene, "XDG_RUNTIME_DIR");
    snprintf(user, sizeof user, "/run/user/%u", (unsigned)look->scene->agent.uid);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        add_socket(look, "", usual[i]);
    }
    for (size_t i = 0; i < sizeof runtime / sizeof runtime[0]; i++) {
        add_socket(look, user, runtime[i]);
        if (directory != NULL && directory[0] == '/') {
            add_socket(look, directory, runtime[i]);
        }
    }
    scene_home(look->scene, user, "");
    for (size_t i = 0; i < sizeof home / sizeof home[0]; i++) {
        add_socket(look, user, home[i]);
    }
}

/* Under whatever name the host's, or a directory with it, is mounted. */
static void add_mounted(struct look *look)
{
    static const char *const below[] = {"/docker.sock", "/podman/podman.sock", "/run/docker.sock",
                                        "/run/podman/podman.sock"};
    struct mountinfo_entry entry;
    char *text = malloc(MOUNTS_SIZE);
    if (text == NULL || scene_read(look->scene, "/proc/self/mountinfo", text, MOUNTS_SIZE) <= 0) {
        free(text);
        return;
    }
    for (const char *next = text; mountinfo_next(&next, &entry);) {
        const char *name = strrchr(entry.root, '/');
        const char *from = name != NULL ? name + 1 : "";
        if (strcmp(from, "docker.sock") == 0 || strcmp(from, "podman.sock") == 0) {
            add_socket(look, "", entry.point);
        }
        for (size_t i = 0; strcmp(entry.point, "/") != 0 && i < sizeof below / sizeof below[0]; i++) {
            add_socket(look, entry.point, below[i]);
        }
    }
    free(text);
}

static void add_variable(struct look *look, const char *entry)
{
    static const char *const names[] = {"DOCKER_HOST=", "CONTAINER_HOST="};
    static const char *const named_by[] = {"DOCKER_HOST", "CONTAINER_HOST"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t length = strlen(names[i]);
        if (strncmp(entry, names[i], length) == 0) {
            add_place(look, entry + length, strlen(entry + length), named_by[i]);
        }
    }
}

static bool visit_process(void *context, const struct scene_process *process)
{
    struct look *look = context;
    char text[ENVIRON_SIZE];
    const ssize_t length = scene_read_process(look->scene, process, "environ", text, sizeof text);
    const bool is_init = process->pid == 1 && strcmp(process->name, "sandbox-init") == 0;
    look->unread += (length == -EACCES || length == -EPERM) && !is_init ? 1 : 0;
    for (const char *entry = text; length > 0 && entry < text + length; entry += strlen(entry) + 1) {
        add_variable(look, entry);
    }
    return true;
}

/* ~/.docker/contexts/meta/NAME/meta.json has "Host":"unix:///...". */
static bool visit_context(void *context, const char *name)
{
    static const char key[] = "\"Host\":\"";
    struct look *look = context;
    char folder[SCENE_PATH_SIZE];
    char path[2 * SCENE_PATH_SIZE];
    char text[CONTEXT_SIZE];
    scene_home(look->scene, folder, "/.docker/contexts/meta");
    snprintf(path, sizeof path, "%s/%s/meta.json", folder, name);
    if (name[0] != '.' && premises_read(look->scene, path, text, sizeof text) > 0) {
        const char *host = strstr(text, key);
        if (host != NULL) {
            host += sizeof key - 1;
            add_place(look, host, strcspn(host, "\"\\"), "a Docker context");
        }
    }
    return !look->is_cut;
}

static void find_places(struct look *look)
{
    char contexts[SCENE_PATH_SIZE];
    add_usual_places(look);
    add_mounted(look);
    for (char *const *entry = look->scene->environ_in; *entry != NULL; entry++) {
        add_variable(look, *entry);
    }
    if (scene_walk_processes(look->scene, visit_process, look) == -E2BIG) {
        look->is_cut = true;
    }
    scene_list(look->scene, scene_home(look->scene, contexts, "/.docker/contexts/meta"), visit_context, look);
}

/* ---- what they say ---- */

/* Returns a connected descriptor, or -errno; -EPROTONOSUPPORT: it is neither unix:// nor tcp://. */
static int connect_to(const struct look *look, const struct place *place, uint64_t deadline)
{
    const struct dial_files files = {.hosts = look->hosts, .resolv = look->resolv};
    char host[ADDRESS_SIZE];
    const char *path = path_of(place);
    if (path != NULL) {
        return probe_connect(look->scene, path, NULL);
    }
    const char *begin = strstr(place->address, "://");
    const bool is_known =
        strncmp(place->address, "tcp://", 6) == 0 || strncmp(place->address, "http://", 7) == 0;
    if (begin == NULL || !is_known) {
        return -EPROTONOSUPPORT;
    }
    snprintf(host, sizeof host, "%.*s", (int)strcspn(begin + 3, "/"), begin + 3);
    char *colon = strrchr(host, ':');
    unsigned long port = PORT;
    if (colon != NULL && strchr(colon, ']') == NULL) {
        port = strtoul(colon + 1, NULL, 10);
        *colon = '\0';
    }
    if (port == 0 || port > UINT16_MAX) {
        return -EINVAL;
    }
    scene_become(look->scene); /* a firewall may tell users apart */
    const int fd = dial_tcp(host, (uint16_t)port, &files, deadline);
    scene_return(look->scene);
    return fd;
}

/* Returns the status of the answer, or -errno. */
static int ask(const struct look *look, const struct place *place, const char *method, const char *path)
{
    struct http_answer answer;
    const uint64_t own = dial_now() + PATIENCE_MS;
    const uint64_t deadline = own < look->deadline ? own : look->deadline;
    const int fd = connect_to(look, place, deadline);
    if (fd < 0) {
        return fd;
    }
    const int result = http_ask(fd, method, path, deadline, &answer);
    close(fd);
    return result < 0 ? result : answer.status;
}

static bool is_refusal(int status)
{
    return status == 401 || status == 403 || status == 405;
}

/* What a gateway says when there is no engine behind it. */
static bool is_gateway_error(int status)
{
    return status == 502 || status == 503 || status == 504;
}

struct request {
    const char *method;
    const char *path;
};

/* By what guards tell them apart: kinds of things, and verbs. */
static const struct request writes[] = {
    {"POST", "/containers/create"},
    {"POST", "/containers/" NOBODY "/exec"},
    {"POST", "/containers/" NOBODY "/start"},
    {"POST", "/containers/" NOBODY "/stop"},
    {"POST", "/containers/" NOBODY "/restart"},
    {"POST", "/exec/" NOBODY "/start"},
    {"PUT", "/containers/" NOBODY "/archive?path=/"},
    {"DELETE", "/containers/" NOBODY},
    {"DELETE", "/images/" NOBODY},
    {"DELETE", "/volumes/" NOBODY},
    {"DELETE", "/networks/" NOBODY},
    {"DELETE", "/plugins/" NOBODY},
    {"POST", "/commit?container=" NOBODY},
    {"POST", "/build?dockerfile=" NOBODY}, /* of no files */
    {"POST", "/session"},                  /* BuildKit's, and not without an Upgrade */
};

/* The name of group GID, from lines "NAME:x:GID:MEMBERS"; "": there is none. */
static const char *find_group(const struct scene *scene, gid_t gid, char name[static FINDING_NAME_SIZE])
{
    char text[FILE_SIZE];
    char raw[FINDING_NAME_SIZE];
    unsigned number = 0;
    name[0] = '\0';
    const ssize_t length = scene_read(scene, "/etc/group", text, sizeof text);
    for (const char *line = length > 0 ? text : NULL; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        /* NOLINTNEXTLINE(cert-err34-c): what is no number is no group that is looked for */
        if (sscanf(line, "%63[^:\n]:%*[^:\n]:%u:", raw, &number) == 2 && number == gid) {
            return finding_name(name, raw);
        }
    }
    return name;
}

/* Is it the socket's group that lets the agent in? */
static void mend_group(struct look *look, const char *path)
{
    struct stat status;
    char user[FINDING_NAME_SIZE];
    char group[FINDING_NAME_SIZE];
    const struct identity *agent = &look->scene->agent;
    const int fd = scene_open_path(look->scene, path, O_PATH);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && agent->uid != 0 && agent->uid != status.st_uid &&
        (status.st_mode & S_IWOTH) == 0 && agent->name[0] != '\0' &&
        find_group(look->scene, status.st_gid, group)[0] != '\0') {
        finding_mend(look->finding, "Dockerfile", "RUN gpasswd --delete %s %s",
                     finding_name(user, agent->name), group);
    }
    close(fd);
}

static void mend(struct look *look, const struct place *place)
{
    struct finding *finding = look->finding;
    char shown[FINDING_NAME_SIZE];
    const char *path = path_of(place);
    if (path != NULL) {
        mend_group(look, path);
        finding_mend(finding, "docker-compose.yml", "volumes: (leave out the one that ends in \":%s\")",
                     finding_name(shown, path));
        finding_mend(
            finding, "docker-compose.yml",
            "environment: {DOCKER_HOST: \"tcp://docker-proxy:2375\"} (with a service docker-proxy of "
            "tecnativa/docker-socket-proxy)");
    } else {
        finding_mend(
            finding, "docker-compose.yml",
            "environment: {POST: 0, ALLOW_START: 0, ALLOW_STOP: 0, ALLOW_RESTARTS: 0} (of the service "
            "docker-proxy)");
    }
}

static void note_obeyed(struct look *look, const struct place *place, const struct request *request,
                        int status)
{
    char shown[FINDING_NAME_SIZE];
    finding_note(look->finding, FINDING_FAIL, "%s obeys (%s %s is answered with %d)",
                 finding_name(shown, place->address), request->method, request->path, status);
    mend(look, place);
}

static void note_silent(struct look *look, const struct place *place, int result)
{
    char shown[FINDING_NAME_SIZE];
    const bool is_named = place->named_by != NULL;
    finding_name(shown, place->address);
    if (is_gateway_error(result)) {
        finding_note(look->finding, FINDING_WARN, "%s: no engine is behind it now (%d)", shown, result);
    } else if (result == -EPROTO || result >= 0) {
        finding_note(look->finding, FINDING_WARN, "%s does not speak as Docker does: TLS?", shown);
    } else {
        finding_note(look->finding, FINDING_WARN, "%s%s%s%s cannot be reached: %s", shown,
                     is_named ? ", which " : "", is_named ? place->named_by : "", is_named ? " names," : "",
                     strerror(-result));
    }
    finding_miss(look->finding, "what %s lets the agent do, when it answers", shown);
}

static void ask_writes(struct look *look, const struct place *place, int read_status)
{
    char shown[FINDING_NAME_SIZE];
    int refusal = 0;
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        const int status = ask(look, place, writes[i].method, writes[i].path);
        if (status < 0 || is_gateway_error(status)) {
            note_silent(look, place, status);
            return;
        }
        if (!is_refusal(status)) {
            note_obeyed(look, place, &writes[i], status);
            return;
        }
        refusal = status;
    }
    finding_note(look->finding, FINDING_PASS, "%s: reads are %s, writes refused (%d)",
                 finding_name(shown, place->address), is_refusal(read_status) ? "refused, too" : "answered",
                 refusal);
}

/* Is there nobody, at a usual place? */
static bool is_gone(int status)
{
    return status == -ECONNREFUSED || status == -ENOENT || status == -ENOTSOCK;
}

/* Is it "tcp://user:password@host", which is not for showing? */
static bool has_user(const struct place *place)
{
    return path_of(place) == NULL && strchr(place->address, '@') != NULL;
}

static void look_at(struct look *look, const struct place *place)
{
    char shown[FINDING_NAME_SIZE];
    const int status = has_user(place) ? -EPROTONOSUPPORT : ask(look, place, "GET", "/_ping");
    finding_name(shown, place->address);
    if (status == -EACCES || status == -EPERM) {
        finding_note(look->finding, FINDING_PASS, "%s is closed to it", shown);
    } else if (status == -EPROTONOSUPPORT) {
        finding_note(look->finding, FINDING_WARN,
                     "%s names an engine that is neither unix:// nor plain tcp://", place->named_by);
        finding_miss(look->finding, "what that engine lets the agent do");
    } else if (status == 200 || is_refusal(status)) {
        ask_writes(look, place, status);
    } else if (place->named_by != NULL || !is_gone(status)) {
        note_silent(look, place, status);
    }
}

/* gRPC: there is nobody who could refuse. */
static void look_at_runtimes(struct look *look)
{
    static const char *const sockets[] = {"/run/containerd/containerd.sock", "/run/crio/crio.sock",
                                          "/run/k3s/containerd/containerd.sock",
                                          "/run/buildkit/buildkitd.sock"};
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
        const int fd = probe_connect(look->scene, sockets[i], NULL);
        if (probe_is_heard(fd)) {
            finding_note(look->finding, FINDING_FAIL, "%s accepts connections", sockets[i]);
            finding_mend(look->finding, "docker-compose.yml",
                         "volumes: (leave out the one that ends in \":%s\")", sockets[i]);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
}

void look_docker_docker(const struct scene *scene, struct finding *finding)
{
    struct look *look = calloc(1, sizeof *look);
    if (look == NULL) {
        finding_note(finding, FINDING_WARN, "there is no memory to look");
        return;
    }
    look->scene = scene;
    look->finding = finding;
    scene_read(scene, "/etc/hosts", look->hosts, sizeof look->hosts);
    scene_read(scene, "/etc/resolv.conf", look->resolv, sizeof look->resolv);
    find_places(look);
    if (look->is_cut) {
        finding_miss(finding, "more engines than %d, or more processes that may name one", PLACES_MAX);
    }
    look->deadline = dial_now() + PATIENCE_ALL_MS;
    for (size_t i = 0; i < look->count; i++) {
        look_at(look, &look->places[i]);
    }
    look_at_runtimes(look);
    if (look->unread > 0) {
        finding_miss(finding, "where the environments of %zu other processes say that engines are%s",
                     look->unread, scene->self.uid == 0 ? ": closed even to root" : ": look as root");
    }
    free(look);
    if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_NONE, "no engine is to be reached");
    }
}
