/* SPDX-License-Identifier: MIT */
/*
 * check: real files in a directory of the test's own; what is printed is compared whole. What the
 * configuration comes to is config_render's to say: here it must be just that, and all of it.
 *
 * WRAP: malloc calloc realloc strdup
 */
#include "testing.h"

#include "sandbox_init/check.h"
#include "sandbox_init/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_SIZE = 1 << 16 };

static int countdown; /* of allocations: reaches 0 at the one that fails; 0: none does */

static bool is_time_to_fail(void)
{
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return is_time_to_fail() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return is_time_to_fail() ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    return is_time_to_fail() ? NULL : __real_realloc(memory, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
    return is_time_to_fail() ? NULL : __real_strdup(text);
}

static char base[32]; /* the test's directory */
static char file[64];
static char dropins[64];
static struct config_source source;
static char out[TEXT_SIZE];
static char errors[TEXT_SIZE];

static int set_up(void **state)
{
    (void)state;
    strcpy(base, "/tmp/test-check-XXXXXX");
    if (mkdtemp(base) == NULL) {
        return -1;
    }
    umask(022);
    countdown = 0;
    snprintf(file, sizeof file, "%s/test.ini", base);
    snprintf(dropins, sizeof dropins, "%s/test.d", base);
    source = (struct config_source){.file = file, .dropin_dir = dropins, .owner = geteuid()};
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "we");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

/* Copies what a stream got, frees it. */
static void take_text(char *to, FILE *stream, char **text)
{
    fclose(stream);
    snprintf(to, TEXT_SIZE, "%s", *text);
    free(*text);
}

static int run(bool is_json, bool is_quiet)
{
    char *out_text = NULL;
    char *error_text = NULL;
    size_t length = 0;
    FILE *out_stream = open_memstream(&out_text, &length);
    FILE *error_stream = open_memstream(&error_text, &length);
    const int status = check_run(&source, is_json, is_quiet, out_stream, error_stream);
    countdown = 0;
    take_text(out, out_stream, &out_text);
    take_text(errors, error_stream, &error_text);
    return status;
}

static void ignore_fault(void *context, const struct config_fault *fault)
{
    (void)context;
    (void)fault;
    fail();
}

/* What the configuration comes to, by the modules that know. */
static const char *rendered(bool is_json)
{
    static char expected[TEXT_SIZE];
    struct config config = {0};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    assert_int_equal(config_load(&config, &source, ignore_fault, NULL), 0);
    assert_int_equal(is_json ? config_render_json(&config, stream) : config_render_ini(&config, stream), 0);
    take_text(expected, stream, &text);
    config_finish(&config);
    return expected;
}

/* ---- cases ---- */

static const char good_file[] = "[init]\nstop_grace = 3s\n[scrub]\ndirs = /tmp /run/\"x*\n";
static const char bad_file[] = "[init]\nstop_grace = soon\ncolour = red\n";

static void the_resolved_configuration_is_printed(void **state)
{
    (void)state;
    for (int is_there = 0; is_there < 2; is_there++) {
        assert_int_equal(run(false, false), CLI_STATUS_OK);
        assert_string_equal(out, rendered(false));
        assert_string_equal(errors, "");
        assert_int_equal(run(true, false), CLI_STATUS_OK);
        assert_string_equal(out, rendered(true));
        assert_string_equal(errors, "");
        assert_non_null(strstr(out, is_there != 0 ? "\"stop_grace\": 3000" : "\"stop_grace\": 8000"));
        put_file(file, good_file);
    }
    assert_int_equal(run(false, false), CLI_STATUS_OK);
    assert_non_null(strstr(out, "stop_grace = 3s\n"));
    assert_non_null(strstr(out, "/run/\"x*\n"));
    assert_int_equal(run(true, false), CLI_STATUS_OK);
    assert_non_null(strstr(out, "\"stop_grace\": 3000"));
    assert_non_null(strstr(out, "\"/run/\\\"x*\""));
}

static void quiet_prints_nothing_but_faults(void **state)
{
    (void)state;
    put_file(file, good_file);
    for (int is_json = 0; is_json < 2; is_json++) {
        assert_int_equal(run(is_json != 0, true), CLI_STATUS_OK);
        assert_string_equal(out, "");
        assert_string_equal(errors, "");
    }
    put_file(file, bad_file);
    assert_int_equal(run(false, true), CLI_STATUS_CONFIG);
    assert_string_equal(out, "");
    assert_non_null(strstr(errors, "test.ini:2: "));
    assert_int_equal(run(true, true), CLI_STATUS_CONFIG);
    assert_non_null(strstr(out, "{\"faults\": [{\"file\": "));
    assert_string_equal(errors, "");
}

/* Begins with FILE, LINE and what is said; what follows to the end of the line is config's to say. */
static void expect_fault(const char *text, const char *begin)
{
    char expected[256];
    snprintf(expected, sizeof expected, "%s%s", base, begin);
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, expected, strlen(expected)) == 0) {
            return;
        }
    }
    fail_msg("no \"%s\" in:\n%s", expected, text);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

