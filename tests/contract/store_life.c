/* store_life.c - ST-14 to ST-17, ST-22 and ST-23: owning, tidying, closing, identity,
 * copies, children. */
#include "contract/store.h"

#include <sys/wait.h>
#include <unistd.h>

/* ---- ST-14: whose a subscriber is -------------------------------------------- */

static enum jangle_result
own(struct world *world, struct jangle_store *store, const char *subscriber)
{
    bool unclean = true;
    enum jangle_result result =
        store->ops->own(store, subscriber, &unclean, &world->error);

    if (!result)
        assert_false(unclean);
    return result;
}

static void st_14_a_subscriber_is_owned_until_it_is_released(void **state)
{
    struct world *world = *state;

    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    assert_result(own(world, world->store, "mailer"), JANGLE_OK);
    world->store->ops->disown(world->store, "printer", false);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    world->store->ops->disown(world->store, "printer", false);
    world->store->ops->disown(world->store, "mailer", false);
}

/* "Another" is who is not this store. */
static void st_14_its_owner_may_own_a_subscriber_again(void **state)
{
    struct world *world = *state;

    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
}

static void st_14_a_subscriber_that_is_not_owned_may_be_released(void **state)
{
    struct world *world = *state;

    world->store->ops->disown(world->store, "printer", false);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
}

static void st_14_what_another_owns_is_busy(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;

    if (!world->backend->durable)
        skip();
    other = world_open_another(world, world->path);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    assert_result(own(world, other.store, "printer"), JANGLE_BUSY);
    assert_result(own(world, other.store, "mailer"), JANGLE_OK);
    assert_result(own(world, world->store, "mailer"), JANGLE_BUSY);
    other.store->ops->disown(other.store, "printer", false);
    assert_result(own(world, other.store, "printer"), JANGLE_BUSY);
    world->store->ops->disown(world->store, "printer", false);
    assert_result(own(world, other.store, "printer"), JANGLE_OK);
    assert_result(own(world, world->store, "printer"), JANGLE_BUSY);
    world_close_another(&other);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    assert_result(own(world, world->store, "mailer"), JANGLE_OK);
}

static void own_printer_and_mailer(struct world *world)
{
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    assert_result(own(world, world->store, "mailer"), JANGLE_OK);
    world->store->ops->disown(world->store, "mailer", false);
}

static void st_14_an_owner_that_died_is_told_of(void **state)
{
    struct world *world = *state;
    bool unclean = false;

    if (!world->backend->durable)
        skip();
    world_in_other_processes(world, 1, own_printer_and_mailer);
    assert_result(own(world, world->store, "mailer"), JANGLE_OK);
    assert_result(
        world->store->ops->own(world->store, "printer", &unclean, &world->error),
        JANGLE_OK);
    assert_true(unclean);
    world->store->ops->disown(world->store, "printer", false);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    world_reopen(world);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
}

/* It found that an owner before it had died, and did not see to all that follows. */
static void st_14_an_owner_may_say_that_it_counts_as_dead(void **state)
{
    struct world *world = *state;
    bool unclean = false;

    if (!world->backend->durable)
        skip();
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
    world->store->ops->disown(world->store, "printer", true);
    world_reopen(world);
    assert_result(
        world->store->ops->own(world->store, "printer", &unclean, &world->error),
        JANGLE_OK);
    assert_true(unclean);
    world->store->ops->disown(world->store, "printer", false);
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
}

/* ---- ST-15: housekeeping ----------------------------------------------------- */

static void store_command(struct world *world, const char *command_id, int64_t at)
{
    struct jangle_record record = record_of("a", 0);
    struct jangle_append append = {
        .command_id = command_id, .records = &record, .count = 1};

    world->host.now.us = at;
    record.at.us = at;
    assert_result(commit_append(world, &append), JANGLE_OK);
}

/* How many calls it took; each must do something, so that it ends. */
static int tidy_all(struct world *world, int64_t forget)
{
    bool more = true;
    int calls = 0;

    while (more && calls < 10000) {
        assert_result(world->store->ops->tidy(world->store, (jangle_time){forget}, &more,
                                              &world->error),
                      JANGLE_OK);
        calls++;
    }
    assert_false(more);
    return calls;
}

static void st_15_tidying_forgets_old_commands_and_no_others(void **state)
{
    struct world *world = *state;
    const int64_t start = 1700000000000000;

    if (!world->store->ops->tidy)
        skip();
    store_command(world, "old", start);
    store_command(world, "older", start + 1000000);
    store_command(world, "new", start + 9000000);
    tidy_all(world, start + 5000000);
    world_reopen(world);
    assert_int_equal(position_of_command(world, "old"), -1);
    assert_int_equal(position_of_command(world, "older"), -1);
    assert_int_equal(position_of_command(world, "new"), 3);
    store_command(world, "old", start + 9000001);
    assert_int_equal(position_of_command(world, "old"), 4);
}

