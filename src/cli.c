/* SPDX-License-Identifier: MIT */
#include "sandbox_init/cli.h"

#include "sandbox_init/config_quantity.h"
#include "sandbox_init/config_table.h"
#include "sandbox_init/escape.h"
#include "sandbox_init/nearest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BIT(mode) (1U << (mode))

enum {
    RUNNING_MODES = BIT(CLI_INIT) | BIT(CLI_FOREGROUND),
    STEERING_MODES = BIT(CLI_START) | BIT(CLI_STOP) | BIT(CLI_RESTART),
    /* Those that ask a running init. Its control socket may be where the configuration says. */
    CLIENT_MODES = STEERING_MODES | BIT(CLI_STATUS) | BIT(CLI_WAIT) | BIT(CLI_LOGS) | BIT(CLI_TIMELINE),
    LOOKING_MODES = BIT(CLI_AUDIT) | BIT(CLI_PROMPT),
    CONFIGURED_MODES = RUNNING_MODES | CLIENT_MODES | LOOKING_MODES | BIT(CLI_ONESHOT_CLEAN) |
                       BIT(CLI_CHECK_CONFIG) | BIT(CLI_EXEC),
    COMMAND_MODES = RUNNING_MODES | BIT(CLI_EXEC),
    QUIET_MODES = CONFIGURED_MODES & ~(BIT(CLI_LOGS) | BIT(CLI_TIMELINE) | BIT(CLI_PROMPT)),
    JSON_MODES =
        BIT(CLI_STATUS) | BIT(CLI_ONESHOT_CLEAN) | BIT(CLI_CHECK_CONFIG) | BIT(CLI_EXEC) | BIT(CLI_AUDIT),
    HELP_WIDTH = 32, /* columns of an option and its argument */
    SHOWN_MAX = 256, /* bytes of an argument in a message */
};

#define TIMEOUT_MAX_MS (UINT64_C(365) * 24 * 3600 * 1000)

