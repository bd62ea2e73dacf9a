/* doors.c - for bindings and tools: commands and queries by name, in JSON. */
#include "base/error.h"
#include "core/engine.h"
#include "message/codec.h"
#include "message/describe.h"

#include <string.h>

enum jangle_result jangle_send_json(struct jangle *jangle,
                                    struct jangle_outcome *outcome,
                                    const struct jangle_envelope *envelope,
                                    const char *command,
                                    const char *json)
{
    struct jangle_outcome made = {0}; /* the JSON may lie in the old one */
    const struct jn_route *route =
        command ? jn_registry_route(&jangle->registry, command) : NULL;
    struct jangle_arena arena;
    enum jangle_result result;
    void *data;

    if (jn_check_sender(jangle, outcome))
        return JANGLE_CLOSED;
    if (!route || !json) {
        jn_fail(&made.error, JANGLE_INVALID,
                route ? "%s: there is no JSON" : "nobody decides \"%s\"",
                command ? command : "");
        if (outcome)
            *outcome = made;
        return JANGLE_INVALID;
    }
    jn_arena_init(&arena, &jangle->host.host.allocator);
    data = jangle_alloc(&arena, route->command->size);
    result = data ? jn_decode(&arena, route->command, json, strlen(json),
                              jn_type_version(route->command), &jangle->limits, data,
                              &made.error)
                  : jn_fail(&made.error, JANGLE_NO_MEMORY, "%s: out of memory", command);
    if (!result)
        result = jangle_send_(jangle, &made, envelope, route->command, data);
    jn_arena_finish(&arena);
    if (outcome)
        *outcome = made;
    return result;
}

enum jangle_result jangle_ask_json(struct jangle *jangle,
                                   struct jangle_answer *answer,
                                   const char *query,
                                   const char *json)
{
    const struct jn_answerer *answerer =
        query ? jn_registry_answerer(&jangle->registry, query) : NULL;
    struct jangle_arena arena;
    const char *text;
    size_t size;
    void *data;

    jangle_answer_free(answer);
    if (jn_check_process(jangle, &answer->error))
        return JANGLE_CLOSED;
    if (!answerer || !json)
        return jn_fail(&answer->error, JANGLE_INVALID,
                       answerer ? "%s: there is no JSON" : "nobody answers \"%s\"",
                       query ? query : "");
    jn_arena_init(&arena, &jangle->host.host.allocator);
    data = jangle_alloc(&arena, answerer->query->size);
    if (!data)
        jn_fail(&answer->error, JANGLE_NO_MEMORY, "%s: out of memory", query);
    else if (!jn_decode(&arena, answerer->query, json, strlen(json),
                        jn_type_version(answerer->query), &jangle->limits, data,
                        &answer->error))
        jangle_ask_(jangle, answer, answerer->query, data);
    jn_arena_finish(&arena);
    if (answer->error.result)
        return answer->error.result;
    if (jn_encode_zeroed(answer->arena, answer->type, answer->data, &jangle->limits,
                         &text, &size, &answer->error))
        text = NULL;
    answer->data = text;
    answer->type = NULL;
    return answer->error.result;
}
