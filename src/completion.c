/* SPDX-License-Identifier: MIT */
#include "sandbox_init/completion.h"

#include "sandbox_init/cli.h"
#include "sandbox_init/client.h"
#include "sandbox_init/config_table.h"
#include "sandbox_init/escape.h"

#include <string.h>

enum { SHOWN_MAX = 64 };

static bool is_mode(const struct cli_option *option)
{
    return option->mode != CLI_INIT;
}

/* Can both stand on one command line? */
static bool go_together(const struct cli_option *one, const struct cli_option *other)
{
    if (is_mode(one) && is_mode(other)) {
        return false;
    }
    if (is_mode(one) || is_mode(other)) {
        const struct cli_option *mode = is_mode(one) ? one : other;
        const struct cli_option *modifier = is_mode(one) ? other : one;
        return (modifier->modes & 1U << mode->mode) != 0;
    }
    return (one->modes & other->modes) != 0;
}

static bool has_words(const struct cli_option *option)
{
    return option->operands != NULL && strchr(option->operands, '|') != NULL;
}

static bool takes_command(const struct cli_option *mode)
{
    return mode->mode == CLI_FOREGROUND || mode->mode == CLI_EXEC;
}

/* TEXT with another character in place of FROM. */
static void put_replaced(FILE *stream, const char *text, char from, char to)
{
    for (; *text != '\0'; text++) {
        fputc(*text == from ? to : *text, stream);
    }
}

/* "--quiet -q" */
static void put_names(FILE *stream, const struct cli_option *option)
{
    fprintf(stream, "--%s", option->name);
    if (option->letter != 0) {
        fprintf(stream, " -%c", option->letter);
    }
}

/* ---- bash ---- */

static const char bash_head[] =
    "# bash completion for sandbox-init, made by `sandbox-init --completion bash`\n"
    "_sandbox_init()\n"
    "{\n"
    "    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} i\n"
    "    local mode='' previous='' given=' ' operands=command most=0 count=0 over='' command_at='' "
    "offered=''\n"
    "    COMPREPLY=()\n"
    "    [[ $word != '=' ]] || word=''\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        if [[ -n $over ]]; then\n"
    "            ((count++))\n"
    "            continue\n"
    "        fi\n"
    "        case ${COMP_WORDS[i]} in\n";

/* An option's "=" comes as a word of its own. */
static const char bash_words[] =
    "            --)\n"
    "                over=1\n"
    "                if [[ $operands == command ]]; then command_at=$((i + 1)); break; fi ;;\n"
    "            -*) ;;\n"
    "            *)\n"
    "                if [[ $operands == command ]]; then command_at=$i; break; fi\n"
    "                given+=\"${COMP_WORDS[i]} \"\n"
    "                ((count++)) ;;\n"
    "        esac\n"
    "        if [[ -n $previous ]]; then\n"
    "            [[ ${COMP_WORDS[i + 1]} != '=' ]] || ((i++))\n"
    "            if ((i + 1 < COMP_CWORD)); then\n"
    "                ((i++))\n"
    "                previous=''\n"
    "            fi\n"
    "        fi\n"
    "    done\n"
    "    if [[ -n $command_at ]]; then\n"
    "        if declare -F _comp_command_offset >/dev/null; then\n"
    "            _comp_command_offset \"$command_at\"\n"
    "        elif declare -F _command_offset >/dev/null; then\n"
    "            _command_offset \"$command_at\"\n"
    "        elif ((command_at == COMP_CWORD)); then\n"
    "            mapfile -t COMPREPLY < <(compgen -c -- \"$word\")\n"
    "        else\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "        fi\n"
    "        return\n"
    "    fi\n"
    "    case $previous in\n"
    "        FILE)\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "            return ;;\n"
    "        SIGNAL)\n"
    "            mapfile -t COMPREPLY < <(compgen -A signal -- \"SIG${word#SIG}\")\n"
    "            return ;;\n"
    "        ?*) return ;;\n"
    "    esac\n"
    "    case $mode in\n";

