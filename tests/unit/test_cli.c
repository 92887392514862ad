/* SPDX-License-Identifier: MIT */
/* cli: whole command lines, what they come to, and each message as a user reads it. */
#include "testing.h"

#include "sandbox_init/cli.h"

#include "sandbox_init/config_table.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARGS_MAX = 80,
    MESSAGE_SIZE = 512,
};

/* ARGV in a way that cli_parse() takes; the strings are not written to. */
static char *const *as_argv(const char *const *argv)
{
    return (char *const *)(uintptr_t)argv;
}

/* Splits LINE at spaces into ARGV, behind a program's name. A lone "''" is an empty argument. */
static void split(char *line, const char *argv[ARGS_MAX])
{
    size_t count = 0;
    char *rest = NULL;
    argv[count++] = "sandbox-init";
    for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count + 1 < ARGS_MAX);
        argv[count++] = strcmp(word, "''") == 0 ? "" : word;
    }
    argv[count] = NULL;
}

struct parsed {
    struct cli cli;
    int result;
    char message[MESSAGE_SIZE];
    char text[4096]; /* what `argv` points into */
    const char *argv[ARGS_MAX];
};

static void parse(struct parsed *parsed, const char *line)
{
    *parsed = (struct parsed){.message = "untouched"};
    assert_true(strlen(line) < sizeof parsed->text);
    memcpy(parsed->text, line, strlen(line) + 1);
    split(parsed->text, parsed->argv);
    parsed->result = cli_parse(as_argv(parsed->argv), &parsed->cli, parsed->message, sizeof parsed->message);
}

/* ---- what is taken ---- */

/* What a line comes to. CONFIG "": none; COMMAND: its words joined by "|", NULL: none. */
struct example {
    const char *line;
    enum cli_mode mode;
    const char *config;
    const char *flags; /* of d(ry run), e(xplain), j(son), q(uiet), v(erbose) */
    const char *command;
};

static void expect_example(const struct example *example)
{
    static struct parsed parsed;
    char flags[8] = "";
    char command[256] = "";
    parse(&parsed, example->line);
    if (parsed.result != 0) {
        fail_msg("'%s': %s", example->line, parsed.message);
    }
    const struct cli *cli = &parsed.cli;
    snprintf(flags, sizeof flags, "%s%s%s%s%s", cli->is_dry_run ? "d" : "", cli->is_explain ? "e" : "",
             cli->is_json ? "j" : "", cli->is_quiet ? "q" : "", cli->is_verbose ? "v" : "");
    size_t used = 0;
    for (char *const *word = cli->command; word != NULL && *word != NULL; word++) {
        used += (size_t)snprintf(command + used, sizeof command - used, "%s%s", used > 0 ? "|" : "", *word);
    }
    if (cli->mode != example->mode || strcmp(flags, example->flags) != 0 ||
        strcmp(cli->config_file != NULL ? cli->config_file : "", example->config) != 0 ||
        (cli->command != NULL) != (example->command != NULL) ||
        (example->command != NULL && strcmp(command, example->command) != 0)) {
        fail_msg("'%s': mode %d, config %s, flags %s, command %s", example->line, cli->mode,
                 cli->config_file != NULL ? cli->config_file : "-", flags, command);
    }
}

