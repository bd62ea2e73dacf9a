/* transport_hub.c - the contract of transports, tried on the broker in memory: as queues,
 * and as logs; with a clock that the tests move, and with the system's. */
#include "contract/tried_hub.h"
#include "support/test.h"

/* Without a clock of their own the tests take long, so that only some clauses are tried.
 */
static int try_hub(bool is_log, bool has_clock)
{
    struct tried_hub tried;
    struct jangle_transport_trial trial = {.prefix = "hub-"};
    int failures;

    if (!has_clock)
        trial.only = "TR-7 TR-10 TR-12 TR-13 TR-18";
    assert_true(tried_hub_open(&tried, &trial, has_clock));
    trial.broker = tried_hub_broker(&tried, is_log);
    failures = jangle_try_transport(&trial);
    tried_hub_close(&tried);
    return failures;
}

static void a_hub_of_queues_keeps_the_contract(void **state)
{
    (void)state;
    assert_int_equal(try_hub(false, true), 0);
}

static void a_hub_of_logs_keeps_the_contract(void **state)
{
    (void)state;
    assert_int_equal(try_hub(true, true), 0);
}

static void a_hub_keeps_the_contract_by_the_clock_of_the_system(void **state)
{
    (void)state;
    assert_int_equal(try_hub(false, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_of_queues_keeps_the_contract),
        cmocka_unit_test(a_hub_of_logs_keeps_the_contract),
        cmocka_unit_test(a_hub_keeps_the_contract_by_the_clock_of_the_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
