/* states.c - the state of an aggregate at any version, as JSON. */
#include "support/domains/follower.h"
#include "support/test.h"

#include <jangle/look.h>

#include <string.h>

static struct world world;
static struct jangle_answer answer;

static int set_up(void **state)
{
    world_init(&world, *state == &world_in_file);
    world_open(&world, NULL);
    world_put_many(&world, 3, 1);
    assert_result(jangle_send(world.jangle, NULL, take_out, .purse_id = "0", .amount = 2),
                  JANGLE_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jangle_answer_free(&answer);
    world_finish(&world);
    return 0;
}

static void assert_state(int64_t version, int64_t found, const char *json)
{
    assert_result(jangle_state_at(world.jangle, &answer, "purse", "0", version),
                  JANGLE_OK);
    assert_string_equal(answer.data, json);
    assert_int_equal(answer.position, found);
    assert_null(answer.type);
}

static void a_state_is_that_of_its_version(void **state)
{
    (void)state;
    assert_state(1, 1, "{\"total\":1,\"name\":\"\"}");
    assert_state(3, 3, "{\"total\":3,\"name\":\"\"}");
    assert_state(4, 4, "{\"total\":1,\"name\":\"\"}");
    assert_state(2, 2, "{\"total\":2,\"name\":\"\"}");
}

static void no_version_is_the_last_one(void **state)
{
    (void)state;
    assert_state(0, 4, "{\"total\":1,\"name\":\"\"}");
    world_put(&world, "0");
    assert_state(0, 5, "{\"total\":2,\"name\":\"\"}");
}

static void refuses(const char *aggregate,
                    const char *id,
                    int64_t version,
                    enum jangle_result result,
                    const char *words)
{
    assert_result(jangle_state_at(world.jangle, &answer, aggregate, id, version), result);
    assert_non_null(strstr(answer.error.message, words));
    assert_null(answer.data);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    refuses("purse", "0", 5, JANGLE_NOT_FOUND, "purse/0 has 4 events, and no version 5");
    refuses("purse", "empty", 0, JANGLE_NOT_FOUND, "purse/empty has 0 events");
    refuses("wallet", "0", 1, JANGLE_INVALID, "no aggregate \"wallet\"");
    refuses(NULL, "0", 1, JANGLE_INVALID, "no aggregate");
    refuses("purse", "", 1, JANGLE_INVALID, "1 to 200 bytes");
    refuses("purse", NULL, 1, JANGLE_INVALID, "1 to 200 bytes");
    refuses("purse", "0", -1, JANGLE_INVALID, "0 or more");
    assert_result(jangle_state_at(NULL, &answer, "purse", "0", 1), JANGLE_CLOSED);
}

static void an_event_that_cannot_be_applied_is_named(void **state)
{
    (void)state;
    world_store(&world, "0", 1, "{\"amount\":\"much\"}");
    refuses("purse", "0", 0, JANGLE_INVALID, "version 5");
    assert_state(4, 4, "{\"total\":1,\"name\":\"\"}");
}

static void a_follower_may_ask(void **state)
{
    (void)state;
    if (!world.file[0])
        return;
    world_close(&world);
    world.config.follower = true;
    world_open(&world, NULL);
    assert_state(3, 3, "{\"total\":3,\"name\":\"\"}");
    world_close(&world);
    world.config.follower = false;
}

/* The answer is the caller's, also when the instance is gone. */
static void an_answer_outlives_its_instance(void **state)
{
    (void)state;
    assert_state(3, 3, "{\"total\":3,\"name\":\"\"}");
    world_close(&world);
    assert_string_equal(answer.data, "{\"total\":3,\"name\":\"\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_state_is_that_of_its_version),
        WORLD_TEST(no_version_is_the_last_one),
        WORLD_TEST(what_is_not_there_is_refused),
        WORLD_TEST(an_event_that_cannot_be_applied_is_named),
        WORLD_TEST(a_follower_may_ask),
        WORLD_TEST(an_answer_outlives_its_instance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
