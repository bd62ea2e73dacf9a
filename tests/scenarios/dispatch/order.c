/* order.c - what a failing event holds: its stream, nothing, or its stream until
 * it is dead. */
#include "support/domains/follower.h"

#include "core/engine.h"

static struct follower seen;

static const struct jangle_subscriber in_order = {.name = "it",
                                                  .context = &seen,
                                                  .handlers =
                                                      JANGLE_ARRAY(follower_handlers),
                                                  .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber any_order = {.name = "it",
                                                   .context = &seen,
                                                   .handlers =
                                                       JANGLE_ARRAY(follower_handlers),
                                                   .start = JANGLE_FROM_FIRST,
                                                   .order = JANGLE_ANY_ORDER};
static const struct jangle_subscriber passes = {.name = "it",
                                                .context = &seen,
                                                .handlers =
                                                    JANGLE_ARRAY(follower_handlers),
                                                .start = JANGLE_FROM_FIRST,
                                                .dead = JANGLE_DEAD_PASSES,
                                                .retry = {.max_attempts = 3}};
static const struct jangle_subscriber at_once = {.name = "it",
                                                 .context = &seen,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST,
                                                 .checkpoint = JANGLE_AT_ONCE};

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){0};
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

/* The held ones are more than a page, and go on arriving while the key catches up. */
static void what_was_held_comes_in_order_before_what_is_new(void **state)
{
    struct world *world = *state;

    world->config.batch_count = 7;
    world_open(world, &in_order, NULL);
    seen.fails_for = "1";
    seen.failures = -1;
    world_put_many(world, 120, 3);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").position, 120);
    assert_int_equal(seen.count, 81);

    seen.failures = 0;
    world_pass(world, 1000);
    for (int i = 0; i < 200; i++) {
        int64_t done;

        assert_result(jangle_poll(world->jangle, &done, NULL), JANGLE_OK);
        world_put(world, i % 2 ? "1" : "2");
        if (i == 5)
            assert_true(world_measure(world, "it").parked == 1);
    }
    world_settle(world, 5);
    follower_assert_all(&seen, 1, 320);
}

/* It fails again in the middle of what was held. */
static void a_key_that_fails_while_it_catches_up_stays_there(void **state)
{
    struct world *world = *state;

    world_open(world, &in_order, NULL);
    seen.fails_at = 1;
    seen.failures = -1;
    world_put_many(world, 30, 1);
    world_poll(world);
    assert_int_equal(seen.count, 1);
    seen.fails_at = 17;
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(follower_handled(&seen, 16), 1);
    assert_int_equal(follower_calls(&seen, 17), 1);
    assert_int_equal(follower_calls(&seen, 18), 0);
    assert_int_equal(world_rows(world, "it"), 1);
    seen.failures = 0;
    world_settle(world, 5);
    follower_assert_all(&seen, 1, 30);
    assert_int_equal(seen.seen[18].attempt, 2);
    assert_int_equal(seen.seen[19].attempt, 1);
}

static void in_any_order_a_failing_event_holds_nobody(void **state)
{
    struct world *world = *state;

    world_open(world, &any_order, NULL);
    seen.fails_at = 5;
    seen.failures = -1;
    world_put_many(world, 30, 3);
    world_poll(world);
    for (int64_t position = 1; position <= 30; position++)
        assert_int_equal(follower_handled(&seen, position), position != 5);
    assert_int_equal(world_measure(world, "it").parked, 1);
    seen.failures = 0;
    world_settle(world, 5);
    assert_int_equal(follower_handled(&seen, 5), 1);
    assert_int_equal(seen.count, 31);
}

static void a_dead_event_may_be_passed_by(void **state)
{
    struct world *world = *state;

    world_open(world, &passes, NULL);
    seen.fails_at = 5;
    seen.failures = -1;
    world_put_many(world, 30, 3);
    world_poll(world);
    assert_int_equal(follower_calls(&seen, 8), 0);
    for (int i = 0; i < 5; i++) {
        world_pass(world, 60000);
        world_poll(world);
    }
    assert_int_equal(follower_calls(&seen, 5), 3);
    for (int64_t position = 1; position <= 30; position++)
        assert_int_equal(follower_handled(&seen, position), position != 5);
    assert_int_equal(world_measure(world, "it").parked, 0);
    assert_int_equal(world_measure(world, "it").dead, 1);
    assert_int_equal(world_rows(world, "it"), 1);
    world_put_many(world, 3, 3);
    world_poll(world);
    assert_int_equal(follower_handled(&seen, 32), 1);
}

static void an_event_that_is_dead_at_once_is_passed_by_at_once(void **state)
{
    struct world *world = *state;

    world_open(world, &passes, NULL);
    seen.fails_at = 5;
    seen.failures = -1;
    seen.refuses = true;
    world_put_many(world, 30, 3);
    world_poll(world);
    for (int64_t position = 1; position <= 30; position++)
        assert_int_equal(follower_handled(&seen, position), position != 5);
    assert_int_equal(world_measure(world, "it").dead, 1);
}