static void lines_are_read(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", CLI_INIT, "", "", NULL},
        {"--", CLI_INIT, "", "", NULL},
        {"sleep", CLI_INIT, "", "", "sleep"},
        {"sleep 5", CLI_INIT, "", "", "sleep|5"},
        {"-- sleep 5", CLI_INIT, "", "", "sleep|5"},
        {"sleep -q --json -- x", CLI_INIT, "", "", "sleep|-q|--json|--|x"},
        {"-- -q", CLI_INIT, "", "", "-q"},
        {"-- --", CLI_INIT, "", "", "--"},
        {"-- --help", CLI_INIT, "", "", "--help"},
        {"-", CLI_INIT, "", "", "-"},
        {"- x", CLI_INIT, "", "", "-|x"},
        {"sh ''", CLI_INIT, "", "", "sh|"},
        {"--foreground", CLI_FOREGROUND, "", "", NULL},
        {"--foreground sh", CLI_FOREGROUND, "", "", "sh"},
        {"--foreground --foreground", CLI_FOREGROUND, "", "", NULL},
        {"--oneshot-clean", CLI_ONESHOT_CLEAN, "", "", NULL},
        {"--oneshot-clean --", CLI_ONESHOT_CLEAN, "", "", NULL},
        {"--check-config", CLI_CHECK_CONFIG, "", "", NULL},
        {"--help", CLI_HELP, "", "", NULL},
        {"-h", CLI_HELP, "", "", NULL},
        {"-h --help -hh", CLI_HELP, "", "", NULL},
        {"--version", CLI_VERSION, "", "", NULL},
        {"-V", CLI_VERSION, "", "", NULL},
        {"--config FILE", CLI_INIT, "FILE", "", NULL},
        {"--config=FILE", CLI_INIT, "FILE", "", NULL},
        {"--config==", CLI_INIT, "=", "", NULL},
        {"--config=a=b", CLI_INIT, "a=b", "", NULL},
        {"--config --", CLI_INIT, "--", "", NULL},
        {"--config -q", CLI_INIT, "-q", "", NULL},
        {"-c FILE", CLI_INIT, "FILE", "", NULL},
        {"-cFILE", CLI_INIT, "FILE", "", NULL},
        {"-c=FILE", CLI_INIT, "=FILE", "", NULL},
        {"-c --", CLI_INIT, "--", "", NULL},
        {"-qc FILE sh", CLI_INIT, "FILE", "q", "sh"},
        {"-qcFILE sh", CLI_INIT, "FILE", "q", "sh"},
        {"-vc FILE", CLI_INIT, "FILE", "v", NULL},
        {"-cq", CLI_INIT, "q", "", NULL},
        {"-q", CLI_INIT, "", "q", NULL},
        {"--quiet", CLI_INIT, "", "q", NULL},
        {"-qqq --quiet", CLI_INIT, "", "q", NULL},
        {"-v", CLI_INIT, "", "v", NULL},
        {"--verbose sh -c x", CLI_INIT, "", "v", "sh|-c|x"},
        {"--foreground -v -- sh", CLI_FOREGROUND, "", "v", "sh"},
        {"-v --foreground", CLI_FOREGROUND, "", "v", NULL},
        {"--oneshot-clean --dry-run", CLI_ONESHOT_CLEAN, "", "d", NULL},
        {"--dry-run --oneshot-clean", CLI_ONESHOT_CLEAN, "", "d", NULL},
        {"--oneshot-clean --json --dry-run -q", CLI_ONESHOT_CLEAN, "", "djq", NULL},
        {"--json --check-config -c x", CLI_CHECK_CONFIG, "x", "j", NULL},
        {"--check-config --quiet", CLI_CHECK_CONFIG, "", "q", NULL},
        {"--exec sh", CLI_EXEC, "", "", "sh"},
        {"--exec -- sh -c x", CLI_EXEC, "", "", "sh|-c|x"},
        {"--exec sh --explain", CLI_EXEC, "", "", "sh|--explain"},
        {"-q -c x --exec -- --json", CLI_EXEC, "x", "q", "--json"},
        {"--exec --explain", CLI_EXEC, "", "e", NULL},
        {"--explain --exec --json -q --", CLI_EXEC, "", "ejq", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        expect_example(&examples[i]);
    }
}

static void no_arguments_at_all_are_the_init(void **state)
{
    (void)state;
    static const char *const empty[] = {NULL, "behind the end", NULL};
    struct cli cli = {.mode = CLI_HELP};
    char message[MESSAGE_SIZE];
    assert_int_equal(cli_parse(as_argv(empty), &cli, message, sizeof message), 0);
    assert_int_equal(cli.mode, CLI_INIT);
    assert_null(cli.command);
}

static void the_first_argument_is_the_programs_name(void **state)
{
    (void)state;
    static const char *const names[] = {"--help", "-x", "--", ""};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *const argv[] = {names[i], "sh", NULL};
        struct cli cli;
        char message[MESSAGE_SIZE];
        assert_int_equal(cli_parse(as_argv(argv), &cli, message, sizeof message), 0);
        assert_int_equal(cli.mode, CLI_INIT);
        assert_ptr_equal(cli.command, argv + 1);
    }
}

static void the_result_points_into_the_arguments(void **state)
{
    (void)state;
    static struct parsed parsed;
    parse(&parsed, "-c FILE -- sh -c x");
    assert_int_equal(parsed.result, 0);
    assert_ptr_equal(parsed.cli.config_file, parsed.argv[2]);
    assert_ptr_equal(parsed.cli.command, parsed.argv + 4);
    parse(&parsed, "--config=FILE sh");
    assert_ptr_equal(parsed.cli.config_file, parsed.argv[1] + strlen("--config="));
}

/* ---- values ---- */

static void rewrites_are_collected(void **state)
{
    (void)state;
    static struct parsed parsed;
    parse(&parsed, "--rewrite TERM:QUIT -r SIGHUP:0 --rewrite=15:RTMIN+1 -rINT:term -qr USR1:9 sh");
    assert_int_equal(parsed.result, 0);
    const struct signame_rewrite expected[] = {
        {SIGTERM, SIGQUIT}, {SIGHUP, 0}, {SIGTERM, SIGRTMIN + 1}, {SIGINT, SIGTERM}, {SIGUSR1, SIGKILL}};
    assert_int_equal(parsed.cli.rewrite_count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(parsed.cli.rewrites[i].from, expected[i].from);
        assert_int_equal(parsed.cli.rewrites[i].to, expected[i].to);
    }
    parse(&parsed, "sh");
    assert_int_equal(parsed.cli.rewrite_count, 0);
}

static void exit_statuses_are_collected(void **state)
{
    (void)state;
    static struct parsed parsed;
    static const int expected[] = {143, 0, 255, 10, 1};
    parse(&parsed, "-e 143 --remap-exit 0 --remap-exit=255 -e10 -ve1");
    assert_int_equal(parsed.result, 0);
    assert_int_equal(parsed.cli.success_count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(parsed.cli.success_statuses[i], expected[i]);
    }
    parse(&parsed, "sh");
    assert_int_equal(parsed.cli.success_count, 0);
}

