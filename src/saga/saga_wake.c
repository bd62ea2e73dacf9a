/* saga_wake.c - what waits under a saga's key is tried again soon. */
#include "saga/saga_wake.h"

#include "core/saga_match.h"
#include "dispatch/retry.h"
#include "subscription/survey.h"

static enum jangle_result wake(struct jn_subscription *subscription,
                               const char *key,
                               struct jangle_arena *arena,
                               struct jangle_error *error)
{
    struct jn_row row;
    bool waits;
    enum jangle_result result = jn_arena_check(arena, error);

    if (result)
        return result;
    waits = jn_survey_row(subscription, key, arena, &row);
    result = jn_arena_check(arena, error);
    return waits && !result ? jn_retry_soon(subscription, &row, error) : result;
}

enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_error *error)
{
    struct jangle_arena arena;
    enum jangle_result result;

    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    result = wake(subscription, jn_saga_key(&arena, id), &arena, error);
    jn_arena_finish(&arena);
    return result;
}

enum jangle_result jn_saga_wake_timeout(struct jn_subscription *subscription,
                                        const char *id,
                                        struct jangle_error *error)
{
    struct jangle_arena arena;
    enum jangle_result result;

    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    result = wake(subscription, jn_saga_timeout_key(&arena, id), &arena, error);
    jn_arena_finish(&arena);
    return result;
}
