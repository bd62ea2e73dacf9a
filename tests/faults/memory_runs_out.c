/* memory_runs_out.c - each allocation fails in turn, from open to close: no crash, no
 * leak, no answer that is not true. */
#include "support/domains/tale.h"
#include "support/failing_allocator.h"
#include "support/shard.h"

static struct failing_allocator memory;

/* The tale, with that allocation failing; returns how many there were. */
static int64_t tell_without(int64_t at, bool for_good, bool in_file)
{
    static struct tale tale;
    int64_t calls;

    tale_init(&tale, in_file);
    failing_allocator_init(&memory, at);
    memory.for_good = for_good;
    tale.world.config.host.allocator = memory.allocator;
    if (tale_open(&tale))
        tale_tell(&tale);
    else
        assert_result(tale.world.error.result, JANGLE_NO_MEMORY);
    if (in_file || !tale.world.jangle) {
        world_close(&tale.world);
        assert_int_equal(memory.pieces, 0);
    }
    calls = memory.calls;
    failing_allocator_arm(&memory, 0);
    if (!tale.world.jangle && !tale_open(&tale))
        fail_msg("%s", tale.world.error.message);
    tale_check(&tale);
    tale_finish(&tale);
    assert_int_equal(memory.pieces, 0);
    return calls;
}

static void sweep(bool for_good, bool in_file)
{
    int64_t calls = tell_without(0, false, in_file);

    print_message("%lld allocations\n", (long long)calls);
    assert_true(calls > 280);
    for (int64_t at = 1; at <= calls + 1; at += TEST_STRIDE)
        if (shard_takes(at / TEST_STRIDE))
            calls = tell_without(at, for_good, in_file);
}

static void it_runs_out_once_over_a_store_in_memory(void **state)
{
    (void)state;
    sweep(false, false);
}

static void it_runs_out_once_over_a_file(void **state)
{
    (void)state;
    sweep(false, true);
}

static void it_runs_out_for_good_over_a_store_in_memory(void **state)
{
    (void)state;
    sweep(true, false);
}

static void it_runs_out_for_good_over_a_file(void **state)
{
    (void)state;
    sweep(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_runs_out_once_over_a_store_in_memory),
        cmocka_unit_test(it_runs_out_once_over_a_file),
        cmocka_unit_test(it_runs_out_for_good_over_a_store_in_memory),
        cmocka_unit_test(it_runs_out_for_good_over_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