static void the_parents_death_has_a_signal(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int number;
    } rows[] = {
        {"sh", 0},           {"-p TERM sh", SIGTERM},        {"--pdeathsig SIGKILL", SIGKILL},
        {"-p9 sh", SIGKILL}, {"--pdeathsig=hup sh", SIGHUP}, {"--foreground -p 15", SIGTERM},
    };
    static struct parsed parsed;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        parse(&parsed, rows[i].line);
        assert_int_equal(parsed.result, 0);
        assert_int_equal(parsed.cli.parent_death_signal, rows[i].number);
    }
}

static void the_level_of_unix_sockets_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int level;
    } rows[] = {
        {"sh", -1},
        {"--exec sh", -1},
        {"--exec --unix-sockets auto sh", CONFIG_UNIX_AUTO},
        {"--exec --unix-sockets=strict sh", CONFIG_UNIX_STRICT},
        {"--unix-sockets off --exec sh", CONFIG_UNIX_OFF},
        {"--exec --unix-sockets off --unix-sockets strict --explain", CONFIG_UNIX_STRICT},
    };
    static struct parsed parsed;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        parse(&parsed, rows[i].line);
        assert_int_equal(parsed.result, 0);
        assert_int_equal(parsed.cli.unix_sockets, rows[i].level);
    }
}

/* Repeats WORD so often, with a space before each. */
static void repeat(char *line, size_t size, const char *word, size_t times)
{
    size_t used = 0;
    line[0] = '\0';
    for (size_t i = 0; i < times; i++) {
        used += (size_t)snprintf(line + used, size - used, " %s", word);
    }
}

static void repeats_are_limited(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *message;
    } rows[] = {
        {"-rINT:TERM", "'--rewrite' was given more than 32 times"},
        {"-e3", "'--remap-exit' was given more than 32 times"},
    };
    static struct parsed parsed;
    char line[1024];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        repeat(line, sizeof line, rows[i].word, CLI_REPEATS_MAX);
        parse(&parsed, line);
        assert_int_equal(parsed.result, 0);
        assert_int_equal(parsed.cli.rewrite_count + parsed.cli.success_count, CLI_REPEATS_MAX);
        repeat(line, sizeof line, rows[i].word, CLI_REPEATS_MAX + 1);
        parse(&parsed, line);
        assert_int_equal(parsed.result, -EINVAL);
        assert_string_equal(parsed.message, rows[i].message);
    }
}

/* ---- what is refused ---- */

static const char rewrite_fault[] =
    "'--rewrite' needs two signals as in 'TERM:QUIT', or 'TERM:0'; KILL, STOP, "
    "CHLD and PIPE cannot be rewritten";
