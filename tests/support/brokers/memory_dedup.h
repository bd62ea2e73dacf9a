/* memory_dedup.h - a dedup in memory, which any number of programs of one process share;
 * it can be away, be unfit, and lose answers. Its leases go by the monotonic clock of the
 * host that calls it. */
#ifndef MEMORY_DEDUP_H
#define MEMORY_DEDUP_H

#include <jangle/plugin/dedup.h>
#include <jangle/plugin/support.h>

enum { MEMORY_DEDUP_KEYS = 2048, MEMORY_DEDUP_KEY_SIZE = 256 };

struct memory_dedup_key {
    char key[MEMORY_DEDUP_KEY_SIZE];
    char token[JANGLE_CLAIM_TOKEN_SIZE]; /* "": the message is done */
    int64_t until_us;
};

/* One for all. Zero it, and init it. */
struct memory_dedup {
    struct jn_mutex mutex;
    struct memory_dedup_key keys[MEMORY_DEDUP_KEYS];
    size_t count;
    int64_t later_us; /* than the clock says: move it on to let leases run out */
    int64_t drawn;    /* tokens */
    int open;         /* how many have it open */

    bool away;  /* each call is BUSY */
    bool unfit; /* `check` and `begin` are INVALID */
    bool mute;  /* what is asked is done, but the answer is BUSY */
    int checks, begins, renewals, dones, releases; /* calls that came through */
};

bool memory_dedup_init(struct memory_dedup *memory);
void memory_dedup_finish(struct memory_dedup *memory);

/* Needed, and with all defaults. Its URL must be "memory", or NULL. The pointer must live
 * as long as the descriptor. */
struct jangle_deduplication memory_dedup_descriptor(struct memory_dedup **memory);

#endif
