/* SPDX-License-Identifier: MIT */
/* chart_svg: fake histories as a document. That a browser shows it is tested with a browser. */
#include "fake_history.h"

#include "sandbox_init/chart_svg.h"

static char *render(void)
{
    static char text[1 << 20];
    FILE *stream = tmpfile();
    assert_non_null(stream);
    chart_svg_render(stream, &fake_chart);
    rewind(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("not there: %s\n%s", part, text);
    }
}

/* The chart is 760 wide: with an axis of 760 ms a millisecond is a unit. */
static void histories_become_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *history;
        const char *parts[4];
    } rows[] = {
        {"a:waiting@0 a:starting@100 a:running@200 a:done@702",
         {"<rect class=\"waiting\" x=\"96.0\" y=\"89\" width=\"100.0\" height=\"14\"><title>a: waiting, from "
          "0 ms, for "
          "100 ms</title></rect>",
          "<rect class=\"starting\"", "<rect class=\"succeeded\"",
          "<title>a: succeeded, from 200 ms, for 502 ms</title>"}},
        {"a:running@0 a:failed@700",
         {"<rect class=\"failed\"", "<path class=\"gave-up\" d=\"M", "a: failed, from 700 ms"}},
        {"a:running@0 a:backoff@300", {"<rect class=\"backoff\"", "pause before the next try"}},
        {"a:running@0 a:stopping@300", {"<rect class=\"running\"", "<rect class=\"stopping\""}},
        {"a:waiting@0 a:skipped@300", {"<rect class=\"skipped\""}},
        {"!revoked@10 !failed@20",
         {"<path class=\"tick\" d=\"", "<title>revoked at 10 ms</title>", "<path class=\"bad\" d=\"",
          "2 events, 1 not revoked"}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_begin(760, 0);
        fake_job("a", "job", "running", "");
        fake_happen(rows[i].history);
        chart_finish(&fake_chart);
        const char *text = render();
        for (size_t part = 0; part < 4 && rows[i].parts[part] != NULL; part++) {
            expect(text, rows[i].parts[part]);
        }
    }
}

static void what_is_needed_is_joined(void **state)
{
    (void)state;
    fake_begin(1000, 0);
    fake_job("a", "job", "done", "\tafter=");
    fake_job("b", "job", "done", "\tafter=a");
    fake_job("c", "job", "skipped", "\tafter=b");
    fake_happen("a:running@0 a:done@380 c:skipped@400 b:running@570 b:done@702");
    chart_finish(&fake_chart);
    assert_int_equal(fake_chart.length, 760);
    const char *text = render();
    expect(text, "<path class=\"needs\" d=\"M476.0 96H666.0V144\"/>");
    /* c began before b was there: b was not what it waited for. */
    assert_null(strstr(strstr(text, "class=\"needs\"") + 1, "class=\"needs\""));
    expect(text, "done after 380 ms</text>");
    expect(text, "<tspan class=\"dim\">  after a</tspan>");
}

static void the_head_says_what_is_shown(void **state)
{
    (void)state;
    fake_begin(UINT64_C(90) * 1000, 0);
    fake_job("a", "job", "done", "");
    fake_happen("a:running@0 a:done@2000 !revoked@60000");
    chart_finish(&fake_chart);
    const char *text = render();
    expect(text, "start-up under sandbox-init 1.2.3</text>");
    expect(text, "2025-11-23T13:58:00.000Z  all settled after 2.0 s; 1 later event is not shown</text>");
    fake_begin(5000, 3);
    fake_job("a", "job", "running", "");
    fake_happen("a:running@1000");
    chart_finish(&fake_chart);
    expect(render(), "not settled after 4.0 s; the oldest 3 are forgotten</text>");
    fake_begin(5000, 0);
    chart_finish(&fake_chart);
    expect(render(), "no jobs or services</text>");
}

/* Nothing that was told can be read as markup, and nothing of it leads outside. */
static void texts_cannot_be_markup(void **state)
{
    (void)state;
    fake_begin(1000, 0);
    fake_record("init\tprotocol=1\tversion=<script>\\n\tnow_at=1763906281000\tstarted_at=1763906280000");
    fake_job("<b>\"&'\\e", "job", "failed",
             "\treason=]]><script>alert(1)</script>\\xe2\\x80\\xae\tafter=<i>");
    fake_record("span\tname=<b>\"&'\\e\tstate=running\tfrom_at=1763906280100\tto_at=1763906280200");
    fake_record("span\tname=<b>\"&'\\e\tstate=failed\tfrom_at=1763906280200\tto_at=");
    fake_record("tick\tat=1763906280100\tresult=<x>&\"");
    chart_finish(&fake_chart);
    const char *text = render();
    expect(text, ">&lt;b&gt;&quot;&amp;'\\e</text>");
    expect(text, "]]&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text, "after &lt;i&gt;");
    expect(text, "<title>&lt;x&gt;&amp;&quot; at 100 ms</title>");
    expect(text, "sandbox-init &lt;script&gt;?</text>");
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "href"));
    assert_null(strstr(text, "url("));
    assert_null(strstr(text, "import"));
    for (const char *byte = text; *byte != '\0'; byte++) {
        assert_true(*byte == '\n' || (*byte >= 0x20 && *byte <= 0x7e));
    }
}

/* Everything lies within the picture, from one row to the most, and from no time to years. */
static void it_has_room_for_everything(void **state)
{
    (void)state;
    for (size_t count = 0; count <= CONFIG_JOBS_MAX; count += 8) {
        fake_begin(UINT64_C(1) << count / 2, 0);
        for (size_t i = 0; i < count; i++) {
            char name[32];
            char word[64];
            snprintf(name, sizeof name, "job-%zu", i);
            snprintf(word, sizeof word, "job-%zu:running@%zu", i, i);
            fake_job(name, "job", "running", "");
            fake_happen(word);
        }
        chart_finish(&fake_chart);
        const char *text = render();
        unsigned width = 0;
        unsigned height = 0;
        assert_int_equal(sscanf(strstr(text, "<svg"), "<svg xmlns=\"%*[^\"]\" width=\"%u\" height=\"%u\"",
                                &width, &height),
                         2);
        for (const char *at = text; (at = strstr(at, "<rect class=")) != NULL; at++) {
            double x = 0;
            double y = 0;
            double wide = 0;
            double high = 0;
            if (sscanf(at, "<rect class=\"%*[^\"]\" x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &x, &y,
                       &wide, &high) == 4) {
                assert_true(x >= 0 && y >= 0 && x + wide <= width && y + high <= height);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories_become_shapes),     cmocka_unit_test(what_is_needed_is_joined),
        cmocka_unit_test(the_head_says_what_is_shown), cmocka_unit_test(texts_cannot_be_markup),
        cmocka_unit_test(it_has_room_for_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
