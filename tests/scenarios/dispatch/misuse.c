/* misuse.c - what a handler must not do: it is told so, and the instance lives on. */
#include "support/domains/follower.h"

#include <string.h>

/* ---- a handler that does as it is told --------------------------------------- */

static enum jangle_result (*act)(struct jangle_delivery *delivery);
static int calls;

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)event;
    calls++;
    return act(delivery);
}

static const struct jangle_subscriber it = {.name = "it",
                                            .handlers =
                                                JANGLE_HANDLERS({&coins_put_in, handle}),
                                            .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    calls = 0;
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

/* The first event comes to a handler that does that. Why did it fail? */
static struct jangle_subscriber_stats
handle_one(struct world *world, enum jangle_result (*does)(struct jangle_delivery *))
{
    act = does;
    world_open(world, &it, NULL);
    world_put(world, "1");
    world_poll(world);
    assert_int_equal(calls, 1);
    return world_measure(world, "it");
}

/* ---- failures that are none -------------------------------------------------- */

static enum jangle_result fail_with_ok(struct jangle_delivery *delivery)
{
    assert_result(jangle_delivery_fail(delivery, JANGLE_OK, "the %s is down", "printer"),
                  JANGLE_INVALID);
    return JANGLE_OK;
}

static enum jangle_result succeed(struct jangle_delivery *delivery)
{
    (void)delivery;
    return JANGLE_OK;
}

/* It counted as done, and the event was passed for good. */
static void a_failure_with_ok_is_a_mistake_and_the_event_is_tried_again(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats = handle_one(world, fail_with_ok);

    assert_string_equal(stats.reason,
                        "jangle_delivery_fail was told of a failure with "
                        "OK: the printer is down");
    assert_int_equal(stats.parked, 1);
    act = succeed;
    world_settle(world, 5);
    assert_int_equal(calls, 2);
    assert_int_equal(world_measure(world, "it").parked, 0);
}

static enum jangle_result return_a_number(struct jangle_delivery *delivery)
{
    (void)delivery;
    return (enum jangle_result)99;
}

static void a_number_that_is_no_result_is_told(void **state)
{
    struct jangle_subscriber_stats stats = handle_one(*state, return_a_number);

    assert_string_equal(stats.reason,
                        "the handler of coins_put_in returned 99, which is "
                        "no result");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_failure_with_ok_is_a_mistake_and_the_event_is_tried_again),
        WORLD_TEST(a_number_that_is_no_result_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
