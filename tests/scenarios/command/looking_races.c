/* looking_races.c - many threads whose commands look at what the others change: what must
 * hold does, each command is answered, and nobody starves. */
#include "support/domains/addresses_race.h"
#include "support/effort.h"
#include "support/temp_directory.h"
#include "support/test.h"

enum { THREADS = 8, ROUNDS = 120, LAMP_ROUNDS = 50 };

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle *jangle;
    struct addresses_told told;
};

static struct world world;

static int open_world(bool sqlite)
{
    struct jangle_config config = {.aggregates = address_aggregates,
                                   .host = {.logger = jangle_logger_none()},
                                   .workers = 1};

    world = (struct world){0};
    if (!temp_directory_make(world.directory))
        return 1;
    temp_directory_path(world.path, world.directory, "addresses.db");
    config.storage = sqlite ? jangle_sqlite(world.path) : jangle_memory();
    world.jangle = jangle_open(&config, NULL);
    return !world.jangle;
}

static int in_memory(void **state)
{
    (void)state;
    return open_world(false);
}

static int in_sqlite(void **state)
{
    (void)state;
    return open_world(true);
}

static int close_world(void **state)
{
    (void)state;
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    temp_directory_remove(world.directory);
    return 0;
}

static void eight_threads_claim_and_release_twenty_names(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_LAMPS); left > 0; left--)
        addresses_race(world.jangle, 0, THREADS, ROUNDS, &world.told);
    addresses_check(world.jangle, &world.told);
    assert_true(world.told.claims > 0 && world.told.refused > 0);
}

static void eight_threads_on_two_lamps_that_look_at_each_other(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_LAMPS); left > 0; left--)
        lamps_race(world.jangle, THREADS, LAMP_ROUNDS, &world.told);
    addresses_check(world.jangle, &world.told);
    assert_true(world.told.on > 0 && world.told.off > 0);
}

#define TEST(name)                                                                       \
    {#name " (memory)", name, in_memory, close_world, NULL},                             \
    {                                                                                    \
#name " (sqlite)", name, in_sqlite, close_world, NULL                            \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(eight_threads_claim_and_release_twenty_names),
        TEST(eight_threads_on_two_lamps_that_look_at_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
