/* deliver.c - change and read checkpoints, parked keys and delivery steps. A parked key
 * has one row in two tables, by name and by time, which always change together. */
#include "memory/deliver.h"

#include "memory/pauses.h"
#include "memory/row.h"
#include "memory/sagas.h"

/* ---- parked keys ------------------------------------------------------------- */

static struct jn_key parked_key(const struct jangle_parked *parked)
{
    return (struct jn_key){.first = parked->subscriber, .second = parked->key};
}

static struct jn_key parked_due_key(const struct jangle_parked *parked)
{
    return (struct jn_key){
        .rank = parked->next_at.us, .first = parked->subscriber, .second = parked->key};
}

static enum jangle_result
remove_parked(struct jn_memory_store *store, const char *subscriber, const char *key)
{
    struct jn_key name = {.first = subscriber, .second = key};
    const struct jn_memory_row *row = jn_table_find(&store->parked, &name);
    struct jn_key due;

    if (!row)
        return JANGLE_OK;
    due = parked_due_key(&row->as.parked);
    if (jn_table_remove(&store->parked_due, &store->journal, &due))
        return JANGLE_NO_MEMORY;
    return jn_table_remove(&store->parked, &store->journal, &name);
}

static enum jangle_result put_parked(struct jn_memory_store *store,
                                     const char *subscriber,
                                     const struct jangle_parked *parked)
{
    static const size_t texts[] = {JN_TEXT_OF(parked.subscriber), JN_TEXT_OF(parked.key),
                                   JN_TEXT_OF(parked.error), 0};
    struct jn_memory_row *row, content = {.as.parked = *parked};
    enum jangle_result result = remove_parked(store, subscriber, parked->key);
    struct jn_key key;

    if (result || parked->released)
        return result;
    content.as.parked.subscriber = subscriber;
    row = jn_memory_new_row(store, &content, 0, texts);
    if (!row)
        return JANGLE_NO_MEMORY;
    key = parked_due_key(&row->as.parked);
    result = jn_table_put(&store->parked_due, &store->journal, &key, row);
    key = parked_key(&row->as.parked);
    if (!result)
        result = jn_table_put(&store->parked, &store->journal, &key, row);
    jn_memory_row_drop(row, &store->host.allocator);
    return result;
}

/* ---- delivery steps ---------------------------------------------------------- */

static bool of_subscriber(const struct jn_node *node, const char *subscriber)
{
    return node && strcmp(node->key.first, subscriber) == 0;
}

enum jangle_result jn_memory_put_delivery_step(struct jn_memory_store *store,
                                               const struct jangle_delivery_step *sent)
{
    static const size_t texts[] = {JN_TEXT_OF(delivery_step.subscriber),
                                   JN_TEXT_OF(delivery_step.step.type),
                                   JN_TEXT_OF(delivery_step.step.reply), 0};
    struct jn_key key = {.first = sent->subscriber, .number = sent->event_position};
    struct jn_node *node = jn_table_from(&store->deliveries, &key);
    struct jn_memory_row *row, content = {.as.delivery_step = *sent};

    for (; of_subscriber(node, sent->subscriber) &&
           node->key.number == sent->event_position;
         node = node->next[0]) {
        if (memcmp(node->row->as.delivery_step.step.id, sent->step.id,
                   sizeof sent->step.id) == 0)
            return JANGLE_OK;
        key.last = node->key.last + 1;
    }
    content.as.delivery_step.with = NULL;
    if (sent->with && !sent->step.position) {
        content.as.delivery_step.step.position = sent->with->receipt.position;
        content.as.delivery_step.step.version = sent->with->receipt.version;
    }
    row = jn_memory_new_row(store, &content, 0, texts);
    if (!row)
        return JANGLE_NO_MEMORY;
    key.first = row->as.delivery_step.subscriber;
    return jn_memory_give(store, &store->deliveries, &key, row);
}

/* The first position whose steps must be kept. It is the one after the checkpoint, or
 * before that the position of a parked key: the key's events before it are done. */
static int64_t
first_kept(const struct jn_memory_store *store, const char *subscriber, int64_t position)
{
    struct jn_key key = {.first = subscriber};
    int64_t kept = position + 1;

    for (const struct jn_node *node = jn_table_from(&store->parked, &key);
         of_subscriber(node, subscriber); node = node->next[0]) {
        if (node->row->as.parked.position < kept)
            kept = node->row->as.parked.position;
    }
    return kept;
}