static void st_15_tidying_without_a_time_forgets_no_command(void **state)
{
    struct world *world = *state;

    if (!world->store->ops->tidy)
        skip();
    store_command(world, "old", 1);
    tidy_all(world, 0);
    assert_int_equal(position_of_command(world, "old"), 1);
}

static void st_15_tidying_takes_many_small_calls_and_no_event(void **state)
{
    struct world *world = *state;
    char id[16];

    if (!world->store->ops->tidy)
        skip();
    for (int i = 0; i < 700; i++) {
        snprintf(id, sizeof id, "%d", i);
        store_command(world, id, 1700000000000000 + i);
    }
    move_checkpoint(world, "printer", -1, 5);
    tidy_all(world, 1700000000000700);
    for (int i = 0; i < 700; i++) {
        snprintf(id, sizeof id, "%d", i);
        assert_int_equal(position_of_command(world, id), -1);
    }
    assert_int_equal(head_of(world), 700);
    assert_int_equal(version_of(world, "account", "a"), 700);
    assert_int_equal(checkpoint_of(world, "printer"), 5);
}

/* ---- ST-16: closing ---------------------------------------------------------- */

static void st_16_closing_gives_all_memory_back(void **state)
{
    struct world *world = *state;
    struct jangle_parked parked = {.subscriber = "printer", .key = "a", .position = 1};
    struct jangle_stores other;
    struct jangle_store *mine = world->store;
    char path[TEMP_PATH_SIZE];
    int64_t pieces = world->host.memory.pieces;

    temp_directory_path(path, world->directory, "other.db");
    other = world_open_another(world, path);
    world->store = other.store;
    store_events(world, "a", 100);
    store_command(world, "c-1", 5);
    park(world, &parked);
    assert_string_equal(show_parked(world, NULL, 0, 9), "a@1");
    world->store = mine;
    world_close_another(&other);
    assert_int_equal(world->host.memory.pieces, pieces);
}

/* ---- ST-23: a child ---------------------------------------------------------- */

static void own_printer(struct world *world)
{
    assert_result(own(world, world->store, "printer"), JANGLE_OK);
}

static void abandon(struct world *world)
{
    if (world->store->ops->abandon)
        world->store->ops->abandon(world->store);
}

static void st_23_a_child_that_lives_on_keeps_nothing_of_its_dead_parent(void **state)
{
    struct world *world = *state;
    bool unclean = false;
    int child;

    if (!world->backend->durable)
        skip();
    child = world_outlive(world, own_printer, abandon);
    assert_result(
        world->store->ops->own(world->store, "printer", &unclean, &world->error),
        JANGLE_OK);
    assert_true(unclean);
    store_events(world, "a", 1);
    close(child);
}

static void st_23_a_child_takes_nothing_from_its_parent(void **state)
{
    struct world *world = *state;
    struct jangle_stores other;
    int status;
    pid_t child;

    if (!world->backend->durable)
        skip();
    own_printer(world);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        abandon(world);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    other = world_open_another(world, world->path);
    assert_result(own(world, other.store, "printer"), JANGLE_BUSY);
    world_close_another(&other);
    store_events(world, "a", 1);
}

/* ---- ST-17: who it is -------------------------------------------------------- */

struct identity {
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch;
};

static struct identity identity_of(struct world *world, struct jangle_store *store)
{
    struct identity identity = {.epoch = -1};

    assert_result(
        store->ops->identify(store, identity.id, &identity.epoch, &world->error),
        JANGLE_OK);
    assert_true(identity.epoch > 0);
    return identity;
}

static void st_17_a_store_stays_who_it_is(void **state)
{
    struct world *world = *state;
    struct identity before = identity_of(world, world->store), after;

    store_events(world, "a", 3);
    after = identity_of(world, world->store);
    assert_memory_equal(after.id, before.id, sizeof after.id);
    assert_int_equal(after.epoch, before.epoch);
    world_reopen(world);
    after = identity_of(world, world->store);
    assert_memory_equal(after.id, before.id, sizeof after.id);
    assert_true(after.epoch >= before.epoch);
}

static void st_17_no_two_stores_are_the_same(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];
    struct jangle_stores other;
    struct identity mine, its;

    temp_directory_path(path, world->directory, "other.db");
    other = world_open_another(world, path);
    mine = identity_of(world, world->store);
    its = identity_of(world, other.store);
    assert_memory_not_equal(mine.id, its.id, sizeof mine.id);
    world_close_another(&other);
}

static void store_three(struct world *world)
{
    store_events(world, "a", 3);
}

