/* order_trouble.c - timeouts that fail where they come before an event, or always;
 * timeouts that cannot be looked for; and what the order of timeouts costs. */
#include "support/domains/hold.h"

#include "core/engine.h"

#include <string.h>

#define set_up    hold_set_up
#define tear_down hold_tear_down

enum { SECOND_MS = 1000, MINUTE_MS = 60000 };

/* ---- before an event --------------------------------------------------------- */

/* The event waits for it, and is no attempt the poorer. */
static void an_event_waits_for_a_timeout_that_fails_before_it(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 40 * MINUTE_MS);
    hold_say(world, 0, "wait");
    hold.timeout_failures = 2;
    world_poll(world);
    hold_reopen(world);
    assert_string_equal(hold.told[0], "hold");
    for (int i = 0; i < 5; i++)
        hold_pass(world, SECOND_MS);
    assert_string_equal(hold.told[0], "hold, timeout of hold");
    assert_int_equal(hold.timeouts, 3);
    assert_int_equal(hold_left(world).parked + hold_left(world).dead, 0);
}

static void a_timeout_given_up_before_an_event_holds_its_saga_alone(void **state)
{
    struct world *world = *state;

    hold_say(world, 0, "hold");
    world_poll(world);
    world_pass(world, 40 * MINUTE_MS);
    hold_say(world, 0, "wait");
    hold_say(world, 1, "hold");
    hold.timeout_failures = -1;
    for (int i = 0; i < 10; i++)
        hold_pass(world, SECOND_MS);
    assert_string_equal(hold_status(world, 0), "parked");
    assert_string_equal(hold.told[1], "hold");
    assert_int_equal(hold_left(world).dead, 1);
}

/* ---- without end ------------------------------------------------------------- */

/* Neither kind of work keeps the other from its turn. */
static void timeouts_that_fail_do_not_keep_events_waiting(void **state)
{
    struct world *world = *state;
    int64_t done;

    for (int saga = 0; saga < 180; saga++)
        hold_say(world, saga, "hold");
    world_poll(world);
    hold.timeout_failures = -1;
    hold_pass(world, HOLD_MS);
    assert_int_equal(hold_left(world).suspended, 1);
    for (int minute = 0; !hold.told[190][0] && minute < 10; minute++) {
        hold_say(world, 190, "hold");
        world_pass(world, MINUTE_MS);
        for (int i = 0; i < 4; i++)
            assert_result(jangle_poll(world->jangle, &done, &world->error), JANGLE_OK);
    }
    assert_memory_equal(hold.told[190], "hold", 4);
}

/* ---- what parked sagas wait for cannot be read ------------------------------- */

static const struct jangle_store_ops *sound;
static bool
    is_look; /* the next question for due sagas is that of a look: it is answered */
static int refused;

static enum jangle_result
head(struct jangle_store *store, int64_t *position, struct jangle_error *error)
{
    is_look = true;
    return sound->head(store, position, error);
}

/* A look asks for due sagas right after the head; a run asks without it. */
static enum jangle_result refuse_steps(struct jangle_store *store,
                                       jangle_time at,
                                       size_t limit,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    bool answers = is_look || at.us == INT64_MAX;

    is_look = false;
    if (answers)
        return sound->read_due_sagas(store, at, limit, visit, context, error);
    refused++;
    return jangle_error_set(error, JANGLE_STORAGE, "the index of due sagas is damaged");
}

/* Only the timeouts of parked sagas wait then. They are looked for again after
 * a delay. */
static void a_search_for_waiting_events_that_fails_holds_up_no_other_saga(void **state)
{
    struct world *world = *state;
    struct jangle_store *store = world->jangle->store;
    static struct jangle_store_ops failing;

    hold_say(world, 0, "hold");
    world_poll(world);
    hold.failures = 3;
    hold_say(world, 0, "wait");
    for (int i = 0; i < 3; i++)
        hold_pass(world, SECOND_MS);
    assert_int_equal(hold_left(world).dead, 1);
    sound = store->ops;
    failing = *sound;
    failing.head = head;
    failing.read_due_sagas = refuse_steps;
    refused = 0;
    store->ops = &failing;
    world_pass(world, HOLD_MS);
    hold_say(world, 1, "hold");
    world_poll(world);
    assert_string_equal(hold.told[1], "hold");
    assert_int_equal(refused, 1);
    hold_pass(world, SECOND_MS);
    assert_int_equal(refused, 2);
    store->ops = sound;
    hold_pass(world, MINUTE_MS);
    assert_string_equal(hold.told[0], "hold, timeout of hold wait");
}

/* ---- what it costs ----------------------------------------------------------- */

static int saga_reads, log_reads, commits;
static size_t records;

static enum jangle_result read_saga(struct jangle_store *store,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    saga_reads++;
    return sound->read_saga(store, saga, id, visit, context, error);
}

static enum jangle_result read_all(struct jangle_store *store,
                                   int64_t position,
                                   size_t limit,
                                   jangle_record_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    log_reads++;
    return sound->read_all(store, position, limit, visit, context, error);
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    commits++;
    records += group->saga_count;
    return sound->commit(store, group, error);
}

/* A saga is read once an event, and stored once: nothing more, with timeouts that are due
 * and others that are not. The events come from memory, where they are since they were
 * stored. What is stored shares its commits: the first is the timeout's, and takes along
 * what waited. */
static void an_event_costs_no_more_calls_of_the_store(void **state)
{
    enum { EVENTS = 50 };
    struct world *world = *state;
    struct jangle_store *store = world->jangle->store;
    struct jangle_store_ops counting = *store->ops;

    hold_say(world, 150, "hold");
    world_poll(world);
    world_pass(world, 20 * MINUTE_MS);
    for (int saga = 0; saga < EVENTS; saga++)
        hold_say(world, saga, "hold");
    sound = store->ops;
    counting.read_saga = read_saga;
    counting.read_all = read_all;
    counting.commit = commit;
    saga_reads = log_reads = commits = 0;
    records = 0;
    store->ops = &counting;
    hold_pass(world, 15 * MINUTE_MS);
    store->ops = sound;
    assert_int_equal(hold.timeouts, 1);
    assert_int_equal(saga_reads, EVENTS + 1);
    assert_int_equal(log_reads, 0);
    assert_int_equal(records, EVENTS + 1);
    assert_in_range(commits, 1, 4); /* and checkpoints */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_event_waits_for_a_timeout_that_fails_before_it),
        WORLD_TEST(a_timeout_given_up_before_an_event_holds_its_saga_alone),
        WORLD_TEST(timeouts_that_fail_do_not_keep_events_waiting),
        WORLD_TEST(a_search_for_waiting_events_that_fails_holds_up_no_other_saga),
        WORLD_TEST_IN_FILE(an_event_costs_no_more_calls_of_the_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