static const char bash_tail[] =
    "    esac\n"
    "    if [[ -z $over && ( $word == -* || ( -z $word && $operands == command ) ) ]]; then\n"
    "        :\n"
    "    elif [[ $operands == command ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -c -- \"$word\")\n"
    "        return\n"
    "    elif ((count >= most)); then\n"
    "        [[ -z $over ]] || return\n"
    "    elif [[ $operands == jobs ]]; then\n"
    "        offered=$(\"$program\" --completion names 2>/dev/null)\n"
    "    else\n"
    "        offered=$operands\n"
    "    fi\n"
    "    for i in $offered; do\n"
    "        [[ $given == *\" $i \"* || $i != \"$word\"* ]] || COMPREPLY+=(\"$i\")\n"
    "    done\n"
    "}\n"
    "complete -F _sandbox_init sandbox-init\n";

static void put_bash_option(FILE *stream, const struct cli_option *option)
{
    fprintf(stream, "            --%s", option->name);
    if (option->letter != 0) {
        fprintf(stream, "|-%c", option->letter);
    }
    fputs(") given+='", stream);
    put_names(stream, option);
    fputs(" '", stream);
    if (option->argument != NULL) {
        fprintf(stream, " previous='%s'", option->argument);
    }
    if (is_mode(option) && !takes_command(option)) {
        fprintf(stream, " mode=%s most=%zu operands='", option->name, option->operands_max);
        put_replaced(stream, has_words(option) ? option->operands : "jobs", '|', ' ');
        fputc('\'', stream);
    } else if (is_mode(option)) {
        fprintf(stream, " mode=%s", option->name);
    }
    fputs(" ;;\n", stream);
}

/* What can stand beside MODE; NULL: beside none yet. */
static void put_bash_offer(FILE *stream, const struct cli_option *mode)
{
    const char *between = "";
    fprintf(stream, "        %s) offered='", mode != NULL ? mode->name : "''");
    for (const struct cli_option *option = cli_options; option->name != NULL; option++) {
        if (mode == NULL || go_together(mode, option)) {
            fputs(between, stream);
            put_names(stream, option);
            between = " ";
        }
    }
    fputs("' ;;\n", stream);
}

static void put_bash(FILE *stream)
{
    const struct cli_option *option;
    fputs(bash_head, stream);
    for (option = cli_options; option->name != NULL; option++) {
        put_bash_option(stream, option);
    }
    fputs(bash_words, stream);
    put_bash_offer(stream, NULL);
    for (option = cli_options; option->name != NULL; option++) {
        if (is_mode(option)) {
            put_bash_offer(stream, option);
        }
    }
    fputs(bash_tail, stream);
}

/* ---- zsh ---- */

static const char zsh_head[] =
    "#compdef sandbox-init\n"
    "# zsh completion for sandbox-init, made by `sandbox-init --completion zsh`\n"
    "_sandbox_init_names()\n"
    "{\n"
    "    local -a names\n"
    "    names=(${(f)\"$($sandbox_init --completion names 2>/dev/null)\"})\n"
    "    _wanted jobs expl 'job or service' compadd -F words -a names\n"
    "}\n"
    "_sandbox_init()\n"
    "{\n"
    "    local expl sandbox_init=$words[1]\n"
    "    local -a operands=('(-)1:command:_command_names -e' '*::arguments:_normal')\n"
    "    case ${${words[1,(i)--]}[(r)--(";

static const char zsh_tail[] = "}\n"
                               "_sandbox_init \"$@\"\n";

/* In single quotes, and within brackets. */
static void put_zsh_help(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", stream);
        } else if (*text == '[' || *text == ']' || *text == '\\' || *text == ':') {
            fprintf(stream, "\\%c", *text);
        } else {
            fputc(*text, stream);
        }
    }
}

static const char *find_zsh_action(const char *argument)
{
    if (strcmp(argument, "FILE") == 0) {
        return "_files";
    }
    return strcmp(argument, "SIGNAL") == 0 ? "_signals -s" : " ";
}

