/* error.c - results in words, and errors that are filled once. */
#include "base/error.h"

#include <jangle/plugin/support.h>

/* By the number of the result: numbers that no result has leave a row without a name. */
static const struct {
    const char *name;
    int classes;
    const char *text;
} results[] = {
#define X(name, number, classes, text) [number] = {#name, classes, text},
    JANGLE_RESULTS(X)
#undef X
};

bool jn_result_exists(enum jangle_result result)
{
    return (size_t)result < sizeof results / sizeof *results && results[result].name;
}

const char *jangle_result_name(enum jangle_result result)
{
    return jn_result_exists(result) ? results[result].name : "?";
}

const char *jangle_result_text(enum jangle_result result)
{
    return jn_result_exists(result) ? results[result].text : "no such result";
}

bool jangle_result_is(enum jangle_result result, enum jangle_result_class of)
{
    return jn_result_exists(result) && (results[result].classes & (int)of) != 0;
}

bool jangle_result_retriable(enum jangle_result result)
{
    return jangle_result_is(result, JANGLE_RESULT_RETRIABLE);
}

bool jangle_result_final(enum jangle_result result)
{
    return jangle_result_is(result, JANGLE_RESULT_FINAL);
}

/* The first error is kept, because what fails after it is mostly its consequence. */
enum jangle_result jn_fail_values(struct jangle_error *error,
                                  enum jangle_result result,
                                  const char *format,
                                  va_list values)
{
    struct jn_sentence sentence;

    if (!error || error->result || !result)
        return result;
    sentence = jn_sentence_in(error->message, sizeof error->message);
    jn_sentence_add_values(&sentence, format, values);
    if (!sentence.used) /* nobody can act on an empty one */
        jn_sentence_put(&sentence, jangle_result_text(result));
    error->result = result;
    return result;
}

enum jangle_result jangle_error_set(struct jangle_error *error,
                                    enum jangle_result result,
                                    const char *format,
                                    ...)
{
    va_list values;

    va_start(values, format);
    jn_fail_values(error, result, format, values);
    va_end(values);
    return result;
}

const char *jn_result_show(char shown[JN_RESULT_SIZE], enum jangle_result result)
{
    if (jn_result_exists(result))
        return jangle_result_name(result);
    jn_text_format(shown, JN_RESULT_SIZE, "%d, which is no result", (int)result);
    return shown;
}

/* A callback reports a failure with a result that is none: the two cannot both be true,
 * so it is INVALID, and the sentence has what the callback said. */
enum jangle_result jn_fail_reported(struct jangle_error *error,
                                    const char *call,
                                    enum jangle_result result,
                                    const char *format,
                                    va_list values)
{
    struct jangle_error reported = {0};

    if (jn_result_exists(result) && result)
        return jn_fail_values(error, result, format, values);
    jn_fail_values(&reported, JANGLE_INVALID, format, values);
    return jn_fail(error, JANGLE_INVALID, "%s was told of a failure with %s: %s", call,
                   JN_RESULT_SHOWN(result), reported.message);
}

void jn_error_clear(struct jangle_error *error)
{
    if (error)
        *error = (struct jangle_error){0};
}
