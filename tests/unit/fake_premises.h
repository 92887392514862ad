/* SPDX-License-Identifier: MIT */
/*
 * fake_premises: a small tree that stands for "/", with an agent at home in it.
 *
 * As root the agent is another user, whose files these are; else it is who runs the test. So mode 000 keeps
 * it out in both cases. The caller includes testing.h first.
 */
#ifndef SANDBOX_INIT_FAKE_PREMISES_H
#define SANDBOX_INIT_FAKE_PREMISES_H

#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FAKE_AGENT = 12345, /* where the test runs as root */
    FAKE_PATH_SIZE = 1024,
    FAKE_VARIABLES_MAX = 8,
};

struct fake_premises {
    char base[64];
    uid_t uid; /* the agent's */
    struct config config;
    char *environ_in[FAKE_VARIABLES_MAX];
    struct scene scene;
    struct finding finding;
};

/* Where PATH of the tree really is. */
static inline const char *fake_path(const struct fake_premises *fake, char full[static FAKE_PATH_SIZE],
                                    const char *path)
{
    snprintf(full, FAKE_PATH_SIZE, "%s%s", fake->base, path);
    return full;
}

static inline void fake_give(const struct fake_premises *fake, const char *full)
{
    if (geteuid() == 0) {
        assert_int_equal(lchown(full, fake->uid, fake->uid), 0);
    }
}

/* Makes the directory PATH and those above it. */
static inline void fake_directory(const struct fake_premises *fake, const char *path)
{
    char full[FAKE_PATH_SIZE];
    char parent[FAKE_PATH_SIZE];
    struct stat status;
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    if (stat(fake_path(fake, full, path), &status) == 0) {
        return;
    }
    if (parent[0] != '\0') {
        fake_directory(fake, parent);
    }
    assert_int_equal(mkdir(full, 0755), 0);
    fake_give(fake, full);
}

static inline void fake_bytes(const struct fake_premises *fake, const char *path, const char *bytes,
                              size_t size)
{
    char full[FAKE_PATH_SIZE];
    char directory[FAKE_PATH_SIZE];
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    fake_directory(fake, directory);
    FILE *file = fopen(fake_path(fake, full, path), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    fake_give(fake, full);
}

static inline void fake_file(const struct fake_premises *fake, const char *path, const char *text)
{
    fake_bytes(fake, path, text, strlen(text));
}

static inline void fake_link(const struct fake_premises *fake, const char *path, const char *target)
{
    char full[FAKE_PATH_SIZE];
    assert_int_equal(symlink(target, fake_path(fake, full, path)), 0);
    fake_give(fake, full);
}

static inline void fake_mode(const struct fake_premises *fake, const char *path, mode_t mode)
{
    char full[FAKE_PATH_SIZE];
    assert_int_equal(chmod(fake_path(fake, full, path), mode), 0);
}

/* The tree has /etc/passwd and /home/agent. */
static inline int fake_set_up(void **state)
{
    struct fake_premises *fake = calloc(1, sizeof *fake);
    char line[128];
    assert_non_null(fake);
    fake->uid = geteuid() == 0 ? FAKE_AGENT : geteuid();
    snprintf(fake->base, sizeof fake->base, "/tmp/fake_premises.XXXXXX");
    assert_non_null(mkdtemp(fake->base));
    assert_int_equal(chmod(fake->base, 0755), 0);
    fake_give(fake, fake->base);
    snprintf(line, sizeof line, "agent:x:%u:%u::/home/agent:/bin/sh\n", (unsigned)fake->uid,
             (unsigned)fake->uid);
    fake_directory(fake, "/etc");
    fake_file(fake, "/etc/passwd", line);
    fake_directory(fake, "/home/agent");
    fake->environ_in[0] = strdup("HOME=/home/agent");
    const struct scene_request request = {
        .root = fake->base,
        .config = &fake->config,
        .environ_in = fake->environ_in,
        .user = geteuid() == 0 ? "agent" : NULL,
    };
    assert_int_equal(scene_open(&fake->scene, &request), 0);
    assert_string_equal(fake->scene.agent.home, "/home/agent");
    *state = fake;
    return 0;
}

/* Mode 000 must not keep us from removing it. */
static inline int fake_open_up(const char *path, const struct stat *status, int type, struct FTW *level)
{
    (void)level;
    (void)status;
    return type == FTW_D || type == FTW_DNR ? chmod(path, 0700) : 0;
}

static inline int fake_tear_down(void **state)
{
    struct fake_premises *fake = *state;
    scene_close(&fake->scene);
    nftw(fake->base, fake_open_up, 16, FTW_PHYS);
    const int result = testing_remove_tree(fake->base);
    for (size_t i = 0; i < FAKE_VARIABLES_MAX; i++) {
        free(fake->environ_in[i]);
    }
    free(fake);
    return result;
}

/* Runs LOOK and requires VERDICT, and SEEN among what it says ("" for anything). */
static inline void fake_expect(struct fake_premises *fake,
                               void (*look)(const struct scene *, struct finding *),
                               enum finding_verdict verdict, const char *seen)
{
    char text[FINDING_SEEN_SIZE];
    fake->finding = (struct finding){0};
    look(&fake->scene, &fake->finding);
    finding_describe(&fake->finding, text);
    if (finding_judge(&fake->finding) != verdict || strstr(text, seen) == NULL) {
        fail_msg("wanted %s: %s\n   got %s: %s", finding_word(verdict), seen,
                 finding_word(finding_judge(&fake->finding)), text);
    }
    assert_true(text[0] != '\0');
}

/* The last look said nothing with WORD in it, neither as a fact nor as a mend. */
static inline void fake_refute(const struct fake_premises *fake, const char *word)
{
    char text[FINDING_SEEN_SIZE];
    assert_null(strstr(finding_describe(&fake->finding, text), word));
    for (size_t i = 0; i < fake->finding.mend_count; i++) {
        assert_null(strstr(fake->finding.mends[i].line, word));
    }
}

/* The last look gave a mend with LINE in it. */
static inline void fake_expect_mend(const struct fake_premises *fake, const char *line)
{
    for (size_t i = 0; i < fake->finding.mend_count; i++) {
        if (strstr(fake->finding.mends[i].line, line) != NULL) {
            return;
        }
    }
    fail_msg("no mend with: %s", line);
}

#endif
