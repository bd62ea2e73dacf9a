/* backup.c - a copy is a store like the one it was taken from, of a later epoch; or there
 * is no file. */
#include "support/stores/copies.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct follower seen, seen_there;
static const struct jangle_subscriber mail = {.name = "mail",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber mail_there = {.name = "mail",
                                                    .context = &seen_there,
                                                    .handlers =
                                                        JANGLE_ARRAY(follower_handlers),
                                                    .start = JANGLE_FROM_FIRST};

/* The original, and what is opened of its copy. */
static struct world world, there;
static char copy[TEMP_PATH_SIZE];
static char home[TEMP_PATH_SIZE];

static int set_up(void **state)
{
    seen = seen_there = (struct follower){0};
    world_init(&world, true);
    temp_directory_path(copy, world.directory, "copy.db");
    there = world;
    there.directory[0] = '\0';
    there.config.host.clock.context = &there;
    there.config.storage = jangle_sqlite(copy);
    world_open(&world, &mail, &copies_view, NULL);
    *state = &world;
    return getcwd(home, sizeof home) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&there);
    world_finish(&world);
    follower_clear(&seen);
    follower_clear(&seen_there);
    return chdir(home);
}

static enum jangle_result back_up(const char *path)
{
    world.error = (struct jangle_error){0};
    return jangle_backup(world.jangle, path, NULL, NULL, &world.error);
}

static int64_t epoch_of(struct jangle *jangle, unsigned char id[JANGLE_ID_SIZE])
{
    int64_t epoch;

    assert_result(jangle->store->ops->identify(jangle->store, id, &epoch, NULL),
                  JANGLE_OK);
    return epoch;
}

/* ---- what is in it ----------------------------------------------------------- */

