/* SPDX-License-Identifier: MIT */
/* fake_scene: a scene below a directory of the test's own, in which files of /proc are plain files. */
#ifndef SANDBOX_INIT_FAKE_SCENE_H
#define SANDBOX_INIT_FAKE_SCENE_H

#include "testing.h"

#include "sandbox_init/config.h"
#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char fake_base[64];
static char *fake_environ[8]; /* of the scene; for tests to fill */
static struct scene fake_scene;

static int fake_begin(void **state)
{
    (void)state;
    snprintf(fake_base, sizeof fake_base, "/tmp/test_look.XXXXXX");
    if (mkdtemp(fake_base) == NULL || chmod(fake_base, 0755) < 0) {
        return -1;
    }
    memset(fake_environ, 0, sizeof fake_environ);
    fake_scene = (struct scene){
        .root_fd = open(fake_base, O_PATH | O_DIRECTORY | O_CLOEXEC),
        .environ_in = fake_environ,
        .self = {.uid = geteuid(), .gid = getegid(), .home = "/home/agent"},
    };
    fake_scene.agent = fake_scene.self;
    return fake_scene.root_fd < 0 ? -1 : 0;
}

static int fake_end(void **state)
{
    (void)state;
    close(fake_scene.root_fd);
    return testing_remove_tree(fake_base);
}

/* Where PATH of the scene is, with the directories above it made. */
static inline const char *fake_path(const char *path)
{
    static char full[512];
    snprintf(full, sizeof full, "%s%s", fake_base, path);
    for (char *slash = full + strlen(fake_base) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    return full;
}

static inline void fake_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *stream = fopen(fake_path(path), "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

static inline void fake_file(const char *path, const char *text)
{
    fake_bytes(path, text, strlen(text));
}

static inline void fake_link(const char *path, const char *target)
{
    unlink(fake_path(path));
    assert_int_equal(symlink(target, fake_path(path)), 0);
}

/* A process of user UID. ARGUMENTS: with blanks between them. ENVIRONMENT may be NULL. */
static inline void fake_process(int pid, const char *name, unsigned uid, const char *arguments,
                                const char *environment)
{
    char path[64];
    char text[512];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    snprintf(text, sizeof text, "Name:\t%s\nUid:\t%u\t%u\t%u\t%u\n", name, uid, uid, uid, uid);
    fake_file(path, text);
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    snprintf(text, sizeof text, "%s", arguments);
    for (char *blank = text; (blank = strchr(blank, ' ')) != NULL;) {
        *blank = '\0';
    }
    fake_bytes(path, text, strlen(arguments) + 1);
    if (environment != NULL) {
        snprintf(path, sizeof path, "/proc/%d/environ", pid);
        fake_bytes(path, environment, strlen(environment) + 1);
    }
}

/* What LOOK finds: its facts, and "mend: PLACE: LINE" and "not seen: ..." lines. */
static struct finding fake_finding;
static inline const char *fake_look(void (*look)(const struct scene *scene, struct finding *finding))
{
    static char said[FINDING_SEEN_SIZE + 4 * FINDING_LINE_SIZE];
    char seen[FINDING_SEEN_SIZE];
    fake_finding = (struct finding){0};
    look(&fake_scene, &fake_finding);
    size_t used = (size_t)snprintf(said, sizeof said, "%s: %s\n", finding_word(finding_judge(&fake_finding)),
                                   finding_describe(&fake_finding, seen));
    if (fake_finding.unseen[0] != '\0') {
        used += (size_t)snprintf(said + used, sizeof said - used, "not seen: %s\n", fake_finding.unseen);
    }
    for (size_t i = 0; i < fake_finding.mend_count; i++) {
        used += (size_t)snprintf(said + used, sizeof said - used, "mend: %s: %s\n",
                                 fake_finding.mends[i].place, fake_finding.mends[i].line);
    }
    return said;
}

static inline void fake_expect(void (*look)(const struct scene *scene, struct finding *finding),
                               enum finding_verdict verdict, const char *text)
{
    const char *said = fake_look(look);
    if (finding_judge(&fake_finding) != verdict || strstr(said, text) == NULL) {
        fail_msg("wanted %s with '%s', but it said:\n%s", finding_word(verdict), text, said);
    }
}

#endif