/* New events and due retries: neither waits for all of the other. */
static void retries_and_new_events_take_turns(void **state)
{
    struct world *world = *state;
    int64_t done;

    world->config.batch_count = 5;
    world_open(world, &in_order, NULL);
    seen.fails_for = "";
    seen.failures = 10;
    world_put_many(world, 10, 10);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").parked, 10);
    for (int purse = 10; purse < 40; purse++) {
        char name[16];

        snprintf(name, sizeof name, "%d", purse);
        world_put(world, name);
    }
    world_pass(world, 60000);
    for (int i = 0; i < 4; i++)
        assert_result(jangle_poll(world->jangle, &done, NULL), JANGLE_OK);
    assert_int_equal(world_measure(world, "it").parked, 8);
    assert_int_equal(world_measure(world, "it").position, 20);
}

static enum jangle_result visit_row(void *context, const struct jangle_parked *parked)
{
    *(int64_t *)context = parked->position;
    return JANGLE_OK;
}

/* Where the only parked key is, by what is stored. */
static int64_t stored_row(struct world *world)
{
    struct jangle_store *store = world->jangle->store;
    jangle_time all = {0};
    int64_t position = 0;

    assert_result(
        store->ops->read_parked(store, "it", all, 1, visit_row, &position, NULL),
        JANGLE_OK);
    return position;
}

/* The checkpoint of an event is stored before the next one is delivered. */
static enum jangle_result look_at_the_checkpoint(struct jangle_delivery *delivery,
                                                 const struct jangle_event *event)
{
    struct world *world = delivery->context;
    struct jangle_checkpoint checkpoint = {0};
    struct jangle_store *store = world->jangle->store;

    assert_result(store->ops->find_checkpoint(store, "it", &checkpoint, NULL), JANGLE_OK);
    assert_int_equal(checkpoint.position, event->position - 1);
    return JANGLE_OK;
}

static const struct jangle_handlers looking_handlers =
    JANGLE_HANDLERS({&coins_put_in, look_at_the_checkpoint});

static void checkpoints_are_made_at_once_if_asked_for(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber looking = at_once;

    looking.context = world;
    looking.handlers = looking_handlers;
    world_open(world, &looking, NULL);
    world_put_many(world, 20, 3);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").position, 20);
    world_close(world);
}

/* Also those of events that are tried again, and of those behind them. */
static enum jangle_result fail_once_and_look(struct jangle_delivery *delivery,
                                             const struct jangle_event *event)
{
    struct world *world = delivery->context;

    if (event->position == 1 && delivery->attempt == 1)
        return JANGLE_REJECTED;
    if (event->position > 1)
        assert_int_equal(stored_row(world), event->position);
    return JANGLE_OK;
}

static const struct jangle_handlers failing_handlers =
    JANGLE_HANDLERS({&coins_put_in, fail_once_and_look});

static void checkpoints_of_retries_are_made_at_once(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber looking = at_once;

    looking.context = world;
    looking.handlers = failing_handlers;
    world_open(world, &looking, NULL);
    world_put_many(world, 5, 1);
    world_poll(world);
    assert_int_equal(world_stored_rows(world, "it"), 1);
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(world_stored_rows(world, "it"), 0);
    world_close(world);
}

static void checkpoints_wait_for_a_commit_or_their_time(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {0};
    struct jangle_store *store;

    world_open(world, &in_order, NULL);
    store = world->jangle->store;
    world_put_many(world, 20, 3);
    world_poll(world);
    store->ops->find_checkpoint(store, "it", &checkpoint, NULL);
    assert_int_equal(checkpoint.position, 0);
    world_put(world, "1");
    store->ops->find_checkpoint(store, "it", &checkpoint, NULL);
    assert_int_equal(checkpoint.position, 20);
    world_poll(world);
    world_pass(world, 100);
    world_poll(world);
    store->ops->find_checkpoint(store, "it", &checkpoint, NULL);
    assert_int_equal(checkpoint.position, 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_was_held_comes_in_order_before_what_is_new),
        WORLD_TEST(a_key_that_fails_while_it_catches_up_stays_there),
        WORLD_TEST(in_any_order_a_failing_event_holds_nobody),
        WORLD_TEST(a_dead_event_may_be_passed_by),
        WORLD_TEST(an_event_that_is_dead_at_once_is_passed_by_at_once),
        WORLD_TEST(retries_and_new_events_take_turns),
        WORLD_TEST(checkpoints_are_made_at_once_if_asked_for),
        WORLD_TEST(checkpoints_of_retries_are_made_at_once),
        WORLD_TEST(checkpoints_wait_for_a_commit_or_their_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
