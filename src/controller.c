/* SPDX-License-Identifier: MIT */
#include "sandbox_init/controller.h"

#include "sandbox_init/nearest.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    VALUE_SIZE = 512,   /* bytes of a text that is put together here */
    COMMAND_SIZE = 256, /* bytes of the command's first word that are told */
};

_Static_assert(CONFIG_JOBS_MAX <= 64 && (int)CONFIG_JOBS_MAX <= (int)HISTORY_ACTORS_MAX,
               "a bit for each, and a history");

/* What is said next. The order is that of a reply. */
enum stage {
    STAGE_NONE,
    STAGE_INIT,
    STAGE_GUARD,
    STAGE_JOBS,
    STAGE_WATCH,
    STAGE_SPANS,
    STAGE_TICKS,
    STAGE_END
};

static uint64_t wall_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t bit_of(size_t index)
{
    return UINT64_C(1) << index;
}

/* ---- what happens ---- */

static bool has_run(const struct job *job)
{
    return job->state >= JOBSTATE_STARTING && job->state <= JOBSTATE_DRAINING;
}

static void note_run(struct controller *controller, const struct job *job, struct controller_job *known)
{
    const uint64_t now = uv_now(controller->setting.loop);
    if (job->tries > 0 && (known->started_at == 0 || known->run_ms != job->started_ms)) {
        known->started_at = wall_ms() - (now - job->started_ms);
        known->run_ms = job->started_ms;
        known->is_over = false;
    }
    if (known->started_at != 0 && !known->is_over && !has_run(job)) {
        known->took_ms = now - job->started_ms;
        known->is_over = true;
    }
}

static void tell_watchers(struct controller *controller, size_t index)
{
    for (size_t slot = 0; slot < CONTROL_CLIENTS_MAX; slot++) {
        struct controller_session *session = &controller->sessions[slot];
        if ((session->watched & bit_of(index)) != 0) {
            session->pending |= bit_of(index);
            control_wake(&controller->control, slot);
        }
    }
}

static void on_job(void *context, size_t index)
{
    struct controller *controller = context;
    const struct job *job = &controller->setting.jobs->list[index];
    struct controller_job *known = &controller->jobs[index];
    known->changed_at = wall_ms();
    note_run(controller, job, known);
    history_note_state(&controller->history, index, job->state, known->changed_at);
    tell_watchers(controller, index);
}

static void on_tick(void *context, const char *what)
{
    struct controller *controller = context;
    controller->last_tick_at = wall_ms();
    history_note_tick(&controller->history, what, controller->last_tick_at);
}

/* ---- records ---- */

/* A field that may have no value. */
static void put_known(struct fields_writer *writer, const char *key, bool is_known, uint64_t value)
{
    if (is_known) {
        fields_put_number(writer, key, value);
    } else {
        fields_put(writer, key, "");
    }
}

static bool put_init(const struct controller *controller, struct fields_writer *writer)
{
    const struct controller_setting *setting = &controller->setting;
    const pid_t command_pid = setting->main->child.pid;
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command, "%s", setting->command != NULL ? setting->command : "");
    fields_begin(writer, "init");
    fields_put_number(writer, "protocol", CONTROLLER_PROTOCOL);
    fields_put(writer, "version", SANDBOX_INIT_VERSION);
    fields_put_number(writer, "pid", (uint64_t)getpid());
    fields_put_number(writer, "is_pid1", getpid() == 1 ? 1 : 0);
    fields_put_number(writer, "uid", geteuid());
    fields_put(writer, "state", shutdown_state_name(*setting->state));
    fields_put_number(writer, "now_at", wall_ms());
    fields_put_number(writer, "started_at", controller->started_at);
    fields_put(writer, "log_dir", setting->log_dir);
    fields_put(writer, "command", command);
    put_known(writer, "command_pid", command_pid > 0, (uint64_t)command_pid);
    return fields_end(writer);
}

/* Why not every directory is watched, and the mend; "": each is. */
static const char *describe_watching(const struct guard_report *report)
{
    if (report->is_polling && !report->has_events) {
        return "no inotify, so directories are swept every second: "
               "raise fs.inotify.max_user_instances on the host";
    }
    if (report->is_polling && report->is_full) {
        return "too many directories, so some are swept every second: take globs out of [scrub] dirs";
    }
    if (report->is_polling) {
        return "not every directory can be watched, so some are swept every second: "
               "raise fs.inotify.max_user_watches on the host";
    }
    return "";
}

