/* row.c - make rows, and hold them for a visit. Each maker copies a struct, lets its
 * texts point into the row, and clears what belongs to the commit alone. */
#include "memory/row.h"

/* ---- making ------------------------------------------------------------------ */

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

const char *jn_memory_pack(char **at, const char *text)
{
    size_t size = text_size(text);
    char *packed = *at;

    if (!text)
        return NULL;
    memcpy(packed, text, size);
    *at += size;
    return packed;
}

/* A row with one reference, and with room for `text_bytes` behind it. */
static struct jn_memory_row *
new_row(struct jn_memory_store *store, size_t text_bytes, char **texts)
{
    struct jn_memory_row *row = jn_new(&store->host.allocator, sizeof *row + text_bytes);

    if (!row)
        return NULL;
    row->references = 1;
    *texts = (char *)(row + 1);
    return row;
}

/* `from` of a stored checkpoint is its own position, as readers expect it. */
struct jn_memory_row *jn_memory_checkpoint_row(struct jn_memory_store *store,
                                               const char *subscriber,
                                               const struct jangle_checkpoint *checkpoint)
{
    char *texts;
    struct jn_memory_row *row = new_row(store, text_size(subscriber), &texts);

    if (!row)
        return NULL;
    row->as.checkpoint = *checkpoint;
    row->as.checkpoint.subscriber = jn_memory_pack(&texts, subscriber);
    row->as.checkpoint.from = checkpoint->position;
    row->as.checkpoint.parked = NULL;
    row->as.checkpoint.parked_count = 0;
    row->as.checkpoint.error = (struct jangle_error){0};
    return row;
}

struct jn_memory_row *jn_memory_parked_row(struct jn_memory_store *store,
                                           const char *subscriber,
                                           const struct jangle_parked *parked)
{
    char *texts;
    struct jn_memory_row *row = new_row(
        store, text_size(subscriber) + text_size(parked->key) + text_size(parked->error),
        &texts);

    if (!row)
        return NULL;
    row->as.parked = *parked;
    row->as.parked.subscriber = jn_memory_pack(&texts, subscriber);
    row->as.parked.key = jn_memory_pack(&texts, parked->key);
    row->as.parked.error = jn_memory_pack(&texts, parked->error);
    return row;
}

struct jn_memory_row *jn_memory_delivery_row(struct jn_memory_store *store,
                                             const struct jangle_delivery_step *sent)
{
    char *texts;
    struct jn_memory_row *row =
        new_row(store,
                text_size(sent->subscriber) + text_size(sent->step.type) +
                    text_size(sent->step.reply),
                &texts);

    if (!row)
        return NULL;
    row->as.delivery_step = *sent;
    row->as.delivery_step.subscriber = jn_memory_pack(&texts, sent->subscriber);
    row->as.delivery_step.step.type = jn_memory_pack(&texts, sent->step.type);
    row->as.delivery_step.step.reply = jn_memory_pack(&texts, sent->step.reply);
    row->as.delivery_step.with = NULL;
    return row;
}

struct jn_memory_row *jn_memory_saga_row(struct jn_memory_store *store,
                                         const struct jangle_saga_record *saga)
{
    char *texts;
    struct jn_memory_row *row = new_row(
        store, text_size(saga->saga) + text_size(saga->id) + saga->state_size, &texts);

    if (!row)
        return NULL;
    row->as.saga = *saga;
    row->as.saga.saga = jn_memory_pack(&texts, saga->saga);
    row->as.saga.id = jn_memory_pack(&texts, saga->id);
    row->as.saga.state = texts;
    if (saga->state_size)
        memcpy(texts, saga->state, saga->state_size);
    row->as.saga.steps = NULL;
    row->as.saga.with = NULL;
    row->as.saga.error = (struct jangle_error){0};
    return row;
}

struct jn_memory_row *jn_memory_step_row(struct jn_memory_store *store,
                                         const struct jangle_saga_record *saga,
                                         const struct jangle_step *step,
                                         struct jn_key *key)
{
    char *texts;
    struct jn_memory_row *row =
        new_row(store,
                text_size(saga->saga) + text_size(saga->id) + text_size(step->type) +
                    text_size(step->reply),
                &texts);

    if (!row)
        return NULL;
    row->as.step = *step;
    row->as.step.type = jn_memory_pack(&texts, step->type);
    row->as.step.reply = jn_memory_pack(&texts, step->reply);
    key->first = jn_memory_pack(&texts, saga->saga);
    key->second = jn_memory_pack(&texts, saga->id);
    return row;
}

enum jangle_result jn_memory_give(struct jn_memory_store *store,
                                  struct jn_table *table,
                                  const struct jn_key *key,
                                  struct jn_memory_row *row)
{
    enum jangle_result result = jn_table_put(table, &store->journal, key, row);

    jn_memory_row_drop(row, &store->host.allocator);
    return result;
}

/* ---- for a visit ------------------------------------------------------------- */

enum jangle_result jn_memory_pick(struct jn_memory_store *store,
                                  struct jn_picked *picked,
                                  struct jn_memory_row *row)
{
    if (picked->count == picked->capacity) {
        size_t capacity = picked->capacity ? picked->capacity * 2 : 16;
        struct jn_memory_row **rows =
            jn_resize(&store->host.allocator, picked->rows,
                      capacity * sizeof(struct jn_memory_row *));

        if (!rows)
            return JANGLE_NO_MEMORY;
        picked->rows = rows;
        picked->capacity = capacity;
    }
    row->references++;
    picked->rows[picked->count++] = row;
    return JANGLE_OK;
}

/* The array needs no lock, because only its reader knows it. */
void jn_memory_unpick(struct jn_memory_store *store, struct jn_picked *picked)
{
    jn_mutex_lock(&store->mutex);
    for (size_t i = 0; i < picked->count; i++)
        jn_memory_row_drop(picked->rows[i], &store->host.allocator);
    jn_mutex_unlock(&store->mutex);
    jn_free(&store->host.allocator, picked->rows);
}
