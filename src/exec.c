/* SPDX-License-Identifier: MIT */
#include "sandbox_init/exec.h"

#include "sandbox_init/airlock.h"
#include "sandbox_init/childenv.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    SHOWN_MAX = 256, /* bytes of a command's name in a message */
};

static struct airlock_policy policy_of(const struct exec_request *request)
{
    const struct config *config = request->config;
    return (struct airlock_policy){
        .unix_sockets = (enum config_unix_sockets)(request->unix_sockets >= 0 ? request->unix_sockets
                                                                              : config->airlock.unix_sockets),
        .allow_signals = config->airlock.allow_signals,
        .allow_unix = config->airlock.allow_unix,
    };
}

static void complain(const char *message)
{
    fprintf(stderr, "sandbox-init: airlock: %s\n", message);
}

/* Enters, or says why not. Returns 0 or the exit status. */
static int enter(const struct airlock *airlock)
{
    enum airlock_step step = AIRLOCK_STEP_PRIVILEGES;
    char message[AIRLOCK_TEXT_SIZE];
    const int result = airlock_enter(airlock, &step);
    if (result == 0) {
        return CLI_STATUS_OK;
    }
    airlock_describe_failure(step, result, message);
    complain(message);
    return CLI_STATUS_AIRLOCK;
}

/* Only returns when it fails, with the exit status. */
static int become(char *const *command, char **variables)
{
    char shown[SHOWN_MAX];
    /* execvp(3) searches the PATH of the environment that it passes on. */
    environ = variables;
    execvp(command[0], command);
    const struct spawn_failure failure = {.step = SPAWN_EXEC, .error = -errno};
    escape_text(shown, sizeof shown, command[0]);
    fprintf(stderr, "sandbox-init: cannot run '%s': %s\n", shown, strerror(-failure.error));
    return spawn_failure_status(&failure);
}

static int run_command(const struct exec_request *request, const struct airlock *airlock)
{
    struct childenv childenv;
    char message[AIRLOCK_TEXT_SIZE];
    const struct childenv_request wanted = {
        .config = request->config,
        .environ_in = request->environ_in,
        .section = "init",
    };
    const int result = childenv_build(&childenv, &wanted, message, sizeof message);
    if (result < 0) {
        fprintf(stderr, "sandbox-init: cannot build the environment: %s\n", strerror(-result));
        return CLI_STATUS_SYSTEM;
    }
    int status = enter(airlock);
    if (status == CLI_STATUS_OK) {
        if (!request->is_quiet && airlock_describe_missing(airlock, message)) {
            complain(message);
        }
        status = become(request->command, childenv.variables);
    }
    childenv_finish(&childenv);
    return status;
}

static const char *keeper_word(enum airlock_keeper keeper)
{
    static const char *const words[] = {
        [AIRLOCK_NOBODY] = "missing", [AIRLOCK_WAIVED] = "open",   [AIRLOCK_PRCTL] = "holds",
        [AIRLOCK_LANDLOCK] = "holds", [AIRLOCK_SECCOMP] = "holds",
    };
    return words[keeper];
}

static void print_text(const struct airlock *airlock, FILE *stream)
{
    struct utsname machine = {0};
    char text[AIRLOCK_TEXT_SIZE];
    uname(&machine);
    airlock_describe_kernel(&airlock->kernel, text);
    fprintf(stream, "unix_sockets = %s; Linux %s: %s\n", config_table_unix_sockets[airlock->unix_sockets],
            machine.release, text);
    for (int i = 0; i < AIRLOCK_WALL_COUNT; i++) {
        const enum airlock_wall wall = (enum airlock_wall)i;
        airlock_explain(airlock, wall, text);
        fprintf(stream, "%-8s %-17s %s\n", keeper_word(airlock->keepers[wall]), airlock_wall_name(wall),
                text);
    }
    if (airlock_describe_missing(airlock, text)) {
        fprintf(stream, "%s\n", text);
    }
}

static void print_json(const struct airlock *airlock, FILE *stream)
{
    char text[AIRLOCK_TEXT_SIZE];
    char escaped[AIRLOCK_TEXT_SIZE * ESCAPE_WIDTH_MAX];
    fprintf(stream, "{\"unix_sockets\": \"%s\", \"landlock_abi\": %d, \"seccomp\": %s, \"walls\": [",
            config_table_unix_sockets[airlock->unix_sockets], airlock->kernel.landlock_abi,
            airlock->kernel.seccomp_error == 0 ? "true" : "false");
    for (int i = 0; i < AIRLOCK_WALL_COUNT; i++) {
        const enum airlock_wall wall = (enum airlock_wall)i;
        airlock_explain(airlock, wall, text);
        escape_json(escaped, sizeof escaped, text);
        fprintf(stream, "%s{\"wall\": \"%s\", \"state\": \"%s\", \"why\": \"%s\"}", i > 0 ? ", " : "",
                airlock_wall_name(wall), keeper_word(airlock->keepers[wall]), escaped);
    }
    const bool is_missing = airlock_describe_missing(airlock, text);
    escape_json(escaped, sizeof escaped, text);
    fprintf(stream, "], \"missing\": %s%s%s}\n", is_missing ? "\"" : "", is_missing ? escaped : "null",
            is_missing ? "\"" : "");
}

/* Really enters, so that what it says has been tried. */
static int explain(const struct exec_request *request, const struct airlock *airlock)
{
    const int status = enter(airlock);
    if (status != CLI_STATUS_OK) {
        return status;
    }
    if (request->is_json) {
        print_json(airlock, request->stream);
    } else if (!request->is_quiet) {
        print_text(airlock, request->stream);
    }
    if (fflush(request->stream) != 0 || ferror(request->stream)) {
        fprintf(stderr, "sandbox-init: cannot write: %s\n", strerror(errno));
        return CLI_STATUS_SYSTEM;
    }
    return CLI_STATUS_OK;
}

int exec_run(const struct exec_request *request)
{
    struct airlock airlock;
    char message[AIRLOCK_TEXT_SIZE];
    const struct airlock_policy policy = policy_of(request);
    const int result = airlock_prepare(&airlock, &policy, request->environ_in, message, sizeof message);
    if (result < 0) {
        complain(message);
        return result == -EOPNOTSUPP ? CLI_STATUS_AIRLOCK : CLI_STATUS_SYSTEM;
    }
    const int status = request->is_explain ? explain(request, &airlock) : run_command(request, &airlock);
    airlock_finish(&airlock);
    return status;
}
