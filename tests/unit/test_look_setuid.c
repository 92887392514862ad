/* SPDX-License-Identifier: MIT */
/*
 * look_setuid: programs in a tree of the test's own. It may not be root's, so who owns a file is made up.
 *
 * WRAP: calloc fstat getxattr fstatvfs scene_may
 */
#include "fake_tree.h"

#include "sandbox_init/look_setuid.h"

#include <errno.h>
#include <sys/statvfs.h>

enum {
    AGENT = 1000,
    AGENTS_GROUP = 1000,
    OTHER_GROUP = 1002,
};

static struct fake_tree tree;
static bool is_memory_out;
static bool is_nosuid;
static bool may_run;
static uid_t owner;
static gid_t group;
static int attribute_error; /* 0: the file has capabilities */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_memory_out ? NULL : __real_calloc(count, size);
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    const int result = __real_fstat(fd, status);
    status->st_uid = owner;
    status->st_gid = group;
    return result;
}

ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size);
ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size)
{
    assert_int_equal(strncmp(path, "/proc/self/fd/", 14), 0);
    assert_string_equal(name, "security.capability");
    assert_null(value);
    assert_int_equal(size, 0);
    errno = attribute_error;
    return attribute_error != 0 ? -1 : 20;
}

int __real_fstatvfs(int fd, struct statvfs *mounted);
int __wrap_fstatvfs(int fd, struct statvfs *mounted);
int __wrap_fstatvfs(int fd, struct statvfs *mounted)
{
    const int result = __real_fstatvfs(fd, mounted);
    mounted->f_flag &= ~(unsigned long)ST_NOSUID; /* /tmp may be mounted so */
    mounted->f_flag |= is_nosuid ? ST_NOSUID : 0;
    return result;
}

bool __wrap_scene_may(const struct scene *scene, const char *path, int mode);
bool __wrap_scene_may(const struct scene *scene, const char *path, int mode)
{
    (void)scene;
    (void)path;
    assert_int_equal(mode, X_OK);
    return may_run;
}

static int set_up(void **state)
{
    (void)state;
    is_memory_out = is_nosuid = false;
    may_run = true;
    owner = 0;
    group = 0;
    attribute_error = ENODATA;
    const int result = fake_tree_open(&tree);
    tree.scene.agent =
        (struct identity){.uid = AGENT, .gid = AGENTS_GROUP, .groups = {1001}, .group_count = 1};
    fake_tree_write(&tree, "/proc/self/status", "Name:\ttest\nNoNewPrivs:\t0\n");
    return result;
}

static int tear_down(void **state)
{
    (void)state;
    return fake_tree_close(&tree);
}

static void add_program(const char *path, mode_t mode)
{
    char buffer[512];
    fake_tree_write(&tree, path, "");
    assert_int_equal(chmod(fake_tree_path(&tree, buffer, path), mode), 0);
}

static void lock(void)
{
    fake_tree_write(&tree, "/proc/self/status", "Name:\ttest\nNoNewPrivs:\t1\n");
}

static void no_sudo_passes(void **state)
{
    (void)state;
    char buffer[512];
    add_program("/usr/bin/ls", 0755);
    assert_int_equal(symlink("usr/bin", fake_tree_path(&tree, buffer, "/bin")), 0);
    add_program("/usr/bin/sudo", 0755); /* not set-user-ID */
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_PASS, "neither sudo nor doas in 1 directories");
    owner = 12;
    add_program("/usr/bin/doas", 04755); /* not root's */
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_PASS, "neither sudo nor doas in 1 directories");
}

static void sudo_fails_where_it_takes_effect(void **state)
{
    (void)state;
    add_program("/usr/bin/sudo", 04755);
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_FAIL, "/usr/bin/sudo makes uid 1000 root");
    assert_true(fake_tree_mends(&tree, "Dockerfile", "RUN apt-get purge -y sudo"));
    assert_true(fake_tree_mends(&tree, "docker-compose.yml", "security_opt: [\"no-new-privileges:true\"]"));
    assert_true(fake_tree_mends(&tree, "devcontainer.json", "\"securityOpt\": [\"no-new-privileges:true\"]"));
    may_run = false;
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_PASS, "/usr/bin/sudo is there, but not for uid 1000");
    may_run = true;
    is_nosuid = true;
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_PASS,
                     "/usr/bin/sudo is there, and gives nothing: nosuid");
    is_nosuid = false;
    lock();
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_PASS,
                     "/usr/bin/sudo is there, and gives nothing: no_new_privs");
    tree.scene.agent.uid = 0;
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_NONE, "the agent is root, and needs none");
}

static void it_is_found_once_wherever_it_is(void **state)
{
    (void)state;
    testing_need_openat2();
    char buffer[512];
    tree.environ_in[0] = (char[]){"PATH=/opt/bin::relative:/gone:/bin:/opt/bin:/usr/bin"};
    add_program("/opt/bin/doas", 04755);
    add_program("/usr/bin/sudo.ws", 04755);
    assert_int_equal(symlink("usr/bin", fake_tree_path(&tree, buffer, "/bin")), 0);
    assert_int_equal(symlink("/usr/bin/sudo.ws", fake_tree_path(&tree, buffer, "/usr/bin/sudo")), 0);
    fake_tree_expect(&tree, look_setuid_sudo, FINDING_FAIL,
                     "/opt/bin/doas makes uid 1000 root; /bin/sudo makes uid 1000 root");
    assert_true(fake_tree_mends(&tree, "Dockerfile", "RUN apt-get purge -y doas opendoas"));
}

