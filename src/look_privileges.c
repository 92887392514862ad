/* SPDX-License-Identifier: MIT */
#include "sandbox_init/look_privileges.h"

#include "sandbox_init/airlock.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STATUS_SIZE = 8192, /* of /proc/PID/status */
    LIST_SIZE = 512,
};

/* ---- /proc/PID/status ---- */

/* The number behind KEY, in BASE. Returns false when there is none. */
static bool find_number(const char *status, const char *key, int base, uint64_t *ret_value)
{
    const char *text = scene_find_field(status, key);
    char *end = NULL;
    const uint64_t value = text != NULL ? strtoull(text, &end, base) : 0;
    if (text == NULL || end == text) {
        return false;
    }
    *ret_value = value;
    return true;
}

/* Reads /proc/WHO/status. Returns false, and that is noted, when it cannot be. */
static bool read_own_status(const struct scene *scene, char status[static STATUS_SIZE],
                            struct finding *finding)
{
    if (scene_read(scene, "/proc/self/status", status, STATUS_SIZE) > 0) {
        return true;
    }
    finding_note(finding, FINDING_WARN, "it cannot be seen");
    finding_miss(finding, "/proc/self/status: mount /proc");
    return false;
}

static bool find_of_process(const struct scene *scene, pid_t pid, const char *key, int base,
                            uint64_t *ret_value)
{
    char path[SCENE_PATH_SIZE];
    char status[STATUS_SIZE];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return scene_read(scene, path, status, sizeof status) > 0 && find_number(status, key, base, ret_value);
}

static bool is_of_agent(const struct scene *scene, const struct scene_process *process)
{
    return process->pid != getpid() && process->uid == scene->agent.uid;
}

/* ---- no_new_privs ---- */

/* Those of the agent that are without. */
struct unlocked {
    const struct scene *scene;
    char first[SCENE_NAME_SIZE];
    size_t count;
    size_t all;
};

static bool visit_unlocked(void *context, const struct scene_process *process)
{
    struct unlocked *unlocked = context;
    uint64_t value = 0;
    if (is_of_agent(unlocked->scene, process) &&
        find_of_process(unlocked->scene, process->pid, "NoNewPrivs", 10, &value)) {
        unlocked->all++;
        unlocked->count += value == 0 ? 1 : 0;
        if (value == 0 && unlocked->count == 1) {
            memcpy(unlocked->first, process->name, sizeof unlocked->first);
        }
    }
    return true;
}

static void note_locked(const struct scene *scene, struct finding *finding)
{
    struct unlocked unlocked = {.scene = scene};
    char shown[FINDING_NAME_SIZE];
    uint64_t first = 1;
    finding_note(finding, FINDING_PASS, "set for this process");
    if (find_of_process(scene, 1, "NoNewPrivs", 10, &first) && first == 0) {
        finding_note(finding, FINDING_WARN, "not for PID 1, and so not for what `docker exec` starts");
    }
    if (scene_walk_processes(scene, visit_unlocked, &unlocked) == -E2BIG) {
        finding_miss(finding, "more processes of uid %u than %zu", (unsigned)scene->agent.uid, unlocked.all);
    }
    if (unlocked.count > 0) {
        finding_note(finding, FINDING_WARN, "not for %zu of %zu other processes of uid %u (%s)",
                     unlocked.count, unlocked.all, (unsigned)scene->agent.uid,
                     finding_name(shown, unlocked.first));
    }
}

void look_privileges_no_new(const struct scene *scene, struct finding *finding)
{
    char status[STATUS_SIZE];
    uint64_t value = 0;
    if (!read_own_status(scene, status, finding)) {
        return;
    }
    if (find_number(status, "NoNewPrivs", 10, &value) && value == 1) {
        note_locked(scene, finding);
    } else {
        finding_note(finding, FINDING_FAIL, "not set: programs can give privileges");
    }
    if (finding_judge(finding) > FINDING_PASS) {
        finding_mend(finding, "devcontainer.json", "\"securityOpt\": [\"no-new-privileges:true\"]");
        finding_mend(finding, "docker-compose.yml", "security_opt: [\"no-new-privileges:true\"]");
        finding_mend(finding, "pod.yaml", "securityContext: { allowPrivilegeEscalation: false }");
        finding_mend(finding, "terminal", "sandbox-init --exec -- COMMAND");
    }
}

