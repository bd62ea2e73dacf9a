/* crash_guard.c - after its last owner died a subscriber writes down each attempt before
 * it makes it; after a clean stop, none. */
#include "support/domains/follower.h"
#include "support/stores/lying_store.h"

#include "core/engine.h"
#include "dispatch/dispatch.h"
#include "subscription/subscription.h"

#include <string.h>

/* ---- a store that says who died, and counts ---------------------------------- */

static struct told {
    bool unclean; /* the last owner died */
    int failures; /* commits that fail, if they hold nothing but checkpoints */
    int commits;  /* that held nothing but checkpoints */
    int attempts; /* that were written down in them */
} told;

static enum jangle_result own(struct jangle_store *store,
                              const char *subscriber,
                              bool *unclean,
                              struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    enum jangle_result result = honest->ops->own(honest, subscriber, unclean, error);

    *unclean = told.unclean;
    return result;
}

static bool is_attempt(const struct jangle_parked *parked)
{
    return !parked->released && parked->trying;
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    if (group->append_count)
        return honest->ops->commit(honest, group, error);
    if (told.failures && told.failures--)
        return jangle_error_set(error, JANGLE_STORAGE, "as it is told");
    told.commits++;
    for (size_t i = 0; i < group->checkpoint_count; i++) {
        for (size_t j = 0; j < group->checkpoints[i].parked_count; j++)
            told.attempts += is_attempt(&group->checkpoints[i].parked[j]);
    }
    return honest->ops->commit(honest, group, error);
}

static const struct lie tells = {.clause = "", .store = {.own = own, .commit = commit}};
static struct lying lying;

/* ---- a subscriber that looks at what is written down ------------------------- */

static struct follower seen;
static struct world world;
static int unwritten; /* attempts that were not found in the store */
static int64_t far;   /* that an event was ahead of the stored checkpoint, at most */
static bool looks;

struct search {
    int64_t position;
    bool found;
};

static enum jangle_result visit_row(void *context, const struct jangle_parked *parked)
{
    struct search *search = context;

    search->found |= is_attempt(parked) && parked->position == search->position;
    return JANGLE_OK;
}

static void look(int64_t position)
{
    struct search search = {.position = position};
    struct jangle_store *store = world.jangle->store;
    int64_t ahead = position - world_checkpoint(&world, "it");

    far = ahead > far ? ahead : far;
    assert_result(store->ops->read_parked(store, "it", (jangle_time){0}, INT32_MAX,
                                          visit_row, &search, NULL),
                  JANGLE_OK);
    unwritten += !search.found;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    if (looks)
        look(event->position);
    return follower_handle(delivery, event);
}

static const struct jangle_subscriber it = {.name = "it",
                                            .context = &seen,
                                            .handlers =
                                                JANGLE_HANDLERS({&coins_put_in, handle}),
                                            .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    (void)state;
    seen = (struct follower){0};
    told = (struct told){0};
    unwritten = 0;
    far = 0;
    looks = false;
    world_init(&world, true);
    lying = (struct lying){.storage = world.config.storage, .lie = &tells};
    world.config.storage = lying_storage(&lying);
    world.config.checkpoint_interval_ms = 3600000;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    follower_clear(&seen);
    return 0;
}

/* Events are there, and the last owner may have died of any of them. */
static void open_after(int64_t count, int purses, bool unclean)
{
    world_open(&world, NULL);
    world_put_many(&world, count, purses);
    world_close(&world);
    told = (struct told){.unclean = unclean};
    world_open(&world, &it, NULL);
    told.commits = 0;
}

/* ---- no harm done ------------------------------------------------------------ */

static void after_a_clean_stop_nothing_is_written_down(void **state)
{
    (void)state;
    open_after(900, 9, false);
    world_poll(&world);
    follower_assert_all(&seen, 1, 900);
    assert_int_equal(told.commits, 0);
}

