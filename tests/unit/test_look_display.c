/* SPDX-License-Identifier: MIT */
/*
 * look_display: displays that the test listens for, called as servers, relays or nothing, and such as are
 * outside; abstract sockets of the kernel's and of lists that are made up.
 *
 * WRAP: calloc getsockopt
 */
#include "testing.h"

#include "sandbox_init/look_display.h"

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
static char *environ_in[4];
static struct config config;
static struct scene scene;
static struct finding finding;
static int listeners[LISTENERS_MAX];
static size_t listener_count;
static bool has_memory;
static bool is_outside; /* whoever listens */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return has_memory ? __real_calloc(count, size) : NULL;
}

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    const int result = __real_getsockopt(fd, level, option, value, size);
    if (option == SO_PEERCRED && is_outside) {
        ((struct ucred *)value)->pid = 0;
    }
    return result;
}

static void make_directory(const char *name)
{
    assert_true(mkdirat(scene.root_fd, name, 0755) == 0 || errno == EEXIST);
}

static void name_ourselves(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "proc/%d", (int)getpid());
    make_directory(path);
    snprintf(path, sizeof path, "proc/%d/comm", (int)getpid());
    const int fd = openat(scene.root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    dprintf(fd, "%s\n", name);
    close(fd);
}

static int begin(void **state)
{
    (void)state;
    has_memory = true;
    is_outside = false;
    snprintf(base, sizeof base, "/tmp/test_display.XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    environ_in[0] = NULL;
    finding = (struct finding){0};
    scene = (struct scene){.root_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC),
                           .config = &config,
                           .environ_in = environ_in,
                           .self = {.uid = geteuid(), .gid = getegid()},
                           .agent = {.uid = geteuid(), .gid = getegid()}};
    static const char *const names[] = {"tmp", "tmp/.X11-unix", "tmp/user", "tmp/user/1", "proc", "proc/net"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        make_directory(names[i]);
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

static void listen_at(const struct sockaddr_un *address, size_t size)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)address, (socklen_t)size), 0);
    assert_int_equal(listen(fd, 4), 0);
    listeners[listener_count++] = fd;
}

static void serve(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", base, name);
    listen_at(&address, sizeof address);
}

/* An abstract one. Its name has "@" for our pid. Returns it as it is. */
static const char *serve_abstract(const char *name)
{
    static char full[100];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *mark = strchr(name, '@');
    snprintf(full, sizeof full, "%.*s%d%s", (int)(mark - name), name, (int)getpid(), mark + 1);
    memcpy(address.sun_path + 1, full, strlen(full));
    listen_at(&address, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(full));
    return full;
}