static void every_fault_of_every_file_has_a_line(void **state)
{
    char path[128];
    (void)state;
    put_file(file, bad_file);
    assert_int_equal(mkdir(dropins, 0755), 0);
    snprintf(path, sizeof path, "%s/1.ini", dropins);
    put_file(path, "\n\n[scrub]\nenabled = maybe\n");
    assert_int_equal(run(false, false), CLI_STATUS_CONFIG);
    assert_string_equal(out, "");
    assert_int_equal(count_lines(errors), 3);
    expect_fault(errors, "/test.ini:2: stop_grace");
    expect_fault(errors, "/test.ini:3: unknown key 'colour' in [init]");
    expect_fault(errors, "/test.d/1.ini:4: enabled");
}

static void a_fault_of_the_whole_file_has_no_line_number(void **state)
{
    char expected[256];
    (void)state;
    source.is_required = true;
    assert_int_equal(run(false, false), CLI_STATUS_CONFIG);
    assert_int_equal(count_lines(errors), 1);
    expect_fault(errors, "/test.ini: ");
    assert_int_equal(run(true, false), CLI_STATUS_CONFIG);
    snprintf(expected, sizeof expected, "{\"faults\": [{\"file\": \"%s\", \"line\": 0, \"message\": \"",
             file);
    assert_int_equal(strncmp(out, expected, strlen(expected)), 0);
    assert_string_equal(out + strlen(out) - 5, "\"}]}\n");
}

/* Returns what follows the JSON string at TEXT, or NULL (RFC 8259). */
static const char *skip_string(const char *text)
{
    if (text == NULL || *text != '"') {
        return NULL;
    }
    for (text++; *text != '"'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e) {
            return NULL;
        }
        if (*text == '\\' && (*++text == '\0' || strchr("\"\\/bfnrt", *text) == NULL)) {
            return NULL;
        }
    }
    return text + 1;
}

static const char *skip_text(const char *text, const char *expected)
{
    const size_t length = strlen(expected);
    return text != NULL && strncmp(text, expected, length) == 0 ? text + length : NULL;
}

/* Reads {"faults": [...]} strictly. Returns how many there are, or -1 where it is not that. */
static int count_json_faults(const char *text)
{
    int count = 0;
    text = skip_text(text, "{\"faults\": [");
    do {
        text = skip_string(skip_text(text, count > 0 ? ", {\"file\": " : "{\"file\": "));
        text = skip_text(text, ", \"line\": ");
        text = text != NULL ? text + strspn(text, "0123456789") : NULL;
        text = skip_text(skip_string(skip_text(text, ", \"message\": ")), "}");
        count++;
    } while (text != NULL && *text == ',');
    text = skip_text(text, "]}\n");
    return text != NULL && *text == '\0' ? count : -1;
}

static void faults_as_json_are_one_object(void **state)
{
    char expected[256];
    (void)state;
    snprintf(file, sizeof file, "%s/te\"st.ini", base);
    put_file(file, "[init]\nstop_grace = \"\\s\033oon\"\ncolour\"\\ = red\nlog_level = loud\n");
    assert_int_equal(run(true, false), CLI_STATUS_CONFIG);
    assert_string_equal(errors, "");
    const int count = count_json_faults(out);
    if (count < 3) {
        fail_msg("%d faults in: %s", count, out);
    }
    snprintf(expected, sizeof expected,
             "{\"file\": \"%s/te\\\"st.ini\", \"line\": 4, \"message\": \"log_level", base);
    if (strstr(out, expected) == NULL) {
        fail_msg("no %s in: %s", expected, out);
    }
    assert_null(strchr(out, '\033'));
}