/* ---- capabilities ---- */

enum worth {
    SPARE,     /* it helps nobody here */
    USED,      /* by the init itself; or it does no harm */
    DANGEROUS, /* it leads out of the container, or makes its walls lower */
};

struct capability {
    const char *name;
    enum worth worth;
};

/* By number, as in include/uapi/linux/capability.h. */
static const struct capability capabilities[] = {
    {"CHOWN", USED},
    {"DAC_OVERRIDE", USED},
    {"DAC_READ_SEARCH", DANGEROUS},
    {"FOWNER", USED},
    {"FSETID", SPARE},
    {"KILL", USED},
    {"SETGID", USED},
    {"SETUID", USED},
    {"SETPCAP", USED},
    {"LINUX_IMMUTABLE", SPARE},
    {"NET_BIND_SERVICE", SPARE},
    {"NET_BROADCAST", SPARE},
    {"NET_ADMIN", DANGEROUS},
    {"NET_RAW", SPARE},
    {"IPC_LOCK", SPARE},
    {"IPC_OWNER", SPARE},
    {"SYS_MODULE", DANGEROUS},
    {"SYS_RAWIO", DANGEROUS},
    {"SYS_CHROOT", SPARE},
    {"SYS_PTRACE", DANGEROUS},
    {"SYS_PACCT", SPARE},
    {"SYS_ADMIN", DANGEROUS},
    {"SYS_BOOT", DANGEROUS},
    {"SYS_NICE", USED},
    {"SYS_RESOURCE", SPARE},
    {"SYS_TIME", DANGEROUS},
    {"SYS_TTY_CONFIG", SPARE},
    {"MKNOD", SPARE},
    {"LEASE", SPARE},
    {"AUDIT_WRITE", SPARE},
    {"AUDIT_CONTROL", DANGEROUS},
    {"SETFCAP", SPARE},
    {"MAC_OVERRIDE", DANGEROUS},
    {"MAC_ADMIN", DANGEROUS},
    {"SYSLOG", DANGEROUS},
    {"WAKE_ALARM", SPARE},
    {"BLOCK_SUSPEND", SPARE},
    {"AUDIT_READ", DANGEROUS},
    {"PERFMON", DANGEROUS},
    {"BPF", DANGEROUS},
    {"CHECKPOINT_RESTORE", DANGEROUS},
};

enum {
    CAPABILITY_COUNT = sizeof capabilities / sizeof capabilities[0],
    CAPABILITY_PERFMON = 38, /* Linux 5.8 */
};
_Static_assert(CAPABILITY_COUNT == 41, "CAP_CHECKPOINT_RESTORE is 40");

static uint64_t set_of(enum worth worth)
{
    uint64_t set = 0;
    for (size_t i = 0; i < CAPABILITY_COUNT; i++) {
        set |= capabilities[i].worth == worth ? UINT64_C(1) << i : 0;
    }
    return set;
}

/* Writes the names of SET, or numbers for what is newer than we are. Returns LIST. */
static const char *list_capabilities(char list[static LIST_SIZE], uint64_t set)
{
    size_t used = 0;
    list[0] = '\0';
    for (unsigned i = 0; i < 64 && used < LIST_SIZE - 32; i++) {
        if ((set >> i & 1) == 0) {
            continue;
        }
        used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s", used > 0 ? ", " : "");
        used += i < CAPABILITY_COUNT
                    ? (size_t)snprintf(list + used, LIST_SIZE - used, "%s", capabilities[i].name)
                    : (size_t)snprintf(list + used, LIST_SIZE - used, "%u", i);
    }
    return list;
}

/*
 * Are all there that lead out? Then the container is privileged. Those of newer kernels (PERFMON, BPF,
 * CHECKPOINT_RESTORE) do not count: older engines know nothing of them.
 */
static bool is_privileged(uint64_t bounding)
{
    const uint64_t wanted = set_of(DANGEROUS) & ((UINT64_C(1) << CAPABILITY_PERFMON) - 1);
    return (bounding & wanted) == wanted;
}

/* What a plain process has without asking anybody. */
static uint64_t held_by(const char *status)
{
    static const char *const keys[] = {"CapEff", "CapPrm", "CapAmb"};
    uint64_t held = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint64_t set = 0;
        held |= find_number(status, keys[i], 16, &set) ? set : 0;
    }
    return held;
}