static void st_17_after_an_unclean_stop_the_epoch_is_higher(void **state)
{
    struct world *world = *state;
    struct identity before, after;

    if (!world->backend->durable)
        skip();
    before = identity_of(world, world->store);
    world_in_other_processes(world, 1, store_three);
    store_events(world, "b", 1);
    after = identity_of(world, world->store);
    assert_memory_equal(after.id, before.id, sizeof after.id);
    assert_true(after.epoch > before.epoch);
    assert_int_equal(head_of(world), 4);
}

/* ---- ST-22: copies ----------------------------------------------------------- */

struct steps {
    int count;
    int stop_after; /* 0: never */
};

static bool go_on(void *context, int64_t done, int64_t total)
{
    struct steps *steps = context;

    assert_true(done >= 0 && done <= total);
    steps->count++;
    return steps->count != steps->stop_after;
}

static void st_22_a_copy_holds_the_same_with_a_higher_epoch(void **state)
{
    struct world *world = *state;
    struct identity original, copied;
    struct jangle_stores other;
    struct jangle_store *mine = world->store;
    struct steps steps = {0};
    char path[TEMP_PATH_SIZE];

    if (!mine->ops->backup)
        skip();
    store_events(world, "a", 50);
    store_command(world, "c-1", 1700000000000000);
    move_checkpoint(world, "printer", -1, 5);
    original = identity_of(world, mine);
    temp_directory_path(path, world->directory, "copy.db");
    assert_result(mine->ops->backup(mine, path, go_on, &steps, &world->error), JANGLE_OK);
    store_events(world, "a", 1);
    other = world_open_another(world, path);
    world->store = other.store;
    copied = identity_of(world, other.store);
    assert_memory_equal(copied.id, original.id, sizeof copied.id);
    assert_true(copied.epoch > original.epoch);
    assert_int_equal(head_of(world), 51);
    assert_int_equal(version_of(world, "account", "a"), 51);
    assert_int_equal(position_of_command(world, "c-1"), 51);
    assert_string_equal(show_checkpoints(world), "printer=5");
    world->store = mine;
    world_close_another(&other);
    assert_int_equal(head_of(world), 52);
}

static void st_22_a_copy_stops_when_told(void **state)
{
    struct world *world = *state;
    struct steps steps = {.stop_after = 1};
    char path[TEMP_PATH_SIZE];

    if (!world->store->ops->backup)
        skip();
    store_events(world, "a", 2000);
    temp_directory_path(path, world->directory, "copy.db");
    assert_result(
        world->store->ops->backup(world->store, path, go_on, &steps, &world->error),
        JANGLE_CANCELLED);
    assert_int_equal(steps.count, 1);
    assert_null(fopen(path, "r"));
    assert_int_equal(head_of(world), 2000);
}

static void st_22_a_copy_needs_nobody_to_watch_it(void **state)
{
    struct world *world = *state;
    char path[TEMP_PATH_SIZE];

    if (!world->store->ops->backup)
        skip();
    store_events(world, "a", 3);
    temp_directory_path(path, world->directory, "copy.db");
    assert_result(
        world->store->ops->backup(world->store, path, NULL, NULL, &world->error),
        JANGLE_OK);
}

int store_life_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_14_a_subscriber_is_owned_until_it_is_released),
        WORLD_TEST(st_14_its_owner_may_own_a_subscriber_again),
        WORLD_TEST(st_14_a_subscriber_that_is_not_owned_may_be_released),
        WORLD_TEST(st_14_what_another_owns_is_busy),
        WORLD_TEST(st_14_an_owner_that_died_is_told_of),
        WORLD_TEST(st_14_an_owner_may_say_that_it_counts_as_dead),
        WORLD_TEST(st_15_tidying_forgets_old_commands_and_no_others),
        WORLD_TEST(st_15_tidying_without_a_time_forgets_no_command),
        WORLD_TEST(st_15_tidying_takes_many_small_calls_and_no_event),
        WORLD_TEST(st_16_closing_gives_all_memory_back),
        WORLD_TEST(st_17_a_store_stays_who_it_is),
        WORLD_TEST(st_17_no_two_stores_are_the_same),
        WORLD_TEST(st_17_after_an_unclean_stop_the_epoch_is_higher),
        WORLD_TEST(st_22_a_copy_holds_the_same_with_a_higher_epoch),
        WORLD_TEST(st_22_a_copy_stops_when_told),
        WORLD_TEST(st_22_a_copy_needs_nobody_to_watch_it),
        WORLD_TEST(st_23_a_child_that_lives_on_keeps_nothing_of_its_dead_parent),
        WORLD_TEST(st_23_a_child_takes_nothing_from_its_parent),
    };

    return world_run("life", tests, sizeof tests / sizeof *tests, backend);
}
