/* changes.c - a subscriber that is another kind after an update: no event is
 * skipped, and a view shows each exactly once. */
#include "support/domains/follower.h"

#include <jangle/view.h>

#include <string.h>

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

/* ---- a view that counts how often it shows each event ------------------------ */

struct count_shown {
    bool all;
};

struct shown_count {
    int64_t rows, most;
};

static JANGLE_STRUCT(shown_count, rows, most);
static JANGLE_QUERY(count_shown, all, answer(shown_count));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    enum jangle_result result = follower_handle(delivery, event);

    if (result)
        return result;
    return jangle_view_run(delivery->view,
                           "INSERT INTO shown VALUES (?, 1) ON CONFLICT (position) DO "
                           "UPDATE SET times = times + 1",
                           event->position);
}

static enum jangle_result count(struct jangle_answer *answer,
                                const struct jangle_query *query)
{
    struct shown_count counted;

    jangle_view_row(
        query->view, &counted, shown_count,
        "SELECT count(*) AS rows, coalesce(max(times), 0) AS most FROM shown");
    return jangle_answer_with(answer, shown_count, .rows = counted.rows,
                              .most = counted.most);
}

#define SCHEMA "CREATE TABLE shown (position INTEGER PRIMARY KEY, times INTEGER);"

static const struct jangle_handler view_handlers[] = {{&coins_put_in, show}};
static const struct jangle_answerer answerers[] = {{&count_shown, count}};
static const struct jangle_subscriber view = {.name = "it",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(view_handlers),
                                              .answerers = JANGLE_ARRAY(answerers),
                                              .schema = SCHEMA};
static const struct jangle_subscriber view_in_any_order = {
    .name = "it",
    .context = &seen,
    .handlers = JANGLE_ARRAY(view_handlers),
    .answerers = JANGLE_ARRAY(answerers),
    .schema = SCHEMA,
    .order = JANGLE_ANY_ORDER};

static void assert_shows_once(struct world *world, int64_t events)
{
    struct jangle_answer answer = {0};
    const struct shown_count *counted;

    assert_result(jangle_ask(world->jangle, &answer, count_shown, .all = true),
                  JANGLE_OK);
    counted = answer.data;
    assert_int_equal(counted->rows, events);
    assert_int_equal(counted->most, 1);
    jangle_answer_free(&answer);
}

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){0};
    world_init(&world, true);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

static void reopen(struct world *world, const struct jangle_subscriber *as)
{
    world_close(world);
    world_open(world, as, NULL);
}

/* ---- order ------------------------------------------------------------------- */

static void what_a_key_held_in_order_is_handled_in_any_order_too(void **state)
{
    struct world *world = *state;

    world_open(world, &in_order, NULL);
    seen.fails_for = "0";
    seen.failures = -1;
    world_put_many(world, 20, 2);
    world_poll(world);
    assert_int_equal(follower_calls(&seen, 3), 0);
    reopen(world, &any_order);
    world_put_many(world, 20, 2);
    world_poll(world);
    seen.failures = 0;
    world_settle(world, 5);
    follower_assert_all(&seen, 1, 40);
}

static void what_was_parked_alone_is_handled_in_order_too(void **state)
{
    struct world *world = *state;

    world_open(world, &any_order, NULL);
    seen.fails_at = 3;
    seen.failures = -1;
    world_put_many(world, 20, 2);
    world_poll(world);
    reopen(world, &in_order);
    world_put_many(world, 20, 2);
    world_poll(world);
    seen.failures = 0;
    world_settle(world, 5);
    for (int64_t position = 1; position <= 40; position++)
        assert_int_equal(follower_handled(&seen, position), 1);
}

static void a_view_whose_order_is_given_up_shows_each_event_once(void **state)
{
    struct world *world = *state;

    world_open(world, &view, NULL);
    seen.fails_for = "0";
    seen.failures = -1;
    world_put_many(world, 20, 2);
    world_poll(world);
    reopen(world, &view_in_any_order);
    world_put_many(world, 20, 2);
    world_poll(world);
    seen.failures = 0;
    world_settle(world, 5);
    assert_shows_once(world, 40);
}

/* ---- views and others -------------------------------------------------------- */

static void a_subscriber_that_becomes_a_view_shows_all_there_is(void **state)
{
    struct world *world = *state;

    world_open(world, &in_order, NULL);
    world_put_many(world, 20, 2);
    world_poll(world);
    reopen(world, &view);
    world_settle(world, 5);
    assert_shows_once(world, 20);
}

static void a_view_that_was_something_else_for_a_while_skips_nothing(void **state)
{
    struct world *world = *state;

    world_open(world, &view, NULL);
    world_put_many(world, 10, 2);
    world_settle(world, 5);
    reopen(world, &in_order);
    world_put_many(world, 10, 2);
    world_poll(world);
    reopen(world, &view);
    world_put_many(world, 10, 2);
    world_settle(world, 5);
    assert_shows_once(world, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_a_key_held_in_order_is_handled_in_any_order_too),
        TEST(what_was_parked_alone_is_handled_in_order_too),
        TEST(a_view_whose_order_is_given_up_shows_each_event_once),
        TEST(a_subscriber_that_becomes_a_view_shows_all_there_is),
        TEST(a_view_that_was_something_else_for_a_while_skips_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
