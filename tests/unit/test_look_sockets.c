/* SPDX-License-Identifier: MIT */
/*
 * look_sockets: sockets that listen, that nobody listens on and that are closed, in a scene of the test's
 * own; what is said of them, and what is to be done.
 *
 * WRAP: calloc
 */
#include "testing.h"

#include "sandbox_init/look_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LISTENERS_MAX = 16,
};

static char base[64];
static char tmp[] = "/tmp";
static char ipc[] = "vscode-ipc-*.sock";
static char *dirs[] = {tmp, NULL};
static char *patterns[] = {ipc, NULL};
static struct config config;
static char *environ_in[4];
static struct view view;
static struct scene scene;
static struct finding finding;
static int listeners[LISTENERS_MAX];
static size_t listener_count;
static bool has_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return has_memory ? __real_calloc(count, size) : NULL;
}

static int begin(void **state)
{
    (void)state;
    has_memory = true;
    snprintf(base, sizeof base, "/tmp/test_sockets.XXXXXX");
    if (mkdtemp(base) == NULL || chmod(base, 0755) < 0) {
        return -1;
    }
    environ_in[0] = NULL;
    finding = (struct finding){0};
    config = (struct config){.scrub = {.dirs = dirs, .patterns = patterns}};
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC),
                           .config = &config,
                           .environ_in = environ_in,
                           .view = &view,
                           .self = {.uid = geteuid(), .gid = getegid(), .home = "/home"},
                           .agent = {.uid = geteuid(), .gid = getegid(), .home = "/home"}};
    static const char *const names[] = {"tmp",
                                        "proc",
                                        "proc/net",
                                        "elsewhere",
                                        "elsewhere/has blank",
                                        "home",
                                        "home/.local",
                                        "home/.local/share",
                                        "home/.local/share/code-server"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (mkdirat(scene.root_fd, names[i], 0755) < 0) {
            return -1;
        }
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    while (listener_count > 0) {
        close(listeners[--listener_count]);
    }
    close(scene.root_fd);
    return testing_remove_tree(base);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", base, name);
    return path;
}

static int make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path_of(name));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

static void serve(const char *name)
{
    listeners[listener_count++] = make_socket(name);
}