static void after_a_crash_each_attempt_is_written_down_before(void **state)
{
    (void)state;
    open_after(30, 5, true);
    looks = true;
    world_poll(&world);
    follower_assert_all(&seen, 1, 30);
    assert_int_equal(unwritten, 0);
    assert_int_equal(told.attempts, 30);
    assert_int_equal(world_stored_rows(&world, "it"), 0);
    assert_int_equal(world_stats(&world).retries, 0);
    assert_int_equal(world_stats(&world).deliveries, 30);
    assert_string_equal(world_measure(&world, "it").reason, "");
}

static void what_came_since_is_handled_at_full_speed(void **state)
{
    (void)state;
    open_after(30, 5, true);
    world_poll(&world);
    told.commits = told.attempts = 0;
    world_put_many(&world, 500, 5);
    world_poll(&world);
    follower_assert_all(&seen, 1, 530);
    assert_int_equal(told.attempts, 0);
    assert_int_equal(told.commits, 0);
}

/* Not further than a process may have been ahead of its checkpoint. */
static void what_it_cannot_have_died_of_is_handled_at_full_speed(void **state)
{
    (void)state;
    world.config.batch_count = 10;
    open_after(1200, 5, true);
    world_poll(&world);
    follower_assert_all(&seen, 1, 1200);
    assert_int_equal(told.attempts, 1000 + 10);
}

static void a_checkpoint_is_never_further_behind(void **state)
{
    (void)state;
    open_after(2500, 5, false);
    looks = true;
    world_poll(&world);
    follower_assert_all(&seen, 1, 2500);
    assert_int_equal(far, 1000);
    assert_int_equal(told.commits, 2);
}

/* A reset goes back to events that are long done. */
static void after_a_reset_no_event_is_guarded(void **state)
{
    (void)state;
    open_after(200, 5, true);
    world_poll(&world);
    told.attempts = 0;
    assert_result(jangle_subscriber_reset(world.jangle, "it", 0, &world.error),
                  JANGLE_OK);
    world_poll(&world);
    assert_int_equal(told.attempts, 0);
    assert_int_equal(seen.count, 400);
}

/* ---- failures ---------------------------------------------------------------- */

static void an_attempt_that_fails_is_counted_once(void **state)
{
    (void)state;
    open_after(20, 5, true);
    seen.fails_at = 7;
    seen.failures = 2;
    world_poll(&world);
    assert_int_equal(world_measure(&world, "it").parked, 1);
    assert_string_equal(world_measure(&world, "it").reason, "not now, purse 1");
    assert_int_equal(world_stats(&world).retries, 1);
    assert_int_equal(follower_calls(&seen, 7), 1);
    assert_int_equal(follower_calls(&seen, 12), 0);
    for (int attempt = 2; attempt <= 3; attempt++) {
        world_pass(&world, 300000);
        world_poll(&world);
        assert_int_equal(follower_calls(&seen, 7), attempt);
    }
    for (size_t i = 0; i < seen.count; i++)
        assert_true(seen.seen[i].attempt == 1 || seen.seen[i].position == 7);
    follower_assert_all(&seen, 1, 20);
}

static void what_cannot_be_written_down_is_not_tried(void **state)
{
    (void)state;
    world.config.retry.max_attempts = 1;
    open_after(20, 5, true);
    told.failures = 5;
    while (told.failures) {
        jangle_poll(world.jangle, NULL, NULL);
        assert_int_equal(seen.count, 0);
        world_pass(&world, 10000);
    }
    world_settle(&world, 10);
    follower_assert_all(&seen, 1, 20);
    assert_int_equal(world_measure(&world, "it").dead, 0);
    for (size_t i = 0; i < seen.count; i++)
        assert_int_equal(seen.seen[i].attempt, 1);
}

/* ---- a view whose transaction cannot begin ----------------------------------- */

static struct jangle_view_store_ops view_ops;
static const struct jangle_view_store_ops *honest_view;
static int begins; /* transactions until one fails; 0: none does */