static const char remap_fault[] = "'--remap-exit' needs an exit status from 0 to 255";
static const char timeout_fault[] = "'--timeout' needs a duration from 1ms to a year, such as '30s' or '5m'";
static const char lines_fault[] = "'--lines' needs a number from 0 to 1000000";
static const char death_fault[] = "'--pdeathsig' needs a signal, such as 'TERM' or '15'";
static const char level[] = "'--unix-sockets' needs 'auto', 'strict' or 'off'";
static const struct {
    const char *line;
    const char *message;
} mistakes[] = {
    {"--exec", "'--exec' needs a COMMAND, or '--explain'"},
    {"--exec -q --", "'--exec' needs a COMMAND, or '--explain'"},
    {"--exec --explain sh", "'--explain' runs nothing; leave out the command"},
    {"--exec --json sh", "'--json' goes with '--exec' only where there is '--explain'"},
    {"--explain", "'--explain' needs a mode, such as '--exec'"},
    {"--unix-sockets off sh", "'--unix-sockets' needs a mode, such as '--exec'"},
    {"--exec --unix-sockets", "'--unix-sockets' needs a LEVEL"},
    {"--exec --unix-sockets= sh", level},
    {"--exec --unix-sockets stric sh", level},
    {"--exec --unix-sockets STRICT sh", level},
    {"--exec -v sh", "'--verbose' does not go with '--exec'"},
    {"--audit --only", "'--only' needs a CHECKS"},
    {"--audit --only ''", "'--only' needs a value that is not empty"},
    {"--audit --skip ''", "'--skip' needs a value that is not empty"},
    {"--prompt --user ''", "'--user' needs a value that is not empty"},
    {"--exec --dry-run sh", "'--dry-run' does not go with '--exec'"},
    {"--exec --oneshot-clean sh", "'--exec' and '--oneshot-clean' are two modes; give one of them"},
    {"--forground", "unknown option '--forground'; did you mean '--foreground'?"},
    {"--Quiet", "unknown option '--Quiet'; did you mean '--quiet'?"},
    {"--confg=x", "unknown option '--confg'; did you mean '--config'?"},
    {"--server", "unknown option '--server'; a command of that name goes behind '--'"},
    {"--server --help", "unknown option '--server'; a command of that name goes behind '--'"},
    {"--=x", "unknown option '--'; a command of that name goes behind '--'"},
    {"--con", "unknown option '--con'; a command of that name goes behind '--'"},
    {"---help", "unknown option '---help'; did you mean '--help'?"},
    {"--tr\x1b[2Jue", "unknown option '--tr\\e[2Jue'; a command of that name goes behind '--'"},
    {"--\xc3\xbc", "unknown option '--\\xc3\\xbc'; a command of that name goes behind '--'"},
    {"-x", "unknown option '-x'; see 'sandbox-init --help'"},
    {"-qx", "unknown option '-x'; see 'sandbox-init --help'"},
    {"-q-", "unknown option '--'; see 'sandbox-init --help'"},
    {"-=", "unknown option '-='; see 'sandbox-init --help'"},
    {"-\x1b", "unknown option '-\\e'; see 'sandbox-init --help'"},
    {"-\xc3\xbc", "unknown option '-\\xc3'; see 'sandbox-init --help'"},
    {"--quiet=yes", "'--quiet' takes no value"},
    {"--help=", "'--help' takes no value"},
    {"--foreground=1 sh", "'--foreground' takes no value"},
    {"--config", "'--config' needs a FILE"},
    {"-c", "'--config' needs a FILE"},
    {"-qc", "'--config' needs a FILE"},
    {"--rewrite", "'--rewrite' needs a FROM:TO"},
    {"-r", "'--rewrite' needs a FROM:TO"},
    {"--remap-exit", "'--remap-exit' needs a STATUS"},
    {"--remap-exit 007", remap_fault},
    {"-e", "'--remap-exit' needs a STATUS"},
    {"--pdeathsig", "'--pdeathsig' needs a SIGNAL"},
    {"-p", "'--pdeathsig' needs a SIGNAL"},
    {"--config=", "'--config' needs a FILE that is not empty"},
    {"--config ''", "'--config' needs a FILE that is not empty"},
    {"-c ''", "'--config' needs a FILE that is not empty"},
    {"-c a -c b", "'--config' was given twice"},
    {"--config=a --config a", "'--config' was given twice"},
    {"-r TERM", rewrite_fault},
    {"-r :", rewrite_fault},
    {"--rewrite=", rewrite_fault},
    {"-r KILL:TERM", rewrite_fault},
    {"-r STOP:TERM", rewrite_fault},
    {"-r CHLD:TERM", rewrite_fault},
    {"-r PIPE:TERM", rewrite_fault},
    {"-r 0:TERM", rewrite_fault},
    {"-r TERM:WHAT", rewrite_fault},
    {"-r TERM:QUIT:INT", rewrite_fault},
    {"-e 256", remap_fault},
    {"-e -1", remap_fault},
    {"-e +1", remap_fault},
    {"-e 1x", remap_fault},
    {"-e x", remap_fault},
    {"-e ''", remap_fault},
    {"-e 99999999999999999999", remap_fault},
    {"-p 0", death_fault},
    {"-p WHAT", death_fault},
    {"--pdeathsig=", death_fault},
    {"--foreground --oneshot-clean", "'--foreground' and '--oneshot-clean' are two modes; give one of them"},
    {"-hV", "'--help' and '--version' are two modes; give one of them"},
    {"-h --check-config", "'--help' and '--check-config' are two modes; give one of them"},
    {"--dry-run", "'--dry-run' needs a mode, such as '--oneshot-clean'"},
    {"--json sh", "'--json' needs a mode, such as '--oneshot-clean'"},
    {"--check-config --dry-run", "'--dry-run' does not go with '--check-config'"},
    {"--foreground --json", "'--json' does not go with '--foreground'"},
    {"--check-config -v", "'--verbose' does not go with '--check-config'"},
    {"--help -c x", "'--config' does not go with '--help'"},
    {"-V -q", "'--quiet' does not go with '--version'"},
    {"--oneshot-clean -r INT:TERM", "'--rewrite' does not go with '--oneshot-clean'"},
    {"--oneshot-clean -e 1", "'--remap-exit' does not go with '--oneshot-clean'"},
    {"--check-config -p TERM", "'--pdeathsig' does not go with '--check-config'"},
    {"--text", "'--text' needs a mode, such as '--timeline'"},
    {"--timeout 5 sh", "'--timeout' needs a mode, such as '--wait'"},
    {"--wait --timeout 0", timeout_fault},
    {"--wait --timeout=", timeout_fault},
    {"--wait --timeout 5d", timeout_fault},
    {"--wait --timeout -1", timeout_fault},
    {"--wait --timeout 366000h", timeout_fault},
    {"--wait --timeout", "'--timeout' needs a DURATION"},
    {"--logs -n", "'--lines' needs a NUMBER"},
    {"--logs -n -1", lines_fault},
    {"--logs -n 1x", lines_fault},
    {"--logs -n ''", lines_fault},
    {"--logs -n 1000001", lines_fault},
    {"--timeline -o ''", "'--output' needs a FILE that is not empty"},
    {"--timeline -o", "'--output' needs a FILE"},
    {"--logs a b", "'--logs' takes one job or service"},
    {"--completion bash zsh", "'--completion' takes one shell"},
    {"--completion fi\x1bsh", "'--completion' knows 'bash', 'zsh' and 'names', not 'fi\\esh'"},
    {"--start", "'--start' needs JOB..."},
    {"--stop --", "'--stop' needs JOB..."},
    {"--wait ''", "no job or service can have the name ''; see 'sandbox-init --status'"},
    {"--wait - x", "no job or service can have the name '-'; see 'sandbox-init --status'"},
    {"--start a\x1b", "no job or service can have the name 'a\\e'; see 'sandbox-init --status'"},
    {"--wait=5", "'--wait' takes no value"},
    {"-q -v", "'--quiet' and '--verbose' contradict each other; give one of them"},
    {"-vq sh", "'--quiet' and '--verbose' contradict each other; give one of them"},
    {"--oneshot-clean sh", "'--oneshot-clean' takes no command"},
    {"--check-config -- sh", "'--check-config' takes no command"},
    {"--help sh", "'--help' takes no command"},
    {"-V sh", "'--version' takes no command"},
    {"''", "the command is an empty word"},
    {"-- ''", "the command is an empty word"},
    {"-q '' x", "the command is an empty word"},
};

