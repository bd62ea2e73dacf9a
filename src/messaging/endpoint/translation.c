/* translation.c - a message becomes another one at the border, by a function of the
 * program. */
#include "messaging/endpoint/translation.h"

#include "base/error.h"
#include "message/check.h"
#include "message/copy.h"

#include <jangle/plugin/json.h>

#include <string.h>

static enum jangle_result refuse_translation(struct jangle_translation *translation,
                                             enum jangle_result result,
                                             const struct jangle_error *why)
{
    if (translation->error.result)
        return translation->error.result;
    return jn_fail(&translation->error, result, "%s", why->message);
}

/* The struct lives on the stack of the function that calls this, so it is copied. */
static enum jangle_result keep_translated(struct jangle_translation *translation,
                                          const struct jangle_message *type,
                                          const void *data,
                                          struct jangle_error *error)
{
    void *copy;

    if (translation->type)
        return jn_fail(error, JANGLE_INVALID,
                       "it was translated into %s, and then into %s: once is allowed",
                       translation->type->name, type->name);
    if (type->role != JANGLE_ROLE_EVENT && type->role != JANGLE_ROLE_COMMAND)
        return jn_fail(error, JANGLE_INVALID,
                       "it was translated into %s, which is neither an event nor a "
                       "command",
                       type->name);
    if (jn_check_run(type, data, error))
        return error->result;
    copy = jn_arena_room(translation->arena, type->size);
    if (!copy || jn_type_copy(translation->arena, type, copy, data))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    translation->type = type;
    translation->data = copy;
    return JANGLE_OK;
}

enum jangle_result jangle_translate_(struct jangle_translation *translation,
                                     const struct jangle_message *type,
                                     const void *data)
{
    struct jangle_error error = {0};

    if (translation->error.result)
        return translation->error.result;
    if (!keep_translated(translation, type, data, &error))
        return JANGLE_OK;
    return refuse_translation(translation, error.result, &error);
}

/* ---- for libraries of formats ---------------------------------------------------- */

struct jangle_arena *jangle_translation_arena(struct jangle_translation *translation)
{
    return translation->arena;
}

enum jangle_result
jangle_translation_refuse(struct jangle_translation *translation, const char *format, ...)
{
    va_list values;

    if (translation->error.result)
        return translation->error.result;
    va_start(values, format);
    jn_fail_values(&translation->error, JANGLE_INVALID, format, values);
    va_end(values);
    return JANGLE_INVALID;
}

static bool is_object(const char *text, int64_t depth)
{
    struct jn_json_span value;
    struct jn_json json;

    jn_json_init(&json, text, strlen(text), depth);
    return jn_json_peek(&json) == JN_JSON_OBJECT && jn_json_whole(&json, &value);
}

enum jangle_result jangle_translation_extra(struct jangle_translation *translation,
                                            const char *extra)
{
    if (translation->error.result)
        return translation->error.result;
    if (!translation->depth)
        return jangle_translation_refuse(translation,
                                         "a consumer's translation gave extras, and no "
                                         "format writes what it says");
    if (translation->extra)
        return jangle_translation_refuse(translation, "it was given extras twice");
    if (!extra || !is_object(extra, translation->depth))
        return jangle_translation_refuse(translation,
                                         "it was given extras that are no JSON object");
    translation->extra = jn_arena_copy_text(translation->arena, extra);
    return translation->extra
               ? JANGLE_OK
               : jn_fail(&translation->error, JANGLE_NO_MEMORY, "out of memory");
}

/* ---- the call -------------------------------------------------------------------- */

/* A function that ignores a failure, or goes on after it, has failed all the same. */
enum jangle_result jn_translate(struct jangle_translation *translation,
                                jangle_translate_fn *translate,
                                const struct jangle_event *event,
                                struct jangle_error *error)
{
    enum jangle_result result = translate(translation, event);

    if (jn_arena_check(translation->arena, error))
        return JANGLE_NO_MEMORY;
    if (translation->error.result)
        return jn_fail_as(error, &translation->error);
    if (!result)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID, "the translation of %s returned %s",
                   event->type->name, jangle_result_name(result));
}
