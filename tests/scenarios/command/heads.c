/* heads.c - where a stream ends is told by its row and by its last event: if they do not
 * agree, nothing is decided on either. */
#include "support/domains/purse.h"
#include "support/stores/lying_store.h"
#include "support/stores/sqlite_damage.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/jangle.h>

#include <stdlib.h>
#include <string.h>

/* ---- a world ----------------------------------------------------------------- */

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle_storage storage;
    struct jangle *jangle;
    struct jangle_outcome outcome;
};

static void open_world(struct world *world)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .storage = world->storage,
        .host = {.logger = jangle_logger_none()},
    };

    world->jangle = jangle_open(&config, &error);
    if (!world->jangle)
        fail_msg("%s", error.message);
}

static void close_world(struct world *world)
{
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    world->jangle = NULL;
}

static int set_up(void **state)
{
    static struct world world;

    world = (struct world){0};
    if (!temp_directory_make(world.directory))
        return -1;
    temp_directory_path(world.path, world.directory, "purses.db");
    world.storage = jangle_sqlite(world.path);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    if (world->jangle)
        close_world(world);
    temp_directory_remove(world->directory);
    return 0;
}

static enum jangle_result put(struct world *world, const char *purse)
{
    return jangle_send(world->jangle, &world->outcome, put_in, .purse_id = purse,
                       .amount = 5);
}

/* Five in a purse, and one in another; closed. */
static void fill(struct world *world)
{
    open_world(world);
    for (int i = 0; i < 5; i++)
        assert_result(put(world, "bad"), JANGLE_OK);
    assert_result(put(world, "good"), JANGLE_OK);
    close_world(world);
}

static void expect_words(struct world *world, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(world->outcome.error.message, *words))
            fail_msg("\"%s\" does not say \"%s\"", world->outcome.error.message, *words);
}

/* ---- the row and the last event ---------------------------------------------- */

static void expect_damage(struct world *world, const char *sql, const char *says)
{
    fill(world);
    assert_int_equal(sqlite_damage_by(world->path, sql), 1);
    open_world(world);
    for (int i = 0; i < 2; i++) {
        assert_result(put(world, "bad"), JANGLE_STORAGE);
        expect_words(world, (const char *const[]){"is damaged", "streams", "purse/bad",
                                                  says, NULL});
        assert_result(jangle_send(world->jangle, &world->outcome, take_out,
                                  .purse_id = "bad", .amount = 1),
                      JANGLE_STORAGE);
    }
    assert_result(put(world, "good"), JANGLE_OK);
}

static void a_head_that_was_lowered_to_nothing(void **state)
{
    expect_damage(*state, "UPDATE streams SET version = 0 WHERE name = 'bad'",
                  "says version 0, but its last event is version 5: the row was changed");
}

static void a_head_that_was_lowered(void **state)
{
    expect_damage(*state, "UPDATE streams SET version = version - 2 WHERE name = 'bad'",
                  "says version 3, but its last event is version 5: the row was changed");
}

static void a_head_that_was_raised(void **state)
{
    expect_damage(*state, "UPDATE streams SET version = version + 2 WHERE name = 'bad'",
                  "says version 7, but its last event is version 5: the row was changed, "
                  "or events are missing");
}

static void a_last_event_that_is_gone(void **state)
{
    expect_damage(*state, "DELETE FROM events WHERE position = 5",
                  "says version 5, but its last event is version 4");
}

/* ---- a store that answers CONFLICT whatever its heads are --------------------- */

static int conflicts, conflicts_left;

static enum jangle_result refuse_to_append(struct jangle_store *store,
                                           struct jangle_group *group,
                                           struct jangle_error *error)
{
    store = honest_store(store);
    if (!group->append_count || !conflicts_left)
        return store->ops->commit(store, group, error);
    for (size_t i = 0; i < group->append_count; i++)
        jangle_error_set(&group->appends[i].error, JANGLE_CONFLICT, "out of step");
    conflicts++;
    conflicts_left--;
    return JANGLE_OK;
}

static void meet_conflicts(struct world *world, int count)
{
    static const struct lie lie = {.store = {.commit = refuse_to_append}};
    static struct lying lying;

    lying = (struct lying){.storage = jangle_sqlite(world->path), .lie = &lie};
    world->storage = lying_storage(&lying);
    conflicts = 0;
    conflicts_left = count;
    open_world(world);
}

static void a_conflict_without_a_reason_is_damage(void **state)
{
    struct world *world = *state;

    meet_conflicts(world, 100);
    assert_result(put(world, "bad"), JANGLE_STORAGE);
    assert_int_equal(conflicts, 2);
    expect_words(world,
                 (const char *const[]){"the store is damaged",
                                       "purse/bad is at version 0", "out of step", NULL});
}

static void once_it_may_be(void **state)
{
    struct world *world = *state;

    meet_conflicts(world, 1);
    assert_result(put(world, "bad"), JANGLE_OK);
    assert_int_equal(conflicts, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_head_that_was_lowered_to_nothing),
        TEST(a_head_that_was_lowered),
        TEST(a_head_that_was_raised),
        TEST(a_last_event_that_is_gone),
        TEST(a_conflict_without_a_reason_is_damage),
        TEST(once_it_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