struct holders {
    const struct scene *scene;
    struct finding *finding;
    size_t count;
};

static bool visit_holder(void *context, const struct scene_process *process)
{
    struct holders *holders = context;
    char path[SCENE_PATH_SIZE];
    char status[STATUS_SIZE];
    char list[LIST_SIZE];
    char shown[FINDING_NAME_SIZE];
    snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
    if (!is_of_agent(holders->scene, process) ||
        scene_read(holders->scene, path, status, sizeof status) <= 0) {
        return true;
    }
    holders->count++;
    const uint64_t held = held_by(status);
    if (held != 0) {
        finding_note(holders->finding, FINDING_FAIL, "%s of uid %u has %s",
                     finding_name(shown, process->name), (unsigned)process->uid,
                     list_capabilities(list, held));
    }
    return true;
}

/* What the agent has, if it is not root, who has what can be gained. */
static void note_held(const struct scene *scene, const char *status, struct finding *finding)
{
    struct holders holders = {.scene = scene, .finding = finding};
    char list[LIST_SIZE];
    const unsigned uid = (unsigned)scene->agent.uid;
    const uint64_t held = scene->is_other ? 0 : held_by(status);
    uint64_t inherited = 0;
    if (held != 0) {
        finding_note(finding, FINDING_FAIL, "uid %u has %s", uid, list_capabilities(list, held));
    } else if (!scene->is_other && find_number(status, "CapInh", 16, &inherited) && inherited != 0) {
        finding_note(finding, FINDING_WARN, "programs of uid %u can inherit %s", uid,
                     list_capabilities(list, inherited));
    }
    if (scene_walk_processes(scene, visit_holder, &holders) == -E2BIG) {
        finding_miss(finding, "more processes of uid %u than %zu", uid, holders.count);
    }
    if (scene->is_other && holders.count == 0) {
        finding_miss(finding, "what processes of uid %u have, of which none is there: look as that user",
                     uid);
    } else if (finding_judge(finding) == FINDING_NONE) {
        finding_note(finding, FINDING_PASS, "uid %u has none", uid);
    }
}

static void mend_capabilities(bool is_all, struct finding *finding)
{
    if (is_all) {
        finding_mend(finding, "devcontainer.json",
                     "\"privileged\": false (and no --privileged in \"runArgs\")");
        finding_mend(finding, "docker-compose.yml", "privileged: false");
        return;
    }
    finding_mend(finding, "devcontainer.json",
                 "\"runArgs\": [\"--cap-drop=ALL\", \"--cap-add=CHOWN\", \"--cap-add=DAC_OVERRIDE\", "
                 "\"--cap-add=KILL\", \"--cap-add=SETGID\", \"--cap-add=SETUID\"]");
    finding_mend(finding, "docker-compose.yml", "cap_drop: [ALL]");
    finding_mend(finding, "docker-compose.yml", "cap_add: [CHOWN, DAC_OVERRIDE, KILL, SETGID, SETUID]");
}

/* What root here, and a set-user-ID program if there are no walls against it, can gain. */
static void note_bounding(const struct scene *scene, const char *status, struct finding *finding)
{
    char list[LIST_SIZE];
    uint64_t bounding = 0;
    uint64_t is_locked = 0;
    if (!find_number(status, "CapBnd", 16, &bounding)) {
        return;
    }
    const bool is_root = scene->agent.uid == 0;
    const bool is_out_of_reach =
        find_number(status, "NoNewPrivs", 10, &is_locked) && is_locked == 1 && !is_root;
    const uint64_t dangerous = bounding & set_of(DANGEROUS);
    const uint64_t spare = bounding & ~set_of(DANGEROUS) & ~set_of(USED);
    if (is_privileged(bounding)) {
        finding_note(finding, FINDING_FAIL, "all that lead out can be gained: the container is privileged");
        mend_capabilities(true, finding);
        return;
    }
    if (dangerous != 0) {
        finding_note(finding, is_out_of_reach ? FINDING_WARN : FINDING_FAIL, "%s %s",
                     is_root           ? "root has"
                     : is_out_of_reach ? "root could have"
                                       : "sudo would give",
                     list_capabilities(list, dangerous));
    }
    if (spare != 0) {
        finding_note(finding, FINDING_WARN, "root needs no %s", list_capabilities(list, spare));
    }
    if ((dangerous | spare) != 0) {
        mend_capabilities(false, finding);
    } else {
        finding_note(finding, FINDING_PASS, "root can have %s",
                     bounding != 0 ? list_capabilities(list, bounding) : "none");
    }
}

