/* table.h - tables of rows in the order of their keys, and a journal that can undo the
 * changes to them.
 *
 * A row never changes once it is in a table: another row replaces it. A reader takes a
 * reference under the store's lock and may read the row after it has released the lock.
 * References are counted under the lock. */
#ifndef JN_MEMORY_TABLE_H
#define JN_MEMORY_TABLE_H

#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

/* A row is one allocation, with its texts behind the struct. */
struct jn_memory_row {
    size_t references;
    union {
        struct jangle_checkpoint checkpoint;
        struct jangle_parked parked;
        struct jangle_delivery_step delivery_step;
        struct jangle_pause pause;
        struct jangle_stored_command command;
        struct jangle_store_owner owner;
        struct jangle_catalogue_entry entry;
        struct jangle_saga_record saga; /* step_count: of all its steps */
        struct {
            const char *saga, *id;
            struct jangle_step step;
        } saga_step;
    } as; /* its table says which */
};

/* Keys are compared by their members, in this order. The row owns the texts. */
struct jn_key {
    int64_t rank;
    const char *first;
    const char *second; /* NULL is before all texts */
    int64_t number;
    int64_t last;
};

enum { JN_TABLE_HEIGHT = 12 };

struct jn_node;

/* A skip list (W. Pugh, 1990). */
struct jn_table {
    struct jn_node *first[JN_TABLE_HEIGHT];
    uint64_t dice;
};

struct jn_node {
    struct jn_key key;
    struct jn_memory_row *row;
    int height;
    struct jn_node *next[]; /* one for each level of its height */
};

struct jn_change;

struct jn_journal {
    const struct jangle_allocator *allocator;
    struct jn_change *changes;
    size_t count;
    size_t capacity;
};

/* The first node whose key is not before `key`; NULL if there is none. The node after it
 * is node->next[0]. */
struct jn_node *jn_table_from(const struct jn_table *table, const struct jn_key *key);

/* The row of exactly this key, or NULL. */
struct jn_memory_row *jn_table_find(const struct jn_table *table,
                                    const struct jn_key *key);

/* Put a row into a table; it replaces the row of the same key. The table takes a
 * reference of its own. NO_MEMORY: nothing has changed. */
enum jangle_result jn_table_put(struct jn_table *table,
                                struct jn_journal *journal,
                                const struct jn_key *key,
                                struct jn_memory_row *row);

/* Take the row of a key out of its table, if there is one. NO_MEMORY: nothing has
 * changed. */
enum jangle_result jn_table_remove(struct jn_table *table,
                                   struct jn_journal *journal,
                                   const struct jn_key *key);

/* Free all nodes and drop their rows; a zeroed table is fine. */
void jn_table_finish(struct jn_table *table, const struct jangle_allocator *allocator);

void jn_journal_init(struct jn_journal *journal,
                     const struct jangle_allocator *allocator);

/* Free the journal, which must be empty: each commit ends with keep or undo. */
void jn_journal_finish(struct jn_journal *journal);

/* Undo all changes except the first `count`, the last one first. */
void jn_journal_undo(struct jn_journal *journal, size_t count);

/* Make all changes final, and empty the journal. */
void jn_journal_keep(struct jn_journal *journal);

/* Drop a reference; the last one frees the row. NULL is fine. */
void jn_memory_row_drop(struct jn_memory_row *row,
                        const struct jangle_allocator *allocator);

#endif