/* Why sockets are not all revoked at once and for good, and how to mend that. */
static const char *describe_degraded(const struct guard_report *report, char text[static VALUE_SIZE])
{
    char closed[128] = "";
    const char *revoking = "";
    const char *watching = describe_watching(report);
    if (!report->is_final) {
        revoking = geteuid() != 0
                       ? "not root, so who opened a socket before can still connect: run the init as root"
                       : "no CAP_CHOWN, so who opened a socket before can still connect: "
                         "give the container that capability";
    }
    if (report->closed > 0) {
        snprintf(closed, sizeof closed, "%zu director%s closed to us, so sockets in there stay unseen: %s",
                 report->closed, report->closed == 1 ? "y is" : "ies are",
                 geteuid() != 0 ? "run the init as root" : "give the container CAP_DAC_OVERRIDE");
    }
    const char *first = *revoking != '\0' && (*watching != '\0' || *closed != '\0') ? "; " : "";
    const char *second = *watching != '\0' && *closed != '\0' ? "; " : "";
    snprintf(text, VALUE_SIZE, "%s%s%s%s%s", revoking, first, watching, second, closed);
    return *text != '\0' ? "degraded" : "full";
}

static const char *describe_level(const struct controller *controller, const struct guard_report *report,
                                  char text[static VALUE_SIZE])
{
    if (!controller->setting.is_guard_wanted) {
        snprintf(text, VALUE_SIZE, "[scrub] enabled = no");
        return "off";
    }
    if (!report->is_running) {
        snprintf(text, VALUE_SIZE, "it could not be started: the log says why");
        return "off";
    }
    if (report->is_dry) {
        snprintf(text, VALUE_SIZE, "[scrub] action = report: sockets are left as they are");
        return "report";
    }
    return describe_degraded(report, text);
}

static bool put_guard(const struct controller *controller, struct fields_writer *writer)
{
    struct guard_report report;
    char reason[VALUE_SIZE];
    guard_report(controller->setting.guard, &report);
    const struct tally_counters *counters = &report.counters;
    fields_begin(writer, "guard");
    fields_put(writer, "level", describe_level(controller, &report, reason));
    fields_put(writer, "reason", reason);
    fields_put_number(writer, "wanted", controller->setting.is_guard_wanted ? 1 : 0);
    fields_put_number(writer, "directories", report.directories);
    fields_put_number(writer, "polling", report.is_polling ? 1 : 0);
    fields_put_number(writer, "revoked", counters->revoked);
    fields_put_number(writer, "unlinked", counters->unlinked);
    fields_put_number(writer, "links", counters->links);
    fields_put_number(writer, "found", counters->found);
    fields_put_number(writer, "refused", counters->refused);
    fields_put_number(writer, "failed", counters->failed);
    fields_put_number(writer, "hard_links", counters->hard_links);
    fields_put_number(writer, "moved_away", counters->moved_away);
    fields_put_number(writer, "overflows", counters->overflows);
    put_known(writer, "last_at", controller->last_tick_at != 0, controller->last_tick_at);
    return fields_end(writer);
}

static void put_after(struct fields_writer *writer, const struct config_job *config)
{
    char names[CONFIG_JOBS_MAX * CONFIG_JOB_NAME_SIZE] = "";
    size_t used = 0;
    for (char *const *name = config->after; *name != NULL && used + CONFIG_JOB_NAME_SIZE < sizeof names;
         name++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? " " : "", *name);
    }
    fields_put(writer, "after", names);
}

static void put_log(const struct controller *controller, struct fields_writer *writer,
                    const struct config_job *config)
{
    char path[2 * VALUE_SIZE] = "";
    if (controller->setting.log_dir != NULL) {
        snprintf(path, sizeof path, "%s/%s%s", controller->setting.log_dir, config->name, OUTPUT_FILE_SUFFIX);
    }
    fields_put(writer, "log", path);
}

static bool put_job(const struct controller *controller, struct fields_writer *writer, size_t index)
{
    const struct job *job = &controller->setting.jobs->list[index];
    const struct config_job *config = job->config;
    const struct controller_job *known = &controller->jobs[index];
    const bool is_program_over = known->is_over && job->exit_status >= 0 && !job->run.is_unmet;
    fields_begin(writer, "job");
    fields_put(writer, "name", config->name);
    fields_put(writer, "kind", config->is_service ? "service" : "job");
    fields_put_number(writer, "enabled", config->enabled ? 1 : 0);
    fields_put(writer, "state", jobstate_name(job->state));
    fields_put_number(writer, "changed_at",
                      known->changed_at != 0 ? known->changed_at : controller->started_at);
    put_known(writer, "started_at", known->started_at != 0, known->started_at);
    put_known(writer, "took", known->is_over, known->took_ms);
    put_known(writer, "pid", job->child.pid > 0, (uint64_t)job->child.pid);
    fields_put_number(writer, "tries", job->tries);
    fields_put_number(writer, "tries_max", job->run.limit);
    put_known(writer, "status", is_program_over, (uint64_t)job->exit_status);
    fields_put(writer, "reason", job->reason);
    put_after(writer, config);
    put_log(controller, writer, config);
    return fields_end(writer);
}

