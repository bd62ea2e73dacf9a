/* sagas.c - what a saga sends is sent once, whatever happens on the way. */
#include "support/tills.h"

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void money_is_moved(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_int_equal(tills_content(world, "a"), 70);
    assert_int_equal(tills_content(world, "b"), 30);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 1");
}

static void what_is_refused_there_comes_back(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_result(tills_pay_out(world, "a", "m1", "nowhere", 30), JANGLE_OK);
    world_poll(world);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_int_equal(tills_content(world, "nowhere"), 0);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 2");
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(money_is_moved),
        WORLD_TEST(what_is_refused_there_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
