/* SPDX-License-Identifier: MIT */
#include "sandbox_init/identity.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* Some C libraries pass over these, and some do not. */
static bool is_comment(const char *name)
{
    return name[0] == '#';
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
        if (is_comment(entry->pw_name)) {
            continue;
        }
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
        if (!is_comment(entry->gr_name) && is_member(entry, identity->name)) {
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

/* setresuid(2) from root to another user clears all sets but the inheritable one, if it clears any. */
static int clear_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/* The ambient set is always a part of the inheritable one (capabilities(7)). */
static int check_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &header, data) < 0) {
        return -errno;
    }
    uint32_t all = 0;
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        all |= data[i].permitted | data[i].effective | data[i].inheritable;
    }
    return all == 0 ? 0 : -EPERM;
}

static int check_ids(const struct identity *identity)
{
    uid_t users[3];
    gid_t groups[3];
    if (getresuid(&users[0], &users[1], &users[2]) < 0 || getresgid(&groups[0], &groups[1], &groups[2]) < 0) {
        return -errno;
    }
    for (size_t i = 0; i < 3; i++) {
        if (users[i] != identity->uid || groups[i] != identity->gid) {
            return -EPERM;
        }
    }
    return 0;
}

int identity_become(const struct identity *identity)
{
    if (geteuid() != 0 && geteuid() == identity->uid) {
        return 0;
    }
    if (setgroups(identity->group_count, identity->groups) < 0 ||
        setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
        setresuid(identity->uid, identity->uid, identity->uid) < 0) {
        return -errno;
    }
    int result = check_ids(identity);
    if (result == 0 && identity->uid != 0) {
        result = clear_capabilities();
        result = result < 0 ? result : check_capabilities();
    }
    return result;
}