void look_privileges_capabilities(const struct scene *scene, struct finding *finding)
{
    char status[STATUS_SIZE];
    if (!read_own_status(scene, status, finding)) {
        return;
    }
    if (scene->agent.uid != 0) {
        note_held(scene, status, finding);
    }
    note_bounding(scene, status, finding);
}

/* ---- seccomp ---- */

static void mend_seccomp(struct finding *finding)
{
    finding_mend(
        finding, "devcontainer.json",
        "\"securityOpt\": [] (without \"seccomp=unconfined\", which debuggers do not need since Linux 4.8; "
        "and no --privileged)");
    finding_mend(finding, "docker-compose.yml",
                 "security_opt: [] (without seccomp:unconfined; privileged: false)");
    finding_mend(finding, "pod.yaml", "securityContext: { seccompProfile: { type: RuntimeDefault } }");
}

void look_privileges_seccomp(const struct scene *scene, struct finding *finding)
{
    char status[STATUS_SIZE];
    uint64_t mode = 0;
    uint64_t count = 0;
    uint64_t first = 0;
    if (!read_own_status(scene, status, finding)) {
        return;
    }
    if (!find_number(status, "Seccomp", 10, &mode)) {
        finding_note(finding, FINDING_FAIL, "this kernel has no seccomp");
        finding_mend(finding, "host", "a kernel with CONFIG_SECCOMP_FILTER");
        return;
    }
    if (mode == 0) {
        finding_note(finding, FINDING_FAIL, "no filter: every system call of the kernel can be reached");
        mend_seccomp(finding);
        return;
    }
    if (find_number(status, "Seccomp_filters", 10, &count)) {
        finding_note(finding, FINDING_PASS, "filters on this process: %u", (unsigned)count);
    } else {
        finding_note(finding, FINDING_PASS, "a filter on this process");
    }
    if (find_of_process(scene, 1, "Seccomp", 10, &first) && first == 0) {
        finding_note(finding, FINDING_WARN, "none on PID 1, and so none on what `docker exec` starts");
        mend_seccomp(finding);
    }
}

/* ---- Landlock ---- */

static void note_sockets(const struct scene *scene, const struct airlock_kernel *kernel,
                         struct finding *finding)
{
    const int abi = kernel->landlock_abi;
    if (abi >= 9) {
        finding_note(finding, FINDING_PASS, "Landlock ABI %d: the airlock keeps path sockets, too", abi);
    } else if (abi >= 6 && scene->config->airlock.unix_sockets == CONFIG_UNIX_STRICT &&
               kernel->seccomp_error == 0) {
        finding_note(finding, FINDING_PASS,
                     "Landlock ABI %d, and unix_sockets = strict: the airlock has no Unix sockets but pairs",
                     abi);
    } else if (abi >= 6) {
        finding_note(
            finding, FINDING_WARN,
            "Landlock ABI %d: the airlock keeps signals and abstract sockets, but path sockets only with "
            "unix_sockets = strict",
            abi);
        finding_mend(finding, "host", "Linux 7.1 or later");
        finding_mend(finding, "sandbox-init.ini", "[airlock] unix_sockets = strict");
    } else {
        finding_note(finding, FINDING_WARN, "Landlock ABI %d: the airlock keeps %s", abi,
                     abi >= 2 ? "processes apart, but lets signals and sockets through" : "nothing of it");
        finding_mend(finding, "host", "Linux 6.12 or later; best 7.1");
    }
}

static void mend_landlock(int error, struct finding *finding)
{
    if (error == -EOPNOTSUPP) {
        finding_mend(finding, "host", "lsm=landlock,... on the kernel's command line");
    } else if (error == -ENOSYS) {
        finding_mend(finding, "host", "Linux 6.12 or later, best 7.1, with CONFIG_SECURITY_LANDLOCK");
    } else {
        finding_mend(finding, "docker-compose.yml",
                     "security_opt: [] (without a seccomp profile that refuses the landlock_* calls)");
    }
}