static int open_table(void)
{
    return openat(scene.root_fd, "proc/net/unix", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static void list_abstract(const char *name)
{
    const int fd = open_table();
    dprintf(fd, "1: 2 0 00010000 0001 01 5 @%s\n", name);
    close(fd);
}

/* SEEN has "#" for our pid. */
static void look(void (*look_at)(const struct scene *, struct finding *), enum finding_verdict verdict,
                 const char *seen)
{
    char got[FINDING_SEEN_SIZE];
    char wanted[512];
    const char *mark = strchr(seen, '#');
    snprintf(wanted, sizeof wanted, "%s", seen);
    if (mark != NULL) {
        snprintf(wanted, sizeof wanted, "%.*s%d%s", (int)(mark - seen), seen, (int)getpid(), mark + 1);
    }
    finding = (struct finding){0};
    look_at(&scene, &finding);
    assert_string_equal(finding_describe(&finding, got), wanted);
    assert_int_equal(finding_judge(&finding), verdict);
}

static void expect_mend(const char *line)
{
    assert_int_equal(finding.mend_count, line != NULL ? 1 : 0);
    assert_true(line == NULL || strcmp(finding.mends[0].line, line) == 0);
}

/* ---- X11 ---- */

static void no_display_passes(void **state)
{
    (void)state;
    serve("tmp/.X11-unix/other");
    look(look_display_x11, FINDING_PASS, "none answers");
    look(look_display_wayland, FINDING_PASS, "none answers");
    has_memory = false;
    look(look_display_x11, FINDING_WARN, "there is no memory to look");
    look(look_display_wayland, FINDING_WARN, "there is no memory to look");
}

static void x_server_in_here_passes(void **state)
{
    (void)state;
    serve("tmp/.X11-unix/X99");
    name_ourselves("Xvfb");
    look(look_display_x11, FINDING_PASS, "/tmp/.X11-unix/X99: Xvfb, pid #, listens");
    expect_mend(NULL);
}

static void x11_of_others_fails(void **state)
{
    (void)state;
    static const char *const names[] = {"node", "MainThread", "socat", "anything"};
    serve("tmp/.X11-unix/X1");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char seen[128];
        name_ourselves(names[i]);
        snprintf(seen, sizeof seen, "/tmp/.X11-unix/X1: %s, pid #, listens", names[i]);
        look(look_display_x11, FINDING_FAIL, seen);
        expect_mend("\"containerEnv\": {\"DISPLAY\": \":99\"}");
    }
    name_ourselves("Xorg"); /* the host's */
    is_outside = true;
    look(look_display_x11, FINDING_FAIL, "/tmp/.X11-unix/X1: somebody outside of the container listens");
    expect_mend("volumes: (without /tmp/.X11-unix)");
}

static void x11_of_nobody_known_is_a_warning(void **state)
{
    (void)state;
    serve("tmp/.X11-unix/X1");
    look(look_display_x11, FINDING_WARN, "/tmp/.X11-unix/X1: somebody (pid #, gone or hidden) listens");
    expect_mend(NULL);
}

static void abstract_x11_is_found(void **state)
{
    (void)state;
    char seen[256];
    list_abstract(serve_abstract("/tmp/.X11-unix/X@"));
    name_ourselves("Xorg");
    snprintf(seen, sizeof seen, "@/tmp/.X11-unix/X%d: Xorg, pid #, listens", (int)getpid());
    look(look_display_x11, FINDING_PASS, seen);
    is_outside = true;
    snprintf(seen, sizeof seen, "@/tmp/.X11-unix/X%d: somebody outside of the container listens",
             (int)getpid());
    look(look_display_x11, FINDING_FAIL, seen);
    expect_mend("network_mode: bridge");
}

/* ---- Wayland ---- */

static void compositor_in_here_passes(void **state)
{
    (void)state;
    serve("tmp/user/1/wayland-0");
    name_ourselves("somecompositor");
    look(look_display_wayland, FINDING_PASS, "/tmp/user/1/wayland-0: somecompositor, pid #, listens");
    expect_mend(NULL);
}

static void hosts_compositor_fails(void **state)
{
    (void)state;
    static char variable[] = "WAYLAND_DISPLAY=/mine";
    is_outside = true;
    serve("tmp/vscode-wayland-1.sock");
    look(look_display_wayland, FINDING_FAIL,
         "/tmp/vscode-wayland-1.sock: somebody outside of the container listens");
    expect_mend("\"dev.containers.mountWaylandSocket\": false");
    assert_int_equal(unlinkat(scene.root_fd, "tmp/vscode-wayland-1.sock", 0), 0);
    environ_in[0] = variable;
    environ_in[1] = NULL;
    serve("mine");
    look(look_display_wayland, FINDING_FAIL, "/mine: somebody outside of the container listens");
    expect_mend("volumes: (without /mine)");
    is_outside = false;
    name_ourselves("node");
    look(look_display_wayland, FINDING_FAIL, "/mine: node, pid #, listens");
}

/* ---- abstract sockets ---- */

static void abstract_sockets_in_here_pass(void **state)
{
    (void)state;
    close(open_table());
    look(look_display_abstract, FINDING_PASS, "nobody outside listens");
    list_abstract(serve_abstract("/tmp/dbus-@"));
    look(look_display_abstract, FINDING_PASS, "1 listened on in here");
    list_abstract("/tmp/dbus-gone");
    look(look_display_abstract, FINDING_PASS, "nobody outside listens");
}

static void abstract_sockets_outside_are_told(void **state)
{
    (void)state;
    static const char *const powerful[] = {"/tmp/dbus-@", "/home/me/.cache/ibus/dbus-@", "/tmp/.ICE-unix/@",
                                           "/containerd-shim/@/shim.sock"};
    char seen[256];
    is_outside = true;
    for (size_t i = 0; i < COUNT_OF(powerful); i++) {
        const char *name = serve_abstract(powerful[i]);
        list_abstract(name);
        snprintf(seen, sizeof seen, "@%s", name);
        look(look_display_abstract, FINDING_FAIL, seen);
        expect_mend("network_mode: bridge");
    }
    const char *name = serve_abstract("harmless@");
    list_abstract(name);
    snprintf(seen, sizeof seen, "@%s", name);
    look(look_display_abstract, FINDING_WARN, seen);
}

static void too_many_are_told(void **state)
{
    (void)state;
    const int fd = open_table();
    for (int i = 0; i < 129; i++) {
        dprintf(fd, "1: 2 0 00010000 0001 01 5 @test_look_display_nobody-%d\n", i);
    }
    close(fd);
    look(look_display_abstract, FINDING_PASS, "nobody outside listens");
    assert_string_equal(finding.unseen, "more than 128 of them");
}

static void no_table_is_told(void **state)
{
    (void)state;
    look(look_display_abstract, FINDING_NONE, "there is no /proc/net/unix: No such file or directory");
    assert_string_equal(finding.unseen, "which abstract sockets there are");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(no_display_passes),
        CASE(x_server_in_here_passes),
        CASE(x11_of_others_fails),
        CASE(x11_of_nobody_known_is_a_warning),
        CASE(abstract_x11_is_found),
        CASE(compositor_in_here_passes),
        CASE(hosts_compositor_fails),
        CASE(abstract_sockets_in_here_pass),
        CASE(abstract_sockets_outside_are_told),
        CASE(too_many_are_told),
        CASE(no_table_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
