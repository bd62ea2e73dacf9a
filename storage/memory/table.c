/* table.c - a skip list of shared rows, and the journal of what was done to it. */
#include "memory/table.h"

#include <assert.h>

enum what { ADDED, REPLACED, REMOVED };

/* What happened to one node. A removed node, with its row, is kept here until the change
 * is final, so that an undo needs no memory. */
struct jn_change {
    enum what what;
    struct jn_table *table;
    struct jn_node *node;
    struct jn_key key; /* of a replaced row */
    struct jn_memory_row *row;
};

/* For each level of the list, the link after which a key belongs. */
struct path {
    struct jn_node **links[JN_TABLE_HEIGHT];
};

/* ---- keys -------------------------------------------------------------------- */

static int compare_numbers(int64_t one, int64_t other)
{
    return (one > other) - (one < other);
}

static int compare_texts(const char *one, const char *other)
{
    if (!one || !other)
        return (one != NULL) - (other != NULL);
    return strcmp(one, other);
}

static int compare(const struct jn_key *one, const struct jn_key *other)
{
    int order = compare_numbers(one->rank, other->rank);

    if (!order)
        order = compare_texts(one->first, other->first);
    if (!order)
        order = compare_texts(one->second, other->second);
    if (!order)
        order = compare_numbers(one->number, other->number);
    if (!order)
        order = compare_numbers(one->last, other->last);
    return order;
}

/* ---- the list ---------------------------------------------------------------- */

static struct jn_node *
find_path(struct jn_table *table, const struct jn_key *key, struct path *path)
{
    struct jn_node **nexts = table->first;

    for (int level = JN_TABLE_HEIGHT - 1; level >= 0; level--) {
        while (nexts[level] && compare(&nexts[level]->key, key) < 0)
            nexts = nexts[level]->next;
        path->links[level] = &nexts[level];
    }
    return *path->links[0];
}

struct jn_node *jn_table_from(const struct jn_table *table, const struct jn_key *key)
{
    struct jn_node *const *nexts = table->first;

    for (int level = JN_TABLE_HEIGHT - 1; level >= 0; level--) {
        while (nexts[level] && compare(&nexts[level]->key, key) < 0)
            nexts = nexts[level]->next;
    }
    return nexts[0];
}

struct jn_memory_row *jn_table_find(const struct jn_table *table,
                                    const struct jn_key *key)
{
    struct jn_node *node = jn_table_from(table, key);

    return node && compare(&node->key, key) == 0 ? node->row : NULL;
}

/* Each further level has a chance of one in four, by a random generator of the table's
 * own (G. Marsaglia, "Xorshift RNGs", 2003). */
static int draw_height(struct jn_table *table)
{
    uint64_t dice = table->dice ? table->dice : 88172645463325252U;
    int height = 1;

    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    table->dice = dice;
    while (height < JN_TABLE_HEIGHT && (dice & 3) == 0) {
        dice >>= 2;
        height++;
    }
    return height;
}

static void link_node(struct jn_node *node, const struct path *path)
{
    for (int level = 0; level < node->height; level++) {
        node->next[level] = *path->links[level];
        *path->links[level] = node;
    }
}

static void unlink_node(struct jn_table *table, struct jn_node *node)
{
    struct path path;

    find_path(table, &node->key, &path);
    for (int level = 0; level < node->height; level++) {
        assert(*path.links[level] == node);
        *path.links[level] = node->next[level];
    }
}

static struct jn_node *new_node(struct jn_table *table,
                                const struct jangle_allocator *allocator)
{
    int height = draw_height(table);
    struct jn_node *node =
        jn_new(allocator, sizeof *node + (size_t)height * sizeof(struct jn_node *));

    if (node)
        node->height = height;
    return node;
}

void jn_memory_row_drop(struct jn_memory_row *row,
                        const struct jangle_allocator *allocator)
{
    if (!row)
        return;
    assert(row->references > 0);
    if (--row->references == 0)
        jn_free(allocator, row);
}

