/* read.c - read checkpoints, parked keys and delivery steps. */
#include "memory/read.h"

#include "memory/row.h"

/* ---- checkpoints ------------------------------------------------------------------- */

enum jangle_result jn_memory_find_checkpoint(struct jangle_store *base,
                                             const char *subscriber,
                                             struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    const struct jn_memory_row *row;
    bool found;

    jn_mutex_lock(&store->mutex);
    row = jn_table_find(&store->checkpoints, &(struct jn_key){.first = subscriber});
    found = row != NULL;
    if (found) {
        *checkpoint = row->as.checkpoint;
        checkpoint->subscriber = subscriber;
    }
    jn_mutex_unlock(&store->mutex);
    return found ? JANGLE_OK
                 : jangle_error_set(error, JANGLE_NOT_FOUND,
                                    "subscriber %s: it has no checkpoint", subscriber);
}

enum jangle_result jn_memory_read_checkpoints(struct jangle_store *base,
                                              jangle_checkpoint_fn *visit,
                                              void *context,
                                              struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_picked picked = {0};
    enum jangle_result result = JANGLE_OK;

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = store->checkpoints.first[0]; !result && node;
         node = node->next[0])
        result = jn_memory_pick(store, &picked, node->row);
    jn_mutex_unlock(&store->mutex);
    if (result)
        result = jn_memory_full(error, "read the checkpoints");
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.checkpoint);
    jn_memory_unpick(store, &picked);
    return result;
}

/* ---- parked keys ------------------------------------------------------------- */

/* When a moment is given, dead letters are left out, as they wait for a person. */
static bool
is_due(const struct jangle_parked *parked, const char *subscriber, jangle_time now)
{
    return (!subscriber || strcmp(parked->subscriber, subscriber) == 0) &&
           (!now.us || !parked->dead);
}

/* The table is in the order of time, so the longest due keys come first. */
static enum jangle_result pick_parked(struct jn_memory_store *store,
                                      const char *subscriber,
                                      jangle_time now,
                                      size_t limit,
                                      struct jn_picked *picked)
{
    struct jn_node *node = store->parked_due.first[0];

    while (node && picked->count < limit && (!now.us || node->key.rank <= now.us)) {
        if (is_due(&node->row->as.parked, subscriber, now) &&
            jn_memory_pick(store, picked, node->row))
            return JANGLE_NO_MEMORY;
        node = node->next[0];
    }
    return JANGLE_OK;
}

enum jangle_result jn_memory_read_parked(struct jangle_store *base,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_picked picked = {0};
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    result = pick_parked(store, subscriber, now, limit, &picked);
    jn_mutex_unlock(&store->mutex);
    if (result)
        result = jn_memory_full(error, "read what is parked");
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.parked);
    jn_memory_unpick(store, &picked);
    return result;
}

/* ---- delivery steps ---------------------------------------------------------- */

enum jangle_result jn_memory_read_delivery(struct jangle_store *base,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_key key = {.first = subscriber, .number = position};
    struct jn_picked picked = {0};
    enum jangle_result result = JANGLE_OK;

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = jn_table_from(&store->deliveries, &key);
         !result && node && strcmp(node->key.first, subscriber) == 0 &&
         node->key.number == position;
         node = node->next[0])
        result = jn_memory_pick(store, &picked, node->row);
    jn_mutex_unlock(&store->mutex);
    if (result)
        result = jn_memory_full(error, "read the steps of a delivery");
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.delivery_step);
    jn_memory_unpick(store, &picked);
    return result;
}