/* Delete the steps of events that are processed now that the checkpoint is at `position`.
 * Most commits find none, and look at one row to know it. */
static enum jangle_result drop_processed_steps(struct jn_memory_store *store,
                                               const char *subscriber,
                                               int64_t position)
{
    struct jn_key start = {.first = subscriber};
    struct jn_node *node = jn_table_from(&store->deliveries, &start);
    int64_t kept;

    if (!of_subscriber(node, subscriber) || node->key.number > position)
        return JANGLE_OK;
    kept = first_kept(store, subscriber, position);
    while (of_subscriber(node, subscriber) && node->key.number < kept) {
        struct jn_node *next = node->next[0];

        if (jn_table_remove(&store->deliveries, &store->journal, &node->key))
            return JANGLE_NO_MEMORY;
        node = next;
    }
    return JANGLE_OK;
}

/* ---- checkpoints ------------------------------------------------------------------- */

/* `from` of a stored checkpoint is its own position, as readers expect it. */
static enum jangle_result place_checkpoint(struct jn_memory_store *store,
                                           const char *subscriber,
                                           const char *first_name,
                                           const struct jangle_checkpoint *checkpoint)
{
    static const size_t texts[] = {JN_TEXT_OF(checkpoint.subscriber), 0};
    struct jn_memory_row *row, content = {.as.checkpoint = *checkpoint};

    content.as.checkpoint.subscriber = subscriber;
    content.as.checkpoint.from = checkpoint->position;
    content.as.checkpoint.parked = NULL;
    content.as.checkpoint.parked_count = 0;
    content.as.checkpoint.with = NULL;
    content.as.checkpoint.with_count = 0;
    content.as.checkpoint.error = (struct jangle_error){0};
    jn_text_copy(content.as.checkpoint.first_name,
                 sizeof content.as.checkpoint.first_name, first_name);
    row = jn_memory_new_row(store, &content, 0, texts);
    if (!row)
        return JANGLE_NO_MEMORY;
    return jn_memory_give(store, &store->checkpoints,
                          &(struct jn_key){.first = row->as.checkpoint.subscriber}, row);
}

enum jangle_result jn_memory_put_checkpoint(struct jn_memory_store *store,
                                            struct jangle_checkpoint *checkpoint)
{
    struct jn_key key = {.first = checkpoint->subscriber};
    const struct jn_memory_row *before = jn_table_find(&store->checkpoints, &key);
    int64_t position = before ? before->as.checkpoint.position : -1;

    if (position != checkpoint->from)
        return jangle_error_set(
            &checkpoint->error, JANGLE_CONFLICT,
            "memory store: \"%s\" is at position %lld, and its checkpoint "
            "moves it from %lld",
            JN_SHOWN(100, checkpoint->subscriber), (long long)position,
            (long long)checkpoint->from);
    if (place_checkpoint(store, checkpoint->subscriber,
                         before ? before->as.checkpoint.first_name
                                : checkpoint->subscriber,
                         checkpoint))
        return JANGLE_NO_MEMORY;
    for (size_t i = 0; i < checkpoint->parked_count; i++) {
        if (put_parked(store, checkpoint->subscriber, &checkpoint->parked[i]))
            return JANGLE_NO_MEMORY;
    }
    return drop_processed_steps(store, checkpoint->subscriber, checkpoint->position);
}

/* ---- another name, or none --------------------------------------------------- */

static enum jangle_result
rename_checkpoint(struct jn_memory_store *store, const char *subscriber, const char *name)
{
    struct jn_key key = {.first = subscriber};
    const struct jn_memory_row *row = jn_table_find(&store->checkpoints, &key);

    if (name &&
        place_checkpoint(store, name, row->as.checkpoint.first_name, &row->as.checkpoint))
        return JANGLE_NO_MEMORY;
    return jn_table_remove(&store->checkpoints, &store->journal, &key);
}

/* Each round starts from the first row that still has the old name, because the round
 * before took its own node out of the table. */
