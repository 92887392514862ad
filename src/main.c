/* SPDX-License-Identifier: MIT */
/* Arguments in, exit status out. */
#include "sandbox_init/audit.h"
#include "sandbox_init/check.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/completion.h"
#include "sandbox_init/exec.h"
#include "sandbox_init/init.h"
#include "sandbox_init/logs.h"
#include "sandbox_init/oneshot.h"
#include "sandbox_init/prompt.h"
#include "sandbox_init/status.h"
#include "sandbox_init/steer.h"
#include "sandbox_init/timeline.h"
#include "sandbox_init/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A descriptor that we open must never become 0, 1 or 2. What fills a gap answers EBADF to reads and writes
 * and is close-on-exec: for us and for children the descriptor is as closed as it was.
 */
static void fill_standard_descriptors(void)
{
    int fd;
    do {
        fd = open("/", O_PATH | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

static int run_init(const struct cli *cli, const struct config *config,
                    const struct signals_original *signals)
{
    /* Not on the stack or the heap: pages of .bss that are never written cost neither memory nor time. */
    static struct init init;
    const struct init_request request = {
        .config = config,
        .cli = cli,
        .environ_in = environ,
        .signals = signals,
    };
    int status = init_prepare(&init, &request);
    if (status == CLI_STATUS_OK) {
        status = init_run(&init);
    }
    return status;
}

static int run_oneshot(const struct cli *cli, const struct config *config)
{
    const struct oneshot_request request = {
        .config = config,
        .environ_in = environ,
        .stream = stdout,
        .is_dry = cli->is_dry_run || config->scrub.action == CONFIG_SCRUB_REPORT,
        .is_json = cli->is_json,
        .is_quiet = cli->is_quiet,
        .is_verbose = cli->is_verbose,
    };
    return oneshot_run(&request);
}

static int run_exec(const struct cli *cli, const struct config *config)
{
    const struct exec_request request = {
        .config = config,
        .environ_in = environ,
        .command = cli->command,
        .unix_sockets = cli->unix_sockets,
        .is_explain = cli->is_explain,
        .is_json = cli->is_json,
        .is_quiet = cli->is_quiet,
        .stream = stdout,
    };
    return exec_run(&request);
}

static int run_mode(const struct cli *cli, const struct config *config,
                    const struct signals_original *signals)
{
    if (cli->mode == CLI_ONESHOT_CLEAN) {
        return run_oneshot(cli, config);
    }
    return cli->mode == CLI_EXEC ? run_exec(cli, config) : run_init(cli, config, signals);
}

static struct config_source find_source(const struct cli *cli)
{
    return (struct config_source){
        .file = cli->config_file != NULL ? cli->config_file : CONFIG_FILE,
        .dropin_dir = cli->config_file != NULL ? NULL : CONFIG_DROPIN_DIR,
        .is_required = cli->config_file != NULL,
        .owner = geteuid(),
    };
}

static int run_configured(const struct cli *cli, const struct signals_original *signals)
{
    const struct config_source source = find_source(cli);
    if (cli->mode == CLI_CHECK_CONFIG) {
        return check_run(&source, cli->is_json, cli->is_quiet, stdout, stderr);
    }
    struct config config = {0};
    int status = check_load(&config, &source, stderr);
    if (status == CLI_STATUS_OK) {
        status = run_mode(cli, &config, signals);
    }
    config_finish(&config);
    return status;
}

/* ---- those who ask a running init ---- */

static int run_status(const struct cli *cli, const char *runtime_dir)
{
    const struct status_request request = {
        .runtime_dir = runtime_dir,
        .environ_in = environ,
        .stream = stdout,
        .is_json = cli->is_json,
        .is_quiet = cli->is_quiet,
    };
    return status_run(&request);
}

static int run_waiting(const struct cli *cli, const char *runtime_dir)
{
    const struct waiting_request request = {
        .runtime_dir = runtime_dir,
        .environ_in = environ,
        .stream = stdout,
        .names = cli->operands,
        .name_count = cli->operand_count,
        .timeout_ms = cli->timeout_ms,
        .is_quiet = cli->is_quiet,
    };
    return waiting_run(&request);
}

static int run_steer(const struct cli *cli, const char *runtime_dir, enum steer_verb verb)
{
    const struct steer_request request = {
        .runtime_dir = runtime_dir,
        .environ_in = environ,
        .stream = stdout,
        .verb = verb,
        .names = cli->operands,
        .name_count = cli->operand_count,
        .timeout_ms = cli->timeout_ms,
        .is_quiet = cli->is_quiet,
    };
    return steer_run(&request);
}

static int run_logs(const struct cli *cli, const struct config *config)
{
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    const char *no_color = getenv("NO_COLOR");
    const struct logs_request request = {
        .runtime_dir = config->init.runtime_dir,
        .log_dir = config->init.log_dir,
        .job = cli->operands[0],
        .lines = cli->lines,
        .is_following = cli->is_following,
        .stream = stdout,
        .errors = stderr,
        .is_terminal = is_terminal,
        .has_colors = is_terminal && (no_color == NULL || *no_color == '\0'),
    };
    return logs_run(&request);
}

static int run_timeline(const struct cli *cli, const char *runtime_dir)
{
    const struct timeline_request request = {
        .runtime_dir = runtime_dir,
        .environ_in = environ,
        .stream = stdout,
        .output_file = cli->output_file,
        .is_text = cli->is_text,
    };
    return timeline_run(&request);
}

static int run_audit(const struct cli *cli, const struct config *config)
{
    const struct audit_request request = {
        .config = config,
        .environ_in = environ,
        .only = cli->only,
        .skip = cli->skip,
        .user = cli->user,
        .is_json = cli->is_json,
        .is_quiet = cli->is_quiet,
        .stream = stdout,
    };
    return audit_run(&request);
}

static int run_prompt(const struct cli *cli, const struct config *config)
{
    const struct prompt_request request = {
        .config = config,
        .environ_in = environ,
        .user = cli->user,
        .stream = stdout,
    };
    return prompt_run(&request);
}

static int run_client_mode(const struct cli *cli, const struct config *config)
{
    const char *runtime_dir = config->init.runtime_dir;
    switch (cli->mode) {
    case CLI_STATUS:
        return run_status(cli, runtime_dir);
    case CLI_WAIT:
        return run_waiting(cli, runtime_dir);
    case CLI_START:
        return run_steer(cli, runtime_dir, STEER_START);
    case CLI_STOP:
        return run_steer(cli, runtime_dir, STEER_STOP);
    case CLI_RESTART:
        return run_steer(cli, runtime_dir, STEER_RESTART);
    case CLI_LOGS:
        return run_logs(cli, config);
    case CLI_TIMELINE:
        return run_timeline(cli, runtime_dir);
    case CLI_AUDIT:
        return run_audit(cli, config);
    case CLI_PROMPT:
        return run_prompt(cli, config);
    case CLI_COMPLETION:
        return completion_run(stdout, cli->operands[0], runtime_dir);
    case CLI_INIT:
    case CLI_FOREGROUND:
    case CLI_ONESHOT_CLEAN:
    case CLI_CHECK_CONFIG:
    case CLI_EXEC:
    case CLI_HELP:
    case CLI_VERSION:
    case CLI_MODE_COUNT:
        break;
    }
    return CLI_STATUS_USAGE;
}

static void ignore_fault(void *context, const struct config_fault *fault)
{
    (void)context;
    (void)fault;
}

/*
 * The init's configuration says where its socket is. One that we cannot read, or that was spoilt since the
 * start, is no reason not to look in the default places. It may belong to the init's user.
 */
static int load_for_client(const struct cli *cli, struct config *ret_config)
{
    struct config_source source = find_source(cli);
    if (cli->config_file != NULL) {
        return check_load(ret_config, &source, stderr);
    }
    struct stat pid1;
    if (config_load(ret_config, &source, ignore_fault, NULL) == -EINVAL && stat("/proc/1", &pid1) == 0) {
        source.owner = pid1.st_uid;
        if (config_load(ret_config, &source, ignore_fault, NULL) == -EINVAL) {
            config_load(ret_config, &(struct config_source){.file = ""}, ignore_fault,
                        NULL); /* the defaults */
        }
    }
    return CLI_STATUS_OK;
}

static int run_client(const struct cli *cli)
{
    struct config config = {0};
    int status = load_for_client(cli, &config);
    if (status == CLI_STATUS_OK) {
        status = run_client_mode(cli, &config);
    }
    config_finish(&config);
    return status;
}

static bool is_client(enum cli_mode mode)
{
    return mode == CLI_STATUS || mode == CLI_WAIT || mode == CLI_LOGS || mode == CLI_START ||
           mode == CLI_STOP || mode == CLI_RESTART || mode == CLI_TIMELINE || mode == CLI_AUDIT ||
           mode == CLI_PROMPT || mode == CLI_COMPLETION;
}

static int print_and_end(enum cli_mode mode)
{
    if (mode == CLI_HELP) {
        cli_render_help(stdout);
    } else {
        puts("sandbox-init " SANDBOX_INIT_VERSION);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? CLI_STATUS_OK : CLI_STATUS_SYSTEM;
}

int main(int argc, char **argv)
{
    (void)argc;
    struct signals_original signals;
    signals_block(&signals);
    fill_standard_descriptors();
    struct cli cli;
    char message[512];
    if (cli_parse(argv, &cli, message, sizeof message) < 0) {
        fprintf(stderr, "sandbox-init: %s\n", message);
        return CLI_STATUS_USAGE;
    }
    if (cli.mode == CLI_HELP || cli.mode == CLI_VERSION) {
        return print_and_end(cli.mode);
    }
    if (cli.mode == CLI_INIT || cli.mode == CLI_FOREGROUND) {
        /* Our memory holds the environment that children must not see (proc(5), PR_SET_DUMPABLE). */
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    } else {
        signals_restore(&signals);
    }
    return is_client(cli.mode) ? run_client(&cli) : run_configured(&cli, &signals);
}
