/* json_api.c - for bindings and tools: messages in JSON, and commands and queries by
 * name. */
#include "base/error.h"
#include "core/call.h"
#include "core/engine.h"
#include "core/instance.h"
#include "message/codec.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"

#include <string.h>

/* ---- messages ---------------------------------------------------------------- */

const char *jangle_to_json(struct jangle_arena *arena,
                           const struct jangle_message *type,
                           const void *data,
                           struct jangle_error *error)
{
    struct jangle_error why = {0};
    const char *json;
    size_t size;
    enum jangle_result result = jn_encode(arena, type, data, JN_NULLS_REFUSED,
                                          &jn_limits_default, &json, &size, &why);

    return jn_call_end(NULL, "jangle_to_json", result, &why, error) ? NULL : json;
}

enum jangle_result jangle_from_json(struct jangle_arena *arena,
                                    const struct jangle_message *type,
                                    const char *json,
                                    void *data,
                                    struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result =
        jn_decode(arena, type, json, strlen(json), jn_type_version(type),
                  &jn_limits_default, data, &why);

    return jn_call_end(NULL, "jangle_from_json", result, &why, error);
}

/* The struct of a command or query, made of JSON within the limits of the instance.
 * `json` may be NULL. */
static enum jangle_result read_message(const struct jangle *jangle,
                                       struct jangle_arena *arena,
                                       const struct jangle_message *type,
                                       const char *json,
                                       void **data,
                                       struct jangle_error *error)
{
    if (!json)
        return jn_fail(error, JANGLE_INVALID, "%s: the JSON is NULL", jn_type_name(type));
    *data = jangle_alloc(arena, type->size);
    if (!*data)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", jn_type_name(type));
    return jn_decode(arena, type, json, strlen(json), jn_type_version(type),
                     &jangle->limits, *data, error);
}

/* ---- commands ---------------------------------------------------------------- */

/* The struct lives in an arena that is freed before the return: jangle_send_ keeps
 * nothing of it. */
enum jangle_result jangle_send_json(struct jangle *jangle,
                                    struct jangle_outcome *outcome,
                                    const struct jangle_envelope *envelope,
                                    const char *command,
                                    const char *json)
{
    struct jangle_outcome made = {0}; /* `json` may point into *outcome */
    const struct jn_route *route;
    struct jangle_arena arena;
    enum jangle_result result;
    void *data;

    if (jn_check_sender(jangle, outcome))
        return JANGLE_CLOSED;
    jn_arena_init(&arena, &jangle->host.host.allocator);
    route = command ? jn_map_find(&jangle->registry.routes, command) : NULL;
    result = route
                 ? read_message(jangle, &arena, route->command, json, &data, &made.error)
                 : jn_fail(&made.error, JANGLE_INVALID, "nobody decides \"%s\"",
                           command ? command : "");
    if (!result)
        result = jangle_send_(jangle, &made, envelope, route->command, data);
    jn_arena_finish(&arena);
    jn_call_end(jangle, "jangle_send_json", result, &made.error, NULL);
    if (outcome)
        *outcome = made;
    return result;
}

/* ---- queries ----------------------------------------------------------------- */

/* Put the JSON of the answer in the place of its struct, for callers that know no
 * structs. */
static enum jangle_result write_answer(struct jangle *jangle,
                                       struct jangle_answer *answer)
{
    const char *text;
    size_t size;
    enum jangle_result result =
        jn_encode(answer->arena, answer->type, answer->data, JN_NULLS_EMPTY,
                  &jangle->limits, &text, &size, &answer->error);

    answer->data = result ? NULL : text;
    answer->type = NULL;
    return result;
}

enum jangle_result jangle_ask_json(struct jangle *jangle,
                                   struct jangle_answer *answer,
                                   const char *query,
                                   const char *json)
{
    struct jangle_answer made = {0}; /* `json` may point into *answer */
    enum jangle_result result = jn_check_process(jangle, &made.error);
    const struct jn_answerer *answerer;
    struct jangle_arena arena;
    void *data;

    if (result)
        goto done;
    jn_arena_init(&arena, &jangle->host.host.allocator);
    answerer = query ? jn_map_find(&jangle->registry.answerers, query) : NULL;
    result = answerer
                 ? read_message(jangle, &arena, answerer->query, json, &data, &made.error)
                 : jn_fail(&made.error, JANGLE_INVALID, "nobody answers \"%s\"",
                           query ? query : "");
    if (!result)
        result = jangle_ask_(jangle, &made, answerer->query, data);
    jn_arena_finish(&arena);
    if (!result)
        result = write_answer(jangle, &made);
done:
    jn_call_end(jangle, "jangle_ask_json", result, &made.error, NULL);
    jangle_answer_free(answer);
    *answer = made;
    return result;
}
