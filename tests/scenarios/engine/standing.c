/* standing.c - that a subscriber stands still, that it goes on, and that a view is out of
 * date are told under topics of their own, because each asks for something else of
 * whoever reads them. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

enum { KEYS = 16 }; /* that fail in a row: an outage */

struct told {
    int retried, failed, suspended, resumed, stale;
    enum jangle_level level; /* of the last line of the three topics */
    char message[300];
    char subscriber[40];
};

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle *jangle;
    jangle_time now;
    struct told told;
    bool down;
};

static struct world world;

static void hear(void *context, const struct jangle_log_entry *entry)
{
    struct told *told = context;
    const struct {
        const char *topic;
        int *count;
    } counts[] = {
        {"SUBSCRIBER_SUSPENDED", &told->suspended},
        {"SUBSCRIBER_RESUMED", &told->resumed},
        {"VIEW_STALE", &told->stale},
        {"EVENT_RETRIED", &told->retried},
        {"STORE_FAILED", &told->failed},
    };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (strcmp(entry->topic, counts[i].topic) != 0)
            continue;
        ++*counts[i].count;
        if (i > 2)
            continue;
        told->level = entry->level;
        snprintf(told->message, sizeof told->message, "%s", entry->message);
        assert_true(entry->pair_count > 0);
        assert_string_equal(entry->pairs[0].name, "subscriber");
        snprintf(told->subscriber, sizeof told->subscriber, "%s", entry->pairs[0].text);
    }
}

static enum jangle_result mail(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    (void)event;
    if (world.down)
        return jangle_delivery_fail(delivery, JANGLE_TIMEOUT, "the server is down");
    return JANGLE_OK;
}

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO shown VALUES (?)",
                           event->position);
}

static const struct jangle_handler shown[] = {{&coins_put_in, show}};
static const struct jangle_subscriber mailer = {
    .name = "mailer",
    .handlers = JANGLE_HANDLERS({&coins_put_in, mail}),
    .start = JANGLE_FROM_FIRST};

static void open_world(int schema_version)
{
    struct jangle_subscriber view = {
        .name = "shown",
        .handlers = JANGLE_ARRAY(shown),
        .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY)",
        .schema_version = schema_version};
    static struct jangle_subscriber kept;
    static const struct jangle_subscriber *const subscribers[] = {&mailer, &kept};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_ARRAY(subscribers),
        .storage = jangle_sqlite(world.path),
        .host = {.clock = jangle_clock_fixed(&world.now), .logger = {hear, &world.told}}};
    struct jangle_error error = {0};

    kept = view;
    world.jangle = jangle_open(&config, &error);
    if (!world.jangle)
        fail_msg("%s", error.message);
}

static int set_up(void **state)
{
    (void)state;
    world = (struct world){.now = {INT64_C(1700000000000000)}};
    if (!temp_directory_make(world.directory))
        return 1;
    temp_directory_path(world.path, world.directory, "purses.db");
    open_world(1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    temp_directory_remove(world.directory);
    return 0;
}

static void put_into_many(int count)
{
    for (int i = 0; i < count; i++) {
        char id[20];

        snprintf(id, sizeof id, "purse %d", i);
        assert_result(
            jangle_send(world.jangle, NULL, put_in, .purse_id = id, .amount = 5),
            JANGLE_OK);
    }
}

static void poll_for_hours(int hours)
{
    for (int i = 0; i < hours * 12; i++) {
        int64_t done = 1;

        while (done)
            assert_result(jangle_poll(world.jangle, &done, NULL), JANGLE_OK);
        world.now.us += INT64_C(300) * 1000 * 1000;
    }
}

static void an_outage_is_told_when_it_begins_and_when_it_ends(void **state)
{
    (void)state;
    put_into_many(KEYS);
    world.down = true;
    poll_for_hours(1);
    assert_int_equal(world.told.suspended, 1);
    assert_int_equal(world.told.level, JANGLE_LEVEL_ERROR);
    assert_string_equal(world.told.subscriber, "mailer");
    assert_non_null(strstr(world.told.message, "is suspended"));
    assert_non_null(strstr(world.told.message, "the server is down"));
    assert_int_equal(world.told.resumed, 0);
    world.down = false;
    poll_for_hours(1);
    assert_int_equal(world.told.suspended, 1);
    assert_int_equal(world.told.resumed, 1);
    assert_int_equal(world.told.level, JANGLE_LEVEL_INFO);
    assert_string_equal(world.told.subscriber, "mailer");
    assert_int_equal(world.told.stale, 0);
    assert_int_equal(world.told.failed, 0);
}

static void an_event_that_is_retried_suspends_nobody(void **state)
{
    (void)state;
    put_into_many(1);
    world.down = true;
    poll_for_hours(1);
    assert_true(world.told.retried > 1);
    assert_int_equal(world.told.suspended, 0);
    world.down = false;
    poll_for_hours(1);
    assert_int_equal(world.told.resumed, 0);
}

static void a_view_that_is_out_of_date_is_told(void **state)
{
    (void)state;
    put_into_many(1);
    poll_for_hours(1);
    assert_int_equal(world.told.stale, 0);
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    open_world(2);
    assert_int_equal(world.told.stale, 1);
    assert_int_equal(world.told.level, JANGLE_LEVEL_ERROR);
    assert_string_equal(world.told.subscriber, "shown");
    assert_non_null(strstr(world.told.message, "replay the view \"shown\""));
    assert_int_equal(world.told.failed, 0);
    assert_result(jangle_replay(world.jangle, "shown", NULL, NULL), JANGLE_OK);
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    open_world(2);
    assert_int_equal(world.told.stale, 1);
}

#define STANDING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STANDING_TEST(an_outage_is_told_when_it_begins_and_when_it_ends),
        STANDING_TEST(an_event_that_is_retried_suspends_nobody),
        STANDING_TEST(a_view_that_is_out_of_date_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