static void each_mistake_has_its_message(void **state)
{
    (void)state;
    static struct parsed parsed;
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        parse(&parsed, mistakes[i].line);
        if (parsed.result != -EINVAL || strcmp(parsed.message, mistakes[i].message) != 0) {
            fail_msg("'%s': %d, %s", mistakes[i].line, parsed.result, parsed.message);
        }
    }
}

static void the_result_is_left_alone_on_failure(void **state)
{
    (void)state;
    static const char *const lines[][5] = {
        {"x", "-q", "-c", "file", "--nonsense"},
        {"x", "--dry-run", "sh", NULL, NULL},
        {"x", "-V", "sh", NULL, NULL},
        {"x", "-qv", NULL, NULL, NULL},
        {"x", "-v", "", NULL, NULL},
        {"x", "-r", "INT:TERM", "-h", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *argv[6] = {NULL};
        memcpy(argv, lines[i], sizeof lines[i]);
        struct cli cli;
        struct cli before;
        char message[MESSAGE_SIZE];
        memset(&cli, 0xa5, sizeof cli);
        memcpy(&before, &cli, sizeof cli);
        assert_int_equal(cli_parse(as_argv(argv), &cli, message, sizeof message), -EINVAL);
        assert_memory_equal(&cli, &before, sizeof cli);
    }
}

static void expect_printable(const char *text)
{
    assert_true(text[0] != '\0');
    for (; *text != '\0'; text++) {
        assert_in_range(*text, 0x20, 0x7e);
    }
}

static void messages_fit_and_are_printable_whatever_was_given(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 16, 100, MESSAGE_SIZE};
    for (int byte = 1; byte < 256; byte++) {
        char option[2048];
        memset(option, byte, sizeof option - 1);
        memcpy(option, "--", 2);
        option[sizeof option - 1] = '\0';
        for (size_t i = 0; i < COUNT_OF(sizes) * 2; i++) {
            const size_t size = sizes[i / 2];
            const char *const argv[] = {"x", option + i % 2, NULL}; /* as a long option and as letters */
            struct cli cli;
            char message[MESSAGE_SIZE + 1];
            memset(message, '#', sizeof message);
            if (cli_parse(as_argv(argv), &cli, message, size) == 0) {
                continue;
            }
            assert_true(strlen(message) < size);
            assert_int_equal(message[size], '#');
            if (size > 1) {
                expect_printable(message);
            }
        }
    }
}

/* ---- what goes together ---- */

/* The contract once more, as a table of its own: a letter is in `modes` where the word may be given. */
static const struct {
    const char *word;
    const char *name;
    char letter;       /* 0: none */
    const char *modes; /* letters of the modes below, and i(nit) */
} words[] = {
    {"-cx", "config", 'c', "ifocxswlSPRtap"},
    {"-rINT:TERM", "rewrite", 'r', "if"},
    {"-e1", "remap-exit", 'e', "if"},
    {"-pTERM", "pdeathsig", 'p', "if"},
    {"--timeout=5m", "timeout", 0, "wSPR"},
    {"-f", "follow", 'f', "l"},
    {"-n20", "lines", 'n', "l"},
    {"--text", "text", 0, "t"},
    {"-oy", "output", 'o', "t"},
    {"--dry-run", "dry-run", 0, "o"},
    {"--explain", "explain", 0, "x"},
    {"--unix-sockets=off", "unix-sockets", 0, "x"},
    {"--only=guard", "only", 0, "a"},
    {"--skip=guard", "skip", 0, "a"},
    {"--user=x", "user", 0, "ap"},
    {"--json", "json", 0, "ocxsa"},
    {"--quiet", "quiet", 'q', "ifocxswSPRa"},
    {"--verbose", "verbose", 'v', "ifo"},
};
enum { EXPLAIN = 10, JSON = 15, QUIET = 16, VERBOSE = 17 };
static const struct {
    const char *word;
    enum cli_mode mode;
    char letter;          /* as in `modes` above */
    char option_letter;   /* 0: none */
    const char *too_many; /* what is said of the word "sh" behind it; NULL: it is taken */
    const char *too_few;  /* the same of none */
} modes[] = {
    {"--foreground", CLI_FOREGROUND, 'f', 0, NULL, NULL},
    {"--oneshot-clean", CLI_ONESHOT_CLEAN, 'o', 0, "takes no command", NULL},
    {"--check-config", CLI_CHECK_CONFIG, 'c', 0, "takes no command", NULL},
    {"--exec", CLI_EXEC, 'x', 0, NULL, "'--exec' needs a COMMAND"},
    {"--status", CLI_STATUS, 's', 0, "takes no command", NULL},
    {"--wait", CLI_WAIT, 'w', 0, NULL, NULL},
    {"--logs", CLI_LOGS, 'l', 0, NULL, NULL},
    {"--start", CLI_START, 'S', 0, NULL, "'--start' needs JOB..."},
    {"--stop", CLI_STOP, 'P', 0, NULL, "'--stop' needs JOB..."},
    {"--restart", CLI_RESTART, 'R', 0, NULL, "'--restart' needs JOB..."},
    {"--timeline", CLI_TIMELINE, 't', 0, "takes no command", NULL},
    {"--audit", CLI_AUDIT, 'a', 0, "takes no command", NULL},
    {"--prompt", CLI_PROMPT, 'p', 0, "takes no command", NULL},
    {"--completion", CLI_COMPLETION, 'C', 0, "not 'sh'", "'--completion' needs bash|zsh|names"},
    {"--help", CLI_HELP, 'h', 'h', "takes no command", NULL},
    {"--version", CLI_VERSION, 'V', 'V', "takes no command", NULL},
};

