/* look.c - jangle_state_of: a decision looks at the state of another aggregate, which is
 * loaded like its own, and becomes a condition of the commit. */

#include "command/look.h"

#include "base/error.h"
#include "core/registry_find.h"
#include "message/describe.h"

/* Handed out in place of an initial state that cannot be made: there is no memory for it,
 * or the aggregate has no description. It is zero, because a decider may read it as any
 * state. */
static const union {
    max_align_t aligned;
    unsigned char bytes[4096];
} nothing;

/* The state before the first event, for a look that failed. That of a known aggregate
 * lies in the registry and needs no memory. NULL: there is no memory for a state larger
 * than `nothing`. Then jn_decision_make returns NO_MEMORY, because the arena
 * has failed. */
static const void *initial_of(struct jangle_decision *decision,
                              const struct jangle_aggregate *aggregate)
{
    const void *initial = NULL;
    void *made = NULL;

    if (!aggregate || !aggregate->name || !aggregate->state ||
        jn_type_check(aggregate->state, NULL))
        return &nothing;
    if (decision->registry)
        initial = jn_registry_initial(decision->registry, aggregate);
    if (!initial)
        initial = made = jangle_alloc(decision->arena, aggregate->state->size);
    if (made)
        jn_type_clear(aggregate->state, made);
    if (!initial && aggregate->state->size <= sizeof nothing)
        initial = &nothing;
    return initial;
}

/* ---- what may be looked at --------------------------------------------------- */

static enum jangle_result check_known(const struct jangle_decision *decision,
                                      const struct jangle_aggregate *aggregate)
{
    if (!aggregate || !aggregate->name)
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s looks at an aggregate that is NULL, or has no name",
                       decision->aggregate->name);
    if (!decision->registry) {
        if (!aggregate->state)
            return jn_fail(decision->error, JANGLE_INVALID, "%s has no state",
                           aggregate->name);
        return jn_type_check(aggregate->state, decision->error);
    }
    if (aggregate == jn_map_find(&decision->registry->aggregates, aggregate->name))
        return JANGLE_OK;
    return jn_fail(decision->error, JANGLE_INVALID,
                   "%s looks at %s, which is not among config.aggregates",
                   decision->aggregate->name, aggregate->name);
}

static enum jangle_result check_look(const struct jangle_decision *decision,
                                     const struct jangle_aggregate *aggregate,
                                     const char *id)
{
    enum jangle_result result = check_known(decision, aggregate);

    if (result)
        return result;
    if (!jn_is_id(id))
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s looks at a %s whose id is not 1..%d bytes of UTF-8",
                       decision->aggregate->name, aggregate->name, JN_ID_LIMIT);
    return JANGLE_OK;
}

/* ---- looking ----------------------------------------------------------------- */

static enum jangle_result fail_without_memory(const struct jangle_decision *decision)
{
    return jn_fail(decision->error, JANGLE_NO_MEMORY, "out of memory: nothing is stored");
}

/* A look whose state cannot be read is taken out of the list again. */
static enum jangle_result load_look(struct jangle_decision *decision,
                                    struct jn_look *look)
{
    enum jangle_result result =
        jn_fetch_look(decision->loader, decision->locks, look->aggregate, look->id,
                      &look->fetched, decision->error);

    decision->unread |= result != JANGLE_OK;
    if (result)
        decision->looks.count--;
    else
        look->version = look->fetched.state->state.version;
    return result;
}

static enum jangle_result add_look(struct jangle_decision *decision,
                                   const struct jangle_aggregate *aggregate,
                                   const char *id)
{
    struct jn_look look = {.aggregate = aggregate};
    struct jn_look *added;

    if (decision->looks.count >= (size_t)decision->look_limit)
        return jn_fail(decision->error, JANGLE_INVALID,
                       "%s looks at more than %lld other aggregates for one command "
                       "(the limit is config.look_count)",
                       decision->aggregate->name, (long long)decision->look_limit);
    look.id = jn_arena_copy_text(decision->arena, id);
    if (!look.id)
        return fail_without_memory(decision);
    added = jangle_list_add_(decision->arena, &decision->looks, sizeof look, &look);
    return added ? load_look(decision, added) : fail_without_memory(decision);
}

const void *jangle_state_of(struct jangle_decision *decision,
                            const struct jangle_aggregate *aggregate,
                            const char *id)
{
    const struct jn_look *look;

    if (decision->result ||
        jn_decision_stick(decision, check_look(decision, aggregate, id)))
        return initial_of(decision, aggregate);
    if (jn_decision_is_own(decision, aggregate, id))
        return decision->state;
    look = jn_decision_find_look(decision, aggregate, id);
    if (look)
        return look->fetched.state->state.data;
    if (jn_decision_stick(decision, add_look(decision, aggregate, id)))
        return initial_of(decision, aggregate);
    return decision->looks.items[decision->looks.count - 1].fetched.state->state.data;
}

void jn_decision_free_looks(struct jangle_decision *decision)
{
    for (size_t i = 0; i < decision->looks.count; i++)
        jn_shared_drop(decision->looks.items[i].fetched.state);
}
