/* SPDX-License-Identifier: MIT */
#include "sandbox_init/checks.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/look_agents.h"
#include "sandbox_init/look_container.h"
#include "sandbox_init/look_credentials.h"
#include "sandbox_init/look_display.h"
#include "sandbox_init/look_docker.h"
#include "sandbox_init/look_editor.h"
#include "sandbox_init/look_envfiles.h"
#include "sandbox_init/look_environment.h"
#include "sandbox_init/look_git.h"
#include "sandbox_init/look_guard.h"
#include "sandbox_init/look_inspector.h"
#include "sandbox_init/look_mounts.h"
#include "sandbox_init/look_network.h"
#include "sandbox_init/look_privileges.h"
#include "sandbox_init/look_setuid.h"
#include "sandbox_init/look_sockets.h"
#include "sandbox_init/look_workspace.h"
#include "sandbox_init/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    PATIENCE_MS = 500, /* with an init that hangs: the other checks do not need it */
};

const struct checks_row checks_rows[] = {
    {"pid1", "only PID 1 reaps what `docker exec` leaves, and stops everybody with time to save",
     look_container_pid1},
    {"guard", "VS Code makes new sockets for every window and terminal: only who sees each one can revoke it",
     look_guard_revokes},
    {"configuration", "a container whose configuration is not valid, or not safe, does not start again",
     look_guard_configuration},
    {"sockets", "any program in here reaches your editor, credentials and keys on the host through them",
     look_sockets_open},
    {"ssh-agent", "who reaches it signs with your keys: pushes, and logs in wherever you can",
     look_agents_ssh},
    {"gpg-agent", "who reaches it signs and decrypts with your keys", look_agents_gpg},
    {"x11", "who reaches a display of the host reads the keyboard and types into every window",
     look_display_x11},
    {"wayland", "who reaches the host's compositor reads its clipboard, and more where it allows that",
     look_display_wayland},
    {"abstract-sockets", "the host's session bus, which starts programs there, has no file to take away",
     look_display_abstract},
    {"docker", "who may tell the engine what to run, runs it as root on the host", look_docker_docker},
    {"mounts", "what is mounted from the host is read and changed there, not in a copy", look_mounts_mounts},
    {"network", "in the host's network all its local services and abstract sockets can be reached",
     look_network_network},
    {"namespaces", "what is shared with the host can be seen, and often changed, from in here",
     look_network_namespaces},
    {"inspector", "who connects to a Node debugger runs code in that process, as its user",
     look_inspector_inspector},
    {"uid", "who has the uid of VS Code's server can do what VS Code does, on the host too",
     look_privileges_uid},
    {"sudo", "root in the container undoes the guard, and is one fault away from the host", look_setuid_sudo},
    {"setuid", "a fault in one of them makes the agent root", look_setuid_programs},
    {"no-new-privileges", "without it a set-user-ID program gives what was taken away",
     look_privileges_no_new},
    {"capabilities", "each is a part of root's power, and some lead to the host",
     look_privileges_capabilities},
    {"seccomp", "most ways out of a container begin with a system call that nobody needs",
     look_privileges_seccomp},
    {"landlock", "it is what the kernel keeps the airlock's walls with", look_privileges_landlock},
    {"ptrace-scope", "who traces VS Code's server has its sockets and its connection to the host",
     look_privileges_ptrace},
    {"environment", "programs use what they find there: the host's keys, VS Code's sockets, code to load",
     look_environment_variables},
    {"secrets", "whatever the agent starts can read them, and send them away", look_environment_secrets},
    {"env-files", "variables that were kept out of the environment are read from here", look_envfiles_all},
    {"git-helper", "it fetches the host's git and docker credentials, for any address that it is asked about",
     look_git_helper},
    {"credentials", "a secret in a file that the agent can read is one that it can use and send away",
     look_credentials_stored},
    {"ssh-keys", "a private key opens every server that knows it", look_credentials_ssh},
    {"gpg-keys", "a private key signs in your name, and decrypts what is for you", look_credentials_gpg},
    {"tokens", "with one, a program is a client of VS Code's server or of an agent's editor",
     look_editor_tokens},
    {"workspace", "the host runs these files: when it opens the folder, commits, or makes the next container",
     look_workspace_writable},
    {"editor-settings", "who can write the repository decides what VS Code starts and opens on your side",
     look_workspace_settings},
    {"extensions", "VS Code runs these at its next window, and what it runs can open a terminal on the host",
     look_editor_extensions},
    {"markers", "postStartCommand and its like, a firewall's for instance, never run again",
     look_editor_markers},
    {NULL, NULL, NULL},
};