/* NAME as it is written, with dashes, and all that cannot stand beside it. */
static void put_zsh_spec(FILE *stream, const struct cli_option *option, const char *name)
{
    fputs("        '(", stream);
    put_names(stream, option);
    for (const struct cli_option *other = cli_options; other->name != NULL; other++) {
        if (other != option && !go_together(option, other)) {
            fputc(' ', stream);
            put_names(stream, other);
        }
    }
    fprintf(stream, ")%s[", name);
    put_zsh_help(stream, option->help);
    fputc(']', stream);
    if (option->argument != NULL) {
        fputc(':', stream);
        put_zsh_help(stream, option->argument);
        fprintf(stream, ":%s", find_zsh_action(option->argument));
    }
    fputs("'\n", stream);
}

static void put_zsh_option(FILE *stream, const struct cli_option *option)
{
    char name[SHOWN_MAX];
    snprintf(name, sizeof name, "--%s%s", option->name, option->argument != NULL ? "=" : "");
    put_zsh_spec(stream, option, name);
    if (option->letter != 0) {
        snprintf(name, sizeof name, "-%c%s", option->letter, option->argument != NULL ? "+" : "");
        put_zsh_spec(stream, option, name);
    }
}

static void put_zsh_operands(FILE *stream, const struct cli_option *mode)
{
    fprintf(stream, "        --%s) operands=(", mode->name);
    if (has_words(mode)) {
        fputs("'1:shell:(", stream);
        put_replaced(stream, mode->operands, '|', ' ');
        fputs(")'", stream);
    } else if (mode->operands_max == 1) {
        fputs("'1:job:_sandbox_init_names'", stream);
    } else if (mode->operands_max > 1) {
        fputs("'*:job:_sandbox_init_names'", stream);
    }
    fputs(") ;;\n", stream);
}

static void put_zsh(FILE *stream)
{
    const char *between = "";
    const struct cli_option *option;
    fputs(zsh_head, stream);
    for (option = cli_options; option->name != NULL; option++) {
        if (is_mode(option) && !takes_command(option)) {
            fprintf(stream, "%s%s", between, option->name);
            between = "|";
        }
    }
    fputs(")]} in\n", stream);
    for (option = cli_options; option->name != NULL; option++) {
        if (is_mode(option) && !takes_command(option)) {
            put_zsh_operands(stream, option);
        }
    }
    fputs("    esac\n"
          "    local -a specs=(\n",
          stream);
    for (option = cli_options; option->name != NULL; option++) {
        put_zsh_option(stream, option);
    }
    fputs("    )\n"
          "    _arguments -s -S : $specs $operands\n",
          stream);
    fputs(zsh_tail, stream);
}

/* ---- names ---- */

static void put_name(FILE *stream, const char *record, struct fields_reader *reader)
{
    const char *key = NULL;
    const char *value = NULL;
    while (fields_next(reader, &key, &value)) {
        const bool is_name = strcmp(record, "job") == 0 && strcmp(key, "name") == 0;
        if (is_name && config_table_is_job_name(value)) {
            fprintf(stream, "%s\n", value);
        }
    }
}

/* That there is none to ask is nothing that one who presses Tab wants to read. */
static void put_job_names(FILE *stream, const char *runtime_dir)
{
    const struct client_request request = {.runtime_dir = runtime_dir, .text = "status"};
    struct client client;
    struct fields_reader reader;
    const char *record = NULL;
    const bool is_open = client_open(&client, &request) == 0;
    while (is_open && client_next(&client, -1, &record, &reader) == CLIENT_RECORD) {
        put_name(stream, record, &reader);
    }
    client_close(&client);
}

int completion_run(FILE *stream, const char *shell, const char *runtime_dir)
{
    if (strcmp(shell, "bash") == 0) {
        put_bash(stream);
    } else if (strcmp(shell, "zsh") == 0) {
        put_zsh(stream);
    } else if (strcmp(shell, "names") == 0) {
        put_job_names(stream, runtime_dir);
    } else {
        char shown[SHOWN_MAX];
        escape_text(shown, sizeof shown, shell);
        fprintf(stderr, "sandbox-init: there is completion for bash and zsh, not for '%s'\n", shown);
        return CLI_STATUS_USAGE;
    }
    return fflush(stream) == 0 && ferror(stream) == 0 ? CLI_STATUS_OK : CLI_STATUS_SYSTEM;
}