const struct cli_option cli_options[] = {
    {"foreground", 0, NULL, CLI_FOREGROUND, 0,
     "run as the init on a terminal, for debugging: coloured log, Ctrl-C stops", NULL, 0, 0},
    {"oneshot-clean", 0, NULL, CLI_ONESHOT_CLEAN, 0,
     "revoke the sockets that are there now, report, and exit", NULL, 0, 0},
    {"check-config", 0, NULL, CLI_CHECK_CONFIG, 0,
     "read the configuration; print its errors, or what it comes to", NULL, 0, 0},
    {"exec", 0, NULL, CLI_EXEC, 0, "become COMMAND, behind the airlock and with a clean environment", NULL, 0,
     0},
    {"status", 0, NULL, CLI_STATUS, 0, "what runs: guard, jobs, services; is it healthy?", NULL, 0, 0},
    {"wait", 0, NULL, CLI_WAIT, 0, "until these (all jobs) are done; a service: until it runs", "[JOB...]", 0,
     CLI_OPERANDS_MAX},
    {"logs", 0, NULL, CLI_LOGS, 0, "the log of a job or service, or all of them by time", "[JOB]", 0, 1},
    {"start", 0, NULL, CLI_START, 0, "start them, and what they come after", "JOB...", 1, CLI_OPERANDS_MAX},
    {"stop", 0, NULL, CLI_STOP, 0, "stop what comes after them, then them", "JOB...", 1, CLI_OPERANDS_MAX},
    {"restart", 0, NULL, CLI_RESTART, 0, "stop them and start them again", "JOB...", 1, CLI_OPERANDS_MAX},
    {"timeline", 0, NULL, CLI_TIMELINE, 0, "what happened since the start, as a picture (SVG)", NULL, 0, 0},
    {"audit", 0, NULL, CLI_AUDIT, 0, "what this sandbox protects, and what not, with the mends", NULL, 0, 0},
    {"prompt", 0, NULL, CLI_PROMPT, 0, "what an agent in here should know, for its system prompt", NULL, 0,
     0},
    {"completion", 0, NULL, CLI_COMPLETION, 0,
     "print a completion script for this shell, or jobs' names for it", "bash|zsh|names", 1, 1},
    {"help", 'h', NULL, CLI_HELP, 0, "print this and exit", NULL, 0, 0},
    {"version", 'V', NULL, CLI_VERSION, 0, "print the version and exit", NULL, 0, 0},
    {"config", 'c', "FILE", CLI_INIT, CONFIGURED_MODES,
     "read FILE instead of /etc/sandbox-init.ini and /etc/sandbox-init.d", NULL, 0, 0},
    {"rewrite", 'r', "FROM:TO", CLI_INIT, RUNNING_MODES,
     "send COMMAND the signal TO in place of FROM; TO 0: nothing", NULL, 0, 0},
    {"remap-exit", 'e', "STATUS", CLI_INIT, RUNNING_MODES, "take COMMAND's exit status STATUS as 0", NULL, 0,
     0},
    {"pdeathsig", 'p', "SIGNAL", CLI_INIT, RUNNING_MODES,
     "have the kernel send us SIGNAL when our parent dies", NULL, 0, 0},
    {"timeout", 0, "DURATION", CLI_INIT, BIT(CLI_WAIT) | STEERING_MODES,
     "give up after that long, with 124: 30s, 5m", NULL, 0, 0},
    {"follow", 'f', NULL, CLI_INIT, BIT(CLI_LOGS), "go on with what is written from now on", NULL, 0, 0},
    {"lines", 'n', "NUMBER", CLI_INIT, BIT(CLI_LOGS), "no more than the last NUMBER lines", NULL, 0, 0},
    {"text", 0, NULL, CLI_INIT, BIT(CLI_TIMELINE), "draw it with letters, for a terminal", NULL, 0, 0},
    {"output", 'o', "FILE", CLI_INIT, BIT(CLI_TIMELINE), "write it to FILE", NULL, 0, 0},
    {"dry-run", 0, NULL, CLI_INIT, BIT(CLI_ONESHOT_CLEAN), "report only, change nothing", NULL, 0, 0},
    {"explain", 0, NULL, CLI_INIT, BIT(CLI_EXEC), "say what the airlock holds here and why; no COMMAND", NULL,
     0, 0},
    {"unix-sockets", 0, "LEVEL", CLI_INIT, BIT(CLI_EXEC),
     "auto, strict or off, in place of the configuration's unix_sockets", NULL, 0, 0},
    {"only", 0, "CHECKS", CLI_INIT, BIT(CLI_AUDIT), "run these checks only: guard,sockets", NULL, 0, 0},
    {"skip", 0, "CHECKS", CLI_INIT, BIT(CLI_AUDIT), "leave these checks out", NULL, 0, 0},
    {"user", 0, "USER", CLI_INIT, LOOKING_MODES, "as root: look through the eyes of USER", NULL, 0, 0},
    {"json", 0, NULL, CLI_INIT, JSON_MODES, "print JSON", NULL, 0, 0},
    {"quiet", 'q', NULL, CLI_INIT, QUIET_MODES, "print less: warnings and errors only, or nothing", NULL, 0,
     0},
    {"verbose", 'v', NULL, CLI_INIT, RUNNING_MODES | BIT(CLI_ONESHOT_CLEAN), "print more", NULL, 0, 0},
    {NULL, 0, NULL, CLI_INIT, 0, NULL, NULL, 0, 0},
};

_Static_assert(sizeof cli_options / sizeof cli_options[0] <= 65, "a bit for each");

/* What has been read so far, and where an error is put. */
struct parser {
    struct cli cli;
    const struct cli_option *mode_option;
    uint64_t used; /* bits 1 << index of the options seen */
    char *message;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parser *parser, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->message, parser->size, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int fail_unknown(struct parser *parser, const char *name, size_t length)
{
    char wanted[SHOWN_MAX];
    char shown[SHOWN_MAX];
    snprintf(wanted, sizeof wanted, "%.*s", (int)(length < SHOWN_MAX ? length : SHOWN_MAX), name);
    escape_text(shown, sizeof shown, wanted);
    struct nearest best = {0};
    for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
        nearest_offer(&best, wanted, option->name);
    }
    if (best.name != NULL) {
        return fail(parser, "unknown option '--%s'; did you mean '--%s'?", shown, best.name);
    }
    return fail(parser, "unknown option '--%s'; a command of that name goes behind '--'", shown);
}

