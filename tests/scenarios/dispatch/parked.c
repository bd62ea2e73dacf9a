/* parked.c - whatever waits is shown to a person, who may retry it or skip it. */
#include "core/engine.h"
#include "dispatch/dispatch.h"
#include "subscription/subscription.h"
#include "support/domains/follower.h"

#include <string.h>

static struct follower seen;

static const struct jangle_subscriber it = {.name = "it",
                                            .context = &seen,
                                            .handlers = JANGLE_ARRAY(follower_handlers),
                                            .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){.failures = -1};
    world_init(&world, *state != NULL);
    world.config.parked_limit = 3;
    world_open(&world, &it, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

static enum follower_outcome sick_and_refused(int64_t position)
{
    if (position == 2)
        return FOLLOWER_REFUSES;
    return position <= 4 ? FOLLOWER_FAILS : FOLLOWER_HANDLES;
}

/* One dead, two that are tried again, and the fourth has no room. */
static void fill(struct world *world)
{
    seen.judge = sick_and_refused;
    world_put_many(world, 6, 6);
    world_poll(world);
}

static enum jangle_result show(void *context, const struct jangle_dead_letter *letter)
{
    char *text = context, line[200];

    snprintf(line, sizeof line, "%lld %s x%d%s%s: %s\n", (long long)letter->position,
             letter->stream, letter->attempts, letter->dead ? " dead" : "",
             letter->in_the_way ? " in the way" : "", letter->reason);
    memcpy(text + strlen(text), line, strlen(line) + 1);
    return JANGLE_OK;
}

static void no_room_is_named_in_the_figures(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    fill(world);
    stats = world_measure(world, "it");
    assert_int_equal(stats.position, 3);
    assert_int_equal(stats.before, 4);
    assert_int_equal(stats.before_tries, 1);
    assert_string_equal(stats.before_type, "coins_put_in");
    assert_true(stats.suspended.us != 0);
    assert_string_equal(stats.reason,
                        "3 keys are parked (the limit is config.parked_limit); the last: "
                        "not now, purse 3");
}

static void all_that_waits_is_shown(void **state)
{
    struct world *world = *state;
    char text[1000] = "";

    fill(world);
    assert_result(jangle_parked_visit(world->jangle, "it", show, text, &world->error),
                  JANGLE_OK);
    assert_string_equal(
        text,
        "1 purse/0 x1: not now, purse 0\n"
        "2 purse/1 x1 dead: never of purse 1\n"
        "3 purse/2 x1: not now, purse 2\n"
        "4 purse/3 x1 in the way: 3 keys are parked (the limit is config.parked_limit); "
        "the last: not now, purse 3\n");
    text[0] = 0;
    assert_result(
        jangle_dead_letter_visit(world->jangle, "it", show, text, &world->error),
        JANGLE_OK);
    assert_string_equal(text, "2 purse/1 x1 dead: never of purse 1\n");
}

static void room_that_a_person_makes_lets_it_go_on(void **state)
{
    struct world *world = *state;

    fill(world);
    assert_result(jangle_parked_skip(world->jangle, "it", 1, &world->error), JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").position, 6);
    assert_int_equal(world_measure(world, "it").before, 0);
    assert_int_equal(world_measure(world, "it").suspended.us, 0);
    assert_int_equal(follower_handled(&seen, 5) + follower_handled(&seen, 6), 2);
    assert_int_equal(follower_calls(&seen, 1), 1);
}

static void what_is_in_the_way_can_be_skipped(void **state)
{
    struct world *world = *state;

    fill(world);
    assert_result(jangle_parked_skip(world->jangle, "it", 4, &world->error), JANGLE_OK);
    world_poll(world);
    assert_int_equal(follower_calls(&seen, 4), 1);
    assert_int_equal(world_measure(world, "it").position, 6);
    world_close(world);
    world_open(world, &it, NULL);
    world_poll(world);
    assert_int_equal(follower_calls(&seen, 4), 1);
}

static void what_is_in_the_way_can_be_retried_at_once(void **state)
{
    struct world *world = *state;

    fill(world);
    seen.judge = NULL;
    seen.failures = 0;
    world_poll(world);
    assert_int_equal(follower_handled(&seen, 4), 0);
    assert_result(jangle_parked_retry(world->jangle, "it", 4, &world->error), JANGLE_OK);
    world_poll(world);
    assert_int_equal(follower_handled(&seen, 4), 1);
}

static void what_is_tried_again_can_be_retried_at_once(void **state)
{
    struct world *world = *state;

    fill(world);
    seen.judge = NULL;
    seen.failures = 0;
    assert_result(jangle_parked_retry(world->jangle, "it", 3, &world->error), JANGLE_OK);
    world_poll(world);
    assert_int_equal(follower_handled(&seen, 3), 1);
    assert_int_equal(follower_handled(&seen, 1), 0);
}

static void what_is_too_new_can_be_skipped(void **state)
{
    struct world *world = *state;

    world_put_many(world, 2, 2);
    world_store(world, "7", 2, "{\"amount\":1,\"total\":1}");
    world_put_many(world, 2, 2);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").before, 3);
    assert_true(world_measure(world, "it").suspended.us != 0);
    assert_result(jangle_parked_skip(world->jangle, "it", 3, &world->error), JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").position, 5);
    assert_int_equal(world_measure(world, "it").suspended.us, 0);
    assert_int_equal(world_measure(world, "it").before, 0);
    assert_int_equal(follower_calls(&seen, 3), 0);
}

static void a_view_whose_event_is_skipped_in_the_way_is_incomplete(void **state)
{
    static const struct jangle_subscriber shows = {
        .name = "shows",
        .context = &seen,
        .handlers = JANGLE_ARRAY(follower_handlers),
        .schema = "CREATE TABLE purses (id TEXT PRIMARY KEY);",
        .schema_version = 1};
    struct world *world = *state;
    struct jangle_view_checkpoint place;
    struct jangle_view_file *file;

    world_close(world);
    world_open(world, &shows, NULL);
    fill(world);
    assert_int_equal(world_measure(world, "shows").before, 4);
    assert_result(jangle_parked_skip(world->jangle, "shows", 4, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "shows").position, 6);
    file = jn_subscription_find(world->jangle, "shows")->file;
    assert_result(file->ops->checkpoint(file, &place, &world->error), JANGLE_OK);
    assert_true(place.incomplete);
}

static void nothing_waits_there(void **state)
{
    struct world *world = *state;

    fill(world);
    assert_result(jangle_parked_retry(world->jangle, "it", 5, &world->error),
                  JANGLE_NOT_FOUND);
    assert_string_equal(world->error.message, "event 5 is no parked event of \"it\"");
    assert_result(jangle_parked_skip(world->jangle, "me", 5, &world->error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 1, &world->error),
                  JANGLE_NOT_FOUND);
    assert_string_equal(world->error.message, "event 1 is no dead letter of \"it\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(no_room_is_named_in_the_figures),
        WORLD_TEST(all_that_waits_is_shown),
        WORLD_TEST(room_that_a_person_makes_lets_it_go_on),
        WORLD_TEST(what_is_in_the_way_can_be_skipped),
        WORLD_TEST(what_is_in_the_way_can_be_retried_at_once),
        WORLD_TEST(what_is_tried_again_can_be_retried_at_once),
        WORLD_TEST(what_is_too_new_can_be_skipped),
        WORLD_TEST_IN_FILE(a_view_whose_event_is_skipped_in_the_way_is_incomplete),
        WORLD_TEST(nothing_waits_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
