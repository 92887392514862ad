/* SPDX-License-Identifier: MIT */
/*
 * inifile: texts in, a transcript of all calls out. The transcript of each example is written down whole, so
 * that a call too many is seen as well as one too few.
 *
 *   [section]@LINE   section/key=value@LINE   section/key+value@LINE (continued)   !LINE: message
 *
 * The keys "s", and "k" in [s], are scripts.
 *
 * WRAP: ini_parse_stream
 */
#include "testing.h"

#include "sandbox_init/inifile.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

enum {
    TRANSCRIPT_SIZE = 16384,
};

struct transcript {
    char text[TRANSCRIPT_SIZE];
    size_t used;
    int faults;
};

/* What stands in for inih, where a test wants another one. */
static int (*other_inih)(ini_reader reader, void *stream, ini_handler handler, void *user);

int __real_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    return other_inih ? other_inih(reader, stream, handler, user)
                      : __real_ini_parse_stream(reader, stream, handler, user);
}

__attribute__((format(printf, 2, 3))) static void say(struct transcript *transcript, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof(transcript->text) - transcript->used;
    int length = vsnprintf(transcript->text + transcript->used, room, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < room);
    transcript->used += (size_t)length;
}

static void on_pair(void *context, const struct inifile_pair *pair)
{
    say(context, "%s/%s%c%s@%u\n", pair->section, pair->key, pair->is_continued ? '+' : '=', pair->value,
        pair->line);
}

static void on_fault(void *context, unsigned line, const char *message)
{
    struct transcript *transcript = context;
    transcript->faults++;
    for (const char *byte = message; *byte; byte++) {
        assert_in_range(*byte, 0x20, 0x7e);
    }
    say(transcript, "!%u: %s\n", line, message);
}

static void on_section(void *context, unsigned line, const char *section)
{
    say(context, "[%s]@%u\n", section, line);
}

/* "s" is a script everywhere, "k" in [s]. */
static bool is_script(void *context, const char *section, const char *key)
{
    struct transcript *transcript = context;
    assert_true(transcript->used < TRANSCRIPT_SIZE);
    return strcmp(key, "s") == 0 || (strcmp(section, "s") == 0 && strcmp(key, "k") == 0);
}

static int reset(void **state)
{
    (void)state;
    other_inih = NULL;
    return 0;
}

static void expect(const char *text, size_t length, const char *expected)
{
    static struct transcript transcript;
    memset(&transcript, 0, sizeof(transcript));
    const struct inifile_handler handler = {.pair = on_pair,
                                            .fault = on_fault,
                                            .section = on_section,
                                            .is_script = is_script,
                                            .context = &transcript};
    /* A copy of exact size, for the sanitizers and valgrind to see a byte too many. */
    char *copy = test_malloc(length + 1);
    memcpy(copy + 1, text, length);
    int faults = inifile_parse(copy + 1, length, &handler);
    test_free(copy);
    if (strcmp(transcript.text, expected) != 0) {
        fail_msg("of the text\n%.*s\ncame\n%swhere was expected\n%s", (int)length, text, transcript.text,
                 expected);
    }
    assert_int_equal(faults, transcript.faults);
}

struct example {
    const char *text;
    const char *expected;
};

static void expect_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect(examples[i].text, strlen(examples[i].text), examples[i].expected);
    }
}

