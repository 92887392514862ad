/* SPDX-License-Identifier: MIT */
#include "sandbox_init/childenv.h"

#include "sandbox_init/envset.h"
#include "sandbox_init/escape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 128, /* bytes of a user in a message */
};

static struct envset_policy policy_of(const struct config *config)
{
    return (struct envset_policy){
        .strip = config->env.strip,
        .empty = config->env.empty,
        .keep = config->env.keep,
        .set = config->env.set,
    };
}

static int find_user(struct childenv *childenv, const struct childenv_request *request, char *message,
                     size_t size)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, request->user);
    const int result = identity_lookup(request->user, "/etc/passwd", "/etc/group", &childenv->user);
    if (result < 0) {
        snprintf(message, size, "[%s] user = %s: %s", request->section, shown,
                 result == -ENOENT ? "no such user in /etc/passwd" : strerror(-result));
        return -EINVAL;
    }
    if (geteuid() != 0 && geteuid() != childenv->user.uid) {
        snprintf(message, size,
                 "[%s] user = %s: only root can run programs as another user, and we are uid %u",
                 request->section, shown, (unsigned)geteuid());
        return -EINVAL;
    }
    childenv->has_user = true;
    return 0;
}

/* Sets the variables of SET, NAME=VALUE, whatever was there. */
static int set_variables(struct childenv *childenv, char *const *strip, char *const *set)
{
    const struct envset_policy policy = {.strip = strip, .set = set};
    char **changed = NULL;
    const int result = envset_build(childenv->variables, &policy, &changed);
    if (result == 0) {
        free(childenv->variables);
        childenv->variables = changed;
    }
    return result;
}

static int add_user(struct childenv *childenv)
{
    const struct identity *user = &childenv->user;
    char home[sizeof "HOME=" + IDENTITY_TEXT_MAX];
    char shell[sizeof "SHELL=" + IDENTITY_TEXT_MAX];
    char name[sizeof "USER=" + IDENTITY_TEXT_MAX];
    char logname[sizeof "LOGNAME=" + IDENTITY_TEXT_MAX];
    snprintf(home, sizeof home, "HOME=%s", user->home);
    snprintf(shell, sizeof shell, "SHELL=%s", user->shell);
    snprintf(name, sizeof name, "USER=%s", user->name);
    snprintf(logname, sizeof logname, "LOGNAME=%s", user->name);
    char user_name[] = "USER";
    char log_name[] = "LOGNAME";
    char *const strip[] = {user_name, log_name, NULL}; /* who has no name has not ours either */
    char *const set[] = {home, shell, user->name[0] != '\0' ? name : NULL, logname, NULL};
    return set_variables(childenv, strip, set);
}

int childenv_build(struct childenv *ret_childenv, const struct childenv_request *request, char *message,
                   size_t size)
{
    struct childenv built = {0};
    const struct envset_policy policy = policy_of(request->config);
    int result = request->user != NULL ? find_user(&built, request, message, size) : 0;
    if (result == 0) {
        result = envset_build(request->environ_in, &policy, &built.variables);
    }
    if (result == 0 && built.has_user) {
        result = add_user(&built);
    }
    if (result == 0 && request->environment != NULL) {
        result = set_variables(&built, NULL, request->environment);
    }
    if (result < 0) {
        childenv_finish(&built);
        return result;
    }
    *ret_childenv = built;
    return 0;
}

size_t childenv_wipe(const struct config *config, char **environ_in)
{
    const struct envset_policy policy = policy_of(config);
    return envset_wipe(environ_in, &policy);
}

void childenv_finish(struct childenv *childenv)
{
    free(childenv->variables);
    *childenv = (struct childenv){0};
}