static void others_are_named_in_order(void **state)
{
    (void)state;
    testing_need_openat2();
    char buffer[512];
    add_program("/usr/bin/su", 04755);
    add_program("/usr/bin/mount", 04755);
    add_program("/bin/a\x1b", 06755);
    add_program("/bin/ls", 0755);
    add_program("/bin/locks", 02644); /* mandatory locking */
    add_program("/usr/bin/sudo", 04755);
    assert_int_equal(symlink("/usr/bin/su", fake_tree_path(&tree, buffer, "/bin/z")), 0);
    assert_int_equal(symlink("/usr/bin/su", fake_tree_path(&tree, buffer, "/usr/bin/t")), 0);
    assert_int_equal(mkdir(fake_tree_path(&tree, buffer, "/bin/directory"), 0755), 0);
    assert_int_equal(chmod(buffer, 06755), 0);
    assert_int_equal(mkfifo(fake_tree_path(&tree, buffer, "/bin/fifo"), 04755), 0);
    fake_tree_expect(&tree, look_setuid_programs, FINDING_WARN, "/bin/a\\e; /bin/z; /usr/bin/mount");
    assert_true(
        fake_tree_mends(&tree, "Dockerfile", "RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +"));
    assert_true(fake_tree_mends(&tree, "docker-compose.yml", "no-new-privileges:true"));
    assert_string_equal(tree.finding.unseen, "");
    is_nosuid = true;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "3 give nothing: nosuid");
    is_nosuid = false;
    lock();
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "3 give nothing: no_new_privs");
    assert_int_equal(tree.finding.mend_count, 0);
    may_run = false;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "none in 2 directories");
    tree.scene.agent.uid = 0;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_NONE, "the agent is root, and needs none");
}

static void what_gives_no_more_than_one_has_is_none(void **state)
{
    (void)state;
    add_program("/bin/tool", 04755);
    owner = 33;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_WARN, "/bin/tool (uid 33)");
    owner = AGENT;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "none in 1 directories");
    add_program("/bin/tool", 02755);
    group = OTHER_GROUP;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_WARN, "/bin/tool (group 1002)");
    group = AGENTS_GROUP;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "none in 1 directories");
    group = 1001;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "none in 1 directories");
}

static void capabilities_of_files_count(void **state)
{
    (void)state;
    add_program("/bin/ping", 0755);
    attribute_error = 0;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_WARN, "/bin/ping (capabilities)");
    add_program("/bin/sudo", 0755);
    fake_tree_expect(&tree, look_setuid_programs, FINDING_WARN,
                     "/bin/ping (capabilities); /bin/sudo (capabilities)");
    attribute_error = ENOTSUP;
    fake_tree_expect(&tree, look_setuid_programs, FINDING_PASS, "none in 1 directories");
    assert_string_equal(tree.finding.unseen, "");
    attribute_error = ENOENT; /* no /proc */
    fake_tree_look(&tree, look_setuid_programs);
    assert_string_equal(tree.finding.unseen, "file capabilities, for which /proc is needed");
}

static void too_many_are_said(void **state)
{
    (void)state;
    char path[64];
    for (int i = 0; i < 130; i++) {
        snprintf(path, sizeof path, "/bin/program%d", i);
        add_program(path, 04755);
    }
    fake_tree_look(&tree, look_setuid_programs);
    assert_int_equal(tree.finding.facts[FINDING_WARN].count, 128);
    assert_string_equal(tree.finding.unseen,
                        "what is beyond 64 directories of 32768 files each, and 128 programs");
}

static void many_directories_are_said(void **state)
{
    (void)state;
    static char variable[1024] = "PATH=";
    char path[64];
    variable[5] = '\0';
    for (int i = 0; i < 70; i++) {
        snprintf(path, sizeof path, "/%d/x", i);
        fake_tree_write(&tree, path, "");
        snprintf(variable + strlen(variable), sizeof variable - strlen(variable), "/%d:", i);
    }
    tree.environ_in[0] = variable;
    fake_tree_look(&tree, look_setuid_programs);
    assert_string_equal(tree.seen, "none in 64 directories");
    assert_string_equal(tree.finding.unseen,
                        "what is beyond 64 directories of 32768 files each, and 128 programs");
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    is_memory_out = true;
    fake_tree_look(&tree, look_setuid_programs);
    assert_string_equal(tree.seen, "there is no memory to look");
    fake_tree_look(&tree, look_setuid_sudo);
    is_memory_out = false;
    assert_string_equal(tree.seen, "there is no memory to look");
    assert_int_equal(finding_judge(&tree.finding), FINDING_WARN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_sudo_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sudo_fails_where_it_takes_effect, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_found_once_wherever_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_are_named_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_gives_no_more_than_one_has_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(capabilities_of_files_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_are_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_directories_are_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_it_says_so, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
