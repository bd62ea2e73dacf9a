/* memory.h - what the files of this backend share. */
#ifndef JN_MEMORY_H
#define JN_MEMORY_H

#include "memory/names.h"
#include "memory/table.h"

#include <jangle/plugin/snapshot_store.h>

/* An event. Never changes, and lives as long as the store. */
struct jn_entry {
    struct jangle_record record;
};

/* Grows at the end only. */
struct jn_entries {
    struct jn_entry **items;
    size_t count;
    size_t capacity;
};

/* Its events in order: the first has version 1. Stays, once made, even if its first
 * append is taken back: it is empty then, which is as good as unknown. */
struct jn_stream {
    struct jn_name name; /* kind, id */
    struct jn_entries events;
};

/* What is remembered of a command that had an id. */
struct jn_command {
    struct jn_name name; /* the id */
    struct jn_command *older;
    struct jn_command *newer;
    struct jangle_receipt receipt;
    jangle_time at;
};

struct jn_memory_store {
    struct jangle_store base;
    struct jangle_host host;
    unsigned char id[JANGLE_ID_SIZE];
    struct jn_mutex mutex; /* guards all below; never held while a visit runs */
    struct jn_entries log; /* the first has position 1 */
    struct jn_names streams;
    struct jn_names commands;
    struct jn_command *oldest, *newest;
    struct jn_table marks;      /* by subscriber */
    struct jn_table parked;     /* by subscriber, key */
    struct jn_table parked_due; /* by time, subscriber, key */
    struct jn_table deliveries; /* by subscriber, position, order of coming */
    struct jn_table sagas;      /* by saga, id */
    struct jn_table saga_steps; /* by saga, id, order of coming */
    struct jn_table sagas_due;  /* by time, saga, id: the open ones */
    struct jn_journal journal;  /* of the commit under way */
};

static inline struct jn_memory_store *jn_memory_of(struct jangle_store *base)
{
    return (struct jn_memory_store *)base;
}

/* NO_MEMORY. */
enum jangle_result jn_memory_store_open(const struct jangle_host *host,
                                        struct jangle_store **store,
                                        struct jangle_error *error);
enum jangle_result jn_memory_snapshots_open(const struct jangle_host *host,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error);

/* ---- what store.c lists as operations ---------------------------------------- */

enum jangle_result jn_memory_commit(struct jangle_store *base,
                                    struct jangle_group *group,
                                    struct jangle_error *error);
enum jangle_result jn_memory_find_mark(struct jangle_store *base,
                                       const char *subscriber,
                                       struct jangle_mark *mark,
                                       struct jangle_error *error);
enum jangle_result jn_memory_read_marks(struct jangle_store *base,
                                        jangle_mark_fn *visit,
                                        void *context,
                                        struct jangle_error *error);
enum jangle_result jn_memory_read_parked(struct jangle_store *base,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error);
enum jangle_result jn_memory_read_delivery(struct jangle_store *base,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error);
enum jangle_result jn_memory_rename(struct jangle_store *base,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error);
enum jangle_result jn_memory_read_saga(struct jangle_store *base,
                                       const char *saga,
                                       const char *id,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error);
enum jangle_result jn_memory_read_due_sagas(struct jangle_store *base,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error);
enum jangle_result jn_memory_read_sagas(struct jangle_store *base,
                                        const char *saga,
                                        enum jangle_saga_status status,
                                        const char *id,
                                        size_t limit,
                                        jangle_saga_fn *visit,
                                        void *context,
                                        struct jangle_error *error);

/* ---- changes: under the lock, each written to the journal -------------------- */

/* Append, or not: CONFLICT, INVALID, each with its sentence in append->error, or
 * NO_MEMORY, which is the whole group's; then the caller takes back what was done. Fills
 * in repeated, and the receipt's position. */
enum jangle_result jn_memory_append(struct jn_memory_store *store,
                                    struct jangle_append *append);

/* Fill in what a stored append is told: positions, versions, the receipt. */
void jn_memory_tell(const struct jn_memory_store *store, struct jangle_append *append);

/* Take back all appends but the first so many events, and what came after `newest`. */
void jn_memory_take_back(struct jn_memory_store *store,
                         size_t event_count,
                         const struct jn_command *newest);

/* CONFLICT, with its sentence in the part's error; NO_MEMORY. */
enum jangle_result jn_memory_put_mark(struct jn_memory_store *store,
                                      struct jangle_mark *mark);
enum jangle_result jn_memory_put_saga(struct jn_memory_store *store,
                                      struct jangle_saga_record *saga);

/* Let the sagas of that name have another; NULL: forget them. NO_MEMORY. */
enum jangle_result
jn_memory_rename_sagas(struct jn_memory_store *store, const char *saga, const char *name);

/* NO_MEMORY. A step that is there stays as it is. */
enum jangle_result jn_memory_put_delivery_step(struct jn_memory_store *store,
                                               const struct jangle_delivery_step *step);

/* Forget a command. */
void jn_memory_forget_command(struct jn_memory_store *store, struct jn_command *command);

/* ---- rows: made with one reference, which is its maker's; NULL: no memory ---- */

/* Copy a text to `*at`, and move on behind it. NULL stays NULL. */
const char *jn_memory_pack(char **at, const char *text);

struct jn_row *jn_memory_mark_row(struct jn_memory_store *store,
                                  const char *subscriber,
                                  const struct jangle_mark *mark);
struct jn_row *jn_memory_parked_row(struct jn_memory_store *store,
                                    const char *subscriber,
                                    const struct jangle_parked *parked);
struct jn_row *jn_memory_delivery_row(struct jn_memory_store *store,
                                      const struct jangle_delivery_step *step);
struct jn_row *jn_memory_saga_row(struct jn_memory_store *store,
                                  const struct jangle_saga_record *saga);

/* A step does not say whose it is: its row holds the texts of its key, too. */
struct jn_row *jn_memory_step_row(struct jn_memory_store *store,
                                  const struct jangle_saga_record *saga,
                                  const struct jangle_step *step,
                                  struct jn_key *key);

/* Put a row whose maker has no more use for it, also if that fails. NO_MEMORY. */
enum jangle_result jn_memory_give(struct jn_memory_store *store,
                                  struct jn_table *table,
                                  const struct jn_key *key,
                                  struct jn_row *row);

/* ---- reading rows: picked under the lock, visited without it ----------------- */

struct jn_picked {
    struct jn_row **rows;
    size_t count;
    size_t capacity;
};

/* Take a reference for a later visit. NO_MEMORY. */
enum jangle_result jn_memory_pick(struct jn_memory_store *store,
                                  struct jn_picked *picked,
                                  struct jn_row *row);

/* Drop what was picked; takes the lock. */
void jn_memory_unpick(struct jn_memory_store *store, struct jn_picked *picked);

/* "memory store: no room to ..." */
static inline enum jangle_result jn_memory_full(struct jangle_error *error,
                                                const char *what)
{
    return jangle_error_set(error, JANGLE_NO_MEMORY, "memory store: no room to %s", what);
}

#endif
