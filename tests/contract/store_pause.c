/* store_pause.c - ST-26 to ST-29: pauses, first names, and copies; and what ST-20 does
 * with a pause. */
#include "contract/store.h"

static void set_pause(
    struct world *world, const char *name, bool paused, const char *who, const char *why)
{
    struct jangle_pause pause = {.name = name, .paused = paused, .at = {77}};

    snprintf(pause.who, sizeof pause.who, "%s", who);
    snprintf(pause.why, sizeof pause.why, "%s", why);
    assert_result(world->store->ops->set_pause(world->store, &pause, &world->error),
                  JANGLE_OK);
}

static void rename_to(struct world *world, const char *subscriber, const char *name)
{
    assert_result(
        world->store->ops->rename(world->store, subscriber, name, &world->error),
        JANGLE_OK);
}

/* ---- ST-26 ------------------------------------------------------------------- */

static void st_26_a_pause_replaces_the_one_of_its_name(void **state)
{
    struct world *world = *state;

    assert_string_equal(show_pauses(world), "");
    set_pause(world, "printer", true, "Ann", "no ink");
    set_pause(world, "sender", true, "Bob", "");
    assert_string_equal(show_pauses(world),
                        "printer=paused(Ann: no ink) sender=paused(Bob: )");
    set_pause(world, "printer", true, "Carl", "no paper");
    world_reopen(world);
    assert_string_equal(show_pauses(world),
                        "printer=paused(Carl: no paper) sender=paused(Bob: )");
    set_pause(world, "printer", false, "", "");
    world_reopen(world);
    assert_string_equal(show_pauses(world), "printer=goes on(: ) sender=paused(Bob: )");
    assert_string_equal(show_checkpoints(world), "");
}

static enum jangle_result check_pause(void *context, const struct jangle_pause *pause)
{
    const struct jangle_pause *wanted = context;

    assert_string_equal(pause->name, wanted->name);
    assert_int_equal(pause->paused, wanted->paused);
    assert_int_equal(pause->at.us, wanted->at.us);
    assert_string_equal(pause->who, wanted->who);
    assert_string_equal(pause->why, wanted->why);
    return JANGLE_OK;
}

static void st_26_a_pause_comes_back_as_it_was_stored(void **state)
{
    struct world *world = *state;
    struct jangle_pause pause = {
        .name = "printer", .paused = true, .at = {1700000000123456}};

    memset(pause.who, 'w', sizeof pause.who - 1);
    memset(pause.why, 'y', sizeof pause.why - 1);
    assert_result(world->store->ops->set_pause(world->store, &pause, &world->error),
                  JANGLE_OK);
    world_reopen(world);
    assert_result(
        world->store->ops->read_pauses(world->store, check_pause, &pause, &world->error),
        JANGLE_OK);
}

static void pause_the_printer(struct world *world)
{
    set_pause(world, "printer", true, "Ann", "no ink");
}

static void st_26_a_pause_is_durable_and_seen_by_every_process(void **state)
{
    struct world *world = *state;

    if (!world->backend->durable)
        skip();
    move_checkpoint(world, "printer", -1, 3);
    world_in_other_processes(world, 1, pause_the_printer);
    assert_string_equal(show_pauses(world), "printer=paused(Ann: no ink)");
}

/* ---- ST-27 ------------------------------------------------------------------- */

static void st_27_all_pauses_are_visited_in_the_order_of_names(void **state)
{
    struct world *world = *state;

    set_pause(world, "sender", true, "Bob", "");
    set_pause(world, "", true, "Ann", "");
    set_pause(world, "printer", false, "Carl", "");
    move_checkpoint(world, "mailer", -1, 3);
    assert_string_equal(show_pauses(world),
                        "=paused(Ann: ) printer=goes on(Carl: ) sender=paused(Bob: )");
}

static enum jangle_result count_pause(void *context, const struct jangle_pause *pause)
{
    struct counting *counting = context;

    (void)pause;
    return ++counting->count == counting->stop_after ? JANGLE_CANCELLED : JANGLE_OK;
}

static void st_27_a_visit_of_pauses_stops_when_told(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 1};

    set_pause(world, "sender", true, "Bob", "");
    set_pause(world, "printer", true, "Carl", "");
    assert_result(world->store->ops->read_pauses(world->store, count_pause, &counting,
                                                 &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 1);
}

/* ---- ST-20 ------------------------------------------------------------------- */

static void st_20_a_pause_goes_with_its_name(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 3);
    pause_the_printer(world);
    set_pause(world, "printer2", true, "Bob", "");
    rename_to(world, "printer", "plotter");
    world_reopen(world);
    assert_string_equal(show_pauses(world),
                        "plotter=paused(Ann: no ink) printer2=paused(Bob: )");
    rename_to(world, "plotter", NULL);
    world_reopen(world);
    assert_string_equal(show_pauses(world), "printer2=paused(Bob: )");
}

