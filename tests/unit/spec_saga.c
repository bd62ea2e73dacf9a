/* spec_saga.c - given, when, then for sagas: what holds passes, and what does not is
 * counted. */
#include "support/test.h"
#include "support/tills.h"

#include <jangle/testing.h>

static struct jangle_spec *spec;

static int open_spec(void **state)
{
    (void)state;
    spec = jangle_spec_saga(&move_saga, "m1");
    jangle_spec_from(spec, "a");
    return 0;
}

static void close_with(int failures)
{
    assert_int_equal(jangle_spec_close(spec), failures);
}

static void a_turn_sends_and_finishes(void **state)
{
    (void)state;
    jangle_when(spec, paid_out, .move_id = "m1", .to_id = "b", .amount = 5);
    jangle_then(spec, pay_in, .till_id = "b", .move_id = "m1", .amount = 5);
    jangle_then_nothing(spec);
    jangle_then_finished(spec);
    close_with(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_turn_sends_and_finishes, open_spec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