static bool put_span(const struct controller *controller, struct fields_writer *writer,
                     const struct history_span *span)
{
    fields_begin(writer, "span");
    fields_put(writer, "name", controller->setting.jobs->list[span->actor].config->name);
    fields_put(writer, "state", jobstate_name((enum jobstate_state)span->state));
    fields_put_number(writer, "from_at", span->from_ms);
    put_known(writer, "to_at", span->to_ms != 0, span->to_ms);
    return fields_end(writer);
}

static bool put_tick(struct fields_writer *writer, const struct history_tick *tick)
{
    fields_begin(writer, "tick");
    fields_put_number(writer, "at", tick->at_ms);
    fields_put(writer, "result", tick->what);
    return fields_end(writer);
}

static bool put_history(const struct controller *controller, struct fields_writer *writer)
{
    fields_begin(writer, "history");
    fields_put_number(writer, "lost",
                      history_first_span(&controller->history) + history_first_tick(&controller->history));
    return fields_end(writer);
}

static bool put_end(struct fields_writer *writer)
{
    fields_begin(writer, "end");
    return fields_end(writer);
}

static enum control_next put_error(struct fields_writer *writer, const char *code, const char *message)
{
    fields_begin(writer, "error");
    fields_put(writer, "code", code);
    fields_put(writer, "message", message);
    fields_end(writer);
    return CONTROL_END;
}

/* ---- a reply, record by record ---- */

static enum stage stage_after_init(const struct controller_session *session)
{
    if (session->is_history) {
        return STAGE_SPANS;
    }
    return session->is_status ? STAGE_GUARD : STAGE_WATCH;
}

/* Puts the job NEXT, or ends the stage. */
static bool say_job(struct controller *controller, struct controller_session *session,
                    struct fields_writer *writer)
{
    if (session->next == controller->setting.jobs->count) {
        session->stage = STAGE_END;
        return true;
    }
    if (!put_job(controller, writer, (size_t)session->next)) {
        return false;
    }
    session->next++;
    return true;
}

/* Whoever rests has pending bits again when it is woken. */
static bool say_change(struct controller *controller, struct controller_session *session,
                       struct fields_writer *writer)
{
    size_t index = 0;
    while ((session->pending & bit_of(index)) == 0) {
        index++;
    }
    if (!put_job(controller, writer, index)) {
        return false;
    }
    session->pending &= ~bit_of(index);
    return true;
}

/* What is forgotten while it is told is left out. */
static bool say_span(struct controller *controller, struct controller_session *session,
                     struct fields_writer *writer)
{
    const uint64_t first = history_first_span(&controller->history);
    session->next = session->next < first ? first : session->next;
    const struct history_span *span = history_find_span(&controller->history, session->next);
    if (span == NULL) {
        session->stage = STAGE_TICKS;
        session->next = 0;
        return true;
    }
    if (!put_span(controller, writer, span)) {
        return false;
    }
    session->next++;
    return true;
}

static bool say_tick(struct controller *controller, struct controller_session *session,
                     struct fields_writer *writer)
{
    const uint64_t first = history_first_tick(&controller->history);
    session->next = session->next < first ? first : session->next;
    const struct history_tick *tick = history_find_tick(&controller->history, session->next);
    if (tick == NULL) {
        session->stage = STAGE_END;
        return true;
    }
    if (!put_tick(writer, tick)) {
        return false;
    }
    session->next++;
    return true;
}

static bool say_beginning(struct controller *controller, struct controller_session *session,
                          struct fields_writer *writer)
{
    if (!put_init(controller, writer) || (session->is_history && !put_history(controller, writer))) {
        return false;
    }
    session->stage = (unsigned char)stage_after_init(session);
    return true;
}

static bool say_guard(struct controller *controller, struct controller_session *session,
                      struct fields_writer *writer)
{
    if (!put_guard(controller, writer)) {
        return false;
    }
    session->stage = STAGE_JOBS;
    return true;
}

