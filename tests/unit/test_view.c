/* SPDX-License-Identifier: MIT */
/* view: records as an init sends them and as nobody should, what is kept of them, and what it means. */
#include "testing.h"

#include "sandbox_init/view.h"

#include <stdio.h>
#include <string.h>

static struct view view;

static int begin(void **state)
{
    (void)state;
    memset(&view, 0, sizeof view);
    return 0;
}

static struct view_job *take(const char *line)
{
    static char copy[FIELDS_LINE_MAX];
    struct fields_reader reader;
    snprintf(copy, sizeof copy, "%s", line);
    const char *name = fields_open(&reader, copy);
    return view_take(&view, name, &reader);
}

static void expect_number(const struct view_number *number, uint64_t value)
{
    assert_true(number->is_known);
    assert_int_equal(number->value, value);
}

static void the_init_is_kept(void **state)
{
    (void)state;
    assert_null(
        take("init\tprotocol=1\tversion=0.1.0\tpid=12\tis_pid1=0\tuid=1000\tstate=running\tnow_at=2000\t"
             "started_at=1000\tlog_dir=/var/l\tcommand=sl\\x1b\tcommand_pid=\tnew=thing"));
    expect_number(&view.init.protocol, 1);
    assert_string_equal(view.init.version, "0.1.0");
    expect_number(&view.init.pid, 12);
    expect_number(&view.init.is_pid1, 0);
    expect_number(&view.init.uid, 1000);
    assert_string_equal(view.init.state, "running");
    expect_number(&view.init.now_at, 2000);
    expect_number(&view.init.started_at, 1000);
    assert_string_equal(view.init.log_dir, "/var/l");
    assert_string_equal(view.init.command, "sl\x1b");
    assert_false(view.init.command_pid.is_known);
    take("init\tcommand_pid=7");
    expect_number(&view.init.command_pid, 7);
    assert_string_equal(view.init.version, "");
    assert_false(view.init.pid.is_known);
}

static void the_guard_is_kept(void **state)
{
    (void)state;
    assert_null(
        take("guard\tlevel=full\treason=why\tdirectories=1\tpolling=1\trevoked=2\tunlinked=3\tlinks=4\t"
             "found=5\trefused=6\tfailed=7\thard_links=8\tmoved_away=9\toverflows=10\tlast_at=11\twanted=0"));
    const struct view_number *const numbers[] = {
        &view.guard.wanted,     &view.guard.polling,    &view.guard.revoked,   &view.guard.unlinked,
        &view.guard.links,      &view.guard.found,      &view.guard.refused,   &view.guard.failed,
        &view.guard.hard_links, &view.guard.moved_away, &view.guard.overflows, &view.guard.last_at,
    };
    assert_string_equal(view.guard.level, "full");
    assert_string_equal(view.guard.reason, "why");
    expect_number(&view.guard.directories, 1);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        expect_number(numbers[i], i);
    }
}

static void a_job_is_kept_and_replaced(void **state)
{
    (void)state;
    struct view_job *job = take(
        "job\tname=a\tkind=service\tenabled=1\tstate=running\tchanged_at=1\tstarted_at=2\ttook=3\tpid=4\t"
        "tries=5\ttries_max=6\tstatus=7\treason=why\tafter=b c\tlog=/l/a.log");
    assert_ptr_equal(job, &view.jobs[0]);
    assert_true(job->is_service && job->is_enabled);
    assert_int_equal(job->state, JOBSTATE_RUNNING);
    assert_string_equal(job->state_name, "running");
    const struct view_number *const numbers[] = {&job->changed_at, &job->started_at, &job->took,  &job->pid,
                                                 &job->tries,      &job->tries_max,  &job->status};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        expect_number(numbers[i], i + 1);
    }
    assert_string_equal(job->reason, "why");
    assert_string_equal(job->after, "b c");
    assert_string_equal(job->log, "/l/a.log");
    assert_ptr_equal(take("job\tname=b\tkind=job\tenabled=0\tstate=new"), &view.jobs[1]);
    assert_int_equal(view.jobs[1].state, JOBSTATE_HOLE);
    assert_string_equal(view.jobs[1].state_name, "new");
    assert_ptr_equal(take("job\tname=a\tkind=job\tenabled=0\tstate=done\tpid="), job);
    assert_true(!job->is_service && !job->is_enabled && !job->pid.is_known && !job->took.is_known);
    assert_int_equal(view.job_count, 2);
    assert_ptr_equal(view_find_job(&view, "b"), &view.jobs[1]);
    assert_null(view_find_job(&view, "c"));
}

static void nonsense_is_survived(void **state)
{
    (void)state;
    static char line[FIELDS_LINE_MAX];
    assert_null(take(""));
    assert_null(take("jobs\tname=a"));
    assert_int_equal(view.job_count, 0);
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "job\tname=", strlen("job\tname="));
    assert_int_equal(strlen(take(line)->name), VIEW_WORD_SIZE - 1);
    begin(NULL);
    for (size_t i = 0; i < CONFIG_JOBS_MAX; i++) {
        snprintf(line, sizeof line, "job\tname=%zu\tpid=-1\ttries=1x\tstatus=99999999999999999999", i);
        assert_ptr_equal(take(line), &view.jobs[i]);
        assert_true(!view.jobs[i].pid.is_known && !view.jobs[i].tries.is_known &&
                    !view.jobs[i].status.is_known);
    }
    assert_null(take("job\tname=one-too-many"));
    assert_int_equal(view.job_count, CONFIG_JOBS_MAX);
    assert_non_null(take("job\tname=5\tstate=done"));
}

