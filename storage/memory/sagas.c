/* sagas.c - change and read sagas and their steps. A saga has one row in the table by
 * name and, while its due_at is set, in the table by time; its steps have rows of their
 * own. */
#include "memory/sagas.h"

#include "memory/row.h"

/* ---- changing ---------------------------------------------------------------- */

static struct jn_key saga_key(const struct jangle_saga_record *saga)
{
    return (struct jn_key){.first = saga->saga, .second = saga->id};
}

/* The key in the table of due sagas. False if the saga is never due: it has no
 * row there. */
static bool saga_due_key(const struct jangle_saga_record *saga, struct jn_key *key)
{
    *key = saga_key(saga);
    key->rank = saga->due_at.us;
    return key->rank != 0;
}

static enum jangle_result put_step(struct jn_memory_store *store,
                                   const char *saga,
                                   const char *id,
                                   int64_t number,
                                   const struct jangle_step *step)
{
    static const size_t texts[] = {JN_TEXT_OF(saga_step.saga), JN_TEXT_OF(saga_step.id),
                                   JN_TEXT_OF(saga_step.step.type),
                                   JN_TEXT_OF(saga_step.step.reply), 0};
    struct jn_memory_row content = {.as.saga_step = {saga, id, *step}};
    struct jn_memory_row *row = jn_memory_new_row(store, &content, 0, texts);

    if (!row)
        return JANGLE_NO_MEMORY;
    return jn_memory_give(store, &store->saga_steps,
                          &(struct jn_key){.first = row->as.saga_step.saga,
                                           .second = row->as.saga_step.id,
                                           .number = number},
                          row);
}

/* Steps are only ever added, numbered by their order. The last one takes position and
 * version from the append that it is stored with, if it has none. */