static enum jangle_result
rename_parked(struct jn_memory_store *store, const char *subscriber, const char *name)
{
    struct jn_key start = {.first = subscriber};
    struct jn_node *node = jn_table_from(&store->parked, &start);

    while (of_subscriber(node, subscriber)) {
        const struct jangle_parked *parked = &node->row->as.parked;

        if ((name && put_parked(store, name, parked)) ||
            remove_parked(store, subscriber, parked->key))
            return JANGLE_NO_MEMORY;
        node = jn_table_from(&store->parked, &start);
    }
    return JANGLE_OK;
}

static enum jangle_result
rename_steps(struct jn_memory_store *store, const char *subscriber, const char *name)
{
    struct jn_key start = {.first = subscriber};
    struct jn_node *node = jn_table_from(&store->deliveries, &start);

    while (of_subscriber(node, subscriber)) {
        struct jangle_delivery_step step = node->row->as.delivery_step;

        step.subscriber = name;
        if ((name && jn_memory_put_delivery_step(store, &step)) ||
            jn_table_remove(&store->deliveries, &store->journal, &node->key))
            return JANGLE_NO_MEMORY;
        node = jn_table_from(&store->deliveries, &start);
    }
    return JANGLE_OK;
}

static enum jangle_result
rename_all(struct jn_memory_store *store, const char *subscriber, const char *name)
{
    if (!jn_table_find(&store->checkpoints, &(struct jn_key){.first = subscriber}))
        return JANGLE_NOT_FOUND;
    if (name && jn_table_find(&store->checkpoints, &(struct jn_key){.first = name}))
        return JANGLE_CONFLICT;
    if (rename_checkpoint(store, subscriber, name) ||
        rename_parked(store, subscriber, name) || rename_steps(store, subscriber, name) ||
        jn_memory_rename_sagas(store, subscriber, name) ||
        jn_memory_rename_pause(store, subscriber, name))
        return JANGLE_NO_MEMORY;
    return JANGLE_OK;
}

enum jangle_result jn_memory_rename(struct jangle_store *base,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    result = rename_all(store, subscriber, name);
    if (result)
        jn_journal_undo(&store->journal, 0);
    else
        jn_journal_keep(&store->journal);
    jn_mutex_unlock(&store->mutex);
    if (result == JANGLE_NOT_FOUND)
        return jangle_error_set(error, result, "subscriber %s: it has no checkpoint",
                                subscriber);
    if (result == JANGLE_CONFLICT)
        return jangle_error_set(error, result, "subscriber %s: the name %s is taken",
                                subscriber, name);
    return result ? jn_memory_full(error, "rename a subscriber") : JANGLE_OK;
}

/* ---- reading checkpoints ------------------------------------------------------ */

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
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = store->checkpoints.first[0]; node && !picked.failed;
         node = node->next[0])
        jn_memory_pick(store, &picked, node->row);
    result = jn_memory_end_picking(store, &picked, "read the checkpoints", error);
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.checkpoint);
    jn_memory_unpick(store, &picked);
    return result;
}

/* ---- reading parked keys ------------------------------------------------------- */

/* When a moment is given, dead letters are left out, as they wait for a person. */
static bool
is_due(const struct jangle_parked *parked, const char *subscriber, jangle_time now)
{
    return (!subscriber || strcmp(parked->subscriber, subscriber) == 0) &&
           (!now.us || !parked->dead);
}

/* The table is in the order of time, so the longest due keys come first. */
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
    for (struct jn_node *node = store->parked_due.first[0];
         node && !picked.failed && picked.count < limit &&
         (!now.us || node->key.rank <= now.us);
         node = node->next[0])
        if (is_due(&node->row->as.parked, subscriber, now))
            jn_memory_pick(store, &picked, node->row);
    result = jn_memory_end_picking(store, &picked, "read what is parked", error);
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.parked);
    jn_memory_unpick(store, &picked);
    return result;
}

/* ---- reading delivery steps ----------------------------------------------------- */

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
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = jn_table_from(&store->deliveries, &key);
         !picked.failed && of_subscriber(node, subscriber) &&
         node->key.number == position;
         node = node->next[0])
        jn_memory_pick(store, &picked, node->row);
    result = jn_memory_end_picking(store, &picked, "read the steps of a delivery", error);
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.delivery_step);
    jn_memory_unpick(store, &picked);
    return result;
}