static void test_reads_what_is_right(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", ""},
        {"\n", ""},
        {"\n\r\n  \t\n", ""},
        {"[a]", "[a]@1\n"},
        {"[a]\nk=v", "[a]@1\na/k=v@2\n"},
        {"k=v\n", "/k=v@1\n"},
        {"[a]\nk = v w\t \n", "[a]@1\na/k=v w@2\n"},
        {"[a]\nk\t=\tv\n", "[a]@1\na/k=v@2\n"},
        {"[a]\nk=\nl =\n", "[a]@1\na/k=@2\na/l=@3\n"},
        {"[a]\nk=v=w\nl=v:w\n", "[a]@1\na/k=v=w@2\na/l=v:w@3\n"},
        {"[a]\r\nk=v\r\n  w\r\n", "[a]@1\na/k=v@2\na/k+w@3\n"},
        {"\xef\xbb\xbf[a]\nk=v\n", "[a]@1\na/k=v@2\n"},
        {"\xef\xbb\xbf", ""},
        {"[a] \t\nk=v\n", "[a]@1\na/k=v@2\n"},
        {"[a]\n[b]\n[a]\nk=v\n", "[a]@1\n[b]@2\n[a]@3\na/k=v@4\n"},
        {"[a b]\nk=v\n", "[a b]@1\na b/k=v@2\n"},
        {"[ a ]\nk=v\n", "[ a ]@1\n a /k=v@2\n"},
        {"[a]\nk=v;w\nl=;v\n", "[a]@1\na/k=v;w@2\na/l=;v@3\n"},
        {"[a]\nk=v #w\n", "[a]@1\na/k=v #w@2\n"},
        {"[a]\nk=\"v \"\nl='v\n", "[a]@1\na/k=\"v \"@2\na/l='v@3\n"},
        {"[a]\nk=gr\xc3\xbc\xdf\n", "[a]@1\na/k=gr\xc3\xbc\xdf@2\n"},
        {"[a]\n[k]=v\n[b]\n", "[a]@1\n!2: there is text behind ']'; put it on a line of its own\n[b]@3\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void test_leaves_comments_out(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"# c\n; c\n[a]\n#k=v\n;k=v\n", "[a]@3\n"},
        {"  # c\n\t; c ; d\n[a]\n", "[a]@3\n"},
        {"# c ; d\n", ""},
        {"# gr\xc3\xbc\xdf\n", ""},
        {"#\n;\n", ""},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void test_goes_on_in_indented_lines(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[a]\nk=v\n w\n\tx y\n", "[a]@1\na/k=v@2\na/k+w@3\na/k+x y@4\n"},
        {"[a]\nk=\n    v\n", "[a]@1\na/k=@2\na/k+v@3\n"},
        {"[a]\nk=v\n\n# c\n; c\n   \n  w\n", "[a]@1\na/k=v@2\na/k+w@7\n"},
        {"[a]\nk=v\n  # no\n  ;no\n  w\n", "[a]@1\na/k=v@2\na/k+w@5\n"},
        {"[a]\nk=v\n  [b]\n  m=n\n", "[a]@1\na/k=v@2\na/k+[b]@3\na/k+m=n@4\n"},
        {"[a]\nk=v\n  m:n\n", "[a]@1\na/k=v@2\na/k+m:n@3\n"},
        {"[a]\nk=v\nl=w\n  x\n", "[a]@1\na/k=v@2\na/l=w@3\na/l+x@4\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

#define NONE_ABOVE                                                                                           \
    ": an indented line goes on with the key above it, and there is none; start in the first column\n"
#define INLINE_COMMENT                                                                                       \
    ": ' ;' would begin a comment and cut the line off; put comments on a line of their own\n"
#define NUL_BYTE ": there is a NUL byte in this line; a configuration is plain text\n"

static void test_refuses_what_is_malformed(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"k\n",
         "!1: there is no '=' in this line; write 'key = value', or indent what belongs to the key above\n"},
        {"k: v\n", "!1: there is a ':' behind the key; write 'key = value'\n"},
        {"k:=v\n", "!1: there is a ':' behind the key; write 'key = value'\n"},
        {"= v\n", "!1: there is no key before '='\n"},
        {"=\n", "!1: there is no key before '='\n"},
        {":\n", "!1: there is a ':' behind the key; write 'key = value'\n"},
        {"[a\n", "!1: there is no ']' behind the section's name\n"},
        {"[\n", "!1: there is no ']' behind the section's name\n"},
        {"[]\n", "!1: the section has no name\n"},
        {"[a] x\n", "!1: there is text behind ']'; put it on a line of its own\n"},
        {"[a]]\n", "!1: there is text behind ']'; put it on a line of its own\n"},
        {"[a]k=v\n", "!1: there is text behind ']'; put it on a line of its own\n"},
        {"  k=v\n", "!1" NONE_ABOVE},
        {"  [a]\n", "!1" NONE_ABOVE},
        {"[a]\n k=v\n\tl=w\n", "[a]@1\n!2" NONE_ABOVE "!3" NONE_ABOVE},
        {"k=v\n[a]\n w\n", "/k=v@1\n[a]@2\n!3" NONE_ABOVE},
        {"k=v ;w\n", "!1" INLINE_COMMENT},
        {"k=v\t; w\n", "!1" INLINE_COMMENT},
        {"k= ;\n", "!1" INLINE_COMMENT},
        {"k ;=v\n", "!1" INLINE_COMMENT},
        {"[a] ; c\n", "!1" INLINE_COMMENT},
        {"[a ;b]\n", "!1" INLINE_COMMENT},
        {"k=v\n  w ; x\n", "/k=v@1\n!2" INLINE_COMMENT},
        {"[a]\n\xef\xbb\xbfk=v\n", "[a]@1\n!2: there is a byte order mark in this line; remove it\n"},
        {"\xef\xbb\xbf\xef\xbb\xbfk=v\n", "!1: there is a byte order mark in this line; remove it\n"},
        {"k=v\rw\n", "!1: there is a control character (\\x0d) in this line; remove it\n"},
        {"k=v\r\r\n", "!1: there is a control character (\\x0d) in this line; remove it\n"},
        {"k=v\r", "!1: there is a control character (\\x0d) in this line; remove it\n"},
        {"k=v\fw\n", "!1: there is a control character (\\x0c) in this line; remove it\n"},
        {"\v\n", "!1: there is a control character (\\x0b) in this line; remove it\n"},
        {"# \x1b[2J\n", "!1: there is a control character (\\x1b) in this line; remove it\n"},
        {"k=v\x7f\n", "!1: there is a control character (\\x7f) in this line; remove it\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void test_refuses_nul_bytes(void **state)
{
    (void)state;
    expect("k=v\0w\n", 6, "!1" NUL_BYTE);
    expect("\0", 1, "!1" NUL_BYTE);
    expect("k=v\n# \0\nl=w\n", 12, "/k=v@1\n!2" NUL_BYTE "/l=w@3\n");
    expect("[a\0]\nk=v\n", 9, "!1" NUL_BYTE);
    expect("k=v\n# \0\n x\n", 11, "/k=v@1\n!2" NUL_BYTE "/k+x@3\n");
    expect("k=v\n w\0\n x\n", 11, "/k=v@1\n!2" NUL_BYTE "/k+x@3\n");
}

static void test_reports_every_line(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"k\n[a]\nl\nm=n\n:\n",
         "!1: there is no '=' in this line; write 'key = value', or indent what belongs to "
         "the key above\n[a]@2\n!3: there is no '=' in this line; write 'key = value', or "
         "indent what belongs to the key above\na/m=n@4\n"
         "!5: there is a ':' behind the key; write 'key = value'\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

/* What hangs on a line that was refused must neither be taken for a part of the one before nor reported. */
static void test_drops_what_hangs_on_a_refused_line(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"[a]\nk=v\nl:w\n  x\n  y ;z\nm=n\n  o\n",
         "[a]@1\na/k=v@2\n!3: there is a ':' behind the key; write 'key = value'\n!5" INLINE_COMMENT
         "a/m=n@6\na/m+o@7\n"},
        {"[a]\nk=v\n=\n  x\n", "[a]@1\na/k=v@2\n!3: there is no key before '='\n"},
        {"[a]\nk=v ;w\n  x\n", "[a]@1\n!2" INLINE_COMMENT},
        {"[a]\nk=v\n[b\nl=w\n  x\nbad\n[c]\nm=n\n",
         "[a]@1\na/k=v@2\n!3: there is no ']' behind the section's name\n"
         "!6: there is no '=' in this line; write 'key = value', or indent what belongs to the key above\n"
         "[c]@7\nc/m=n@8\n"},
        {"[a]\nk=v\n[]\n  x\n", "[a]@1\na/k=v@2\n!3: the section has no name\n"},
        {"[a]\nk=v\n  w ;x\n  y\n", "[a]@1\na/k=v@2\n!3" INLINE_COMMENT "a/k+y@4\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

/* Makes "BEFORE xxx... AFTER" with LENGTH bytes between the two. */
static const char *fill(const char *before, size_t length, const char *after)
{
    static char text[8192];
    assert_true(strlen(before) + length + strlen(after) < sizeof(text));
    size_t used = strlen(before);
    memcpy(text, before, used);
    memset(text + used, 'x', length);
    memcpy(text + used + length, after, strlen(after) + 1);
    return text;
}

static void test_limits_lines(void **state)
{
    (void)state;
    static const char too_long[] =
        "!1: the line is longer than 196 bytes; go on in an indented line if the key is a list\n/l=w@2\n";
    static const char *const ends[] = {"\nl=w\n", "\r\nl=w\n"};
    char expected[512];
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        snprintf(expected, sizeof(expected), "/k=%s@1\n/l=w@2\n", fill("", INIFILE_LINE_MAX - 2, ""));
        const char *text = fill("k=", INIFILE_LINE_MAX - 2, ends[i]);
        expect(text, strlen(text), expected);
        for (size_t length = INIFILE_LINE_MAX - 1; length < 1000; length += length < 210 ? 1 : 97) {
            text = fill("k=", length, ends[i]);
            expect(text, strlen(text), too_long);
        }
    }
    const char *text = fill("k=v\n ", INIFILE_LINE_MAX - 1, "");
    snprintf(expected, sizeof(expected), "/k=v@1\n/k+%s@2\n", fill("", INIFILE_LINE_MAX - 1, ""));
    text = fill("k=v\n ", INIFILE_LINE_MAX - 1, "");
    expect(text, strlen(text), expected);
    text = fill("k=v\n ", INIFILE_LINE_MAX, "\n w");
    expect(text, strlen(text),
           "/k=v@1\n!2: the line is longer than 196 bytes; go on in an indented line if the key is a list\n"
           "/k+w@3\n");
    text = fill("# ", 3000, "\nk=v\n"); /* inih does not see comments */
    expect(text, strlen(text), "/k=v@2\n");
}

/* Nothing in a script means anything to the file. */
static void test_keeps_scripts_as_they_are(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"s=a\n", "/s=a@1\n"},
        {"s = a ; b # c  \n", "/s=a ; b # c  @1\n"},
        {"s =\t\"a  b\" \\ 'c\t\n", "/s=\"a  b\" \\ 'c\t@1\n"},
        {"s=;;\nk=v\n", "/s=;;@1\n/k=v@2\n"},
        {"s=#a\n", "/s=#a@1\n"},
        {"s=a=b:c\n", "/s=a=b:c@1\n"},
        {"s= \t \n", "/s=@1\n"},
        {"s=\n", "/s=@1\n"},
        {"s=a\r\n  b \r\n", "/s=a@1\n/s+b @2\n"},
        {"s =\n    a | b && c\n    [ -f x ]\n    [s]\n    k = v\n    ;;\n    # d ; e\n    ; f\n    \\\n",
         "/s=@1\n/s+a | b && c@2\n/s+[ -f x ]@3\n/s+[s]@4\n/s+k = v@5\n/s+;;@6\n/s+# d ; e@7\n/s+; f@8\n"
         "/s+\\@9\n"},
        {"s =\n  a\n    b\n  \tc\n  d\n", "/s=@1\n/s+a@2\n/s+  b@3\n/s+\tc@4\n/s+d@5\n"},
        {"s =\n\ta\n\t  b\n\t\tc\n", "/s=@1\n/s+a@2\n/s+  b@3\n/s+\tc@4\n"},
        {"s = a\n   b\n    c\n", "/s=a@1\n/s+b@2\n/s+ c@3\n"},
        {"s=\xff\xc3\n \xff\n", "/s=\xff\xc3@1\n/s+\xff@2\n"},
        {"s=a\xef\xbb\xbf"
         "b\n c\xef\xbb\xbf\n",
         "/s=a\xef\xbb\xbf"
         "b@1\n/s+c\xef\xbb\xbf@2\n"},
        /* It ends at the next key or section; another key is none, even with the same name elsewhere. */
        {"s=a\n b\nk=v\n w\n", "/s=a@1\n/s+b@2\n/k=v@3\n/k+w@4\n"},
        {"s=a\n[s]\nk=v ; w\n[t]\nk=v ; w\n", "/s=a@1\n[s]@2\ns/k=v ; w@3\n[t]@4\n!5" INLINE_COMMENT},
        {"s=a\n  b\ns=c\n d\n", "/s=a@1\n/s+b@2\n/s=c@3\n/s+d@4\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

static void test_keeps_blank_lines_in_scripts(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"s=a\n\n\n  b\n", "/s=a@1\n/s+@2\n/s+@3\n/s+b@4\n"},
        {"s=a\n\n   \nk=v\n", "/s=a@1\n/k=v@4\n"},
        {"s=a\n\n", "/s=a@1\n"},
        {"s=\n\n  \n  a\n\n  b\n", "/s=@1\n/s+a@4\n/s+@5\n/s+b@6\n"},
        /* What a blank line has besides the indentation may be one of a here-document. */
        {"s=\n  a\n    \n \n\t\n  b\n", "/s=@1\n/s+a@2\n/s+  @3\n/s+@4\n/s+\t@5\n/s+b@6\n"},
        {"s=a\n \t\n  b\n", "/s=a@1\n/s+\t@2\n/s+b@3\n"},
        {"s=a\n\r\n  b\r\n", "/s=a@1\n/s+@2\n/s+b@3\n"},
        /* Comments in the first column are the file's. */
        {"s=a\n# c\n  b\n; c\n  d\n", "/s=a@1\n/s+b@3\n/s+d@5\n"},
        {"s=a\n\n# c\n\n  b\n", "/s=a@1\n/s+@2\n/s+@4\n/s+b@5\n"},
        {"s=a\n# c\n\n# c\n  b\n", "/s=a@1\n/s+@3\n/s+b@5\n"},
        {"s=\n# c\n  b\n", "/s=@1\n/s+b@3\n"},
        {"s=a\ns=\n\n  b\n", "/s=a@1\n/s=@2\n/s+b@4\n"},
        {"s=a\n\n[t]\n", "/s=a@1\n[t]@3\n"},
        {"s=a\n\ns=b\n c\n", "/s=a@1\n/s=b@3\n/s+c@4\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
}

#define OTHER_INDENT                                                                                         \
    ": this line of a script begins with other white space than its first indented one; give it the same "   \
    "blanks or tabs, and more behind them if need be\n"
#define LONG_SCRIPT ": this line of a script is longer than 4096 bytes; break it\n"
#define NO_EQUALS                                                                                            \
    ": there is no '=' in this line; write 'key = value', or indent what belongs to the key above\n"

static void test_refuses_what_would_change_a_script(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"s=\n    a\n  b\n    c\n", "/s=@1\n/s+a@2\n!3" OTHER_INDENT "/s+c@4\n"},
        {"s=\n    a\n\tb\n", "/s=@1\n/s+a@2\n!3" OTHER_INDENT},
        {"s=\n\ta\n        b\n", "/s=@1\n/s+a@2\n!3" OTHER_INDENT},
        {"s=\n  \ta\n  b\n", "/s=@1\n/s+a@2\n!3" OTHER_INDENT},
        {"s=\n  a\nfi\n", "/s=@1\n/s+a@2\n!3" NO_EQUALS},
        {"s=\n  a\n;;\n  b\n", "/s=@1\n/s+a@2\n!3: this would be a comment of the file; indent what belongs "
                               "to the script\n/s+b@4\n"},
        {"s=a\n;& \n;;&\n",
         "/s=a@1\n!2: this would be a comment of the file; indent what belongs to the script\n"
         "!3: this would be a comment of the file; indent what belongs to the script\n"},
        {"s=a\n;;;\n;;x\n", "/s=a@1\n"},
        {"s=a\x1b\n", "!1: there is a control character (\\x1b) in this line; remove it\n"},
        {"s=a\rb\n  c\r\r\n", "!1: there is a control character (\\x0d) in this line; remove it\n"
                              "!2: there is a control character (\\x0d) in this line; remove it\n"},
        {"s=\xef\xbb\xbf"
         "a\n",
         "!1: there is a byte order mark in this line; remove it\n"},
        {"s=a\n \xef\xbb\xbf"
         "b\n",
         "/s=a@1\n!2: there is a byte order mark in this line; remove it\n"},
        {"k=a\xef\xbb\xbf"
         "b\n",
         "!1: there is a byte order mark in this line; remove it\n"},
        {"s: a ; b\n", "!1" INLINE_COMMENT},
        /* What hangs on a line that was refused stays a script, and is left out. */
        {"s=a\x1b\n  b ; c\n d\nk=v\n",
         "!1: there is a control character (\\x1b) in this line; remove it\n/k=v@4\n"},
        {"[t\ns=a ; b\n  c ; d\n[u]\n", "!1: there is no ']' behind the section's name\n[u]@4\n"},
    };
    expect_examples(examples, COUNT_OF(examples));
    expect("s=a\0b\n c\n", 9, "!1" NUL_BYTE);
    expect("s=a\n c\0\n d\n", 11, "/s=a@1\n!2" NUL_BYTE "/s+d@3\n");
}

/* Lines longer than what inih takes, and up to the limit. */
static void test_limits_lines_of_scripts(void **state)
{
    (void)state;
    static char expected[8192];
    for (size_t length = INIFILE_LINE_MAX - 10; length <= INIFILE_SCRIPT_LINE_MAX - 2;
         length += length < 210 ? 1 : 1942) {
        snprintf(expected, sizeof(expected), "/s=%s@1\n/l=w@2\n", fill("", length, ""));
        const char *text = fill("s=", length, "\nl=w");
        expect(text, strlen(text), expected);
        snprintf(expected, sizeof(expected), "/s=a@1\n/s+%s@2\n/s+b@3\n", fill("", length, ""));
        text = fill("s=a\n  ", length, "\n  b");
        expect(text, strlen(text), expected);
    }
    const char *text = fill("s=", INIFILE_SCRIPT_LINE_MAX - 1, "\n a\nl=w");
    expect(text, strlen(text), "!1" LONG_SCRIPT "/l=w@3\n");
    text = fill("s=a\n ", INIFILE_SCRIPT_LINE_MAX, "\n b");
    expect(text, strlen(text), "/s=a@1\n!2" LONG_SCRIPT "/s+b@3\n");
    text = fill("s=a\n# ", 3 * INIFILE_SCRIPT_LINE_MAX / 2, "\n b");
    expect(text, strlen(text), "/s=a@1\n/s+b@3\n");

    char blanks[INIFILE_SCRIPT_LINE_MAX + 1];
    char blank[sizeof(blanks) + 16];
    memset(blanks, ' ', sizeof(blanks) - 1);
    blanks[sizeof(blanks) - 1] = '\0';
    snprintf(blank, sizeof(blank), "s=a\n%s\n b", blanks);
    expect(blank, strlen(blank), "/s=a@1\n!2" LONG_SCRIPT "/s+b@3\n");
    snprintf(blank, sizeof(blank), "s=a\n\n%s\n\tb", blanks); /* not looked at again */
    expect(blank, strlen(blank), "/s=a@1\n!3" LONG_SCRIPT "/s+@2\n/s+b@4\n");
    snprintf(blank, sizeof(blank), "s=a\n%s\n\tb", blanks + 1);
    snprintf(expected, sizeof(expected), "/s=a@1\n/s+%s@2\n/s+b@3\n", blanks + 1);
    expect(blank, strlen(blank), expected);
}

/* As if there were no scripts. */
static void test_needs_no_script_callback(void **state)
{
    (void)state;
    static struct transcript transcript;
    const struct inifile_handler handler = {.pair = on_pair, .fault = on_fault, .context = &transcript};
    assert_int_equal(inifile_parse("s=v ; w\n", 8, &handler), 1);
    assert_string_equal(transcript.text, "!1" INLINE_COMMENT);
}

static void test_limits_names(void **state)
{
    (void)state;
    char expected[512];
    const char *text = fill("[", INIFILE_NAME_MAX, "]\nk=v");
    snprintf(expected, sizeof(expected), "[%s]@1\n", fill("", INIFILE_NAME_MAX, ""));
    snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s/k=v@2\n",
             fill("", INIFILE_NAME_MAX, ""));
    text = fill("[", INIFILE_NAME_MAX, "]\nk=v");
    expect(text, strlen(text), expected);
    text = fill("[", INIFILE_NAME_MAX + 1, "]\nk=v");
    expect(text, strlen(text), "!1: the section's name is longer than 49 bytes\n");

    snprintf(expected, sizeof(expected), "/%s=v@1\n", fill("", INIFILE_NAME_MAX, ""));
    snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "/%s+w@2\n",
             fill("", INIFILE_NAME_MAX, ""));
    text = fill("", INIFILE_NAME_MAX, " = v\n w");
    expect(text, strlen(text), expected);
    text = fill("", INIFILE_NAME_MAX + 1, " = v\n w");
    expect(text, strlen(text), "!1: the key is longer than 49 bytes\n");
}

static void test_needs_no_section_callback(void **state)
{
    (void)state;
    static struct transcript transcript;
    const struct inifile_handler handler = {.pair = on_pair, .fault = on_fault, .context = &transcript};
    assert_int_equal(inifile_parse("[a]\nk=v\n", 8, &handler), 0);
    assert_string_equal(transcript.text, "a/k=v@2\n");
}

#define OTHER_OPTIONS                                                                                        \
    ": the INI library reads this line in another way; it was not built with its usual options\n"

/* As if built with a tiny INI_MAX_LINE. */
static int small_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[8];
    (void)handler;
    (void)user;
    while (reader(line, sizeof(line), stream)) {
        assert_string_equal(line, "");
    }
    return 0;
}

/* Takes nothing and says that all is well. */
static int deaf_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    (void)handler;
    (void)user;
    while (reader(line, sizeof(line), stream)) {
        ;
    }
    return 0;
}

/* As if built with inline comments of another kind. */
static int cutting_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    while (reader(line, sizeof(line), stream)) {
        if (line[0] == 'k') {
            handler(user, "", "k", "v");
        }
    }
    return 0;
}

