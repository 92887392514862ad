/* SPDX-License-Identifier: MIT */
/* json: commas where they belong, strings that are escaped, and null for what is not known. */
#include "testing.h"

#include "sandbox_init/json.h"

#include <stdlib.h>
#include <string.h>

static char *text;
static size_t size;
static struct json json;

static int begin(void **state)
{
    (void)state;
    json = (struct json){.stream = open_memstream(&text, &size), .is_first = true};
    return json.stream != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static void members_stand_behind_each_other(void **state)
{
    (void)state;
    json_open(&json, '{');
    json_string(&json, "a", "x\"y\n");
    json_text(&json, "b", "");
    json_text(&json, "c", "z");
    json_number(&json, "d", UINT64_MAX);
    json_null(&json, "e");
    json_flag(&json, "f", true);
    json_flag(&json, "g", false);
    json_close(&json, '}');
    fclose(json.stream);
    assert_string_equal(text, "{\"a\": \"x\\\"y\\\\n\", \"b\": null, \"c\": \"z\", "
                              "\"d\": 18446744073709551615, \"e\": null, \"f\": true, \"g\": false}");
}

static void objects_and_arrays_nest(void **state)
{
    (void)state;
    json_open(&json, '{');
    json_name(&json, "a");
    json_open(&json, '[');
    json_close(&json, ']');
    json_name(&json, "b");
    json_open(&json, '[');
    json_entry_string(&json, "x");
    json_entry_string(&json, "\\");
    json_entry(&json);
    json_open(&json, '{');
    json_number(&json, "c", 0);
    json_close(&json, '}');
    json_entry_line(&json);
    json_open(&json, '{');
    json_close(&json, '}');
    json_close(&json, ']');
    json_number(&json, "d", 1);
    json_close(&json, '}');
    fclose(json.stream);
    assert_string_equal(text, "{\"a\": [], \"b\": [\"x\", \"\\\\\\\\\", {\"c\": 0},\n {}], \"d\": 1}");
}

static void a_long_string_is_cut(void **state)
{
    (void)state;
    static char longest[2 * JSON_STRING_MAX];
    memset(longest, 'x', sizeof longest - 1);
    json_entry_string(&json, longest);
    fclose(json.stream);
    assert_in_range(size, JSON_STRING_MAX / 2, JSON_STRING_MAX + 2);
    assert_string_equal(text + size - 4, "...\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_stand_behind_each_other, begin, end),
        cmocka_unit_test_setup_teardown(objects_and_arrays_nest, begin, end),
        cmocka_unit_test_setup_teardown(a_long_string_is_cut, begin, end),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
