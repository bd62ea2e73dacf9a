/* state_at.c - jangle_state_at: the state of an aggregate at any version. */
#include "command/decision.h"
#include "command/state.h"
#include "core/call.h"
#include "core/instance.h"
#include "message/encode.h"
#include "view/query.h"

#include <jangle/look.h>

/* A snapshot may be of a later version, so that none is used. */
static struct jn_loader loader_of(const struct jangle *jangle)
{
    struct jn_loader loader = {.store = jangle->store,
                               .registry = &jangle->registry,
                               .limits = &jangle->limits,
                               .allocator = &jangle->host.host.allocator,
                               .log = &jangle->log};

    memcpy(loader.store_id, jangle->store_id, sizeof loader.store_id);
    return loader;
}

static enum jangle_result
load(struct jn_state *state, int64_t version, struct jangle_error *error)
{
    enum jangle_result result =
        jn_state_load_to(state, version ? version : INT64_MAX, error);

    if (result && result != JANGLE_CANCELLED)
        return result;
    if (state->version && (!version || state->version == version))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NOT_FOUND, "%s/%s has %lld events, and no version %lld",
                   state->aggregate->name, JN_SHOWN(80, state->id),
                   (long long)state->version, (long long)version);
}

static enum jangle_result write_state(const struct jangle *jangle,
                                      struct jangle_answer *answer,
                                      const struct jn_state *state)
{
    const char *json;
    size_t size;
    enum jangle_result result =
        jn_encode(answer->arena, state->aggregate->state, state->data, JN_NULLS_EMPTY,
                  &jangle->limits, &json, &size, &answer->error);

    if (result)
        return result;
    answer->data = json;
    answer->position = state->version;
    return JANGLE_OK;
}

static enum jangle_result find_state(struct jangle *jangle,
                                     struct jangle_answer *answer,
                                     const struct jangle_aggregate *aggregate,
                                     const char *id,
                                     int64_t version)
{
    struct jn_loader loader = loader_of(jangle);
    struct jn_state state;
    enum jangle_result result =
        jn_state_init(&state, &loader, aggregate, id, &answer->error);

    if (!result)
        result = load(&state, version, &answer->error);
    if (!result)
        result = jn_answer_hold(jangle, answer);
    if (!result)
        result = write_state(jangle, answer, &state);
    jn_state_finish(&state);
    return result;
}

static enum jangle_result state_at(struct jangle *jangle,
                                   struct jangle_answer *answer,
                                   const char *name,
                                   const char *id,
                                   int64_t version)
{
    const struct jangle_aggregate *aggregate;

    if (jn_check_process(jangle, &answer->error))
        return JANGLE_CLOSED;
    aggregate = name ? jn_map_find(&jangle->registry.aggregates, name) : NULL;
    if (!aggregate)
        return jn_fail(&answer->error, JANGLE_INVALID,
                       "this program has no aggregate \"%s\"", JN_SHOWN(80, name));
    if (version < 0 || !id || !jn_is_id(id))
        return jn_fail(&answer->error, JANGLE_INVALID,
                       "a version is 0 or more, and an id has 1 to %d bytes of UTF-8",
                       JN_ID_LIMIT);
    return find_state(jangle, answer, aggregate, id, version);
}

enum jangle_result jangle_state_at(struct jangle *jangle,
                                   struct jangle_answer *answer,
                                   const char *aggregate,
                                   const char *id,
                                   int64_t version)
{
    struct jangle_answer made = {0}; /* `id` may point into *answer */
    enum jangle_result result = state_at(jangle, &made, aggregate, id, version);

    jn_call_end(jangle, "jangle_state_at", result, &made.error, NULL);
    jangle_answer_free(answer);
    *answer = made;
    return result;
}