/* Puts the next record, if it is not only a stage that ends. Returns false when there is no room for it. */
static bool say_next(struct controller *controller, struct controller_session *session,
                     struct fields_writer *writer)
{
    switch ((enum stage)session->stage) {
    case STAGE_INIT:
        return say_beginning(controller, session, writer);
    case STAGE_GUARD:
        return say_guard(controller, session, writer);
    case STAGE_JOBS:
        return say_job(controller, session, writer);
    case STAGE_WATCH:
        return say_change(controller, session, writer);
    case STAGE_SPANS:
        return say_span(controller, session, writer);
    case STAGE_TICKS:
        return say_tick(controller, session, writer);
    case STAGE_NONE:
    case STAGE_END:
        break;
    }
    return put_end(writer);
}

static bool is_settled(const struct job *job, bool is_until_rest)
{
    const bool is_there = job->config->is_service && job->state == JOBSTATE_RUNNING;
    return !jobstate_is_active(job->state) || (is_there && !is_until_rest);
}

static bool are_all_settled(const struct controller *controller, const struct controller_session *session)
{
    for (size_t i = 0; i < controller->setting.jobs->count; i++) {
        if ((session->watched & bit_of(i)) != 0 &&
            !is_settled(&controller->setting.jobs->list[i], session->is_until_rest)) {
            return false;
        }
    }
    return true;
}

static enum control_next say(struct controller *controller, struct controller_session *session,
                             struct fields_writer *writer)
{
    for (int records = 0; records < CONTROLLER_RECORDS_MAX; records++) {
        const bool is_told = session->stage == STAGE_WATCH && session->pending == 0;
        if (is_told && !are_all_settled(controller, session)) {
            return CONTROL_REST;
        }
        if (is_told) {
            session->stage = STAGE_END;
        }
        const bool is_last = session->stage == STAGE_END;
        if (!say_next(controller, session, writer)) {
            return CONTROL_MORE;
        }
        if (is_last) {
            return CONTROL_END;
        }
    }
    return CONTROL_MORE;
}

/* ---- requests ---- */

/* Cuts the next word off REST, which is NULL after the last one. Returns "" where there is none. */
static const char *take_word(char **rest)
{
    char *word = *rest;
    if (word == NULL) {
        return "";
    }
    char *blank = strchr(word, ' ');
    if (blank != NULL) {
        *blank = '\0';
    }
    *rest = blank != NULL ? blank + 1 : NULL;
    return word;
}

static enum control_next refuse_name(const struct controller *controller, const char *name,
                                     struct fields_writer *writer)
{
    const struct jobs *jobs = controller->setting.jobs;
    char message[VALUE_SIZE];
    struct nearest best = {0};
    for (size_t i = 0; i < jobs->count; i++) {
        nearest_offer(&best, name, jobs->list[i].config->name);
    }
    if (best.name != NULL) {
        snprintf(message, sizeof message, "there is no job or service '%.128s'; did you mean '%s'?", name,
                 best.name);
    } else {
        snprintf(message, sizeof message, "there is no job or service '%.128s'; status has their names",
                 name);
    }
    return put_error(writer, "unknown", message);
}

static enum control_next begin(struct controller *controller, struct controller_session *session,
                               struct fields_writer *writer)
{
    session->stage = STAGE_INIT;
    session->pending = session->watched;
    return say(controller, session, writer);
}

/* A verb without arguments. */
static enum control_next ask_plain(struct controller *controller, size_t slot, const char *rest,
                                   struct fields_writer *writer)
{
    if (rest != NULL) {
        return put_error(writer, "request", "status and history take no arguments");
    }
    return begin(controller, &controller->sessions[slot], writer);
}

static enum control_next take_status(struct controller *controller, size_t slot, char *rest,
                                     struct fields_writer *writer)
{
    controller->sessions[slot].is_status = true;
    return ask_plain(controller, slot, rest, writer);
}

static enum control_next take_history(struct controller *controller, size_t slot, char *rest,
                                      struct fields_writer *writer)
{
    controller->sessions[slot].is_history = true;
    return ask_plain(controller, slot, rest, writer);
}

static uint64_t find_enabled(const struct jobs *jobs)
{
    uint64_t enabled = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        enabled |= jobs->list[i].config->enabled ? bit_of(i) : 0;
    }
    return enabled;
}