static int take_mode(struct parser *parser, const struct cli_option *option)
{
    if (parser->mode_option != NULL && parser->mode_option != option) {
        return fail(parser, "'--%s' and '--%s' are two modes; give one of them", parser->mode_option->name,
                    option->name);
    }
    parser->mode_option = option;
    parser->cli.mode = option->mode;
    return 0;
}

static int take_config(struct parser *parser, const char *value)
{
    if (parser->cli.config_file != NULL) {
        return fail(parser, "'--config' was given twice");
    }
    if (value[0] == '\0') {
        return fail(parser, "'--config' needs a FILE that is not empty");
    }
    parser->cli.config_file = value;
    return 0;
}

static int take_rewrite(struct parser *parser, const char *value)
{
    if (parser->cli.rewrite_count == CLI_REPEATS_MAX) {
        return fail(parser, "'--rewrite' was given more than %d times", CLI_REPEATS_MAX);
    }
    if (signame_parse_rewrite(value, &parser->cli.rewrites[parser->cli.rewrite_count]) < 0) {
        return fail(parser,
                    "'--rewrite' needs two signals as in 'TERM:QUIT', or 'TERM:0'; KILL, STOP, CHLD and PIPE "
                    "cannot be rewritten");
    }
    parser->cli.rewrite_count++;
    return 0;
}

static int take_remap(struct parser *parser, const char *value)
{
    char *end = NULL;
    const long status = strtol(value, &end, 10);
    if (parser->cli.success_count == CLI_REPEATS_MAX) {
        return fail(parser, "'--remap-exit' was given more than %d times", CLI_REPEATS_MAX);
    }
    const bool has_leading_zero = value[0] == '0' && value[1] != '\0';
    if (value[0] < '0' || value[0] > '9' || has_leading_zero || *end != '\0' || status > 255) {
        return fail(parser, "'--remap-exit' needs an exit status from 0 to 255");
    }
    parser->cli.success_statuses[parser->cli.success_count++] = (int)status;
    return 0;
}

static int take_parent_death(struct parser *parser, const char *value)
{
    parser->cli.parent_death_signal = signame_parse(value);
    if (parser->cli.parent_death_signal < 0) {
        return fail(parser, "'--pdeathsig' needs a signal, such as 'TERM' or '15'");
    }
    return 0;
}

static int take_timeout(struct parser *parser, const char *value)
{
    static const struct config_key key = {.type = CONFIG_DURATION, .min = 1, .max = TIMEOUT_MAX_MS};
    char message[CONFIG_MESSAGE_SIZE];
    if (!config_quantity_read(&key, value, &parser->cli.timeout_ms, message, sizeof message)) {
        return fail(parser, "'--timeout' needs a duration from 1ms to a year, such as '30s' or '5m'");
    }
    return 0;
}

static int take_lines(struct parser *parser, const char *value)
{
    char *end = NULL;
    const long lines = strtol(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || lines > CLI_LINES_MAX) {
        return fail(parser, "'--lines' needs a number from 0 to %d", CLI_LINES_MAX);
    }
    parser->cli.lines = lines;
    return 0;
}

static int take_output(struct parser *parser, const char *value)
{
    if (value[0] == '\0') {
        return fail(parser, "'--output' needs a FILE that is not empty");
    }
    parser->cli.output_file = value;
    return 0;
}

static int take_unix_sockets(struct parser *parser, const char *value)
{
    for (int level = 0; config_table_unix_sockets[level] != NULL; level++) {
        if (strcmp(value, config_table_unix_sockets[level]) == 0) {
            parser->cli.unix_sockets = level;
            return 0;
        }
    }
    return fail(parser, "'--unix-sockets' needs 'auto', 'strict' or 'off'");
}

