/* table.h - rows in the order of their keys, and a journal that takes changes back.
 *
 * A row never changes once it is in a table: it is replaced. Whoever reads takes a
 * reference, and may look at it after the lock is gone. References are counted under the
 * lock of the store. */
#ifndef JN_MEMORY_TABLE_H
#define JN_MEMORY_TABLE_H

#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

/* One allocation: what it says, then its texts. */
struct jn_row {
    size_t references;
    union {
        struct jangle_checkpoint checkpoint;
        struct jangle_parked parked;
        struct jangle_delivery_step delivery_step;
        struct jangle_saga_record saga; /* step_count: of all its steps */
        struct jangle_step step;
    } as;
};

/* Compared in this order. The texts are the row's. */
struct jn_key {
    int64_t rank;
    const char *first;
    const char *second; /* NULL is before all */
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
    struct jn_row *row;
    int height;
    struct jn_node *next[]; /* as many as its height */
};

struct jn_change;

struct jn_journal {
    const struct jangle_allocator *allocator;
    struct jn_change *changes;
    size_t count;
    size_t capacity;
};

/* The first node whose key is not before `key`; NULL if all are. The next is
 * node->next[0]. */
struct jn_node *jn_table_from(const struct jn_table *table, const struct jn_key *key);

/* The row of exactly that key, or NULL. */
struct jn_row *jn_table_find(const struct jn_table *table, const struct jn_key *key);

/* Put a row, in place of the one of that key if there is one. Takes a reference of its
 * own. NO_MEMORY: nothing is changed. */
enum jangle_result jn_table_put(struct jn_table *table,
                                struct jn_journal *journal,
                                const struct jn_key *key,
                                struct jn_row *row);

/* Take the row of that key out, if there is one. NO_MEMORY: nothing is changed. */
enum jangle_result jn_table_remove(struct jn_table *table,
                                   struct jn_journal *journal,
                                   const struct jn_key *key);

/* Frees all; a zeroed table is fine. */
void jn_table_finish(struct jn_table *table, const struct jangle_allocator *allocator);

void jn_journal_init(struct jn_journal *journal,
                     const struct jangle_allocator *allocator);

/* Frees it. Nothing may be left to keep or to undo. */
void jn_journal_finish(struct jn_journal *journal);

/* Take back all changes but the first `count`. */
void jn_journal_undo(struct jn_journal *journal, size_t count);

/* Forget all changes: they stay. */
void jn_journal_keep(struct jn_journal *journal);

/* Drop a reference; NULL is fine. */
void jn_row_drop(struct jn_row *row, const struct jangle_allocator *allocator);

#endif
