/* pattern.c - any bytes at all as a pattern and a document: refused with a column, or
 * compiled; and then judged, twice alike, within the limits.
 *
 * The pattern ends at the first line that is empty, and the document follows. */
#include "fuzz/fuzz.h"

#include "support/failing_allocator.h"

#include <jangle/pattern.h>
#include <jangle/plugin/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_PER_BYTE = 4096, MEMORY_AT_LEAST = 256 * 1024 };

static void expect(bool holds, const char *what, const char *text)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

static void judge(const struct jangle_pattern *pattern, const char *json, size_t size)
{
    struct jangle_error why, again;
    enum jangle_match match = jangle_pattern_match(pattern, json, size, &why);

    expect(match == JANGLE_MATCHES || match == JANGLE_DIFFERS || match == JANGLE_MISFITS,
           "strange result", why.message);
    expect(!*why.message == (match == JANGLE_MATCHES), "the reason does not fit",
           why.message);
    expect(jangle_pattern_match(pattern, json, size, &again) == match &&
               strcmp(why.message, again.message) == 0,
           "it is judged in two ways", why.message);
}

/* What a filter says of attributes alone it says of every document around them. */
static void compare_shortcut(const struct jangle_filter *wanted,
                             const struct jangle_filter_program *program,
                             const char *json,
                             size_t size)
{
    static const char before[] =
        "{\"event\":{\"name\":\"n\",\"version\":1,\"timestamp\":2,"
        "\"subject\":\"s\",\"publisher\":\"p\",\"attributes\":",
                      behind[] = "},\"extra\":{\"id\":7}}";
    const size_t whole = strlen(before) + size + strlen(behind);
    char *document = malloc(whole + 1);
    bool mismatch, other_mismatch, answer, other;

    if (!document)
        abort();
    memcpy(document, before, strlen(before));
    memcpy(document + strlen(before), json, size);
    memcpy(document + strlen(before) + size, behind, sizeof behind);
    answer = wanted->ops->wants(program, document, whole, &mismatch);
    other = wanted->ops->wants_attributes(program, json, size, &other_mismatch);
    expect(answer == other && mismatch == other_mismatch,
           "attributes and the document around them are judged in two ways",
           wanted->text);
    free(document);
}

static bool is_json(const char *text, size_t size)
{
    struct jn_json reader;
    struct jn_json_span value;

    jn_json_init(&reader, text, size, JN_JSON_DEPTH_MAX);
    return jn_json_whole(&reader, &value);
}

/* A filter looks at bytes that nobody has checked before. */
static void
filter(const char *text, const char *json, size_t size, const struct jangle_host *host)
{
    const struct jangle_filter wanted = JANGLE_PATTERN(text);
    struct jangle_filter_program *program = NULL;
    bool mismatch;

    if (wanted.ops->compile(&wanted, host, &program, NULL))
        return;
    expect(!(wanted.ops->wants(program, json, size, &mismatch) && mismatch),
           "wanted, and a mismatch", text);
    if (wanted.ops->by_attributes(program) && is_json(json, size))
        compare_shortcut(&wanted, program, json, size);
    wanted.ops->close(program);
}

static void try_mode(const char *text,
                     const char *json,
                     size_t size,
                     const struct jangle_pattern_options *options)
{
    struct jangle_pattern *pattern;
    struct jangle_error error;

    if (jangle_pattern_compile(text, options, &pattern, &error)) {
        expect(error.result == JANGLE_INVALID && !pattern, "strange result",
               error.message);
        expect(strncmp(error.message, "column ", 7) == 0 ||
                   strcmp(error.message, "the pattern is not UTF-8") == 0,
               "an error without a column", error.message);
        return;
    }
    expect(!*error.message, "a reason without an error", error.message);
    judge(pattern, json, size);
    jangle_pattern_free(pattern);
}

/* The document is no copy, so that a look beyond its end is found out. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct failing_allocator memory;
    struct jangle_host host = {0};
    size_t end = 0;
    const char *json;
    char *text;

    while (end < size &&
           !(bytes[end] == '\n' && end + 1 < size && bytes[end + 1] == '\n'))
        end++;
    json = (const char *)bytes + (end + 2 < size ? end + 2 : size);
    text = malloc(end + 1);
    if (!text)
        abort();
    memcpy(text, bytes, end);
    text[end] = '\0';
    size = (size_t)((const char *)bytes + size - json);
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    for (int mode = 0; mode < 4; mode++)
        try_mode(text, json, size,
                 &(struct jangle_pattern_options){.strict = mode & 1,
                                                  .value = mode & 2,
                                                  .allocator = &memory.allocator});
    filter(text, json, size, &host);
    expect(!memory.pieces, "memory is left", text);
    expect(memory.most_bytes < (int64_t)end * MEMORY_PER_BYTE + MEMORY_AT_LEAST,
           "too much memory", text);
    free(text);
    return 0;
}