/* ---- what it means ---- */

/* In the order of the states: of a job that was tried, a service that was, a job that was not. */
static void each_state_is_judged(void **state)
{
    (void)state;
    static const char job_verdicts[] = "PFPPPPPPSFS"; /* pending, succeeded, failed */
    static const char service_verdicts[] = "PFPPSPPPSFS";
    static const char untried_verdicts[] = "PFPPPPPPSFF";
    static const char letters[] = {[VIEW_PENDING] = 'P', [VIEW_SUCCEEDED] = 'S', [VIEW_FAILED] = 'F'};
    for (int number = JOBSTATE_HOLE; number < JOBSTATE_STATE_COUNT; number++) {
        struct view_job job = {.state = (enum jobstate_state)number, .tries = {1, true}};
        assert_int_equal(letters[view_judge(&job)], job_verdicts[number]);
        job.is_service = true;
        assert_int_equal(letters[view_judge(&job)], service_verdicts[number]);
        job.is_service = false;
        job.tries.value = 0;
        assert_int_equal(letters[view_judge(&job)], untried_verdicts[number]);
    }
}

/* A letter for each state: a healthy one, or an unhealthy one. */
static void each_state_is_healthy_or_not(void **state)
{
    (void)state;
    static const struct {
        struct view_job job;
        const char *verdicts;
    } rows[] = {
        {{.tries = {1, true}, .status = {1, true}}, "hhhhhhhhhuh"},
        {{.tries = {0, true}}, "hhhhhhhhhuu"},
        {{.tries = {1, true}, .is_service = true, .status = {1, true}}, "hhhhhhhuhuh"},
        {{.tries = {1, true}, .is_service = true, .status = {0, true}}, "hhhhhhhhhuh"},
        {{.tries = {1, true}, .is_service = true}, "hhhhhhhuhuh"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int number = JOBSTATE_HOLE; number < JOBSTATE_STATE_COUNT; number++) {
            struct view_job job = rows[i].job;
            job.state = (enum jobstate_state)number;
            if (view_is_job_healthy(&job) != (rows[i].verdicts[number] == 'h')) {
                fail_msg("row %zu: %s", i, jobstate_name(job.state));
            }
        }
    }
}

static void the_guard_is_healthy_when_it_does_what_it_was_told(void **state)
{
    (void)state;
    static const struct {
        struct view_guard guard;
        bool is_healthy;
    } rows[] = {
        {{.level = "full", .wanted = {1, true}}, true},
        {{.level = "report", .wanted = {1, true}}, true},
        {{.level = "degraded", .wanted = {1, true}}, false},
        {{.level = "off", .wanted = {1, true}}, false},
        {{.level = "off", .wanted = {0, true}}, true},
        {{.level = "off"}, false},
        {{.level = "new"}, false},
        {{.level = ""}, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(view_is_guard_healthy(&rows[i].guard), rows[i].is_healthy);
        view.guard = rows[i].guard;
        assert_int_equal(view_is_healthy(&view), rows[i].is_healthy);
    }
    take("guard\tlevel=full");
    take("job\tname=a\tstate=done");
    assert_true(view_is_healthy(&view));
    take("job\tname=b\tstate=failed");
    assert_false(view_is_healthy(&view));
}

static void times_are_said_as_people_say_them(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1.0 s"},
        {59999, "59.9 s"},
        {60000, "1 min 00 s"},
        {3599999, "59 min 59 s"},
        {3600000, "1 h 00 min"},
        {86399999, "23 h 59 min"},
        {86400000, "1 d 00 h"},
        {UINT64_MAX, "213503982334 d 14 h"},
    };
    char text[VIEW_ELAPSED_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(view_render_elapsed(text, rows[i].ms), rows[i].text);
    }
    assert_int_equal(view_find_elapsed(&(struct view_number){10, true}, 15), 5);
    assert_int_equal(view_find_elapsed(&(struct view_number){15, true}, 10), 0);
    assert_int_equal(view_find_elapsed(&(struct view_number){0, false}, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_init_is_kept, begin),
        cmocka_unit_test_setup(the_guard_is_kept, begin),
        cmocka_unit_test_setup(a_job_is_kept_and_replaced, begin),
        cmocka_unit_test_setup(nonsense_is_survived, begin),
        cmocka_unit_test_setup(each_state_is_judged, begin),
        cmocka_unit_test_setup(each_state_is_healthy_or_not, begin),
        cmocka_unit_test_setup(the_guard_is_healthy_when_it_does_what_it_was_told, begin),
        cmocka_unit_test_setup(times_are_said_as_people_say_them, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
