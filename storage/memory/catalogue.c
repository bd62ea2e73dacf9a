/* catalogue.c - what programs are made of, as they have described it. */
#include "memory/catalogue.h"

#include "memory/row.h"

/* ---- comparing ---------------------------------------------------------------- */

static bool is_same(const struct jangle_catalogue_entry *entry,
                    const struct jangle_catalogue_entry *other)
{
    return entry->kind == other->kind && entry->version == other->version &&
           !strcmp(entry->name, other->name) && !strcmp(entry->facts, other->facts);
}

/* Has that program this now? */
static bool has(const char *program, const struct jangle_catalogue_entry *entry)
{
    return !entry->gone_at.us && !strcmp(entry->program, program);
}

/* Both are in the same order, so that what differs shows in the same place. */
static bool is_stored(const struct jn_memory_store *store,
                      const char *program,
                      const struct jangle_catalogue_entry *entries,
                      size_t count)
{
    size_t at = 0;

    for (const struct jn_node *node = store->catalogue.first[0]; node;
         node = node->next[0]) {
        const struct jangle_catalogue_entry *stored = &node->row->as.entry;

        if (!has(program, stored))
            continue;
        if (at == count || !is_same(stored, &entries[at]))
            return false;
        at++;
    }
    return at == count;
}

/* ---- writing ------------------------------------------------------------------ */

static struct jn_key key_of(const struct jangle_catalogue_entry *entry)
{
    return (struct jn_key){.rank = entry->kind,
                           .first = entry->program,
                           .second = entry->name,
                           .number = entry->version};
}

static enum jangle_result put_entry(struct jn_memory_store *store,
                                    const struct jangle_catalogue_entry *entry)
{
    static const size_t texts[] = {JN_TEXT_OF(entry.program), JN_TEXT_OF(entry.name),
                                   JN_TEXT_OF(entry.facts), 0};
    const struct jn_memory_row content = {.as.entry = *entry};
    struct jn_memory_row *row = jn_memory_new_row(store, &content, 0, texts);
    struct jn_key key;

    if (!row)
        return JANGLE_NO_MEMORY;
    key = key_of(&row->as.entry);
    return jn_memory_give(store, &store->catalogue, &key, row);
}

/* Another row takes the place of each, so the nodes stay. */
static enum jangle_result
mark_gone(struct jn_memory_store *store, const char *program, jangle_time at)
{
    enum jangle_result result = JANGLE_OK;

    for (const struct jn_node *node = store->catalogue.first[0]; !result && node;
         node = node->next[0]) {
        struct jangle_catalogue_entry gone = node->row->as.entry;

        if (!has(program, &gone))
            continue;
        gone.gone_at = at;
        result = put_entry(store, &gone);
    }
    return result;
}

/* What was known before keeps its first_seen. */
static enum jangle_result write_entry(struct jn_memory_store *store,
                                      const char *program,
                                      const struct jangle_catalogue_entry *given,
                                      jangle_time at)
{
    struct jangle_catalogue_entry entry = *given;
    const struct jn_memory_row *before;
    struct jn_key key;

    entry.program = program;
    entry.gone_at = (jangle_time){0};
    key = key_of(&entry);
    before = jn_table_find(&store->catalogue, &key);
    entry.first_seen = before ? before->as.entry.first_seen : at;
    return put_entry(store, &entry);
}

enum jangle_result jn_memory_set_catalogue(struct jangle_store *base,
                                           const char *program,
                                           const struct jangle_catalogue_entry *entries,
                                           size_t count,
                                           jangle_time at,
                                           struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    enum jangle_result result = JANGLE_OK;

    jn_mutex_lock(&store->mutex);
    if (!is_stored(store, program, entries, count)) {
        result = mark_gone(store, program, at);
        for (size_t i = 0; !result && i < count; i++)
            result = write_entry(store, program, &entries[i], at);
    }
    if (result)
        jn_journal_undo(&store->journal, 0);
    else
        jn_journal_keep(&store->journal);
    jn_mutex_unlock(&store->mutex);
    return result ? jn_memory_full(error, "store what a program is made of") : JANGLE_OK;
}

/* ---- reading ------------------------------------------------------------------ */

enum jangle_result jn_memory_read_catalogue(struct jangle_store *base,
                                            jangle_catalogue_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_picked picked = {0};
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    for (struct jn_node *node = store->catalogue.first[0]; node && !picked.failed;
         node = node->next[0])
        jn_memory_pick(store, &picked, node->row);
    result = jn_memory_end_picking(store, &picked, "read the catalogue", error);
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.entry);
    jn_memory_unpick(store, &picked);
    return result;
}
