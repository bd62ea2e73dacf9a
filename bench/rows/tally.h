/* tally.h - which messages came: all of them, and none twice? */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "bench.h"

struct tally {
    uint64_t *ids; /* their hashes */
    int64_t count, room;
    int64_t bytes; /* of all bodies */
};

void tally_init(struct tally *tally, int64_t room);
void tally_add(struct tally *tally, const void *id, size_t size, size_t body_size);

/* What is wrong, if there are not so many or two have the same id; NULL: nothing. */
const char *tally_fault(struct tally *tally, int64_t wanted);

/* End the program if something is wrong; then forget them. */
void tally_check(struct tally *tally, int64_t wanted);

#endif
