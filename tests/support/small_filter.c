/* small_filter.c - a filter of few words, for tests. */
#include "support/small_filter.h"

#include "support/test.h"

#include <jangle/plugin/support.h>

#include <jansson.h>
#include <string.h>

enum { PATH_SIZE = 80 };

struct jangle_filter_program {
    const struct jangle_host *host; /* borrowed until it is closed */
    bool all;
    char path[PATH_SIZE]; /* "": it is `all` or `none` */
    json_t *value;
};

struct small_filter_seen small_filter_seen;

void small_filter_forget(void)
{
    memset(&small_filter_seen, 0, sizeof small_filter_seen);
}

static void close_program(struct jangle_filter_program *program)
{
    if (!program)
        return;
    json_decref(program->value);
    jn_free(&program->host->allocator, program);
    small_filter_seen.open--;
}

static enum jangle_result
parse(struct jangle_filter_program *program, const char *text, struct jangle_error *error)
{
    const char *sign = strstr(text, " = ");

    program->all = strcmp(text, "all") == 0;
    if (program->all || strcmp(text, "none") == 0)
        return JANGLE_OK;
    if (!sign || sign - text >= PATH_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "at byte %zu: there is no \" = \"",
                                strlen(text));
    memcpy(program->path, text, (size_t)(sign - text));
    program->value = json_loads(sign + 3, JSON_DECODE_ANY, NULL);
    if (program->value)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID, "at byte %zu: that is no JSON",
                            (size_t)(sign + 3 - text));
}

static enum jangle_result compile(const struct jangle_filter *filter,
                                  const struct jangle_host *host,
                                  struct jangle_filter_program **program,
                                  struct jangle_error *error)
{
    struct jangle_filter_program *made = jn_new(&host->allocator, sizeof *made);
    enum jangle_result result;

    if (!made)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "out of memory");
    made->host = host;
    small_filter_seen.compiled++;
    small_filter_seen.open++;
    result = parse(made, filter->text, error);
    if (result)
        close_program(made);
    else
        *program = made;
    return result;
}

static const json_t *find(const json_t *value, char *path)
{
    char *rest = NULL;

    for (char *name = strtok_r(path, ".", &rest); value && name;
         name = strtok_r(NULL, ".", &rest))
        value = json_object_get(value, name);
    return value;
}

static void keep(const char *document, size_t size)
{
    assert_true(size < sizeof small_filter_seen.document);
    memcpy(small_filter_seen.document, document, size);
    small_filter_seen.document[size] = '\0';
}

static bool wants(const struct jangle_filter_program *program,
                  const char *document,
                  size_t size,
                  bool *mismatch)
{
    char path[PATH_SIZE];
    json_t *root = json_loadb(document, size, 0, NULL);
    const json_t *value;
    bool wanted;

    assert_non_null(root);
    small_filter_seen.asked++;
    if (small_filter_seen.keeps)
        keep(document, size);
    memcpy(path, program->path, sizeof path);
    value = find(root, path);
    *mismatch =
        program->value && value && json_typeof(value) != json_typeof(program->value);
    wanted = program->value ? json_equal(value, program->value) : program->all;
    json_decref(root);
    return wanted;
}

const struct jangle_filter_ops small_filter_ops = {
    .abi = 1,
    .name = "small",
    .compile = compile,
    .wants = wants,
    .close = close_program,
};
