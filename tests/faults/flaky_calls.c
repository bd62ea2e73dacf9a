/* flaky_calls.c - each call of the store fails in turn, in each way it may fail: no
 * answer that is not true, nothing skipped, nothing shown twice. */
#include "support/domains/tale.h"
#include "support/shard.h"

#include <jangle/testing.h>

/* The tale, with that call failing; returns how many there were. */
static int64_t tell_without(int64_t at, enum jangle_result result, bool in_file)
{
    static struct tale tale;
    struct jangle_flaky flaky = {.fail_at = at, .result = result};

    tale_init(&tale, in_file);
    flaky.storage = tale.world.config.storage;
    tale.world.config.storage = jangle_storage_flaky(&flaky);
    if (tale_open(&tale))
        tale_tell(&tale);
    else
        assert_result(tale.world.error.result, result);
    if (in_file)
        world_close(&tale.world);
    at = flaky.calls;
    flaky.fail_at = 0;
    if (!tale.world.jangle && !tale_open(&tale))
        fail_msg("%s", tale.world.error.message);
    tale_check(&tale);
    tale_finish(&tale);
    return at;
}

static void sweep(enum jangle_result result, bool in_file)
{
    int64_t calls = tell_without(0, result, in_file);

    print_message("%lld calls\n", (long long)calls);
    assert_true(calls > 100);
    for (int64_t at = 1; at <= calls + 1; at += TEST_STRIDE)
        if (shard_takes(at / TEST_STRIDE))
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
SWEEP(a_file_fails, JANGLE_STORAGE, true)
SWEEP(a_file_is_busy, JANGLE_BUSY, true)
SWEEP(a_file_has_no_memory, JANGLE_NO_MEMORY, true)
SWEEP(a_file_does_not_know, JANGLE_UNKNOWN, true)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_in_memory_fails),
        cmocka_unit_test(a_store_in_memory_is_busy),
        cmocka_unit_test(a_store_in_memory_has_no_memory),
        cmocka_unit_test(a_store_in_memory_does_not_know),
        cmocka_unit_test(a_file_fails),
        cmocka_unit_test(a_file_is_busy),
        cmocka_unit_test(a_file_has_no_memory),
        cmocka_unit_test(a_file_does_not_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
