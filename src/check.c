/* SPDX-License-Identifier: MIT */
#include "sandbox_init/check.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/escape.h"

#include <errno.h>
#include <string.h>

enum {
    SHOWN_MAX = 2 * CONFIG_FAULT_SIZE, /* bytes of a string in JSON: no message has that many to escape */
};

static void print_fault(void *context, const struct config_fault *fault)
{
    FILE *stream = context;
    if (fault->line > 0) {
        fprintf(stream, "%s:%u: %s\n", fault->file, fault->line, fault->message);
    } else {
        fprintf(stream, "%s: %s\n", fault->file, fault->message);
    }
}

static int find_status(int result, FILE *errors)
{
    if (result == -ENOMEM) {
        fprintf(errors, "sandbox-init: cannot load the configuration: %s\n", strerror(ENOMEM));
        return CLI_STATUS_SYSTEM;
    }
    return result < 0 ? CLI_STATUS_CONFIG : CLI_STATUS_OK;
}

int check_load(struct config *ret_config, const struct config_source *source, FILE *stream)
{
    return find_status(config_load(ret_config, source, print_fault, stream), stream);
}

struct json_faults {
    FILE *stream;
    unsigned count;
};

static void print_json_fault(void *context, const struct config_fault *fault)
{
    struct json_faults *faults = context;
    char file[SHOWN_MAX];
    char message[SHOWN_MAX];
    escape_json(file, sizeof file, fault->file);
    escape_json(message, sizeof message, fault->message);
    fprintf(faults->stream, "%s{\"file\": \"%s\", \"line\": %u, \"message\": \"%s\"}",
            faults->count++ > 0 ? ", " : "{\"faults\": [", file, fault->line, message);
}

static int load_for_json(struct config *ret_config, const struct config_source *source, FILE *out,
                         FILE *errors)
{
    struct json_faults faults = {.stream = out};
    const int result = config_load(ret_config, source, print_json_fault, &faults);
    if (faults.count > 0) {
        fputs("]}\n", out);
    }
    return find_status(result, errors);
}

int check_run(const struct config_source *source, bool is_json, bool is_quiet, FILE *out, FILE *errors)
{
    struct config config = {0};
    int status = is_json ? load_for_json(&config, source, out, errors) : check_load(&config, source, errors);
    int result = 0;
    if (status == CLI_STATUS_OK && !is_quiet) {
        result = is_json ? config_render_json(&config, out) : config_render_ini(&config, out);
    }
    if (result == 0 && (fflush(out) != 0 || ferror(out))) {
        result = errno != 0 ? -errno : -EIO;
    }
    if (result < 0) {
        fprintf(errors, "sandbox-init: cannot write the configuration: %s\n", strerror(-result));
        status = CLI_STATUS_SYSTEM;
    }
    config_finish(&config);
    return status;
}