static enum control_next take_watch(struct controller *controller, size_t slot, char *rest,
                                    struct fields_writer *writer)
{
    const struct jobs *jobs = controller->setting.jobs;
    uint64_t watched = rest == NULL ? find_enabled(jobs) : 0;
    while (rest != NULL) {
        const char *name = take_word(&rest);
        const size_t index = jobs_find(jobs, name);
        if (*name == '\0') {
            return put_error(writer, "request", "names are separated by single blanks");
        }
        if (index == jobs->count) {
            return refuse_name(controller, name, writer);
        }
        watched |= bit_of(index);
    }
    controller->sessions[slot].watched = watched;
    return begin(controller, &controller->sessions[slot], writer);
}

typedef void change_call(struct jobs *jobs, size_t index);

/* Asks for CHANGE of the one that REST names, and watches it. */
static enum control_next take_change(struct controller *controller, size_t slot, char *rest,
                                     struct fields_writer *writer, change_call *change)
{
    struct jobs *jobs = controller->setting.jobs;
    struct controller_session *session = &controller->sessions[slot];
    const char *name = take_word(&rest);
    const size_t index = jobs_find(jobs, name);
    if (*name == '\0' || rest != NULL) {
        return put_error(writer, "request", "start, stop and restart take the name of one job or service");
    }
    if (!control_is_trusted(&controller->control, slot)) {
        char message[VALUE_SIZE];
        snprintf(message, sizeof message, "only root and the init's own user (uid %u) may do that",
                 (unsigned)geteuid());
        return put_error(writer, "denied", message);
    }
    if (index == jobs->count) {
        return refuse_name(controller, name, writer);
    }
    if (*controller->setting.state != SHUTDOWN_RUNNING && change != jobs_stop_one) {
        return put_error(writer, "stopping", "the container is going down: nothing is started any more");
    }
    log_info(controller->setting.log, jobs->list[index].label, "%s was asked for by uid %u",
             change == jobs_stop_one    ? "a stop"
             : change == jobs_start_one ? "a start"
                                        : "a restart",
             (unsigned)controller->control.clients[slot].uid);
    change(jobs, index);
    session->watched = bit_of(index);
    session->is_until_rest = change == jobs_stop_one;
    return begin(controller, session, writer);
}

static enum control_next take_start(struct controller *controller, size_t slot, char *rest,
                                    struct fields_writer *writer)
{
    return take_change(controller, slot, rest, writer, jobs_start_one);
}

static enum control_next take_stop(struct controller *controller, size_t slot, char *rest,
                                   struct fields_writer *writer)
{
    return take_change(controller, slot, rest, writer, jobs_stop_one);
}

static enum control_next take_restart(struct controller *controller, size_t slot, char *rest,
                                      struct fields_writer *writer)
{
    return take_change(controller, slot, rest, writer, jobs_restart_one);
}

typedef enum control_next verb_call(struct controller *controller, size_t slot, char *rest,
                                    struct fields_writer *writer);

static const struct verb {
    const char *name;
    verb_call *call;
} verbs[] = {
    {"status", take_status}, {"watch", take_watch}, {"history", take_history},
    {"start", take_start},   {"stop", take_stop},   {"restart", take_restart},
};

static enum control_next on_request(void *context, size_t slot, char *request, struct fields_writer *writer)
{
    struct controller *controller = context;
    char *rest = request;
    const char *name = take_word(&rest);
    controller->sessions[slot] = (struct controller_session){.stage = STAGE_NONE};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return verbs[i].call(controller, slot, rest, writer);
        }
    }
    return put_error(writer, "request", "a request is status, watch, history, start, stop or restart");
}

static enum control_next on_room(void *context, size_t slot, struct fields_writer *writer)
{
    struct controller *controller = context;
    return say(controller, &controller->sessions[slot], writer);
}

static void on_gone(void *context, size_t slot)
{
    struct controller *controller = context;
    controller->sessions[slot] = (struct controller_session){.stage = STAGE_NONE};
}

/* ---- the beginning and the end ---- */

void controller_init(struct controller *controller, const struct controller_setting *setting)
{
    controller->setting = *setting;
    controller->started_at = wall_ms();
    jobs_listen(setting->jobs, on_job, controller);
    guard_listen(setting->guard, on_tick, controller);
}

int controller_start(struct controller *controller, const char *directory)
{
    const struct control_setting setting = {
        .log = controller->setting.log,
        .loop = controller->setting.loop,
        .directory = directory,
        .on_request = on_request,
        .on_room = on_room,
        .on_gone = on_gone,
        .context = controller,
    };
    return control_start(&controller->control, &setting);
}

void controller_stop(struct controller *controller)
{
    control_stop(&controller->control);
}