static int inih_with_other_section(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    while (reader(line, sizeof(line), stream)) {
        handler(user, "b", "k", "v");
    }
    return 0;
}

static int inih_with_other_key(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    while (reader(line, sizeof(line), stream)) {
        handler(user, "", "l", "v");
    }
    return 0;
}

/* As if built with INI_CALL_HANDLER_ON_NEW_SECTION and INI_ALLOW_NO_VALUE. */
static int chatty_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    while (reader(line, sizeof(line), stream)) {
        assert_int_equal(handler(user, "", NULL, NULL), 1);
        assert_int_equal(handler(user, "", "x", NULL), 1);
        assert_int_equal(handler(user, "", "k", "v"), 1);
    }
    return 0;
}

/* Says each pair twice. */
static int stuttering_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    while (reader(line, sizeof(line), stream)) {
        handler(user, "", "k", "v");
        handler(user, "", "k", "v");
    }
    return 0;
}

/* Says more than there is. */
static int lengthening_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    while (reader(line, sizeof(line), stream)) {
        handler(user, "", "k", "vw");
    }
    return 0;
}

static int lazy_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    reader(line, sizeof(line), stream);
    handler(user, "", "k", "v");
    return 0;
}

/* Takes the first line and forgets about it. */
static int sleepy_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    char line[256];
    (void)handler;
    (void)user;
    reader(line, sizeof(line), stream);
    return 0;
}

