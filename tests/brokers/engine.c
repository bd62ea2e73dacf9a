/* engine.c - two programs with a broker between them: events and commands pass once and
 * in order, while the broker is killed, and while each program is closed; and what a
 * program has left behind is removed. */
#include "brokers/engine.h"

#include "brokers/pair.h"

enum { EVENTS = 600 };

static const struct tested_broker *broker;
static struct neighbours both;

static int begin(void **state)
{
    (void)state;
    pair_init(&both, broker->broker);
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    return 0;
}

static void all_of_it_passes_though_the_broker_is_killed(void **state)
{
    (void)state;
    pair_pass_though_it_is_killed(&both, broker, EVENTS);
}

static struct jangle_transport *open_visitor(void)
{
    static const struct jangle_host system_host;
    struct jangle_transport *visitor = NULL;

    assert_result(
        broker->broker.open(&broker->broker, &system_host, "visitor", &visitor, NULL),
        JANGLE_OK);
    return visitor;
}

/* The program has had two consumers, and has none now. */
static void what_consumers_have_left_behind_is_removed(void **state)
{
    struct jangle_transport *visitor;
    struct jangle_error error;
    int64_t count;

    (void)state;
    both.taker.config.workers = 0;
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    assert_string_equal(endpoint_of(&both.taker, "watch").reason, "");
    world_close(&both.taker);
    both.taker.config.consumers = (struct jangle_consumers){0};
    world_open(&both.taker, NULL);
    visitor = open_visitor();
    assert_result(visitor->ops->count(visitor, "counter", &count, NULL), JANGLE_OK);
    assert_int_equal(count, 0);
    assert_true(endpoint_of(&both.taker, "counter").left_behind);
    assert_int_equal(endpoint_of(&both.taker, "counter").waiting, 0);
    for (int i = 0; i < 2; i++)
        if (jangle_remove(both.taker.jangle, i ? "watch" : "counter", JANGLE_REMOVE_ALL,
                          &error))
            fail_msg("%s", error.message);
    assert_result(visitor->ops->count(visitor, "counter", &count, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(visitor->ops->count(visitor, "watch.dead", &count, NULL),
                  JANGLE_NOT_FOUND);
    visitor->ops->close(visitor);
}

int engine_try(const struct tested_broker *tested)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_passes_though_the_broker_is_killed,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_consumers_have_left_behind_is_removed, begin,
                                        end),
    };

    broker = tested;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
