/* scripted_store.h - a store that only commits: it answers as it is told, waits for leave
 * before each group, and notes what the groups held. */
#ifndef SCRIPTED_STORE_H
#define SCRIPTED_STORE_H

#include "command/commit.h"

#include <stdatomic.h>

enum { SCRIPTED_GROUPS = 4000 };

struct scripted_store {
    struct jangle_store store;
    enum jangle_result result;        /* of the next groups */
    enum jangle_result of_append;     /* of each append in them */
    enum jangle_result of_checkpoint; /* of each checkpoint that names appends */
    atomic_int inside;                /* commits at once: never above 1 */
    atomic_int arrived;               /* groups that have come to the store */
    int groups;                       /* that were answered */
    size_t sizes[SCRIPTED_GROUPS];
    size_t checkpoints;                /* of all groups */
    size_t with[JN_CHECKPOINTS_LIMIT]; /* of the last group: the append that each names */
    size_t with_count;                 /* and how many, of the last one */
    int64_t position;

    /* Each group waits for one leave, if `waits` is true. */
    bool waits;
    struct jn_mutex mutex;
    struct jn_cond allowed;
    int leaves; /* that were given, and not taken */
};

/* It must not be moved. Asserts that there is memory. */
void scripted_store_init(struct scripted_store *scripted, bool waits);
void scripted_store_finish(struct scripted_store *scripted);

/* So many more groups may be answered. Any thread. */
void scripted_store_allow(struct scripted_store *scripted, int groups);

/* Until so many groups have come, of which the last one may still wait for its leave. */
void scripted_store_await(struct scripted_store *scripted, int groups);

#endif