/* Of more words than that no set is tried: what is said follows from one or two of them. */
enum { WORD_SETS = 1 << 18, WORDS_AT_ONCE = 5, MODES = 16, NO_MODE = MODES };
_Static_assert(COUNT_OF(words) == 18 && COUNT_OF(modes) == MODES, "each has its bit");

struct combination {
    unsigned word_set;
    size_t mode; /* NO_MODE: none */
    bool has_command;
    bool is_reversed; /* the words come first */
};

static void write_line(const struct combination *combination, char *line, size_t size)
{
    const char *mode = combination->mode != NO_MODE ? modes[combination->mode].word : "";
    size_t used = (size_t)snprintf(line, size, "%s", combination->is_reversed ? "" : mode);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const size_t at = combination->is_reversed ? COUNT_OF(words) - 1 - i : i;
        if ((combination->word_set >> at & 1) != 0) {
            used += (size_t)snprintf(line + used, size - used, " %s", words[at].word);
        }
    }
    snprintf(line + used, size - used, " %s%s", combination->is_reversed ? mode : "",
             combination->has_command ? " sh" : "");
}

static bool has_word(const struct combination *combination, unsigned word)
{
    return (combination->word_set >> word & 1) != 0;
}

/* What is to be said, or NULL where all goes together. */
static const char *judge(const struct combination *combination, char *buffer, size_t size)
{
    const bool has_mode = combination->mode != NO_MODE;
    char letter = 'i';
    if (has_mode) {
        letter = modes[combination->mode].letter;
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if ((combination->word_set >> i & 1) == 0 || strchr(words[i].modes, letter) != NULL) {
            continue;
        }
        if (has_mode) {
            snprintf(buffer, size, "'--%s' does not go with '%s'", words[i].name,
                     modes[combination->mode].word);
        } else {
            snprintf(buffer, size, "'--%s' needs a mode", words[i].name);
        }
        return buffer;
    }
    if (has_word(combination, QUIET) && has_word(combination, VERBOSE)) {
        return "contradict each other";
    }
    if (!has_mode) {
        return NULL;
    }
    if (letter == 'x' && has_word(combination, EXPLAIN)) {
        return combination->has_command ? "'--explain' runs nothing" : NULL;
    }
    if (letter == 'x' && combination->has_command && has_word(combination, JSON)) {
        return "only where there is '--explain'";
    }
    return combination->has_command ? modes[combination->mode].too_many : modes[combination->mode].too_few;
}

static void expect_combination(const struct combination *combination)
{
    static struct parsed parsed;
    char line[512];
    char buffer[128];
    write_line(combination, line, sizeof line);
    parse(&parsed, line);
    const char *expected = judge(combination, buffer, sizeof buffer);
    if ((parsed.result == 0) != (expected == NULL) ||
        (expected != NULL && strstr(parsed.message, expected) == NULL)) {
        fail_msg("'%s': %d, %s", line, parsed.result, parsed.message);
    }
    if (expected != NULL) {
        assert_int_equal(parsed.result, -EINVAL);
        return;
    }
    const struct cli *cli = &parsed.cli;
    const enum cli_mode mode = combination->mode == NO_MODE ? CLI_INIT : modes[combination->mode].mode;
    const bool is_run = mode == CLI_INIT || mode == CLI_FOREGROUND || mode == CLI_EXEC;
    assert_int_equal(cli->mode, mode);
    assert_int_equal(cli->command != NULL, combination->has_command && is_run);
    assert_int_equal(cli->operand_count, combination->has_command && !is_run ? 1 : 0);
    const bool given[] = {cli->config_file != NULL,
                          cli->rewrite_count == 1,
                          cli->success_count == 1,
                          cli->parent_death_signal != 0,
                          cli->timeout_ms == 300000,
                          cli->is_following,
                          cli->lines == 20,
                          cli->is_text,
                          cli->output_file != NULL,
                          cli->is_dry_run,
                          cli->is_explain,
                          cli->unix_sockets == CONFIG_UNIX_OFF,
                          cli->only != NULL,
                          cli->skip != NULL,
                          cli->user != NULL,
                          cli->is_json,
                          cli->is_quiet,
                          cli->is_verbose};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        assert_int_equal(given[i], combination->word_set >> i & 1);
    }
}