void look_privileges_landlock(const struct scene *scene, struct finding *finding)
{
    char text[AIRLOCK_TEXT_SIZE];
    const struct airlock_kernel kernel = airlock_probe();
    if (kernel.landlock_abi == 0) {
        airlock_describe_kernel(&kernel, text);
        finding_note(finding, FINDING_WARN, "%s", text);
        mend_landlock(kernel.landlock_error, finding);
        return;
    }
    if (scene->config->airlock.unix_sockets == CONFIG_UNIX_OFF) {
        finding_note(finding, FINDING_WARN, "unix_sockets = off: the airlock lets all sockets through");
        finding_mend(finding, "sandbox-init.ini", "[airlock] unix_sockets = auto");
    }
    note_sockets(scene, &kernel, finding);
}

/* ---- who may trace whom ---- */

void look_privileges_ptrace(const struct scene *scene, struct finding *finding)
{
    static const char *const meanings[] = {
        "who has the same uid can be traced, VS Code's server too",
        "only children can be traced",
        "only with CAP_SYS_PTRACE",
        "nobody can be traced",
    };
    static const char path[] = "/proc/sys/kernel/yama/ptrace_scope";
    char text[16];
    const ssize_t length = scene_read(scene, path, text, sizeof text);
    if (length == -ENOENT && scene_has(scene, "/proc/sys/kernel")) {
        finding_note(finding, FINDING_WARN, "no Yama in this kernel: %s", meanings[0]);
        finding_mend(finding, "host",
                     "a kernel with CONFIG_SECURITY_YAMA, and yama in lsm= on its command line");
    } else if (length < 1 || text[0] < '0' || text[0] > '3') {
        finding_note(finding, FINDING_WARN, "it cannot be seen");
        finding_miss(finding, "%s: mount /proc", path);
        return;
    } else {
        const unsigned scope = (unsigned)(text[0] - '0');
        finding_note(finding, scope == 0 ? FINDING_WARN : FINDING_PASS, "%u: %s", scope, meanings[scope]);
        if (scope == 0) {
            finding_mend(finding, "host", "sysctl kernel.yama.ptrace_scope=1");
        }
    }
    if (finding_judge(finding) > FINDING_PASS) {
        finding_mend(finding, "terminal", "sandbox-init --exec -- COMMAND");
    }
}

/* ---- the uid ---- */

/* Only as the agent itself it can be tried: the same question as that of ptrace(2). */
static bool is_server_closed(const struct scene *scene)
{
    const struct scene_process server = {.pid = scene->server_pid, .uid = scene->server_uid};
    char text[16];
    if (scene->is_other) {
        return false;
    }
    const ssize_t length = scene_read_process(scene, &server, "environ", text, sizeof text);
    return length == -EACCES || length == -EPERM;
}

static void note_root(const struct scene *scene, struct finding *finding)
{
    const bool is_guess = scene->server_pid == 0 && scene->config->init.user == NULL;
    finding_note(finding, FINDING_FAIL, "the agent is root%s",
                 is_guess ? ", as far as is known: --user or [init] user says otherwise" : "");
    finding_mend(finding, "devcontainer.json", "\"remoteUser\": \"vscode\"");
    finding_mend(finding, "Dockerfile", "RUN useradd --create-home --shell /bin/bash vscode");
}

void look_privileges_uid(const struct scene *scene, struct finding *finding)
{
    const unsigned uid = (unsigned)scene->agent.uid;
    const int pid = (int)scene->server_pid;
    if (uid == 0) {
        note_root(scene, finding);
        return;
    }
    if (pid == 0) {
        finding_note(finding, FINDING_NONE, "uid %u; no server of VS Code's is to be seen", uid);
        return;
    }
    if (scene->server_uid != uid) {
        finding_note(finding, FINDING_PASS, "uid %u; VS Code's server (pid %d) has uid %u", uid, pid,
                     (unsigned)scene->server_uid);
        return;
    }
    finding_note(finding, FINDING_WARN, "uid %u is that of VS Code's server (pid %d), too: it can %s", uid,
                 pid,
                 is_server_closed(scene) ? "change its extensions, but not trace it from here"
                                         : "trace it, open its debugger and change its extensions");
    finding_mend(finding, "terminal", "sandbox-init --exec -- COMMAND");
    finding_mend(finding, "Dockerfile", "RUN useradd --create-home --shell /bin/bash agent");
    finding_mend(finding, "host", "docker exec -it --user agent CONTAINER COMMAND");
}