/* The longest message there is names 64 jobs. */
static void long_faults_are_whole_in_json(void **state)
{
    (void)state;
    static char text[TEXT_SIZE];
    size_t used = 0;
    for (int i = 0; i < CONFIG_JOBS_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "[job:n%031d]\ncommand = x\nafter = n%031d\n", i, (i + 1) % CONFIG_JOBS_MAX);
    }
    put_file(file, text);
    assert_int_equal(run(true, false), CLI_STATUS_CONFIG);
    assert_int_equal(count_json_faults(out), 1);
    assert_non_null(strstr(out, " -> n0000000000000000000000000000000; leave one out\"}]}"));
}

static void a_configuration_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        print_message("there is no /dev/full here\n");
        skip();
    }
    for (int i = 0; i < 4; i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *full = fopen("/dev/full", "we");
        FILE *stream = open_memstream(&text, &length);
        const bool is_json = i % 2 != 0;
        put_file(file, i < 2 ? good_file : bad_file);
        const int status = check_run(&source, is_json, false, full, stream);
        fclose(full);
        take_text(errors, stream, &text);
        if (i == 2) { /* nothing was to be written there */
            assert_int_equal(status, CLI_STATUS_CONFIG);
        } else {
            assert_int_equal(status, CLI_STATUS_SYSTEM);
            assert_string_equal(errors,
                                "sandbox-init: cannot write the configuration: No space left on device\n");
        }
    }
}

static void without_memory_it_says_so(void **state)
{
    static const char said[] = "sandbox-init: cannot load the configuration: Cannot allocate memory\n";
    (void)state;
    put_file(file, good_file);
    for (int is_json = 0; is_json < 2; is_json++) {
        int failing = 1;
        for (; failing < 10000; failing++) {
            char *out_text = NULL;
            char *error_text = NULL;
            size_t length = 0;
            FILE *out_stream = open_memstream(&out_text, &length);
            FILE *error_stream = open_memstream(&error_text, &length);
            countdown = failing;
            const int status = check_run(&source, is_json != 0, true, out_stream, error_stream);
            const bool has_failed = countdown == 0;
            countdown = 0;
            take_text(out, out_stream, &out_text);
            take_text(errors, error_stream, &error_text);
            assert_string_equal(out, "");
            if (!has_failed) {
                assert_int_equal(status, CLI_STATUS_OK);
                break;
            }
            assert_int_equal(status, CLI_STATUS_SYSTEM);
            assert_string_equal(errors, said);
        }
        assert_in_range(failing, 2, 9999);
    }
}

static void load_gives_the_configuration_or_the_faults(void **state)
{
    static const struct config zeroed;
    struct config config;
    char *text = NULL;
    size_t length = 0;
    (void)state;
    memset(&config, 0, sizeof config);
    put_file(file, bad_file);
    FILE *stream = open_memstream(&text, &length);
    assert_int_equal(check_load(&config, &source, stream), CLI_STATUS_CONFIG);
    take_text(errors, stream, &text);
    assert_memory_equal(&config, &zeroed, sizeof config);
    assert_int_equal(count_lines(errors), 2);
    expect_fault(errors, "/test.ini:2: stop_grace");

    put_file(file, good_file);
    stream = open_memstream(&text, &length);
    assert_int_equal(check_load(&config, &source, stream), CLI_STATUS_OK);
    take_text(errors, stream, &text);
    assert_string_equal(errors, "");
    assert_int_equal(config.init.stop_grace_ms, 3000);
    config_finish(&config);

    stream = open_memstream(&text, &length);
    countdown = 1;
    const int status = check_load(&config, &source, stream);
    countdown = 0;
    take_text(errors, stream, &text);
    assert_int_equal(status, CLI_STATUS_SYSTEM);
    assert_string_equal(errors, "sandbox-init: cannot load the configuration: Cannot allocate memory\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_resolved_configuration_is_printed),
        CASE(quiet_prints_nothing_but_faults),
        CASE(every_fault_of_every_file_has_a_line),
        CASE(a_fault_of_the_whole_file_has_no_line_number),
        CASE(faults_as_json_are_one_object),
        CASE(long_faults_are_whole_in_json),
        CASE(a_configuration_that_cannot_be_written_is_an_error),
        CASE(without_memory_it_says_so),
        CASE(load_gives_the_configuration_or_the_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
