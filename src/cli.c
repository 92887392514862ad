/* SPDX-License-Identifier: MIT */
#include "sandbox_init/cli.h"

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
    CONFIGURED_MODES = RUNNING_MODES | BIT(CLI_ONESHOT_CLEAN) | BIT(CLI_CHECK_CONFIG) | BIT(CLI_EXEC),
    COMMAND_MODES = RUNNING_MODES | BIT(CLI_EXEC),
    HELP_WIDTH = 26, /* columns of an option and its argument */
    SHOWN_MAX = 256, /* bytes of an argument in a message */
};

const struct cli_option cli_options[] = {
    {"foreground", 0, NULL, CLI_FOREGROUND, 0,
     "run as the init on a terminal, for debugging: coloured log, Ctrl-C stops"},
    {"oneshot-clean", 0, NULL, CLI_ONESHOT_CLEAN, 0,
     "revoke the sockets that are there now, report, and exit"},
    {"check-config", 0, NULL, CLI_CHECK_CONFIG, 0,
     "read the configuration; print its errors, or what it comes to"},
    {"exec", 0, NULL, CLI_EXEC, 0, "become COMMAND, behind the airlock and with a clean environment"},
    {"help", 'h', NULL, CLI_HELP, 0, "print this and exit"},
    {"version", 'V', NULL, CLI_VERSION, 0, "print the version and exit"},
    {"config", 'c', "FILE", CLI_INIT, CONFIGURED_MODES,
     "read FILE instead of /etc/sandbox-init.ini and /etc/sandbox-init.d"},
    {"rewrite", 'r', "FROM:TO", CLI_INIT, RUNNING_MODES,
     "send COMMAND the signal TO in place of FROM; TO 0: nothing"},
    {"remap-exit", 'e', "STATUS", CLI_INIT, RUNNING_MODES, "take COMMAND's exit status STATUS as 0"},
    {"pdeathsig", 'p', "SIGNAL", CLI_INIT, RUNNING_MODES,
     "have the kernel send us SIGNAL when our parent dies"},
    {"dry-run", 0, NULL, CLI_INIT, BIT(CLI_ONESHOT_CLEAN), "report only, change nothing"},
    {"explain", 0, NULL, CLI_INIT, BIT(CLI_EXEC), "say what the airlock holds here and why; no COMMAND"},
    {"unix-sockets", 0, "LEVEL", CLI_INIT, BIT(CLI_EXEC),
     "auto, strict or off, in place of the configuration's unix_sockets"},
    {"json", 0, NULL, CLI_INIT, BIT(CLI_ONESHOT_CLEAN) | BIT(CLI_CHECK_CONFIG) | BIT(CLI_EXEC), "print JSON"},
    {"quiet", 'q', NULL, CLI_INIT, CONFIGURED_MODES, "print warnings and errors only"},
    {"verbose", 'v', NULL, CLI_INIT, RUNNING_MODES | BIT(CLI_ONESHOT_CLEAN), "print more"},
    {NULL, 0, NULL, CLI_INIT, 0, NULL},
};

/* What has been read so far, and where an error is put. */
struct parser {
    struct cli cli;
    const struct cli_option *mode_option;
    unsigned used; /* bits 1 << index of the options seen */
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

static int take_value(struct parser *parser, const struct cli_option *option, const char *value)
{
    switch (option->letter) {
    case 'c':
        return take_config(parser, value);
    case 'r':
        return take_rewrite(parser, value);
    case 'e':
        return take_remap(parser, value);
    case 'p':
        return take_parent_death(parser, value);
    default:
        return take_unix_sockets(parser, value);
    }
}

/* VALUE: what stands behind the option; NULL: nothing does. */
static int take_option(struct parser *parser, const struct cli_option *option, const char *value)
{
    parser->used |= 1U << (option - cli_options);
    if (option->mode != CLI_INIT) {
        return take_mode(parser, option);
    }
    if (option->argument != NULL) {
        return value != NULL ? take_value(parser, option, value)
                             : fail(parser, "'--%s' needs a %s", option->name, option->argument);
    }
    parser->cli.is_quiet |= option->letter == 'q';
    parser->cli.is_verbose |= option->letter == 'v';
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

/* The first mode that takes the modifier OPTION. */
static const struct cli_option *find_mode_for(const struct cli_option *option)
{
    const struct cli_option *mode = cli_options;
    while ((option->modes & BIT(mode->mode)) == 0) {
        mode++;
    }
    return mode;
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
        const bool is_used = (parser->used & 1U << (option - cli_options)) != 0;
        if (!is_used || option->mode != CLI_INIT || (option->modes & mode) != 0) {
            continue;
        }
        if (name == NULL) {
            return fail(parser, "'--%s' needs a mode, such as '--%s'", option->name,
                        find_mode_for(option)->name);
        }
        return fail(parser, "'--%s' does not go with '--%s'", option->name, name);
    }
    if (parser->cli.is_quiet && parser->cli.is_verbose) {
        return fail(parser, "'--quiet' and '--verbose' contradict each other; give one of them");
    }
    return check_command(parser, name);
}

int cli_parse(char *const *argv, struct cli *ret_cli, char *message, size_t size)
{
    struct parser parser = {0};
    parser.cli.unix_sockets = -1;
    parser.message = message;
    parser.size = size;
    int result = 0;
    for (argv += argv[0] != NULL ? 1 : 0; result == 0 && *argv != NULL; argv++) {
        if (strcmp(*argv, "--") == 0) {
            argv++;
            break;
        }
        if ((*argv)[0] != '-' || (*argv)[1] == '\0') {
            break;
        }
        result = (*argv)[1] == '-' ? take_long(&parser, &argv) : take_letters(&parser, &argv);
    }
    if (result < 0) {
        return result;
    }
    parser.cli.command = *argv != NULL ? argv : NULL;
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
    snprintf(left, sizeof left, "%s--%s%s%s", option->letter != 0 ? "" : "    ", option->name,
             option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    if (option->letter != 0) {
        fprintf(stream, "  -%c, %-*s%s\n", option->letter, HELP_WIDTH - 4, left, option->help);
    } else {
        fprintf(stream, "  %-*s%s\n", HELP_WIDTH, left, option->help);
    }
}

void cli_render_help(FILE *stream)
{
    fputs("usage: sandbox-init [OPTION...] [--] [COMMAND [ARG...]]\n"
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
          "1 when --oneshot-clean left something behind; 125 when --exec cannot have its airlock.\n"
          "\n"
          "See sandbox-init(8) and sandbox-init.ini(5).\n",
          stream);
}