static void st_20_a_pause_that_the_new_name_has_stays(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 3);
    pause_the_printer(world);
    set_pause(world, "plotter", false, "Bob", "");
    rename_to(world, "printer", "plotter");
    assert_string_equal(show_pauses(world), "plotter=goes on(Bob: )");
}

/* ---- ST-28 ------------------------------------------------------------------- */

static const char *first_name_of(struct world *world, const char *subscriber)
{
    static struct jangle_checkpoint checkpoint;

    assert_result(world->store->ops->find_checkpoint(world->store, subscriber,
                                                     &checkpoint, &world->error),
                  JANGLE_OK);
    return checkpoint.first_name;
}

static enum jangle_result check_first_name(void *context,
                                           const struct jangle_checkpoint *checkpoint)
{
    assert_string_equal(checkpoint->first_name, context);
    return JANGLE_OK;
}

static void st_28_the_first_name_stays_through_every_rename(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 3);
    assert_string_equal(first_name_of(world, "printer"), "printer");
    rename_to(world, "printer", "plotter");
    move_checkpoint(world, "plotter", 3, 4);
    rename_to(world, "plotter", "press");
    world_reopen(world);
    move_checkpoint(world, "press", 4, 5);
    assert_string_equal(first_name_of(world, "press"), "printer");
    assert_result(world->store->ops->read_checkpoints(world->store, check_first_name,
                                                      "printer", &world->error),
                  JANGLE_OK);
}

static void st_28_the_next_of_a_name_begins_with_that_name(void **state)
{
    struct world *world = *state;

    move_checkpoint(world, "printer", -1, 3);
    rename_to(world, "printer", "plotter");
    rename_to(world, "plotter", "press");
    move_checkpoint(world, "plotter", -1, 0);
    assert_string_equal(first_name_of(world, "plotter"), "plotter");
    rename_to(world, "press", NULL);
    move_checkpoint(world, "press", -1, 0);
    world_reopen(world);
    assert_string_equal(first_name_of(world, "press"), "press");
}

static void st_28_an_owner_does_not_change_the_first_name(void **state)
{
    struct world *world = *state;
    struct jangle_store *store = world->store;
    bool unclean;

    move_checkpoint(world, "printer", -1, 3);
    assert_result(store->ops->own(store, "plotter", &unclean, &world->error), JANGLE_OK);
    rename_to(world, "printer", "plotter");
    store->ops->disown(store, "plotter", false);
    world_reopen(world);
    assert_string_equal(first_name_of(world, "plotter"), "printer");
}

/* ---- ST-29 ------------------------------------------------------------------- */

static void st_29_a_copy_says_that_it_is_one(void **state)
{
    struct world *world = *state;
    struct jangle_store *mine = world->store;
    struct jangle_stores other;
    char path[TEMP_PATH_SIZE];

    if (!mine->ops->backup)
        skip();
    move_checkpoint(world, "printer", -1, 3);
    rename_to(world, "printer", "plotter");
    set_pause(world, "plotter", true, "Ann", "no ink");
    set_pause(world, "sender", false, "Bob", "");
    temp_directory_path(path, world->directory, "copy.db");
    assert_result(mine->ops->backup(mine, path, NULL, NULL, &world->error), JANGLE_OK);
    other = world_open_another(world, path);
    world->store = other.store;
    assert_string_equal(show_pauses(world),
                        "=paused(" JANGLE_COPY_WHO ": " JANGLE_COPY_WHY
                        ") plotter=paused(Ann: no ink)");
    assert_string_equal(first_name_of(world, "plotter"), "printer");
    world->store = mine;
    world_close_another(&other);
    assert_string_equal(show_pauses(world),
                        "plotter=paused(Ann: no ink) sender=goes on(Bob: )");
}

int store_pause_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_26_a_pause_replaces_the_one_of_its_name),
        WORLD_TEST(st_26_a_pause_comes_back_as_it_was_stored),
        WORLD_TEST(st_26_a_pause_is_durable_and_seen_by_every_process),
        WORLD_TEST(st_27_all_pauses_are_visited_in_the_order_of_names),
        WORLD_TEST(st_27_a_visit_of_pauses_stops_when_told),
        WORLD_TEST(st_20_a_pause_goes_with_its_name),
        WORLD_TEST(st_20_a_pause_that_the_new_name_has_stays),
        WORLD_TEST(st_28_the_first_name_stays_through_every_rename),
        WORLD_TEST(st_28_the_next_of_a_name_begins_with_that_name),
        WORLD_TEST(st_28_an_owner_does_not_change_the_first_name),
        WORLD_TEST(st_29_a_copy_says_that_it_is_one),
    };

    return world_run("pauses", tests, sizeof tests / sizeof *tests, backend);
}
