/* plain.c - subscribers whose handlers act outside of jangle: their checkpoint is a
 * checkpoint of the store, and what they do is done at least once. */
#include "dispatch/plain.h"

#include "base/pair.h"
#include "dispatch/deliver.h"

const char *jn_plain_key_of(const struct jn_subscription *subscription,
                            struct jangle_arena *arena,
                            const struct jangle_record *record,
                            const struct jangle_handler *handler,
                            enum jangle_parked_kind *kind)
{
    (void)handler;
    *kind = JANGLE_PARKED_EVENT;
    if (subscription->subscriber->order == JANGLE_ANY_ORDER)
        return jn_position_key(arena, record->position);
    *kind = JANGLE_PARKED_STREAM;
    return jn_pair_make(arena, record->kind, record->id);
}

const struct jn_kind jn_plain_kind = {
    .start = JANGLE_FROM_NOW,
    .may_block = true,
    .key_of = jn_plain_key_of,
    .deliver = jn_call_handler,
};
