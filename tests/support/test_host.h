/* test_host.h - a host for stores that are tested without an engine: a clock that stands
 * still, ids that never come twice, silence, and memory that can run out. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "support/failing_allocator.h"

struct test_host {
    struct jangle_host host; /* complete */
    jangle_time now;         /* what the clock shows: set it */
    struct failing_allocator memory;
    uint64_t seed;
    _Atomic uint64_t drawn;
};

/* It must not be moved afterwards. */
void test_host_init(struct test_host *host);

#endif