static void free_node(struct jn_node *node, const struct jangle_allocator *allocator)
{
    jn_memory_row_drop(node->row, allocator);
    jn_free(allocator, node);
}

void jn_table_finish(struct jn_table *table, const struct jangle_allocator *allocator)
{
    struct jn_node *next;

    for (struct jn_node *node = table->first[0]; node; node = next) {
        next = node->next[0];
        free_node(node, allocator);
    }
}

/* ---- changes ----------------------------------------------------------------- */

/* The next free place in the journal. The caller counts it only when the change is done,
 * so that a failure between leaves nothing to undo. */
static struct jn_change *next_change(struct jn_journal *journal)
{
    size_t capacity = journal->capacity ? journal->capacity * 2 : 16;
    struct jn_change *changes;

    if (journal->count < journal->capacity)
        return &journal->changes[journal->count];
    changes = jn_resize(journal->allocator, journal->changes, capacity * sizeof *changes);
    if (!changes)
        return NULL;
    journal->changes = changes;
    journal->capacity = capacity;
    return &changes[journal->count];
}

enum jangle_result jn_table_put(struct jn_table *table,
                                struct jn_journal *journal,
                                const struct jn_key *key,
                                struct jn_memory_row *row)
{
    struct jn_change *change = next_change(journal);
    struct path path;
    struct jn_node *node = find_path(table, key, &path);

    if (!change)
        return JANGLE_NO_MEMORY;
    if (node && compare(&node->key, key) == 0) {
        *change = (struct jn_change){REPLACED, table, node, node->key, node->row};
    } else {
        node = new_node(table, journal->allocator);
        if (!node)
            return JANGLE_NO_MEMORY;
        link_node(node, &path);
        *change = (struct jn_change){.what = ADDED, .table = table, .node = node};
    }
    node->key = *key;
    node->row = row;
    row->references++;
    journal->count++;
    return JANGLE_OK;
}

enum jangle_result jn_table_remove(struct jn_table *table,
                                   struct jn_journal *journal,
                                   const struct jn_key *key)
{
    struct jn_change *change = next_change(journal);
    struct jn_node *node = jn_table_from(table, key);

    if (!change)
        return JANGLE_NO_MEMORY;
    if (!node || compare(&node->key, key) != 0)
        return JANGLE_OK;
    unlink_node(table, node);
    *change = (struct jn_change){.what = REMOVED, .table = table, .node = node};
    journal->count++;
    return JANGLE_OK;
}

/* ---- the journal ------------------------------------------------------------- */

void jn_journal_init(struct jn_journal *journal, const struct jangle_allocator *allocator)
{
    memset(journal, 0, sizeof *journal);
    journal->allocator = allocator;
}

void jn_journal_finish(struct jn_journal *journal)
{
    assert(journal->count == 0);
    jn_free(journal->allocator, journal->changes);
}

static void undo(const struct jn_change *change, const struct jangle_allocator *allocator)
{
    struct path path;

    switch (change->what) {
    case ADDED:
        unlink_node(change->table, change->node);
        free_node(change->node, allocator);
        break;
    case REPLACED:
        jn_memory_row_drop(change->node->row, allocator);
        change->node->row = change->row;
        change->node->key = change->key;
        break;
    case REMOVED:
        find_path(change->table, &change->node->key, &path);
        link_node(change->node, &path);
        break;
    }
}

void jn_journal_undo(struct jn_journal *journal, size_t count)
{
    while (journal->count > count)
        undo(&journal->changes[--journal->count], journal->allocator);
}

void jn_journal_keep(struct jn_journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        if (journal->changes[i].what == REPLACED)
            jn_memory_row_drop(journal->changes[i].row, journal->allocator);
        else if (journal->changes[i].what == REMOVED)
            free_node(journal->changes[i].node, journal->allocator);
    }
    journal->count = 0;
}