static void every_combination_is_judged_as_the_table_says(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORD_SETS * (MODES + 1) * 2; i++) {
        const struct combination combination = {
            .word_set = i % WORD_SETS,
            .mode = i / WORD_SETS % (MODES + 1),
            .has_command = i / WORD_SETS / (MODES + 1) == 1,
            .is_reversed = __builtin_parity(i) == 1,
        };
        if (__builtin_popcount(combination.word_set) <= WORDS_AT_ONCE) {
            expect_combination(&combination);
        }
    }
}

static void two_modes_are_one_too_many(void **state)
{
    (void)state;
    static struct parsed parsed;
    for (size_t i = 0; i < MODES * MODES; i++) {
        char line[64];
        char expected[128];
        const char *first = modes[i / MODES].word;
        const char *second = modes[i % MODES].word;
        snprintf(line, sizeof line, "%s %s", first, second);
        snprintf(expected, sizeof expected, "'%s' and '%s' are two modes; give one of them", first, second);
        parse(&parsed, line);
        assert_int_equal(strcmp(parsed.message, expected) == 0, first != second);
    }
}

/* ---- operands ---- */

static void operands_stand_between_the_options(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *operands; /* joined by "|" */
    } rows[] = {
        {"--wait", ""},
        {"--wait a b", "a|b"},
        {"--wait a -q b --timeout 5 c", "a|b|c"},
        {"-q --wait a", "a"},
        {"--wait -- a b", "a|b"},
        {"--wait a -- b", "a|b"},
        {"--wait --", ""},
        {"--logs a -f -n 3", "a"},
        {"--logs -n3 a -f", "a"},
        {"--start a.b-c_d 9", "a.b-c_d|9"},
        {"--completion zsh", "zsh"},
        {"--completion bash", "bash"},
        {"--completion names", "names"},
    };
    static struct parsed parsed;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char joined[256] = "";
        size_t used = 0;
        parse(&parsed, rows[i].line);
        if (parsed.result != 0) {
            fail_msg("'%s': %s", rows[i].line, parsed.message);
        }
        for (const char *const *operand = parsed.cli.operands; *operand != NULL; operand++) {
            used +=
                (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", used > 0 ? "|" : "", *operand);
        }
        assert_string_equal(joined, rows[i].operands);
        assert_null(parsed.cli.command);
    }
}

static void any_number_of_names_has_an_end(void **state)
{
    (void)state;
    static struct parsed parsed;
    char line[1024] = "--wait";
    repeat(line + 6, sizeof line - 6, "a", CLI_OPERANDS_MAX);
    parse(&parsed, line);
    assert_int_equal(parsed.result, 0);
    assert_int_equal(parsed.cli.operand_count, CLI_OPERANDS_MAX);
    assert_null(parsed.cli.operands[CLI_OPERANDS_MAX]);
    repeat(line + 6, sizeof line - 6, "a", CLI_OPERANDS_MAX + 1);
    parse(&parsed, line);
    assert_int_equal(parsed.result, -EINVAL);
    assert_string_equal(parsed.message, "'--wait' takes no more than 64 names");
}

static void durations_and_numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint64_t timeout_ms;
        int64_t lines;
    } rows[] = {
        {"--wait", 0, -1},
        {"--wait --timeout 30", 30000, -1},
        {"--wait --timeout=1ms", 1, -1},
        {"--stop a --timeout 2h", 7200000, -1},
        {"--logs -n 0", 0, 0},
        {"--logs --lines=1000000", 0, 1000000},
    };
    static struct parsed parsed;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        parse(&parsed, rows[i].line);
        assert_int_equal(parsed.result, 0);
        assert_int_equal(parsed.cli.timeout_ms, rows[i].timeout_ms);
        assert_int_equal(parsed.cli.lines, rows[i].lines);
    }
}

/* ---- the table and --help ---- */

static void the_table_is_in_order(void **state)
{
    (void)state;
    bool is_modifier = false;
    size_t count = 0;
    for (const struct cli_option *option = cli_options; option->name != NULL; option++, count++) {
        assert_true(option->help != NULL && option->help[0] != '\0');
        expect_printable(option->help);
        is_modifier = is_modifier || option->mode == CLI_INIT;
        assert_int_equal(is_modifier, option->mode == CLI_INIT); /* modes first */
        assert_int_equal(option->modes != 0, is_modifier);
        assert_true(option->modes < 1U << CLI_MODE_COUNT);
        assert_true(is_modifier || option->argument == NULL);
        assert_true(!is_modifier || option->operands == NULL);
        assert_true((option->operands != NULL) == (option->operands_max > 0));
        assert_true(option->operands_min <= option->operands_max && option->operands_max <= CLI_OPERANDS_MAX);
        for (const struct cli_option *other = cli_options; other != option; other++) {
            assert_string_not_equal(other->name, option->name);
            assert_true(option->letter == 0 || other->letter != option->letter);
        }
    }
    assert_int_equal(count, COUNT_OF(words) + COUNT_OF(modes));
}