/* A text that its mode reads itself. Returns 0 or -EINVAL. */
static int take_text(struct parser *parser, const char *name, const char *value, const char **ret_text)
{
    if (value[0] == '\0') {
        return fail(parser, "'--%s' needs a value that is not empty", name);
    }
    *ret_text = value;
    return 0;
}

static int take_only(struct parser *parser, const char *value)
{
    return take_text(parser, "only", value, &parser->cli.only);
}

static int take_skip(struct parser *parser, const char *value)
{
    return take_text(parser, "skip", value, &parser->cli.skip);
}

static int take_user(struct parser *parser, const char *value)
{
    return take_text(parser, "user", value, &parser->cli.user);
}

static int take_value(struct parser *parser, const struct cli_option *option, const char *value)
{
    static const struct {
        const char *name;
        int (*take)(struct parser *parser, const char *value);
    } takers[] = {
        {"config", take_config},
        {"rewrite", take_rewrite},
        {"remap-exit", take_remap},
        {"pdeathsig", take_parent_death},
        {"lines", take_lines},
        {"output", take_output},
        {"unix-sockets", take_unix_sockets},
        {"only", take_only},
        {"skip", take_skip},
        {"user", take_user},
        {"timeout", take_timeout},
    };
    size_t i = 0;
    while (strcmp(takers[i].name, option->name) != 0) { /* each has one: a test gives every option */
        i++;
    }
    return takers[i].take(parser, value);
}

/* VALUE: what stands behind the option; NULL: nothing does. */
static int take_option(struct parser *parser, const struct cli_option *option, const char *value)
{
    parser->used |= UINT64_C(1) << (option - cli_options);
    if (option->mode != CLI_INIT) {
        return take_mode(parser, option);
    }
    if (option->argument != NULL) {
        return value != NULL ? take_value(parser, option, value)
                             : fail(parser, "'--%s' needs a %s", option->name, option->argument);
    }
    parser->cli.is_quiet |= option->letter == 'q';
    parser->cli.is_verbose |= option->letter == 'v';
    parser->cli.is_following |= option->letter == 'f';
    parser->cli.is_text |= strcmp(option->name, "text") == 0;
    parser->cli.is_dry_run |= strcmp(option->name, "dry-run") == 0;
    parser->cli.is_explain |= strcmp(option->name, "explain") == 0;
    parser->cli.is_json |= strcmp(option->name, "json") == 0;
    return 0;
}

/* "--name", "--name=value" or "--name value". ARGV moves on over a value that it takes. */
static int take_long(struct parser *parser, char *const **argv)
{
    const char *name = **argv + 2;
    const size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const struct cli_option *option = cli_options;
    while (option->name != NULL &&
           (strlen(option->name) != length || memcmp(option->name, name, length) != 0)) {
        option++;
    }
    if (option->name == NULL) {
        return fail_unknown(parser, name, length);
    }
    if (value != NULL && option->argument == NULL) {
        return fail(parser, "'--%s' takes no value", option->name);
    }
    if (option->argument != NULL && value == NULL && (*argv)[1] != NULL) {
        value = *++*argv;
    }
    return take_option(parser, option, value);
}

static const struct cli_option *find_letter(char letter)
{
    const struct cli_option *option = cli_options;
    while (option->name != NULL && option->letter != letter) {
        option++;
    }
    return option->name != NULL ? option : NULL;
}

static int fail_letter(struct parser *parser, char letter)
{
    char shown[ESCAPE_WIDTH_MAX + 1];
    const char text[2] = {letter, '\0'};
    escape_text(shown, sizeof shown, text);
    return fail(parser, "unknown option '-%s'; see 'sandbox-init --help'", shown);
}

