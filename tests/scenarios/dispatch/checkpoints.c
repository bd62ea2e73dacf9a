/* checkpoints.c - when a checkpoint is written, and what is made of one that may have
 * been; waits for events that are not in memory. */
#include "command/commands.h"
#include "support/domains/follower.h"
#include "support/stores/lying_store.h"

#include "command/commit.h"
#include "core/engine.h"

#include <stdlib.h>
#include <string.h>

/* ---- a store whose commits end as they are told ------------------------------ */

struct ending {
    enum jangle_result result; /* of the next commits that hold nothing but checkpoints */
    int count;
    bool made; /* and then not heard of */
};

static struct ending ending;
static struct world *disturbed; /* a command is sent to it before the next such commit */

static void disturb(void)
{
    struct world *world = disturbed;

    disturbed = NULL;
    if (world)
        world_put(world, "0");
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    if (!group->append_count)
        disturb();
    if (group->append_count || !ending.count)
        return honest->ops->commit(honest, group, error);
    ending.count--;
    if (ending.made)
        assert_result(honest->ops->commit(honest, group, error), JANGLE_OK);
    return jangle_error_set(error, ending.result, "as it is told");
}

static const struct lie ends = {.clause = "", .store = {.commit = commit}};
static struct lying lying;
static struct follower seen;

static const struct jangle_subscriber at_once = {.name = "it",
                                                 .context = &seen,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST,
                                                 .checkpoint = JANGLE_AT_ONCE};
static const struct jangle_subscriber in_passing = {.name = "it",
                                                    .context = &seen,
                                                    .handlers =
                                                        JANGLE_ARRAY(follower_handlers),
                                                    .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){0};
    ending = (struct ending){0};
    disturbed = NULL;
    world_init(&world, false);
    lying = (struct lying){.storage = jangle_memory(), .lie = &ends};
    world.config.storage = lying_storage(&lying);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

static struct jangle_checkpoint stored(struct world *world)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_checkpoint checkpoint = {0};

    assert_result(store->ops->find_checkpoint(store, "it", &checkpoint, &world->error),
                  JANGLE_OK);
    return checkpoint;
}

static enum jangle_result count_row(void *context, const struct jangle_parked *parked)
{
    (void)parked;
    ++*(int *)context;
    return JANGLE_OK;
}

/* Without writing what is still to be written. */
static int rows(struct world *world)
{
    struct jangle_store *store = world->jangle->store;
    int count = 0;

    assert_result(store->ops->read_parked(store, "it", (jangle_time){0}, 100, count_row,
                                          &count, &world->error),
                  JANGLE_OK);
    return count;
}

/* ---- at once ----------------------------------------------------------------- */

static void what_has_its_checkpoint_at_once_has_it_when_it_is_tried_again(void **state)
{
    struct world *world = *state;

    world_open(world, &at_once, NULL);
    seen.fails_at = 1;
    seen.failures = 1;
    world_put_many(world, 3, 1);
    world_poll(world);
    assert_int_equal(rows(world), 1);
    world_pass(world, 1000);
    assert_result(jangle_poll(world->jangle, NULL, &world->error), JANGLE_OK);
    assert_int_equal(follower_handled(&seen, 1), 1);
    assert_int_equal(rows(world), 0);
}

/* Nothing is delivered before the checkpoint of the one before it is stored. */
static void a_checkpoint_that_cannot_be_stored_at_once_holds_what_follows(void **state)
{
    struct world *world = *state;

    world->config.checkpoint_interval_ms = 3600000;
    world_open(world, &at_once, NULL);
    world_put_many(world, 3, 3);
    ending = (struct ending){.result = JANGLE_STORAGE, .count = 3};
    while (ending.count) {
        jangle_poll(world->jangle, NULL, NULL);
        world_pass(world, 10000);
        assert_int_equal(follower_calls(&seen, 1), 1);
        assert_int_equal(follower_calls(&seen, 2), 0);
    }
    world_settle(world, 5);
    follower_assert_all(&seen, 1, 3);
    assert_int_equal(stored(world).position, 3);
}

/* ---- not heard of ------------------------------------------------------------ */

/* The subscriber goes on, in memory, before the next checkpoint is tried. */
static void follow_past_a_checkpoint_that_is_not_heard_of(struct world *world, bool made)
{
    world->config.batch_count = 2;
    world_open(world, &in_passing, NULL);
    world_put_many(world, 10, 2);
    assert_result(jangle_poll(world->jangle, NULL, &world->error), JANGLE_OK);
    world_pass(world, 1000);
    ending = (struct ending){.result = JANGLE_UNKNOWN, .count = 1, .made = made};
    assert_result(jangle_poll(world->jangle, NULL, NULL), JANGLE_UNKNOWN);
    assert_int_equal(stored(world).position, made ? 2 : 0);
    world_settle(world, 5);
    world_put_many(world, 2, 2);
    world_settle(world, 5);
    follower_assert_all(&seen, 1, 12);
    assert_result(jn_committer_flush(&world->jangle->commands->committer, &world->error),
                  JANGLE_OK);
    assert_int_equal(stored(world).position, 12);
}

static void a_checkpoint_that_was_stored_and_not_heard_of_repeats_nothing(void **state)
{
    follow_past_a_checkpoint_that_is_not_heard_of(*state, true);
}

static void
a_checkpoint_that_was_not_stored_and_not_heard_of_repeats_nothing(void **state)
{
    follow_past_a_checkpoint_that_is_not_heard_of(*state, false);
}

