/* tally.h - which messages came: all of them, and none twice? */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "bench.h"

/* Who stores the messages as well: each once, and durable after `commit`. */
struct tally_store {
    void (*add)(void *context,
                const void *id,
                size_t id_size,
                const void *body,
                size_t body_size);
    void (*commit)(void *context);
    void *context;
};

struct tally {
    uint64_t *ids; /* their hashes */
    int64_t count, room;
    int64_t bytes;            /* of all bodies */
    struct tally_store store; /* without functions: nobody */
};

void tally_init(struct tally *tally, int64_t room);
void tally_add(
    struct tally *tally, const void *id, size_t size, const void *body, size_t body_size);

/* Who takes messages calls it before these are acknowledged. */
void tally_commit(struct tally *tally);

/* What is wrong, if there are not so many or two have the same id; NULL: nothing. */
const char *tally_fault(struct tally *tally, int64_t wanted);

/* End the program if something is wrong; then forget them. */
void tally_check(struct tally *tally, int64_t wanted);

#endif
