/* SPDX-License-Identifier: MIT */
/*
 * fake_tree: a scene whose root is a directory of the test's own, where files of /proc and /etc are plain
 * ones.
 *
 * In it there is one user, the one who runs the test, who is the agent's, too.
 */
#ifndef SANDBOX_INIT_FAKE_TREE_H
#define SANDBOX_INIT_FAKE_TREE_H

#include "testing.h"

#include "sandbox_init/config_table.h"
#include "sandbox_init/finding.h"
#include "sandbox_init/scene.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_tree {
    char base[64];
    struct config config; /* nothing is configured, and all lists are NULL */
    char *environ_in[16]; /* ends in NULL */
    struct scene scene;
    struct finding finding; /* of what was looked for last */
    char seen[FINDING_SEEN_SIZE];
};

static inline int fake_tree_open(struct fake_tree *tree)
{
    *tree = (struct fake_tree){.base = "/tmp/test_tree.XXXXXX"};
    if (mkdtemp(tree->base) == NULL || chmod(tree->base, 0755) < 0) {
        return -1;
    }
    tree->scene = (struct scene){
        .root_fd = open(tree->base, O_PATH | O_DIRECTORY | O_CLOEXEC),
        .config = &tree->config,
        .environ_in = tree->environ_in,
        .self = {.uid = geteuid(), .gid = getegid(), .home = "/root"},
    };
    tree->scene.agent = tree->scene.self;
    return tree->scene.root_fd < 0 ? -1 : 0;
}

static inline int fake_tree_close(struct fake_tree *tree)
{
    scene_close(&tree->scene);
    return testing_remove_tree(tree->base);
}

/* Where PATH of the scene is. */
static inline const char *fake_tree_path(const struct fake_tree *tree, char buffer[static 512],
                                         const char *path)
{
    snprintf(buffer, 512, "%s%s", tree->base, path);
    return buffer;
}

/* Makes the directories above PATH. */
static inline void fake_tree_make_way(const struct fake_tree *tree, const char *path)
{
    char buffer[512];
    fake_tree_path(tree, buffer, path);
    for (char *slash = buffer + strlen(tree->base) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(buffer, 0755);
        *slash = '/';
    }
}

/* Writes SIZE bytes of DATA to PATH, whose directories it makes. */
static inline void fake_tree_write_bytes(const struct fake_tree *tree, const char *path, const char *data,
                                         size_t size)
{
    char buffer[512];
    fake_tree_make_way(tree, path);
    FILE *file = fopen(fake_tree_path(tree, buffer, path), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void fake_tree_write(const struct fake_tree *tree, const char *path, const char *text)
{
    fake_tree_write_bytes(tree, path, text, strlen(text));
}

/* A process of UID; MORE are further lines of its status. */
static inline void fake_tree_add_process(const struct fake_tree *tree, int pid, const char *name, uid_t uid,
                                         const char *more)
{
    char path[64];
    char status[512];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    snprintf(status, sizeof status, "Name:\t%s\nUid:\t%u\t%u\t%u\t%u\n%s", name, (unsigned)uid, (unsigned)uid,
             (unsigned)uid, (unsigned)uid, more);
    fake_tree_write(tree, path, status);
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    fake_tree_write_bytes(tree, path, name, strlen(name) + 1);
}

/* Looks. Returns what was seen. */
static inline const char *fake_tree_look(struct fake_tree *tree,
                                         void (*look)(const struct scene *scene, struct finding *finding))
{
    tree->finding = (struct finding){0};
    look(&tree->scene, &tree->finding);
    return finding_describe(&tree->finding, tree->seen);
}

/* Is there a line of PLACE that mends it and has TEXT in it? */
static inline bool fake_tree_mends(const struct fake_tree *tree, const char *place, const char *text)
{
    for (size_t i = 0; i < tree->finding.mend_count; i++) {
        const struct finding_mend *mend = &tree->finding.mends[i];
        if (strcmp(mend->place, place) == 0 && strstr(mend->line, text) != NULL) {
            return true;
        }
    }
    return false;
}

#define fake_tree_expect(tree, look, verdict, text)                                                          \
    do {                                                                                                     \
        assert_string_equal(fake_tree_look(tree, look), text);                                               \
        assert_int_equal(finding_judge(&(tree)->finding), verdict);                                          \
    } while (0)

#endif
