/* pauses.c - what an operator has decided about a name: that it is paused, or goes on. */
#include "memory/pauses.h"

#include "memory/row.h"

static enum jangle_result put_pause(struct jn_memory_store *store,
                                    const char *name,
                                    const struct jangle_pause *pause)
{
    static const size_t texts[] = {JN_TEXT_OF(pause.name), 0};
    struct jn_memory_row *row, content = {.as.pause = *pause};

    content.as.pause.name = name;
    row = jn_memory_new_row(store, &content, 0, texts);
    if (!row)
        return JANGLE_NO_MEMORY;
    return jn_memory_give(store, &store->pauses,
                          &(struct jn_key){.first = row->as.pause.name}, row);
}

enum jangle_result jn_memory_set_pause(struct jangle_store *base,
                                       const struct jangle_pause *pause,
                                       struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    result = put_pause(store, pause->name, pause);
    if (result)
        jn_journal_undo(&store->journal, 0);
    else
        jn_journal_keep(&store->journal);
    jn_mutex_unlock(&store->mutex);
    return result ? jn_memory_full(error, "store a pause") : JANGLE_OK;
}

enum jangle_result jn_memory_rename_pause(struct jn_memory_store *store,
                                          const char *subscriber,
                                          const char *name)
{
    struct jn_key from = {.first = subscriber}, to = {.first = name};
    const struct jn_memory_row *row = jn_table_find(&store->pauses, &from);

    if (!row)
        return JANGLE_OK;
    if (name && !jn_table_find(&store->pauses, &to) &&
        put_pause(store, name, &row->as.pause))
        return JANGLE_NO_MEMORY;
    return jn_table_remove(&store->pauses, &store->journal, &from);
}

enum jangle_result jn_memory_read_pauses(struct jangle_store *base,
                                         jangle_pause_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_picked picked = {0};
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = store->pauses.first[0]; node && !picked.failed;
         node = node->next[0])
        jn_memory_pick(store, &picked, node->row);
    result = jn_memory_end_picking(store, &picked, "read the pauses", error);
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.pause);
    jn_memory_unpick(store, &picked);
    return result;
}
