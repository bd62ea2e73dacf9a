/* failing_allocator.h - memory that runs out when it is told to, and counts.
 *
 *     failing_allocator_init(&memory, 0);
 *     for (int64_t at = 1; failing_allocator_arm(&memory, at), scenario(&memory); at++)
 *         assert_int_equal(memory.pieces, 0);
 *
 * `allocator` points to the struct that holds it: do not move it. Any thread. */
#ifndef FAILING_ALLOCATOR_H
#define FAILING_ALLOCATOR_H

#include <jangle/plugin/support.h>

#include <stdatomic.h>

struct failing_allocator {
    struct jangle_allocator allocator;
    int64_t fail_at;        /* the call of resize that fails: 1, 2, 3...; 0: none */
    bool for_good;          /* all calls after it fail, too */
    _Atomic int64_t calls;  /* of resize */
    _Atomic int64_t failed; /* of these, those that failed */
    _Atomic int64_t pieces, bytes; /* handed out and not yet given back */
    _Atomic int64_t most_bytes;    /* there ever were at a time */
};

void failing_allocator_init(struct failing_allocator *memory, int64_t fail_at);

/* Count from the start again, with that call to fail. */
void failing_allocator_arm(struct failing_allocator *memory, int64_t fail_at);

#endif
