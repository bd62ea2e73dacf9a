/* spec_saga_memory.c - given, when, then for sagas: when memory runs out a spec
 * complains, and does not crash. */
#include "support/domains/complaints.h"
#include "support/domains/errand_told.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include "testing/spec.h"
#include "testing/spec_open.h"

#include <string.h>

static struct failing_allocator memory;
static char long_name[100 * 1024]; /* so that every step needs memory of its own */

static int try_with_little_memory(void)
{
    struct jangle_host host = {.logger = jangle_logger_none(),
                               .allocator = memory.allocator};

    told_agreed = change_its_mind;
    told_timeout = ask_for_another_run;
    spec = jn_spec_open(&host, &(struct jn_spec_subject){.saga = &told_saga, .id = "e1"});
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = long_name,
                 .coins = 7);
    jangle_given(spec, try_counted, .count = 1);
    jangle_given_answer(spec, take_coins, JANGLE_OK, "gladly");
    fail_and_change();
    jangle_then_invalid(spec, "take_coins");
    told_changed = false;
    jangle_when_run_again(spec);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = long_name);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "no answer");
    jangle_when_timed_out(spec);
    jangle_then_retry_in(spec, 5000);
    told_timeout = NULL;
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = long_name,
                      .coins = 7, .calls = 1);
    return jangle_spec_close(spec);
}

static enum jangle_result
send_far(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_send(turn, take_coins, .purse_id = long_name, .errand_id = "e1");
    return JANGLE_OK;
}

static int try_a_long_id(void)
{
    struct jangle_host host = {.logger = jangle_logger_none(),
                               .allocator = memory.allocator};

    told_agreed = send_far;
    spec = jn_spec_open(&host, &(struct jn_spec_subject){.saga = &told_saga, .id = "e1"});
    jangle_given(spec, errand_asked, .errand_id = "e1");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = long_name, .errand_id = "e1");
    return jangle_spec_close(spec);
}

static int lose_a_command(void)
{
    begin_errand();
    spec->arena.failed = true;
    return jangle_spec_close(spec);
}

/* What was not kept for want of memory may have been a command that nobody named. */
static void what_is_lost_for_want_of_memory_is_a_complaint(void **state)
{
    (void)state;
    assert_complaint(lose_a_command, "out of memory: there may have been more");
}

/* Or else what failed would have passed. */
static void run_out_of_memory(int (*try)(void), bool for_good, int64_t at_least)
{
    int64_t at = 0;
    int complaints;

    memset(long_name, 'x', sizeof long_name - 1);
    told_errand_id = long_name;
    failing_allocator_init(&memory, 0);
    memory.for_good = for_good;
    do {
        failing_allocator_arm(&memory, ++at);
        complaints = complaints_of(try);
        assert_int_equal(memory.pieces, 0);
        if (!complaints != !memory.failed)
            fail_msg("call %lld: %d complaints\n%s", (long long)at, complaints,
                     complaints_text);
    } while (memory.failed);
    told_errand_id = "e1";
    assert_true(at > at_least);
}

static void without_memory_for_a_moment_it_complains(void **state)
{
    (void)state;
    run_out_of_memory(try_with_little_memory, false, 15);
    run_out_of_memory(try_a_long_id, false, 5);
}

static void without_memory_for_good_it_complains(void **state)
{
    (void)state;
    run_out_of_memory(try_with_little_memory, true, 15);
    run_out_of_memory(try_a_long_id, true, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lost_for_want_of_memory_is_a_complaint),
        cmocka_unit_test(without_memory_for_a_moment_it_complains),
        cmocka_unit_test(without_memory_for_good_it_complains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