_Static_assert(sizeof checks_rows / sizeof checks_rows[0] <= CHECKS_MAX, "a bit for each");

/* The index of the check whose name is the LENGTH bytes of NAME; that of the last row if there is none. */
static size_t find(const char *name, size_t length)
{
    size_t i = 0;
    while (checks_rows[i].name != NULL &&
           (strlen(checks_rows[i].name) != length || memcmp(checks_rows[i].name, name, length) != 0)) {
        i++;
    }
    return i;
}

static int refuse(const char *name, size_t length, char message[static CHECKS_MESSAGE_SIZE])
{
    char wanted[FINDING_NAME_SIZE];
    char shown[FINDING_NAME_SIZE];
    struct nearest best = {0};
    snprintf(wanted, sizeof wanted, "%.*s", (int)(length < sizeof wanted ? length : sizeof wanted), name);
    for (const struct checks_row *row = checks_rows; row->name != NULL; row++) {
        nearest_offer(&best, wanted, row->name);
    }
    finding_name(shown, wanted);
    if (best.name != NULL) {
        snprintf(message, CHECKS_MESSAGE_SIZE, "unknown check '%s'; did you mean '%s'?", shown, best.name);
    } else {
        snprintf(message, CHECKS_MESSAGE_SIZE, "unknown check '%s'; 'sandbox-init --audit' names all of them",
                 shown);
    }
    return -EINVAL;
}

int checks_parse(const char *names, uint64_t *ret_set, char message[static CHECKS_MESSAGE_SIZE])
{
    static const char between[] = ", \t\n";
    uint64_t set = 0;
    names += strspn(names, between);
    while (*names != '\0') {
        const size_t length = strcspn(names, between);
        const size_t index = find(names, length);
        if (checks_rows[index].name == NULL) {
            return refuse(names, length, message);
        }
        set |= UINT64_C(1) << index;
        names += length;
        names += strspn(names, between);
    }
    if (set == 0) {
        return refuse("", 0, message);
    }
    *ret_set = set;
    return 0;
}

bool checks_has(const struct checks *checks, size_t index)
{
    return (checks->set >> index & 1) != 0;
}

/* Asks the init. Who says that he is PID 1, and is not, as the kernel tells it, is not believed in that. */
static void ask(struct checks *checks, const char *runtime_dir)
{
    checks->has_view = snapshot_take(&checks->view, &checks->client, runtime_dir, PATIENCE_MS) == 0;
    if (checks->client.pid > 1) {
        checks->view.init.is_pid1 = (struct view_number){.value = 0, .is_known = true};
    }
}

/* Returns 0 or an exit status. */
static int look_around(struct checks *checks, const struct checks_request *request)
{
    char shown[FINDING_NAME_SIZE];
    const char *wanted = request->user != NULL ? request->user : request->config->init.user;
    const struct scene_request scene = {
        .config = request->config,
        .environ_in = request->environ_in,
        .view = checks->has_view ? &checks->view : NULL,
        .user = request->user,
    };
    const int result = scene_open(&checks->scene, &scene);
    if (result == -ENOENT) {
        fprintf(stderr, "sandbox-init: %s: no such user in /etc/passwd: '%s'\n", request->mode,
                finding_name(shown, wanted != NULL ? wanted : ""));
        return CLI_STATUS_USAGE;
    }
    if (result < 0) {
        fprintf(stderr, "sandbox-init: %s: cannot look around: %s\n", request->mode, strerror(-result));
        return CLI_STATUS_SYSTEM;
    }
    return 0;
}

int checks_run(struct checks *checks, const struct checks_request *request)
{
    checks->set = request->set;
    ask(checks, request->config->init.runtime_dir);
    const int status = look_around(checks, request);
    for (size_t i = 0; status == 0 && checks_rows[i].name != NULL; i++) {
        if (checks_has(checks, i)) {
            checks_rows[i].look(&checks->scene, &checks->findings[i]);
        }
    }
    return status;
}

void checks_finish(struct checks *checks)
{
    scene_close(&checks->scene);
}
