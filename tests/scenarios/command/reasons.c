/* reasons.c - whoever gets a result other than OK is told why, also where only one part
 * of a commit failed while the others were stored. */
#include "support/domains/purse.h"
#include "support/stores/lying_store.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

struct world {
    struct lying lying;
    struct jangle *jangle;
    struct jangle_error of_appends, of_checkpoints; /* what befalls them; OK: nothing */
    char said[400];                                 /* by the last line about the store */
    struct jangle_outcome outcome;
    struct jangle_error error;
};

static struct world world;

/* Some parts fail, and the rest of the group is stored. */
static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    struct jangle_group rest = *group;

    for (size_t i = 0; world.of_appends.result && i < group->append_count; i++)
        group->appends[i].error = world.of_appends;
    if (world.of_appends.result)
        rest.append_count = 0;
    for (size_t i = 0; world.of_checkpoints.result && i < group->checkpoint_count; i++)
        group->checkpoints[i].error = world.of_checkpoints;
    if (world.of_checkpoints.result)
        rest.checkpoint_count = 0;
    return honest->ops->commit(honest, &rest, error);
}

static const struct lie fails_in_part = {.clause = "", .store = {.commit = commit}};

static void hear(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (!strcmp(entry->topic, "STORE_FAILED"))
        snprintf(world.said, sizeof world.said, "%s", entry->message);
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber counter = {
    .name = "counter", .handlers = JANGLE_HANDLERS({&coins_put_in, handle})};

static int set_up(void **state)
{
    struct jangle_config config = {.aggregates = purse_aggregates,
                                   .subscribers = JANGLE_SUBSCRIBERS(&counter),
                                   .host = {.logger = {.write = hear}}};

    (void)state;
    world = (struct world){0};
    world.lying.storage = jangle_memory();
    world.lying.lie = &fails_in_part;
    config.storage = lying_storage(&world.lying);
    world.jangle = jangle_open(&config, &world.error);
    return world.jangle ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    return 0;
}

static enum jangle_result put(int64_t amount)
{
    return jangle_send(world.jangle, &world.outcome, put_in, .purse_id = "1",
                       .amount = amount);
}

static void a_command_that_fails_alone_says_why(void **state)
{
    static const enum jangle_result results[] = {JANGLE_STORAGE, JANGLE_BUSY,
                                                 JANGLE_NO_MEMORY, JANGLE_INVALID};

    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        world.of_appends = (struct jangle_error){results[i], "the disk is full"};
        assert_result(put(5), results[i]);
        assert_result(world.outcome.error.result, results[i]);
        assert_non_null(strstr(world.outcome.error.message, "the disk is full"));
    }
    world.of_appends = (struct jangle_error){0};
    assert_result(put(5), JANGLE_OK);
    assert_result(world.outcome.error.result, JANGLE_OK);
    assert_string_equal(world.outcome.error.message, "");
}

static void a_checkpoint_that_fails_alone_is_logged_with_its_reason(void **state)
{
    (void)state;
    assert_result(put(5), JANGLE_OK);
    assert_result(jangle_poll(world.jangle, NULL, &world.error), JANGLE_OK);
    world.of_checkpoints = (struct jangle_error){JANGLE_STORAGE, "the disk is full"};
    assert_result(put(5), JANGLE_OK); /* the checkpoint rides along */
    assert_non_null(strstr(world.said, "counter"));
    assert_non_null(strstr(world.said, "the disk is full"));
}

static enum jangle_result stop(void *context, const char *subscriber)
{
    (void)context, (void)subscriber;
    return JANGLE_CANCELLED;
}

static void a_visit_that_was_stopped_says_so(void **state)
{
    (void)state;
    assert_result(jangle_subscriber_visit(world.jangle, stop, NULL, &world.error),
                  JANGLE_CANCELLED);
    assert_result(world.error.result, JANGLE_CANCELLED);
    assert_true(world.error.message[0] != '\0');
    assert_result(jangle_subscriber_visit(world.jangle, stop, NULL, NULL),
                  JANGLE_CANCELLED);
}

#define REASONS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REASONS_TEST(a_command_that_fails_alone_says_why),
        REASONS_TEST(a_checkpoint_that_fails_alone_is_logged_with_its_reason),
        REASONS_TEST(a_visit_that_was_stopped_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
