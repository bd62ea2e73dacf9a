/* sagas_failing.c - each call of the store, and each piece of memory, fails in turn under
 * sagas: the money is all there, and nothing is sent twice. */
#include "support/domains/moves.h"
#include "support/failing_allocator.h"
#include "support/shard.h"

#include <jangle/testing.h>

/* ---- the store --------------------------------------------------------------- */

/* The tale, with that call failing; returns how many there were. */
static int64_t tell_without(int64_t at, enum jangle_result result, bool in_file)
{
    static struct world world;
    struct jangle_flaky flaky = {.fail_at = at, .result = result};

    world_init(&world, in_file);
    flaky.storage = world.config.storage;
    world.config.storage = jangle_storage_flaky(&flaky);
    if (moves_open(&world))
        moves_tell(&world);
    else
        assert_result(world.error.result, result);
    if (in_file)
        world_close(&world);
    at = flaky.calls;
    flaky.fail_at = 0;
    if (!world.jangle && !moves_open(&world))
        fail_msg("%s", world.error.message);
    moves_check(&world);
    world_finish(&world);
    return at;
}

static void sweep(enum jangle_result result, bool in_file)
{
    int64_t calls = tell_without(0, result, in_file);

    print_message("%lld calls\n", (long long)calls);
    assert_true(calls > 100);
    for (int64_t at = 1; at <= calls + 1; at += TEST_STRIDE)
        calls = tell_without(at, result, in_file);
}

#define SWEEP(name, result, in_file)                                                     \
    static void name(void **state)                                                       \
    {                                                                                    \
        (void)state;                                                                     \
        sweep(result, in_file);                                                          \
    }

SWEEP(a_store_in_memory_fails, JANGLE_STORAGE, false)
SWEEP(a_store_in_memory_is_busy, JANGLE_BUSY, false)
SWEEP(a_store_in_memory_has_no_memory, JANGLE_NO_MEMORY, false)
SWEEP(a_store_in_memory_does_not_know, JANGLE_UNKNOWN, false)
SWEEP(a_store_in_memory_meets_conflicts, JANGLE_CONFLICT, false)
SWEEP(a_file_fails, JANGLE_STORAGE, true)
SWEEP(a_file_is_busy, JANGLE_BUSY, true)
SWEEP(a_file_does_not_know, JANGLE_UNKNOWN, true)

/* ---- memory ------------------------------------------------------------------ */

/* The tale, without that piece of memory; returns how many were asked for. */
static int64_t tell_without_memory(int64_t at, bool in_file)
{
    static struct world world;
    struct failing_allocator memory;
    int64_t calls;

    failing_allocator_init(&memory, at);
    world_init(&world, in_file);
    world.config.host.allocator = memory.allocator;
    if (moves_open(&world))
        moves_tell(&world);
    else
        assert_result(world.error.result, JANGLE_NO_MEMORY);
    calls = memory.calls;
    failing_allocator_arm(&memory, 0);
    if (!world.jangle && !moves_open(&world))
        fail_msg("%s", world.error.message);
    moves_check(&world);
    world_finish(&world);
    assert_int_equal(memory.pieces, 0);
    return calls;
}

static void sweep_memory(bool in_file, int64_t stride)
{
    int64_t calls = tell_without_memory(0, in_file);

    print_message("%lld pieces\n", (long long)calls);
    assert_true(calls > 100);
    for (int64_t at = 1; at <= calls + 1; at += stride * TEST_STRIDE)
        calls = tell_without_memory(at, in_file);
}

static void memory_runs_out(void **state)
{
    (void)state;
    sweep_memory(false, 1);
}

static void memory_runs_out_over_a_file(void **state)
{
    (void)state;
    sweep_memory(true, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_in_memory_fails),
        cmocka_unit_test(a_store_in_memory_is_busy),
        cmocka_unit_test(a_store_in_memory_has_no_memory),
        cmocka_unit_test(a_store_in_memory_does_not_know),
        cmocka_unit_test(a_store_in_memory_meets_conflicts),
        cmocka_unit_test(a_file_fails),
        cmocka_unit_test(a_file_is_busy),
        cmocka_unit_test(a_file_does_not_know),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(memory_runs_out_over_a_file),
    };

    return SHARD_RUN(tests);
}
