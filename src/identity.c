/* SPDX-License-Identifier: MIT */
#include "sandbox_init/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_uid(const char *text, uid_t *ret_uid)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    /* The last number is (uid_t)-1, which setuid(2) takes as "leave it as it is". */
    if (errno != 0 || *end != '\0' || value >= UINT32_MAX) {
        return false;
    }
    *ret_uid = (uid_t)value;
    return true;
}

static int copy_text(char *to, const char *from)
{
    const size_t length = strlen(from);
    if (length >= IDENTITY_TEXT_MAX) {
        return -E2BIG;
    }
    memcpy(to, from, length + 1);
    return 0;
}

static int fill_from_entry(struct identity *identity, const struct passwd *entry)
{
    identity->uid = entry->pw_uid;
    identity->gid = entry->pw_gid;
    int result = copy_text(identity->name, entry->pw_name);
    if (result == 0) {
        result = copy_text(identity->home, entry->pw_dir[0] != '\0' ? entry->pw_dir : "/");
    }
    if (result == 0) {
        result = copy_text(identity->shell, entry->pw_shell[0] != '\0' ? entry->pw_shell : "/bin/sh");
    }
    return result;
}

/* Returns 0, -ENOENT, -E2BIG or the error of reading. */
static int find_user(const char *user, const char *passwd, struct identity *identity)
{
    FILE *file = fopen(passwd, "re");
    if (file == NULL) {
        return -errno;
    }
    uid_t uid = 0;
    const bool is_number = parse_uid(user, &uid);
    int result = -ENOENT;
    for (const struct passwd *entry; (entry = fgetpwent(file)) != NULL;) {
        if (is_number ? entry->pw_uid == uid : strcmp(entry->pw_name, user) == 0) {
            result = fill_from_entry(identity, entry);
            break;
        }
    }
    if (result == -ENOENT && ferror(file)) {
        result = errno != 0 ? -errno : -EIO;
    }
    fclose(file);
    return result;
}

static bool is_member(const struct group *entry, const char *name)
{
    for (char *const *member = entry->gr_mem; *member != NULL; member++) {
        if (strcmp(*member, name) == 0) {
            return true;
        }
    }
    return false;
}

static int add_group(struct identity *identity, gid_t gid)
{
    for (size_t i = 0; i < identity->group_count; i++) {
        if (identity->groups[i] == gid) {
            return 0;
        }
    }
    if (identity->group_count == IDENTITY_GROUPS_MAX) {
        return -E2BIG;
    }
    identity->groups[identity->group_count++] = gid;
    return 0;
}

static int find_groups(const char *path, struct identity *identity)
{
    int result = add_group(identity, identity->gid);
    /* An image without /etc/group has no supplementary groups; that is not an error. */
    FILE *file = identity->name[0] != '\0' ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return result;
    }
    for (const struct group *entry; result == 0 && (entry = fgetgrent(file)) != NULL;) {
        if (is_member(entry, identity->name)) {
            result = add_group(identity, entry->gr_gid);
        }
    }
    fclose(file);
    return result;
}

int identity_lookup(const char *user, const char *passwd, const char *group, struct identity *ret_identity)
{
    struct identity found = {0};
    int result = find_user(user, passwd, &found);
    uid_t uid = 0;
    /* A number needs no entry, nor an /etc/passwd: an image made from scratch has none. */
    if (result == -ENOENT && parse_uid(user, &uid)) {
        found = (struct identity){.uid = uid, .gid = uid, .home = "/", .shell = "/bin/sh"};
        result = 0;
    }
    if (result == 0) {
        result = find_groups(group, &found);
    }
    if (result == 0) {
        *ret_identity = found;
    }
    return result;
}