static enum jangle_result begin(struct jangle_view_file *file,
                                struct jangle_view **view,
                                struct jangle_error *error)
{
    if (begins && !--begins)
        return jangle_error_set(error, JANGLE_STORAGE, "as it is told");
    return honest_view->begin(file, view, error);
}

static const struct jangle_subscriber shown = {
    .name = "it",
    .context = &seen,
    .handlers = JANGLE_HANDLERS({&coins_put_in, handle}),
    .schema = "CREATE TABLE t (a INTEGER);"};

static void open_view_after_a_crash(int64_t count)
{
    struct jangle_view_file *file;

    world_open(&world, NULL);
    world_put_many(&world, count, (int)count);
    world_close(&world);
    told.unclean = true;
    world_open(&world, &shown, NULL);
    file = jn_subscription_find(world.jangle, "it")->file;
    honest_view = file->ops;
    view_ops = *honest_view;
    view_ops.begin = begin;
    file->ops = &view_ops;
}

/* It was written down, and then its handler was not called: it is taken back, or it would
 * be given up as one that ended the process. */
static void an_attempt_that_was_not_made_is_taken_back(void **state)
{
    bool struck = true;

    for (int at = 1; struck; at++) {
        set_up(state);
        world.config.retry.max_attempts = 1;
        open_view_after_a_crash(3);
        begins = at;
        for (int i = 0; i < 10; i++) {
            jangle_poll(world.jangle, NULL, NULL);
            world_pass(&world, 10000);
        }
        struck = begins == 0;
        begins = 0;
        world_settle(&world, 10);
        follower_assert_all(&seen, 1, 3);
        assert_int_equal(world_measure(&world, "it").dead, 0);
        for (size_t i = 0; i < seen.count; i++)
            assert_int_equal(seen.seen[i].attempt, 1);
        tear_down(state);
        assert_true(!struck || at < 30);
    }
}

static void an_outage_is_one_after_a_crash_too(void **state)
{
    (void)state;
    seen.fails_for = "";
    seen.failures = -1;
    open_after(40, 40, true);
    world_poll(&world);
    assert_true(world_measure(&world, "it").suspended.us != 0);
    assert_int_equal(world_measure(&world, "it").position, 16);
    assert_int_equal(world_measure(&world, "it").parked, 16);
    seen.failures = 0;
    world_settle(&world, 20);
    follower_assert_all(&seen, 1, 40);
}

/* What is tried while it is suspended leaves no trace, though it is written down. */
static void attempts_in_an_outage_count_for_nothing(void **state)
{
    (void)state;
    world.config.retry.max_attempts = 2;
    seen.fails_for = "";
    seen.failures = -1;
    open_after(40, 40, false);
    world_poll(&world);
    assert_true(world_measure(&world, "it").suspended.us != 0);
    world_close(&world);
    told.unclean = true;
    world_open(&world, &it, NULL);
    for (int i = 0; i < 30; i++) {
        world_pass(&world, 300000);
        world_poll(&world);
    }
    assert_true(told.attempts >= 30);
    assert_int_equal(world_measure(&world, "it").dead, 0);
    assert_true(world_measure(&world, "it").suspended.us != 0);
    assert_int_equal(world_stats(&world).retries, 0);
    seen.failures = 0;
    world_settle(&world, 50);
    follower_assert_all(&seen, 1, 40);
    assert_int_equal(world_stats(&world).dead, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(after_a_clean_stop_nothing_is_written_down),
        TEST(after_a_crash_each_attempt_is_written_down_before),
        TEST(what_came_since_is_handled_at_full_speed),
        TEST(what_it_cannot_have_died_of_is_handled_at_full_speed),
        TEST(a_checkpoint_is_never_further_behind),
        TEST(after_a_reset_no_event_is_guarded),
        TEST(an_attempt_that_fails_is_counted_once),
        TEST(what_cannot_be_written_down_is_not_tried),
        cmocka_unit_test(an_attempt_that_was_not_made_is_taken_back),
        TEST(an_outage_is_one_after_a_crash_too),
        TEST(attempts_in_an_outage_count_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
