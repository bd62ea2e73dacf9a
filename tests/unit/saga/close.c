/* close.c - what waits under a saga's key is tried again soon, and stays as it was when
 * memory runs out. */
#include "support/domains/hold.h"
#include "support/failing_allocator.h"

#include "core/saga_match.h"
#include "saga/saga_close.h"
#include "subscription/hold.h"
#include "subscription/survey.h"

#define set_up    hold_set_up
#define tear_down hold_tear_down

/* The event of saga 0 that has failed once, and waits for its second attempt. */
static struct jn_subscription *park_one(struct world *world)
{
    struct jn_subscription *subscription;

    hold.failures = 1;
    hold_say(world, 0, "hold");
    world_poll(world);
    subscription = jn_subscription_find(world->jangle, "hold");
    assert_non_null(subscription);
    assert_int_equal(hold_left(world).parked, 1);
    return subscription;
}

static struct jn_row row_of(struct jn_subscription *subscription, const char *key)
{
    struct jn_row row = {0};

    assert_true(jn_survey_row(subscription, key, &row));
    row.stored.key = NULL;
    return row;
}

static enum jangle_result wake(struct jn_subscription *subscription,
                               const struct jangle_allocator *allocator,
                               const char *id,
                               struct jangle_error *error)
{
    struct jangle_arena arena;
    enum jangle_result result;

    *error = (struct jangle_error){0};
    jn_arena_init(&arena, allocator);
    assert_result(jn_subscription_hold(subscription, JN_HELD_BY_SAGAS, error), JANGLE_OK);
    result = jn_saga_wake(subscription, jn_saga_key(&arena, id), &arena, error);
    jn_subscription_let_go(subscription);
    jn_arena_finish(&arena);
    return result;
}

static void what_waits_is_tried_again_as_attempt_1(void **state)
{
    struct world *world = *state;
    struct jn_subscription *subscription = park_one(world);
    const struct jangle_allocator *allocator = &world->jangle->host.host.allocator;

    assert_int_equal(row_of(subscription, "saga/h0").stored.attempts, 1);
    assert_result(wake(subscription, allocator, "h0", &world->error), JANGLE_OK);
    assert_int_equal(row_of(subscription, "saga/h0").stored.attempts, 0);
    world_poll(world);
    assert_string_equal(hold.told[0], "hold");
}

static void a_key_under_which_nothing_waits_is_fine(void **state)
{
    struct world *world = *state;
    struct jn_subscription *subscription = park_one(world);
    const struct jangle_allocator *allocator = &world->jangle->host.host.allocator;

    assert_result(wake(subscription, allocator, "h1", &world->error), JANGLE_OK);
    assert_int_equal(row_of(subscription, "saga/h0").stored.attempts, 1);
}

/* Without its key nothing can be found. That is an error, and not taken for "nothing
 * waits". */
static void a_key_that_finds_no_memory_changes_nothing(void **state)
{
    struct world *world = *state;
    struct jn_subscription *subscription = park_one(world);
    struct jn_row before = row_of(subscription, "saga/h0"), after;
    struct failing_allocator memory;

    failing_allocator_init(&memory, 1);
    assert_result(wake(subscription, &memory.allocator, "h0", &world->error),
                  JANGLE_NO_MEMORY);
    assert_int_equal(world->error.result, JANGLE_NO_MEMORY);
    assert_int_equal(memory.failed, 1);
    assert_int_equal(memory.pieces, 0);
    after = row_of(subscription, "saga/h0");
    assert_int_equal(after.stored.attempts, before.stored.attempts);
    assert_int_equal(after.due_us, before.due_us);
    assert_int_equal(after.stored.position, before.stored.position);
    assert_string_equal(after.reason, before.reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_waits_is_tried_again_as_attempt_1),
        WORLD_TEST(a_key_under_which_nothing_waits_is_fine),
        WORLD_TEST(a_key_that_finds_no_memory_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
