/* parked.h - the parked keys of one subscriber, all of them in memory: found by key, and
 * by when they are due. */
#ifndef JN_PARKED_H
#define JN_PARKED_H

#include "base/arena.h"
#include "base/map.h"

#include <jangle/plugin/store.h>

enum { JN_REASON_SIZE = JANGLE_REASON_SIZE };

/* What is known of a parked key: what the store keeps of it, and what only lasts in
 * memory. A row may be copied at will: only `stored.key` points out of it. */
struct jn_row {
    struct jangle_parked stored; /* but for `subscriber` and `error`, which
                                    jn_row_to_stored fills in */
    char reason[JN_REASON_SIZE]; /* of the last failure: the store's `error` */
    int64_t due_us;              /* `stored.next_at`, on the monotonic clock */
    int postponed;               /* failures since the last attempt that were none */
    bool counts;                 /* the last failure counts towards an outage */
    bool guarded;                /* an attempt is written down before it is made */
    bool crashed;                /* the process ended in the last attempt */
    bool suspect;                /* an owner may have died of it, and no attempt has had
                                    an outcome since */
};

/* The row as the store takes it, and the row that a store has given. Texts are borrowed:
 * the key in both directions, the reason by the first. */
struct jangle_parked jn_row_to_stored(const struct jn_row *row, const char *subscriber);
struct jn_row jn_row_of_stored(const struct jangle_parked *stored);

/* A key in the set. One that is released stays until its release is stored. */
struct jn_parked {
    struct jn_row row; /* its key lies behind this struct */
    int64_t changed;   /* the number of its last change; 0: it is stored as it is */
    struct jn_parked *next_changed;
    int64_t streak; /* the streak of failures in which it was counted last */
    size_t heap_at;
};

struct jn_parked_set {
    const struct jangle_allocator *allocator;
    struct jn_map map;
    struct jn_parked **heap; /* the keys that are not dead, the first to be due on top */
    size_t heap_count, heap_capacity;
    bool tracked;              /* changes are listed until they are stored */
    int64_t changes;           /* how many there were: the number of the last one */
    struct jn_parked *changed; /* the list */
    int64_t waiting, dead;     /* how many keys */
    int64_t untried;           /* of those that wait: no attempt has counted yet */
};

void jn_parked_init(struct jn_parked_set *set,
                    const struct jangle_allocator *allocator,
                    bool tracked);
void jn_parked_finish(struct jn_parked_set *set);

/* NULL if the key is not parked. */
struct jn_parked *jn_parked_find(const struct jn_parked_set *set, const char *key);

/* The key of an event that is parked alone: its position, as a text in the arena. NULL
 * when out of memory, which the arena remembers. */
const char *jn_position_key(struct jangle_arena *arena, int64_t position);

/* Park a key, change its row, or release it; the row is copied, with its key. `stored`:
 * the store has it so already. NO_MEMORY: nothing has changed. */
enum jangle_result
jn_parked_put(struct jn_parked_set *set, const struct jn_row *row, bool stored);

/* The key that is due first; NULL if none waits. */
struct jn_parked *jn_parked_first(const struct jn_parked_set *set);

/* Of those that wait, the one with the lowest position above `position`, or NULL. */
struct jn_parked *jn_parked_after(const struct jn_parked_set *set, int64_t position);

/* The key whose event is at that position: a dead one, or if there is none and `dead` is
 * false one that waits; or NULL. */
struct jn_parked *
jn_parked_at(const struct jn_parked_set *set, int64_t position, bool dead);

/* The changes up to the one of number `change` are stored now. */
void jn_parked_settle(struct jn_parked_set *set, int64_t change);

#endif
