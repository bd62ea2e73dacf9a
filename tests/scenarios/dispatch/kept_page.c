/* kept_page.c - a run that has no time left keeps the events that it has read, and the
 * next one goes on with them; unless they may not be what is stored any more. */
#include "support/domains/follower.h"

#include "command/commands.h"
#include "core/engine.h"

#include <jangle/plugin/store.h>

enum { EVENTS = 60, SLOW_MS = 10 /* longer than a run may take */ };

/* ---- a store that counts how often events are read ----------------------------------
 */

static struct jangle_store_ops counting;
static jangle_store_read_all_fn *read_all;
static int reads;

static enum jangle_result count_read(struct jangle_store *store,
                                     int64_t position,
                                     size_t limit,
                                     jangle_record_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    reads++;
    return read_all(store, position, limit, visit, context, error);
}

static void count_reads_of(struct jangle_store *store)
{
    counting = *store->ops;
    read_all = counting.read_all;
    counting.read_all = count_read;
    store->ops = &counting;
    reads = 0;
}

/* ---- a handler that takes its time ---------------------------------------------------
 */

static struct world *slow_world;
static struct follower seen;

static enum jangle_result handle_slowly(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    world_pass(slow_world, SLOW_MS);
    return follower_handle(delivery, event);
}

static const struct jangle_handler slow_handlers[] = {{&coins_put_in, handle_slowly}};
static const struct jangle_subscriber slow = {.name = "slow",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(slow_handlers),
                                              .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber slow_view = {.name = "slow",
                                                   .context = &seen,
                                                   .handlers =
                                                       JANGLE_ARRAY(slow_handlers),
                                                   .schema = "CREATE TABLE unused (x)"};

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){0};
    world_init(&world, *state != NULL);
    world.config.dispatch_queue_count = 1; /* so that events come from the store */
    slow_world = &world;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

static void open_with_events(struct world *world, const struct jangle_subscriber *it)
{
    world_open(world, it, NULL);
    world_put_many(world, EVENTS, 3);
    count_reads_of(world->jangle->store);
}

/* Poll until so many events were handled, each in a run of its own. */
static void handle(struct world *world, size_t count)
{
    while (seen.count < count) {
        size_t before = seen.count;

        assert_result(jangle_poll(world->jangle, NULL, NULL), JANGLE_OK);
        assert_true(seen.count <= before + 1);
    }
}

/* ---- what is left ---------------------------------------------------------------- */

static void what_there_was_no_time_for_is_not_read_again(void **state)
{
    struct world *world = *state;

    open_with_events(world, &slow);
    handle(world, EVENTS);
    world_poll(world);
    follower_assert_all(&seen, 1, EVENTS);
    assert_true(reads < 5);
}

static void nor_by_a_view(void **state)
{
    struct world *world = *state;

    open_with_events(world, &slow_view);
    handle(world, EVENTS);
    world_poll(world);
    follower_assert_all(&seen, 1, EVENTS);
    assert_true(reads < 5);
}

/* What a failure parks belongs to its run, and not to the page. */
static void a_page_outlives_failures(void **state)
{
    struct world *world = *state;

    open_with_events(world, &slow);
    seen.fails_for = "1";
    seen.failures = 3;
    world_settle(world, 1000);
    follower_assert_all(&seen, 1, EVENTS);
}

static void what_comes_meanwhile_comes_behind_it(void **state)
{
    struct world *world = *state;

    open_with_events(world, &slow);
    handle(world, 10);
    world_put_many(world, EVENTS, 3);
    world_poll(world);
    follower_assert_all(&seen, 1, 2 * EVENTS);
}

/* ---- what may have changed --------------------------------------------------------- */

/* How often events are read when the next one is handled. */
static int reads_of_next(struct world *world)
{
    int before = reads;

    handle(world, seen.count + 1);
    return reads - before;
}

static void after_a_reset_it_is_read_again(void **state)
{
    struct world *world = *state;

    open_with_events(world, &slow);
    handle(world, 10);
    assert_int_equal(reads_of_next(world), 0);
    assert_result(jangle_subscriber_reset(world->jangle, "slow", 11, &world->error),
                  JANGLE_OK);
    reads = 0;
    assert_int_equal(reads_of_next(world), 1);
    world_poll(world);
    follower_assert_all(&seen, 1, EVENTS);
}

/* An event may have gone, and another have its position. */
static void after_a_fence_it_is_read_again(void **state)
{
    struct world *world = *state;
    struct jn_stream_locks *locks;

    open_with_events(world, &slow);
    locks = &world->jangle->commands->locks;
    handle(world, 10);
    assert_int_equal(reads_of_next(world), 0);
    jn_cache_note_epoch(locks, 1000);
    assert_int_equal(reads_of_next(world), 1);
    assert_int_equal(reads_of_next(world), 0);
    jn_cache_empty(locks); /* an outcome was UNKNOWN */
    assert_int_equal(reads_of_next(world), 1);
    world_poll(world);
    follower_assert_all(&seen, 1, EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_there_was_no_time_for_is_not_read_again),
        WORLD_TEST(nor_by_a_view),
        WORLD_TEST(a_page_outlives_failures),
        WORLD_TEST(what_comes_meanwhile_comes_behind_it),
        WORLD_TEST(after_a_reset_it_is_read_again),
        WORLD_TEST(after_a_fence_it_is_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