/* "-qc FILE": letters together, the last of which may take the rest or the next argument. */
static int take_letters(struct parser *parser, char *const **argv)
{
    for (const char *letter = **argv + 1; *letter != '\0'; letter++) {
        const struct cli_option *option = find_letter(*letter);
        if (option == NULL) {
            return fail_letter(parser, *letter);
        }
        if (option->argument != NULL) {
            const char *rest = letter + 1;
            const char *next = (*argv)[1];
            *argv += *rest == '\0' && next != NULL ? 1 : 0;
            return take_option(parser, option, *rest != '\0' ? rest : next);
        }
        const int result = take_option(parser, option, NULL);
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

/* Returns the name of a mode that OPTION can be used with, and that is not the init. */
static const char *find_mode_for(const struct cli_option *option)
{
    const struct cli_option *mode = cli_options;
    while (mode->mode != CLI_INIT && (option->modes & BIT(mode->mode)) == 0) {
        mode++;
    }
    return mode->name;
}

static bool takes_operands(const struct parser *parser)
{
    return parser->mode_option != NULL && parser->mode_option->operands != NULL;
}

static int take_operand(struct parser *parser, const char *operand)
{
    if (parser->cli.operand_count == CLI_OPERANDS_MAX) {
        return fail(parser, "'--%s' takes no more than %d names", parser->mode_option->name,
                    CLI_OPERANDS_MAX);
    }
    parser->cli.operands[parser->cli.operand_count++] = operand;
    return 0;
}

/* What cannot be a name must not become a part of a request. */
static int check_operand(struct parser *parser, const char *operand)
{
    char shown[SHOWN_MAX];
    escape_text(shown, sizeof shown, operand);
    if (parser->cli.mode == CLI_COMPLETION) {
        return strcmp(operand, "bash") == 0 || strcmp(operand, "zsh") == 0 || strcmp(operand, "names") == 0
                   ? 0
                   : fail(parser, "'--completion' knows 'bash', 'zsh' and 'names', not '%s'", shown);
    }
    return config_table_is_job_name(operand)
               ? 0
               : fail(parser, "no job or service can have the name '%s'; see 'sandbox-init --status'", shown);
}

static int check_operands(struct parser *parser, const struct cli_option *mode)
{
    const size_t count = parser->cli.operand_count;
    if (count < mode->operands_min) {
        return fail(parser, "'--%s' needs %s", mode->name, mode->operands);
    }
    if (count > mode->operands_max) {
        return fail(parser, "'--%s' takes one %s", mode->name,
                    mode->mode == CLI_COMPLETION ? "shell" : "job or service");
    }
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = check_operand(parser, parser->cli.operands[i]);
    }
    return result;
}

/* NAME: the mode's, NULL for none. */
static int check_command(struct parser *parser, const char *name)
{
    const struct cli *cli = &parser->cli;
    if (cli->command != NULL && (COMMAND_MODES & BIT(cli->mode)) == 0) {
        return fail(parser, "'--%s' takes no command", name);
    }
    if (cli->mode == CLI_EXEC && cli->is_explain && cli->command != NULL) {
        return fail(parser, "'--explain' runs nothing; leave out the command");
    }
    if (cli->mode == CLI_EXEC && !cli->is_explain && cli->command == NULL) {
        return fail(parser, "'--exec' needs a COMMAND, or '--explain'");
    }
    if (cli->mode == CLI_EXEC && !cli->is_explain && cli->is_json) {
        return fail(parser, "'--json' goes with '--exec' only where there is '--explain'");
    }
    return 0;
}

/* Does everything that was given go with the mode? */
static int check_together(struct parser *parser)
{
    const unsigned mode = BIT(parser->cli.mode);
    const char *name = parser->mode_option != NULL ? parser->mode_option->name : NULL;
    for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
        const bool is_used = (parser->used >> (option - cli_options) & 1) != 0;
        if (!is_used || option->mode != CLI_INIT || (option->modes & mode) != 0) {
            continue;
        }
        if (name == NULL) {
            return fail(parser, "'--%s' needs a mode, such as '--%s'", option->name, find_mode_for(option));
        }
        return fail(parser, "'--%s' does not go with '--%s'", option->name, name);
    }
    if (parser->cli.is_quiet && parser->cli.is_verbose) {
        return fail(parser, "'--quiet' and '--verbose' contradict each other; give one of them");
    }
    const int result = check_command(parser, name);
    return result == 0 && parser->mode_option != NULL ? check_operands(parser, parser->mode_option) : result;
}