/* The store knows where it is now, and so does the subscriber, at once. */
static void a_reset_that_was_not_heard_of_is_found_out(void **state)
{
    struct world *world = *state;

    world_open(world, &at_once, NULL);
    world_put_many(world, 10, 2);
    world_settle(world, 5);
    ending = (struct ending){.result = JANGLE_UNKNOWN, .count = 1, .made = true};
    assert_result(jangle_subscriber_reset(world->jangle, "it", 4, &world->error),
                  JANGLE_UNKNOWN);
    world_settle(world, 5);
    assert_int_equal(follower_handled(&seen, 4), 1);
    for (int64_t position = 5; position <= 10; position++)
        assert_int_equal(follower_handled(&seen, position), 2);
}

/* Its checkpoint would ride on any commit, but not while somebody else moves it. */
static void a_reset_does_not_lose_to_its_own_checkpoint(void **state)
{
    struct world *world = *state;

    world->config.checkpoint_interval_ms = 3600000;
    world_open(world, &in_passing, NULL);
    world_put_many(world, 10, 2);
    world_poll(world);
    assert_int_equal(stored(world).position, 0);
    disturbed = world;
    assert_result(jangle_subscriber_reset(world->jangle, "it", 4, &world->error),
                  JANGLE_OK);
    assert_null(disturbed);
    assert_int_equal(stored(world).position, 4);
    world_settle(world, 5);
    assert_int_equal(follower_handled(&seen, 4), 1);
    for (int64_t position = 5; position <= 11; position++)
        assert_int_equal(follower_handled(&seen, position), position < 11 ? 2 : 1);
}

/* Visited by name, each may be measured. */
static enum jangle_result measure(void *context, const char *name)
{
    struct world *world = context;
    struct jangle_subscriber_stats stats;

    assert_result(jangle_measure_subscriber(world->jangle, name, &stats, &world->error),
                  JANGLE_OK);
    assert_false(stats.here);
    assert_int_equal(stats.position, 10);
    assert_int_equal(stats.lag, 2);
    assert_int_equal(stats.parked, 1);
    assert_non_null(strstr(stats.reason, "not now"));
    return JANGLE_OK;
}

static void a_subscriber_that_the_program_lacks_is_measured_too(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    assert_true(temp_directory_make(world->directory));
    temp_directory_path(world->file, world->directory, "purses.db");
    world->config.storage = jangle_sqlite(world->file);
    world_open(world, &at_once, NULL);
    seen.fails_for = "1";
    seen.failures = -1;
    world_put_many(world, 10, 2);
    world_poll(world);
    world_close(world);
    world_open(world, NULL);
    world_put_many(world, 2, 2);
    assert_result(jangle_subscriber_visit(world->jangle, measure, world, &world->error),
                  JANGLE_OK);
    assert_result(
        jangle_measure_subscriber(world->jangle, "nobody", &stats, &world->error),
        JANGLE_NOT_FOUND);
}

/* ---- waiting ----------------------------------------------------------------- */

struct letter_sent {
    const char *text;
};

struct send_letter {
    const char *letter_id;
    int64_t size;
};

static JANGLE_COMMAND(send_letter, letter_id, size);
static JANGLE_EVENT(letter_sent, text);

struct letter_state {
    int64_t count;
};

static JANGLE_STRUCT(letter_state, count);

static enum jangle_result decide_letter(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct send_letter *letter = command->data;
    char *text = jangle_alloc(command->arena, (size_t)letter->size + 1);

    (void)state;
    if (text)
        memset(text, 'x', (size_t)letter->size);
    return jangle_emit(decision, letter_sent, .text = text);
}

static const struct jangle_aggregate letters = {
    .name = "letter",
    .state = &letter_state,
    .commands = JANGLE_DECIDERS({&send_letter, decide_letter}),
    .events = JANGLE_APPLIERS({&letter_sent, NULL})};
static const struct jangle_aggregates letter_aggregates = JANGLE_AGGREGATES(&letters);
static const struct jangle_subscriber reader = {
    .name = "it",
    .context = &seen,
    .handlers = JANGLE_HANDLERS({&letter_sent, follower_handle}),
    .start = JANGLE_FROM_FIRST};

static int64_t send(struct world *world, const char *id, int64_t size)
{
    struct jangle_outcome outcome;

    jangle_send(world->jangle, &outcome, send_letter, .letter_id = id, .size = size);
    assert_string_equal(outcome.error.message, "");
    return outcome.position;
}

/* Large events are not kept in memory, and few of them fill a page. */
static void a_wait_hears_of_a_large_event_that_is_parked(void **state)
{
    static const int64_t sizes[] = {100, 100000, 300000};
    struct world *world = *state;

    world->config.aggregates = letter_aggregates;
    world_open(world, &reader, NULL);
    seen.fails_for = "1";
    seen.failures = -1;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int j = 0; j < 12; j++)
            send(world, "2", sizes[i]);
        assert_result(jangle_wait(world->jangle, "it", send(world, "1", sizes[i]), 1000,
                                  &world->error),
                      JANGLE_PARKED);
        assert_result(jangle_wait(world->jangle, "it", send(world, "2", sizes[i]), 1000,
                                  &world->error),
                      JANGLE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_has_its_checkpoint_at_once_has_it_when_it_is_tried_again),
        TEST(a_checkpoint_that_cannot_be_stored_at_once_holds_what_follows),
        TEST(a_checkpoint_that_was_stored_and_not_heard_of_repeats_nothing),
        TEST(a_checkpoint_that_was_not_stored_and_not_heard_of_repeats_nothing),
        TEST(a_reset_that_was_not_heard_of_is_found_out),
        TEST(a_reset_does_not_lose_to_its_own_checkpoint),
        TEST(a_subscriber_that_the_program_lacks_is_measured_too),
        TEST(a_wait_hears_of_a_large_event_that_is_parked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
