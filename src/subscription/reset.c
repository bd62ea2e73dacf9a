/* reset.c - a subscription that is held is set to another position. */
#include "subscription/reset.h"

#include "subscription/checkpoint.h"

/* A row for each key that the store may have, which says that the key is released. */
static enum jangle_result release_all(const struct jn_subscription *subscription,
                                      struct jangle_arena *arena,
                                      struct jangle_checkpoint *checkpoint,
                                      struct jangle_error *error)
{
    const struct jn_map *map = &subscription->parked.map;
    struct jangle_parked *rows = jangle_alloc(arena, (map->count + 1) * sizeof *rows);
    const struct jn_parked *parked;
    size_t count = 0;

    if (!rows)
        return jn_arena_check(arena, error);
    for (size_t at = 0; (parked = jn_map_next(map, &at)); count++) {
        rows[count] = jn_row_to_stored(&parked->row, checkpoint->subscriber);
        rows[count].released = true;
    }
    checkpoint->parked = rows;
    checkpoint->parked_count = count;
    return JANGLE_OK;
}

enum jangle_result jn_subscription_set(struct jn_subscription *subscription,
                                       int64_t position,
                                       struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_checkpoint checkpoint = {
        .subscriber = jn_subscriber_of(subscription)->name,
        .from = subscription->stored,
        .position = position,
    };
    struct jangle_group group = {.checkpoints = &checkpoint, .checkpoint_count = 1};
    struct jangle_arena arena; /* of the rows */
    enum jangle_result result;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = jn_checkpoint_event_id(jangle, position, checkpoint.event_id, error);
    if (!result)
        result = release_all(subscription, &arena, &checkpoint, error);
    if (!result)
        result = jangle->store->ops->commit(jangle->store, &group, error);
    jn_arena_finish(&arena);
    if (result || !checkpoint.error.result)
        return result;
    return jn_fail(error, checkpoint.error.result, "\"%s\" was not moved: %s",
                   checkpoint.subscriber, checkpoint.error.message);
}
