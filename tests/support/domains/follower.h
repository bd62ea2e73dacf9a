/* follower.h - an instance of the purses with subscribers that do as they are told, on a
 * clock that is moved by hand; and what came to them, written down. */
#ifndef FOLLOWER_H
#define FOLLOWER_H

#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

/* ---- a subscriber that does as it is told ------------------------------------ */

struct follower_seen {
    int64_t position;
    char id[24]; /* of the purse */
    int64_t version;
    int attempt;
    bool handled; /* or it failed */
};

enum follower_outcome { FOLLOWER_HANDLES, FOLLOWER_FAILS, FOLLOWER_REFUSES };

/* Its context. Zeroed, it handles everything. */
struct follower {
    const char *fails_for;     /* "": all purses; NULL: none */
    int64_t fails_at;          /* the event at this position, too; 0: none */
    int64_t fails_up_to;       /* those up to this position, too */
    int64_t failures;          /* that are left; -1: no end of them */
    enum jangle_result result; /* of a failure; OK: it is REJECTED with a reason */
    int64_t retry_in_ms;       /* instead; 0: not... */
    bool asks_again;           /* ...but for this */
    bool refuses;              /* for good, instead */
    enum follower_outcome (*judge)(int64_t position); /* instead of all that; or NULL */
    struct follower_seen *seen;
    size_t count, limit;
};

enum jangle_result follower_handle(struct jangle_delivery *delivery,
                                   const struct jangle_event *event);
void follower_clear(struct follower *follower);

/* All events of purses; for side effects. */
extern const struct jangle_handler follower_handlers[2];

/* How often the event at that position came, and how often it was handled. */
int follower_calls(const struct follower *follower, int64_t position);
int follower_handled(const struct follower *follower, int64_t position);

/* Every event from `first` to `last` was handled exactly once, those of each purse in
 * order of their versions. */
void follower_assert_all(const struct follower *follower, int64_t first, int64_t last);

/* ---- a world ----------------------------------------------------------------- */

struct world {
    struct jangle *jangle;
    struct jangle_config config; /* for the next world_open */
    const struct jangle_subscriber *subscribers[8];
    const struct jangle_publisher *publisher; /* of neighbours.h, as the next */
    const struct jangle_consumer *consumer;
    char directory[TEMP_PATH_SIZE], file[TEMP_PATH_SIZE]; /* "": in memory */
    _Atomic int64_t now_us, monotonic_us;
    struct jangle_error error;
};

/* In memory, or in a file; with 0 workers, and no subscribers yet. */
void world_init(struct world *world, bool in_file);
void world_finish(struct world *world);

/* Subscribers end with NULL. */
void world_open(struct world *world, const struct jangle_subscriber *first, ...);
bool world_try_open(struct world *world, const struct jangle_subscriber *first, ...);
void world_close(struct world *world);

/* Both clocks go on. */
void world_pass(struct world *world, int64_t ms);

/* One event each, to the purse; returns its position. */
int64_t world_put(struct world *world, const char *purse);
/* `count` of them, in turn to `purses` purses called 0, 1, 2... */
void world_put_many(struct world *world, int64_t count, int purses);

/* An event of a purse, coins_put_in of that version, as another program would
 * store it. */
void world_store(struct world *world, const char *id, int version, const char *json);

/* Poll until there is nothing to do; returns how much was done. */
int64_t world_poll(struct world *world);

/* Poll and let time pass, at most so often, until nothing is parked or behind. */
void world_settle(struct world *world, int rounds);

struct jangle_subscriber_stats world_measure(struct world *world, const char *name);

/* Is the subscriber held, by a replay, a reset or an operator? */
bool world_is_held(struct world *world, const char *name);
struct jangle_stats world_stats(struct world *world);

/* Rows of parked keys in the store, of that subscriber; one more if it is suspended. As
 * they are there, or after all that is pending was written. */
int64_t world_stored_rows(struct world *world, const char *name);
int64_t world_rows(struct world *world, const char *name);

/* Where the store says that it is. */
int64_t world_checkpoint(struct world *world, const char *name);

/* A test, over each of the stores: `set_up` finds in *state whether it is in a file. */
#define WORLD_TEST_IN_MEMORY(test)                                                       \
    {                                                                                    \
#test " (memory)", test, set_up, tear_down, NULL                                 \
    }
#define WORLD_TEST_IN_FILE(test)                                                         \
    {                                                                                    \
#test " (sqlite)", test, set_up, tear_down, &world_in_file                       \
    }
#define WORLD_TEST(test) WORLD_TEST_IN_MEMORY(test), WORLD_TEST_IN_FILE(test)

extern int world_in_file;

#endif