static enum jangle_result put_steps(struct jn_memory_store *store,
                                    const struct jangle_saga_record *saga,
                                    size_t stored_count)
{
    for (size_t i = 0; i < saga->step_count; i++) {
        struct jangle_step step = saga->steps[i];

        if (saga->with && i + 1 == saga->step_count && !step.position) {
            step.position = saga->with->receipt.position;
            step.version = saga->with->receipt.version;
        }
        if (put_step(store, saga->saga, saga->id, (int64_t)(stored_count + i), &step))
            return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

/* Put the row of a saga, under the name `name`, into both tables. */
static enum jangle_result put_row(struct jn_memory_store *store,
                                  const struct jangle_saga_record *saga,
                                  const char *name,
                                  size_t step_count)
{
    static const size_t texts[] = {JN_TEXT_OF(saga.saga), JN_TEXT_OF(saga.id), 0};
    struct jn_memory_row *row, content = {.as.saga = *saga};
    enum jangle_result result = JANGLE_OK;
    struct jn_key key;

    content.as.saga.saga = name;
    content.as.saga.step_count = step_count;
    content.as.saga.steps = NULL;
    content.as.saga.with = NULL;
    content.as.saga.error = (struct jangle_error){0};
    row = jn_memory_new_row(store, &content, saga->state_size, texts);
    if (!row)
        return JANGLE_NO_MEMORY;
    row->as.saga.state = row + 1;
    if (saga->state_size)
        memcpy(row + 1, saga->state, saga->state_size);
    if (saga_due_key(&row->as.saga, &key))
        result = jn_table_put(&store->sagas_due, &store->journal, &key, row);
    key = saga_key(&row->as.saga);
    if (!result)
        result = jn_table_put(&store->sagas, &store->journal, &key, row);
    jn_memory_row_drop(row, &store->host.allocator);
    return result;
}

enum jangle_result jn_memory_put_saga(struct jn_memory_store *store,
                                      struct jangle_saga_record *saga)
{
    struct jn_key key = saga_key(saga);
    const struct jn_memory_row *before = jn_table_find(&store->sagas, &key);
    size_t stored_count = before ? before->as.saga.step_count : 0;
    int64_t version = before ? before->as.saga.version : 0;

    if (version + 1 != saga->version)
        return jangle_error_set(
            &saga->error, JANGLE_CONFLICT,
            "memory store: saga %s/%s is at version %lld: version %lld "
            "does not follow it",
            JN_SHOWN(60, saga->saga), JN_SHOWN(60, saga->id), (long long)version,
            (long long)saga->version);
    if (put_steps(store, saga, stored_count))
        return JANGLE_NO_MEMORY;
    if (before && saga_due_key(&before->as.saga, &key) &&
        jn_table_remove(&store->sagas_due, &store->journal, &key))
        return JANGLE_NO_MEMORY;
    return put_row(store, saga, saga->saga, stored_count + saga->step_count);
}

static bool of_saga(const struct jn_node *node, const char *saga)
{
    return node && strcmp(node->key.first, saga) == 0;
}

static enum jangle_result
rename_rows(struct jn_memory_store *store, const char *saga, const char *name)
{
    struct jn_key start = {.first = saga}, due;
    struct jn_node *node;

    while (of_saga(node = jn_table_from(&store->sagas, &start), saga)) {
        const struct jangle_saga_record *record = &node->row->as.saga;

        if ((name && put_row(store, record, name, record->step_count)) ||
            (saga_due_key(record, &due) &&
             jn_table_remove(&store->sagas_due, &store->journal, &due)) ||
            jn_table_remove(&store->sagas, &store->journal, &node->key))
            return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

enum jangle_result
jn_memory_rename_sagas(struct jn_memory_store *store, const char *saga, const char *name)
{
    struct jn_key start = {.first = saga};
    struct jn_node *node;

    while (of_saga(node = jn_table_from(&store->saga_steps, &start), saga)) {
        if ((name && put_step(store, name, node->key.second, node->key.number,
                              &node->row->as.saga_step.step)) ||
            jn_table_remove(&store->saga_steps, &store->journal, &node->key))
            return JANGLE_NO_MEMORY;
    }
    return rename_rows(store, saga, name);
}

/* ---- reading one ------------------------------------------------------------- */

/* Pick the row of a saga, then the rows of its steps in order; nothing if there is none.
 */
static void pick_saga(struct jn_memory_store *store,
                      const struct jn_key *key,
                      struct jn_picked *picked)
{
    struct jn_memory_row *row = jn_table_find(&store->sagas, key);
    struct jn_node *node = jn_table_from(&store->saga_steps, key);

    if (!row)
        return;
    jn_memory_pick(store, picked, row);
    for (size_t i = 0; i < row->as.saga.step_count; i++, node = node->next[0])
        jn_memory_pick(store, picked, node->row);
}

/* Visit a saga. Its steps are gathered in an array; their texts stay in the
 * picked rows. */
static enum jangle_result visit_saga(struct jn_memory_store *store,
                                     const struct jn_picked *picked,
                                     jangle_saga_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    struct jangle_saga_record record = picked->rows[0]->as.saga;
    struct jangle_step *steps =
        jn_new(&store->host.allocator, (record.step_count + 1) * sizeof *steps);
    enum jangle_result result;

    if (!steps)
        return jn_memory_full(error, "read a saga");
    for (size_t i = 0; i < record.step_count; i++)
        steps[i] = picked->rows[i + 1]->as.saga_step.step;
    record.steps = steps;
    result = visit(context, &record);
    jn_free(&store->host.allocator, steps);
    return result;
}

enum jangle_result jn_memory_read_saga(struct jangle_store *base,
                                       const char *saga,
                                       const char *id,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_key key = {.first = saga, .second = id};
    struct jn_picked picked = {0};
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    pick_saga(store, &key, &picked);
    result = jn_memory_end_picking(store, &picked, "read a saga", error);
    if (!result && !picked.count)
        result = jangle_error_set(error, JANGLE_NOT_FOUND, "saga %s/%s: there is none",
                                  saga, id);
    if (!result)
        result = visit_saga(store, &picked, visit, context, error);
    jn_memory_unpick(store, &picked);
    return result;
}

/* ---- reading many ------------------------------------------------------------ */

/* Release the store's lock, and visit the picked sagas without it. */
static enum jangle_result visit_sagas(struct jn_memory_store *store,
                                      struct jn_picked *picked,
                                      jangle_saga_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    enum jangle_result result = jn_memory_end_picking(store, picked, "read sagas", error);

    for (size_t i = 0; !result && i < picked->count; i++) {
        struct jangle_saga_record record = picked->rows[i]->as.saga;

        record.step_count = 0;
        result = visit(context, &record);
    }
    jn_memory_unpick(store, picked);
    return result;
}

enum jangle_result jn_memory_read_due_sagas(struct jangle_store *base,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_picked picked = {0};

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = store->sagas_due.first[0];
         node && !picked.failed && picked.count < limit && node->key.rank <= now.us;
         node = node->next[0])
        jn_memory_pick(store, &picked, node->row);
    return visit_sagas(store, &picked, visit, context, error);
}

enum jangle_result jn_memory_read_sagas(struct jangle_store *base,
                                        const char *saga,
                                        enum jangle_saga_status status,
                                        const char *id,
                                        size_t limit,
                                        jangle_saga_fn *visit,
                                        void *context,
                                        struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_key after = {.first = saga, .second = id};
    struct jn_picked picked = {0};

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = jn_table_from(&store->sagas, &after);
         of_saga(node, saga) && !picked.failed && picked.count < limit;
         node = node->next[0])
        if ((!id || strcmp(node->key.second, id) != 0) &&
            node->row->as.saga.status == status)
            jn_memory_pick(store, &picked, node->row);
    return visit_sagas(store, &picked, visit, context, error);
}
