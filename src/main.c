/* SPDX-License-Identifier: MIT */
/* Arguments in, exit status out. */
#include "sandbox_init/check.h"
#include "sandbox_init/cli.h"
#include "sandbox_init/exec.h"
#include "sandbox_init/init.h"
#include "sandbox_init/oneshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
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
    switch (cli->mode) {
    case CLI_ONESHOT_CLEAN:
        return run_oneshot(cli, config);
    case CLI_EXEC:
        return run_exec(cli, config);
    case CLI_INIT:
    case CLI_FOREGROUND:
    case CLI_CHECK_CONFIG:
    case CLI_HELP:
    case CLI_VERSION:
    case CLI_MODE_COUNT:
        break;
    }
    return run_init(cli, config, signals);
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

static int print_and_end(enum cli_mode mode)
{
    if (mode == CLI_HELP) {
        cli_render_help(stdout);
    } else {
        puts("sandbox-init " SANDBOX_INIT_VERSION);
    }
    return fflush(stdout) == 0 ? CLI_STATUS_OK : CLI_STATUS_SYSTEM;
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
    return run_configured(&cli, &signals);
}