static void make_table(const char *const *paths)
{
    const int fd = openat(scene.root_fd, "proc/net/unix", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    for (; *paths != NULL; paths++) {
        dprintf(fd, "1: 2 0 00010000 0001 01 5 %s\n", *paths);
    }
    close(fd);
}

static void look(enum finding_verdict verdict, const char *seen)
{
    char got[FINDING_SEEN_SIZE];
    finding = (struct finding){0};
    look_sockets_open(&scene, &finding);
    assert_string_equal(finding_describe(&finding, got), seen);
    assert_int_equal(finding_judge(&finding), verdict);
}

static void expect_mend(const char *line)
{
    for (size_t i = 0; i < finding.mend_count; i++) {
        if (strcmp(finding.mends[i].line, line) == 0) {
            return;
        }
    }
    fail_msg("no mend: %s", line);
}

static const char *listens(const char *path)
{
    static char text[256];
    snprintf(text, sizeof text, "%s: somebody (pid %d, gone or hidden) listens", path, (int)getpid());
    return text;
}

static void nothing_is_fine(void **state)
{
    (void)state;
    serve("tmp/vscode-12345678.sock"); /* a language server's */
    serve("tmp/lsp-1.sock");
    serve("tmp/other.sock");
    look(FINDING_PASS, "there is none of VS Code's kind");
    assert_int_equal(finding.mend_count, 0);
}

static void what_listens_fails(void **state)
{
    (void)state;
    serve("tmp/vscode-ipc-1.sock");
    look(FINDING_FAIL, listens("/tmp/vscode-ipc-1.sock"));
    assert_int_equal(finding.mend_count, 1);
    expect_mend("docker exec -u root CONTAINER sandbox-init --oneshot-clean");
    scene.view = NULL;
    look(FINDING_FAIL, listens("/tmp/vscode-ipc-1.sock"));
    assert_int_equal(finding.mend_count, 1);
    expect_mend("ENTRYPOINT [\"/usr/local/bin/sandbox-init\", \"--\"]");
}

static void what_refuses_passes(void **state)
{
    (void)state;
    close(make_socket("tmp/vscode-ipc-1.sock"));
    close(make_socket("tmp/vscode-ipc-2.sock"));
    assert_int_equal(mkfifo(path_of("tmp/vscode-ipc-3.sock"), 0666), 0);
    look(FINDING_PASS, "2 of VS Code's kind cannot be connected to");
}

static void what_is_closed_to_the_agent_passes(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    scene.is_other = true;
    scene.can_become = true;
    scene.agent.uid = 12345;
    scene.agent.gid = 12345;
    serve("tmp/vscode-ipc-1.sock");
    assert_int_equal(chmod(path_of("tmp/vscode-ipc-1.sock"), 0755), 0);
    look(FINDING_PASS, "1 of VS Code's kind cannot be connected to");
    assert_int_equal(chmod(path_of("tmp/vscode-ipc-1.sock"), 0777), 0);
    look(FINDING_FAIL, listens("/tmp/vscode-ipc-1.sock"));
}

static void default_names_are_looked_for_too(void **state)
{
    (void)state;
    static const char *const names[] = {"vscode-ssh-auth-1.sock", "vscode-ssh-auth-sock-1",
                                        "vscode-git-1.sock",      "vscode-remote-containers-ipc-1.sock",
                                        "cursor-ipc-1.sock",      "windsurf-ipc-1.sock"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char name[64];
        char path[64];
        snprintf(name, sizeof name, "tmp/%s", names[i]);
        snprintf(path, sizeof path, "/tmp/%s", names[i]);
        serve(name);
        look(FINDING_FAIL, listens(path));
        assert_int_equal(finding.mend_count, 1);
        expect_mend("[scrub] patterns = @default");
        close(listeners[--listener_count]);
        unlink(path_of(name));
    }
    /* Without any configuration that could be read. */
    config.scrub.dirs = NULL;
    config.scrub.patterns = NULL;
    scene.view = NULL;
    serve("tmp/vscode-git-1.sock");
    look(FINDING_FAIL, listens("/tmp/vscode-git-1.sock"));
    expect_mend("ENTRYPOINT [\"/usr/local/bin/sandbox-init\", \"--\"]");
    /* And with a view, but no list: no name is configured. */
    scene.view = &view;
    look(FINDING_FAIL, listens("/tmp/vscode-git-1.sock"));
    expect_mend("[scrub] patterns = @default");
}

static void kernels_list_leads_elsewhere(void **state)
{
    (void)state;
    static const char *const paths[] = {"/elsewhere/vscode-ipc-1.sock", "/tmp/vscode-ipc-gone.sock", NULL};
    static const char *const others[] = {"/elsewhere/has blank/vscode-ipc-1.sock", NULL};
    char wanted[512];
    serve("elsewhere/vscode-ipc-1.sock");
    make_table(paths);
    snprintf(wanted, sizeof wanted, "%s; of 1 that listen the names are gone",
             listens("/elsewhere/vscode-ipc-1.sock"));
    look(FINDING_FAIL, wanted);
    expect_mend("[scrub] dirs = @default /elsewhere");
    /* What cannot be written into the file as it is, is not proposed. */
    serve("elsewhere/has blank/vscode-ipc-1.sock");
    make_table(others);
    look(FINDING_FAIL, listens("/elsewhere/has blank/vscode-ipc-1.sock"));
    assert_int_equal(finding.mend_count, 0);
}

static void environments_lead_elsewhere(void **state)
{
    (void)state;
    char list[] = "REMOTE_CONTAINERS_SOCKETS=[\"/elsewhere/odd\",\"/tmp/nothing\"]";
    char temporary[] = "TMP=/elsewhere";
    char wanted[512];
    environ_in[0] = list;
    environ_in[1] = NULL;
    serve("elsewhere/odd");
    snprintf(wanted, sizeof wanted, "%s; of 1 that listen the names are gone", listens("/elsewhere/odd"));
    look(FINDING_FAIL, wanted);
    environ_in[0] = temporary;
    serve("elsewhere/vscode-ipc-1.sock");
    look(FINDING_FAIL, listens("/elsewhere/vscode-ipc-1.sock"));
}

static void lesser_ones_are_warned_of(void **state)
{
    (void)state;
    char wanted[512];
    serve("home/.local/share/code-server/code-server-ipc.sock");
    snprintf(wanted, sizeof wanted, "%s; there is none of VS Code's kind",
             listens("/home/.local/share/code-server/code-server-ipc.sock"));
    look(FINDING_WARN, wanted);
    assert_int_equal(mkdirat(scene.root_fd, "tmp/cc-socks", 0755), 0);
    serve("tmp/cc-socks/7.sock");
    snprintf(wanted, sizeof wanted, "%s; ", listens("/home/.local/share/code-server/code-server-ipc.sock"));
    snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s; there is none of VS Code's kind",
             listens("/tmp/cc-socks/7.sock"));
    look(FINDING_WARN, wanted);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    has_memory = false;
    look(FINDING_WARN, "there is no memory to look");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_fine),
        CASE(what_listens_fails),
        CASE(what_refuses_passes),
        CASE(what_is_closed_to_the_agent_passes),
        CASE(default_names_are_looked_for_too),
        CASE(kernels_list_leads_elsewhere),
        CASE(environments_lead_elsewhere),
        CASE(lesser_ones_are_warned_of),
        CASE(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