static int complaining_inih(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    int result = __real_ini_parse_stream(reader, stream, handler, user);
    return result == 0 ? 1 : result;
}

static int inih_without_memory(ini_reader reader, void *stream, ini_handler handler, void *user)
{
    (void)reader;
    (void)stream;
    (void)handler;
    (void)user;
    return -2;
}

/* The library that we are linked with may not be the one that these tests ran with. */
static void test_does_not_trust_the_library(void **state)
{
    (void)state;
    static const struct {
        int (*inih)(ini_reader reader, void *stream, ini_handler handler, void *user);
        const char *text;
        const char *expected;
    } rows[] = {
        {small_inih, "#\nkey = value\n", "!2: the INI library takes no line this long; shorten it\n"},
        {deaf_inih, "\nk=v", "!2" OTHER_OPTIONS},
        {deaf_inih, "k=v\n\n#\nl=w\n", "!1" OTHER_OPTIONS "!4" OTHER_OPTIONS},
        {cutting_inih, "k=v #w\n", "!1" OTHER_OPTIONS},
        {cutting_inih, "k=vw\n", "!1" OTHER_OPTIONS},
        {inih_with_other_section, "k=v\n", "!1" OTHER_OPTIONS},
        {inih_with_other_key, "k=v\n", "!1" OTHER_OPTIONS},
        {chatty_inih, "k=v\n", "/k=v@1\n"},
        {stuttering_inih, "k=v\n", "/k=v@1\n!1" OTHER_OPTIONS},
        {lengthening_inih, "k=v\n", "!1" OTHER_OPTIONS},
        {lazy_inih, "k=v\n", "/k=v@1\n"},
        {lazy_inih, "k=v\nl=w\n", "/k=v@1\n!1: the INI library gives up in this line\n"},
        {sleepy_inih, "k=v\n", "!1" OTHER_OPTIONS},
        {complaining_inih, "k=v\nl=w\n", "/k=v@1\n/l=w@2\n!1: the INI library gives up in this line\n"},
        {complaining_inih, "k=v\n", "/k=v@1\n!1: the INI library gives up in this line\n"},
        {complaining_inih, "k\n",
         "!1: there is no '=' in this line; write 'key = value', or indent what belongs to "
         "the key above\n"},
        {deaf_inih, "s=a ; b\n  c\n", "!1" OTHER_OPTIONS "!2" OTHER_OPTIONS},
        {inih_without_memory, "k=v\n", "!0: the INI library gives up in this line\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        other_inih = rows[i].inih;
        expect(rows[i].text, strlen(rows[i].text), rows[i].expected);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_reads_what_is_right),
        TEST(test_leaves_comments_out),
        TEST(test_goes_on_in_indented_lines),
        TEST(test_refuses_what_is_malformed),
        TEST(test_refuses_nul_bytes),
        TEST(test_reports_every_line),
        TEST(test_drops_what_hangs_on_a_refused_line),
        TEST(test_limits_lines),
        TEST(test_keeps_scripts_as_they_are),
        TEST(test_keeps_blank_lines_in_scripts),
        TEST(test_refuses_what_would_change_a_script),
        TEST(test_limits_lines_of_scripts),
        TEST(test_needs_no_script_callback),
        TEST(test_limits_names),
        TEST(test_needs_no_section_callback),
        TEST(test_does_not_trust_the_library),
    };
    return cmocka_run_group_tests_name("inifile", tests, NULL, NULL);
}
