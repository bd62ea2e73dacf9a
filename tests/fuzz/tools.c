/* tools.c - any bytes at all as what was typed behind `jangle`, and as what is shown: the
 * words are taken or refused with a status, and no byte that steers a terminal comes out.
 *
 * The words end with a line each; the last of them is also a text that is shown. */
#include "fuzz/fuzz.h"

#include "admin/safe.h"
#include "admin/thing.h"
#include "admin/verbs.h"
#include "admin/wellformed.h"
#include "admin/when.h"

#include <jangle/plugin/json.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 32 };

/* Complaints go nowhere, but those of `expect` go to where stderr was. */
static void silence(int saved[2])
{
    int nowhere = open("/dev/null", O_WRONLY);

    (void)fflush(stdout);
    for (int fd = 1; fd <= 2; fd++) {
        saved[fd - 1] = dup(fd);
        (void)dup2(nowhere, fd);
    }
    (void)close(nowhere);
}

static void speak(const int saved[2])
{
    (void)fflush(stdout);
    for (int fd = 1; fd <= 2; fd++) {
        (void)dup2(saved[fd - 1], fd);
        (void)close(saved[fd - 1]);
    }
}

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static enum jangle_exit run(struct jangle_verb_call *call)
{
    for (int i = 0; jangle_verb_argument(call, i); i++)
        expect(i < 8, "more arguments than there may be");
    (void)jangle_verb_location(call);
    return JANGLE_EXIT_OK;
}

/* The verbs as they are, but they do nothing. */
static void type_words(int count, char **words)
{
    static struct jangle_verb verbs[64];
    static struct jangle_admin admin = {.name = "jangle", .verbs = {verbs, 0}};
    int status;
    int saved[2];

    if (!admin.verbs.count) {
        memcpy(verbs, jn_verbs.items, jn_verbs.count * sizeof *verbs);
        for (size_t i = 0; i < jn_verbs.count; i++)
            verbs[i].run = run;
        admin.verbs.count = jn_verbs.count;
    }
    silence(saved);
    status = jangle_admin_main(&admin, count, words);
    speak(saved);
    expect(status == JANGLE_EXIT_OK || status == JANGLE_EXIT_USAGE, "a strange status");
}

static void expect_harmless(const struct jn_bytes *text)
{
    for (size_t i = 0; i < text->size; i++)
        expect((unsigned char)text->text[i] >= 0x20 && text->text[i] != 0x7f,
               "a control character came out");
    expect(jn_safe_is_utf8(text->text, text->size), "no UTF-8 came out");
}

static bool is_json(const char *text, size_t size)
{
    struct jn_json reader;
    struct jn_json_span value;

    jn_json_init(&reader, text, size, JN_JSON_DEPTH_MAX);
    return jn_json_whole(&reader, &value);
}

/* The reader of the library and ours agree on what is JSON. */
static void show(const char *text, size_t size)
{
    struct jn_bytes out = {0};

    jn_safe_put(&out, text, size);
    expect_harmless(&out);
    expect(jn_safe_fit(out.text, out.size, jn_safe_width(out.text, out.size)) == out.size,
           "a text does not fit into its own width");
    jn_bytes_clear(&out);
    jn_safe_json_string(&out, text, size);
    expect_harmless(&out);
    expect(is_json(out.text, out.size), "a string is no JSON");
    jn_bytes_clear(&out);
    expect(jn_is_wellformed(text, size) == is_json(text, size), "two readers disagree");
    if (jn_is_wellformed(text, size)) {
        jn_safe_json_value(&out, text, size);
        expect_harmless(&out);
        expect(is_json(out.text, out.size), "a value is no JSON");
    }
    jn_bytes_free(&out);
}

static void read_word(const char *word)
{
    struct jn_thing thing;
    jangle_time time;

    expect(jn_thing_read(&thing, word), "out of memory");
    expect((thing.kind == JN_THING_STREAM) == (thing.id != NULL),
           "a stream without an id");
    jn_thing_free(&thing);
    (void)jn_when_read(word, (jangle_time){INT64_C(1796004000000000)}, false, &time);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    char *words[WORDS_MAX + 2] = {(char *)(uintptr_t) "jangle"};
    int count = 1;

    if (!text)
        abort();
    memcpy(text, bytes, size);
    text[size] = '\0';
    show(text, size);
    for (char *at = text; at && count <= WORDS_MAX; count++) {
        char *end = strchr(at, '\n');

        words[count] = at;
        if (end)
            *end++ = '\0';
        read_word(at);
        at = end;
    }
    type_words(count, words);
    free(text);
    return 0;
}
