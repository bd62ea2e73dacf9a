/* row.c - make rows, and hold them for a visit. */
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

struct jn_memory_row *jn_memory_new_row(struct jn_memory_store *store,
                                        const struct jn_memory_row *content,
                                        size_t byte_count,
                                        const size_t *texts)
{
    size_t size = sizeof *content + byte_count;
    struct jn_memory_row *row;
    char *end;

    for (const size_t *at = texts; *at; at++)
        size += text_size(*(const char *const *)((const char *)content + *at));
    row = jn_new(&store->host.allocator, size);
    if (!row)
        return NULL;
    *row = *content;
    row->references = 1;
    end = (char *)(row + 1) + byte_count;
    for (const size_t *at = texts; *at; at++) {
        const char **text = (const char **)((char *)row + *at);

        *text = jn_memory_pack(&end, *text);
    }
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

void jn_memory_pick(struct jn_memory_store *store,
                    struct jn_picked *picked,
                    struct jn_memory_row *row)
{
    if (picked->count == picked->capacity) {
        size_t capacity = picked->capacity ? picked->capacity * 2 : 16;
        struct jn_memory_row **rows =
            jn_resize(&store->host.allocator, picked->rows,
                      capacity * sizeof(struct jn_memory_row *));

        if (!rows) {
            picked->failed = true;
            return;
        }
        picked->rows = rows;
        picked->capacity = capacity;
    }
    row->references++;
    picked->rows[picked->count++] = row;
}

enum jangle_result jn_memory_end_picking(struct jn_memory_store *store,
                                         const struct jn_picked *picked,
                                         const char *what,
                                         struct jangle_error *error)
{
    jn_mutex_unlock(&store->mutex);
    return picked->failed ? jn_memory_full(error, what) : JANGLE_OK;
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