static void a_copy_is_the_same_store_of_a_later_epoch(void **state)
{
    unsigned char ids[2][JANGLE_ID_SIZE];
    struct stat status;

    (void)state;
    world_put_many(&world, 200, COPIES_PURSES);
    assert_result(back_up(copy), JANGLE_OK);
    assert_int_equal(stat(copy, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    world_put_many(&world, 50, COPIES_PURSES);
    world_open(&there, &mail_there, &copies_view, NULL);
    assert_int_equal(copies_assert_prefix(there.jangle, world.jangle), 200);
    assert_int_equal(epoch_of(there.jangle, ids[1]), epoch_of(world.jangle, ids[0]) + 1);
    assert_memory_equal(ids[0], ids[1], JANGLE_ID_SIZE);
    world_poll(&there);
    copies_assert_view(&there);

    /* Each goes its own way. */
    assert_int_equal(world_put(&there, "7"), 201);
    assert_int_equal(world_put(&world, "7"), 251);
    world_poll(&world);
    copies_assert_view(&world);
}

/* Who has the original open has not the copy, and so did not die in it. */
static void nobody_is_missed_in_a_copy(void **state)
{
    bool unclean = true;
    struct jangle_store *store;

    (void)state;
    world_put(&world, "1");
    assert_true(world_measure(&world, "mail").here);
    assert_result(back_up(copy), JANGLE_OK);
    world_open(&there, NULL);
    store = there.jangle->store;
    assert_result(store->ops->own(store, "mail", &unclean, NULL), JANGLE_OK);
    assert_false(unclean);
}

/* To copy is to read. */
static void a_follower_makes_copies_too(void **state)
{
    (void)state;
    world_put_many(&world, 30, 10);
    there.config.storage = jangle_sqlite(world.file);
    there.config.follower = true;
    world_open(&there, NULL);
    assert_result(jangle_backup(there.jangle, copy, NULL, NULL, &there.error), JANGLE_OK);
    world_close(&there);
    there.config.storage = jangle_sqlite(copy);
    there.config.follower = false;
    world_open(&there, &mail_there, &copies_view, NULL);
    assert_int_equal(copies_assert_prefix(there.jangle, world.jangle), 30);
    assert_int_equal(world_put(&there, "1"), 31);
}

static void an_empty_store_is_copied_too(void **state)
{
    (void)state;
    assert_result(back_up(copy), JANGLE_OK);
    world_open(&there, &mail_there, &copies_view, NULL);
    assert_int_equal(world_stats(&there).position, 0);
    assert_int_equal(world_put(&there, "1"), 1);
}

static void a_copy_of_a_copy_is_of_a_later_epoch_still(void **state)
{
    unsigned char id[JANGLE_ID_SIZE];
    char second[TEMP_PATH_SIZE];
    int64_t epoch;

    (void)state;
    world_put_many(&world, 100, COPIES_PURSES);
    assert_result(back_up(copy), JANGLE_OK);
    world_open(&there, &mail_there, &copies_view, NULL);
    epoch = epoch_of(there.jangle, id);
    temp_directory_path(second, world.directory, "second.db");
    assert_result(jangle_backup(there.jangle, second, NULL, NULL, NULL), JANGLE_OK);
    world_close(&there);
    there.config.storage = jangle_sqlite(second);
    world_open(&there, &mail_there, &copies_view, NULL);
    assert_true(epoch_of(there.jangle, id) > epoch);
    assert_int_equal(copies_assert_prefix(there.jangle, world.jangle), 100);
}

static void a_command_id_is_done_once_in_the_copy_too(void **state)
{
    const struct jangle_envelope envelope = {.command_id = "c-1"};
    struct jangle_outcome first, again;

    (void)state;
    assert_result(jangle_send_in(world.jangle, &first, &envelope, put_in, .purse_id = "1",
                                 .amount = 1),
                  JANGLE_OK);
    world_put(&world, "2");
    assert_result(back_up(copy), JANGLE_OK);
    world_open(&there, &mail_there, NULL);
    assert_result(jangle_send_in(there.jangle, &again, &envelope, put_in, .purse_id = "1",
                                 .amount = 1),
                  JANGLE_OK);
    assert_int_equal(again.position, first.position);
    assert_string_equal(again.reply, first.reply);
    assert_int_equal(world_stats(&there).position, 2);
}

/* ---- where its subscribers go on --------------------------------------------- */

static void subscribers_go_on_where_the_copy_says(void **state)
{
    int64_t checkpoint;

    (void)state;
    world_put_many(&world, 100, COPIES_PURSES);
    world_poll(&world);
    world_close(&world); /* and the checkpoints are written */
    world_open(&world, &mail, &copies_view, NULL);
    checkpoint = world_checkpoint(&world, "mail");
    assert_int_equal(checkpoint, 100);
    world_put_many(&world, 60, COPIES_PURSES);
    assert_result(back_up(copy), JANGLE_OK);
    world_poll(&world);
    world_open(&there, &mail_there, &copies_view, NULL);
    assert_int_equal(world_checkpoint(&there, "mail"), checkpoint);
    world_poll(&there);
    follower_assert_all(&seen_there, checkpoint + 1, 160);
    assert_int_equal(world_measure(&there, "mail").position, 160);
}

static void a_parked_key_is_parked_in_the_copy(void **state)
{
    (void)state;
    seen.fails_for = "3";
    seen.failures = -1;
    world_put_many(&world, 40, 10);
    world_poll(&world);
    assert_int_equal(world_rows(&world, "mail"), 1);
    assert_result(back_up(copy), JANGLE_OK);
    world_open(&there, &mail_there, NULL);
    assert_int_equal(world_measure(&there, "mail").parked, 1);
    world_pass(&there, 300000);
    world_settle(&there, 10);
    assert_int_equal(world_stored_rows(&world, "mail"), 1);
    for (int64_t position = 4; position <= 40; position += 10)
        assert_int_equal(follower_handled(&seen_there, position), 1);
}

static const struct jangle_step steps[] = {
    {"step 1 .........", JANGLE_STEP_COMMAND, "credit_purse", JANGLE_OK, "7", 2, 1},
    {"step 2 .........", JANGLE_STEP_COMMAND, "close_purse", JANGLE_REJECTED,
     "it is not empty", 0, 0}};

static enum jangle_result check_saga(void *context, const struct jangle_saga_record *saga)
{
    (void)context;
    assert_int_equal(saga->version, 1);
    assert_int_equal(saga->timeout_at.us, 12345);
    assert_int_equal(saga->turn_position, 2);
    assert_int_equal(saga->state_size, 7);
    assert_memory_equal(saga->state, "{\"a\":1}", 7);
    assert_int_equal(saga->step_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(saga->steps[i].id, steps[i].id, sizeof steps[i].id);
        assert_string_equal(saga->steps[i].type, steps[i].type);
        assert_result(saga->steps[i].result, steps[i].result);
        assert_string_equal(saga->steps[i].reply, steps[i].reply);
    }
    return JANGLE_OK;
}

static enum jangle_result check_delivery(void *context,
                                         const struct jangle_delivery_step *sent)
{
    ++*(int *)context;
    assert_string_equal(sent->step.type, "put_in");
    assert_string_equal(sent->step.reply, "no");
    return JANGLE_OK;
}

static void records_of_sagas_and_deliveries_are_in_the_copy(void **state)
{
    struct jangle_saga_record saga = {.saga = "gift",
                                      .id = "g-1",
                                      .version = 1,
                                      .state = "{\"a\":1}",
                                      .state_size = 7,
                                      .timeout_at = {12345},
                                      .turn_position = 2,
                                      .steps = steps,
                                      .step_count = 2};
    struct jangle_delivery_step step = {.subscriber = "mail",
                                        .event_position = 2,
                                        .step = {.id = "delivery 1 .....",
                                                 .kind = JANGLE_STEP_COMMAND,
                                                 .type = "put_in",
                                                 .result = JANGLE_REJECTED,
                                                 .reply = "no"}};
    struct jangle_group group = {
        .sagas = &saga, .saga_count = 1, .steps = &step, .step_count = 1, 0};
    struct jangle_store *store = world.jangle->store;
    int deliveries = 0;

    (void)state;
    world_put_many(&world, 2, 2);
    assert_result(store->ops->commit(store, &group, &world.error), JANGLE_OK);
    assert_result(saga.error.result, JANGLE_OK);
    assert_result(back_up(copy), JANGLE_OK);
    world_open(&there, NULL);
    store = there.jangle->store;
    assert_result(store->ops->read_saga(store, "gift", "g-1", check_saga, NULL, NULL),
                  JANGLE_OK);
    assert_result(
        store->ops->read_delivery(store, "mail", 2, check_delivery, &deliveries, NULL),
        JANGLE_OK);
    assert_int_equal(deliveries, 1);
}

/* ---- beside what has seen more ----------------------------------------------- */

static void the_originals_views_are_refused_and_both_files_named(void **state)
{
    struct jangle_subscriber_stats stats;

    (void)state;
    assert_int_equal(chdir(world.directory), 0);
    world_close(&world);
    world_open(&world, &copies_named, NULL);
    world_put_many(&world, 30, 10);
    assert_result(back_up("copy.db"), JANGLE_OK);
    world_put_many(&world, 10, 10);
    world_poll(&world);
    world_close(&world);

    there.config.storage = jangle_sqlite("copy.db");
    world_open(&there, &copies_named, NULL);
    world_poll(&there);
    stats = world_measure(&there, "sums");
    assert_true(stats.suspended.us != 0);
    if (!strstr(stats.reason, "lacks event 40") || !strstr(stats.reason, "copy.db") ||
        !strstr(stats.reason, "sums.db"))
        fail_msg("%s", stats.reason);
    assert_result(jangle_replay(there.jangle, "sums", NULL, &there.error), JANGLE_OK);
    copies_assert_view(&there);
}

/* The way back: the copy takes the place of the original. */
static void a_copy_that_is_put_back_goes_on_from_its_own_past(void **state)
{
    struct jangle_subscriber_stats stats;
    char name[TEMP_PATH_SIZE];

    (void)state;
    world_put_many(&world, 30, 10);
    assert_result(back_up(copy), JANGLE_OK);
    world_put_many(&world, 10, 10);
    world_poll(&world);
    world_close(&world);
    for (int i = 0; i < 3; i++) {
        static const char *const ends[] = {"", "-wal", "-shm"};

        snprintf(name, sizeof name, "%.200s%s", world.file, ends[i]);
        assert_true(unlink(name) == 0 || i > 0);
    }
    assert_int_equal(rename(copy, world.file), 0);
    follower_clear(&seen);
    world_open(&world, &mail, &copies_view, NULL);
    world_poll(&world);
    follower_assert_all(&seen, 1, 30);
    stats = world_measure(&world, "sums");
    assert_true(stats.suspended.us != 0);
    assert_non_null(strstr(stats.reason, "the store lacks event 40"));
    assert_result(jangle_replay(world.jangle, "sums", NULL, &world.error), JANGLE_OK);
    assert_int_equal(world_put(&world, "1"), 31);
    world_poll(&world);
    copies_assert_view(&world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_the_same_store_of_a_later_epoch),
        TEST(nobody_is_missed_in_a_copy),
        TEST(a_follower_makes_copies_too),
        TEST(an_empty_store_is_copied_too),
        TEST(a_copy_of_a_copy_is_of_a_later_epoch_still),
        TEST(a_command_id_is_done_once_in_the_copy_too),
        TEST(subscribers_go_on_where_the_copy_says),
        TEST(a_parked_key_is_parked_in_the_copy),
        TEST(records_of_sagas_and_deliveries_are_in_the_copy),
        TEST(the_originals_views_are_refused_and_both_files_named),
        TEST(a_copy_that_is_put_back_goes_on_from_its_own_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