/* The table of this test and that of the program know the same words. */
static const struct cli_option *find_option(const char *name)
{
    const struct cli_option *option = cli_options;
    while (option->name != NULL && strcmp(option->name, name) != 0) {
        option++;
    }
    assert_non_null(option->name);
    return option;
}

static void the_tables_agree(void **state)
{
    (void)state;
    static const char letters[CLI_MODE_COUNT + 1] = "ifocxswlSPRtapChV";
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const struct cli_option *option = find_option(words[i].name);
        assert_int_equal(option->letter, words[i].letter);
        for (unsigned mode = 0; mode < CLI_MODE_COUNT; mode++) {
            assert_int_equal(option->modes >> mode & 1, strchr(words[i].modes, letters[mode]) != NULL);
        }
    }
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(find_option(modes[i].word + 2)->letter, modes[i].option_letter);
        assert_int_equal(find_option(modes[i].word + 2)->mode, modes[i].mode);
    }
}

static char *read_help(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    cli_render_help(stream);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void help_has_every_option_with_all_that_is_known_of_it(void **state)
{
    (void)state;
    char *text = read_help();
    const char *at = strstr(text, "Modes");
    assert_non_null(at);
    for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
        char left[64];
        const char *behind = option->argument != NULL ? option->argument : option->operands;
        snprintf(left, sizeof left, "\n  %s%c%s--%s%s%s ", option->letter != 0 ? "-" : "   ",
                 option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ", " : "", option->name,
                 behind != NULL ? " " : "", behind != NULL ? behind : "");
        if (option->mode == CLI_INIT && option[-1].mode != CLI_INIT) {
            at = strstr(at, "\nOptions:\n");
            assert_non_null(at);
        }
        at = strstr(at, left); /* in the table's order */
        if (at == NULL) {
            fail_msg("no '%s' in\n%s", left, text);
        }
        at++;
        /* All help texts stand below each other. */
        const char *help = strstr(at, option->help);
        assert_non_null(help);
        assert_int_equal(help - at, 34);
        assert_int_equal(help[strlen(option->help)], '\n');
    }
    assert_ptr_equal(strstr(text, "usage: sandbox-init [OPTION...] [--] [COMMAND [ARG...]]\n"), text);
    free(text);
}

static void help_names_every_exit_status(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "128+N",     "126 not executable", "127 not found",          "64 usage",
        "71 system", "78 configuration",   "1 when --oneshot-clean", "3 no init",
        "75 it",     "77 not allowed",     "124 --timeout"};
    char *text = read_help();
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_non_null(strstr(text, parts[i]));
    }
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
}

static void exit_statuses_are_those_of_sysexits(void **state)
{
    (void)state;
    assert_int_equal(CLI_STATUS_OK, 0);
    assert_int_equal(CLI_STATUS_LEFT, 1);
    assert_int_equal(CLI_STATUS_FAILED, 1);
    assert_int_equal(CLI_STATUS_NO_INIT, 3);
    assert_int_equal(CLI_STATUS_BUSY, 75);
    assert_int_equal(CLI_STATUS_DENIED, 77);
    assert_int_equal(CLI_STATUS_TIMEOUT, 124);
    assert_int_equal(CLI_STATUS_USAGE, 64);
    assert_int_equal(CLI_STATUS_SYSTEM, 71);
    assert_int_equal(CLI_STATUS_CONFIG, 78);
    assert_int_equal(CLI_STATUS_AIRLOCK, 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(no_arguments_at_all_are_the_init),
        cmocka_unit_test(the_first_argument_is_the_programs_name),
        cmocka_unit_test(the_result_points_into_the_arguments),
        cmocka_unit_test(rewrites_are_collected),
        cmocka_unit_test(exit_statuses_are_collected),
        cmocka_unit_test(the_parents_death_has_a_signal),
        cmocka_unit_test(the_level_of_unix_sockets_is_read),
        cmocka_unit_test(repeats_are_limited),
        cmocka_unit_test(each_mistake_has_its_message),
        cmocka_unit_test(the_result_is_left_alone_on_failure),
        cmocka_unit_test(messages_fit_and_are_printable_whatever_was_given),
        cmocka_unit_test(every_combination_is_judged_as_the_table_says),
        cmocka_unit_test(two_modes_are_one_too_many),
        cmocka_unit_test(operands_stand_between_the_options),
        cmocka_unit_test(any_number_of_names_has_an_end),
        cmocka_unit_test(durations_and_numbers_are_read),
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(the_tables_agree),
        cmocka_unit_test(help_has_every_option_with_all_that_is_known_of_it),
        cmocka_unit_test(help_names_every_exit_status),
        cmocka_unit_test(exit_statuses_are_those_of_sysexits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