/* Takes what is at *ARGV, which moves on to the last word that was taken. */
static int take_word(struct parser *parser, char *const **argv)
{
    if ((**argv)[0] != '-' || (**argv)[1] == '\0') {
        return take_operand(parser, **argv);
    }
    return (**argv)[1] == '-' ? take_long(parser, argv) : take_letters(parser, argv);
}

/* What stands behind "--", or behind the options of a mode that takes no operands. */
static int take_rest(struct parser *parser, char *const *argv)
{
    int result = 0;
    if (!takes_operands(parser)) {
        parser->cli.command = *argv != NULL ? argv : NULL;
        return 0;
    }
    while (result == 0 && *argv != NULL) {
        result = take_operand(parser, *argv++);
    }
    return result;
}

int cli_parse(char *const *argv, struct cli *ret_cli, char *message, size_t size)
{
    struct parser parser = {.cli.lines = -1, .cli.unix_sockets = -1};
    parser.message = message;
    parser.size = size;
    int result = 0;
    for (argv += argv[0] != NULL ? 1 : 0; result == 0 && *argv != NULL; argv++) {
        if (strcmp(*argv, "--") == 0) {
            argv++;
            break;
        }
        const bool is_option = (*argv)[0] == '-' && (*argv)[1] != '\0';
        if (!is_option && !takes_operands(&parser)) {
            break;
        }
        result = take_word(&parser, &argv);
    }
    if (result == 0) {
        result = take_rest(&parser, argv);
    }
    if (result < 0) {
        return result;
    }
    if (parser.cli.command != NULL && parser.cli.command[0][0] == '\0') {
        return fail(&parser, "the command is an empty word");
    }
    result = check_together(&parser);
    if (result == 0) {
        *ret_cli = parser.cli;
    }
    return result;
}

static void render_option(FILE *stream, const struct cli_option *option)
{
    char left[64];
    const char *behind = option->argument != NULL ? option->argument : option->operands;
    snprintf(left, sizeof left, "%s--%s%s%s", option->letter != 0 ? "" : "    ", option->name,
             behind != NULL ? " " : "", behind != NULL ? behind : "");
    if (option->letter != 0) {
        fprintf(stream, "  -%c, %-*s%s\n", option->letter, HELP_WIDTH - 4, left, option->help);
    } else {
        fprintf(stream, "  %-*s%s\n", HELP_WIDTH, left, option->help);
    }
}

void cli_render_help(FILE *stream)
{
    fputs("usage: sandbox-init [OPTION...] [--] [COMMAND [ARG...]]\n"
          "       sandbox-init --MODE [OPTION...] [JOB...]\n"
          "\n"
          "The init for containers in which AI coding agents work: reaps, forwards signals and\n"
          "stops gracefully; revokes the sockets that VS Code forwards into the container; hands\n"
          "COMMAND an environment without their addresses. Without COMMAND it stays until told to stop.\n"
          "\n"
          "Modes (without one it is the init):\n",
          stream);
    const struct cli_option *option = cli_options;
    for (; option->mode != CLI_INIT; option++) {
        render_option(stream, option);
    }
    fputs("\nOptions:\n", stream);
    for (; option->name != NULL; option++) {
        render_option(stream, option);
    }
    fputs("\n"
          "Exit status: COMMAND's own, 128+N when signal N ended it, 126 not executable, 127 not found;\n"
          "0 when stopped without a command; 64 usage, 71 system, 78 configuration;\n"
          "1 when --oneshot-clean left something behind, when a job or service failed, the guard\n"
          "cannot revoke, or a check of --audit failed; 3 no init answers; 75 it is too busy; 77 not "
          "allowed; 124 --timeout is over;\n"
          "125 when --exec cannot have its airlock.\n"
          "\n"
          "See sandbox-init(8) and sandbox-init.ini(5).\n",
          stream);
}
