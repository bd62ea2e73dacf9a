/* ends.c - public calls that need no instance end like all others: what they return and
 * what they say pass through one place, which is this test's own. */
#include "core/call.h"

#include "base/arena.h"
#include "base/error.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* ---- the end of a call: it is written down ----------------------------------- */

static struct {
    const char *call;
    enum jangle_result result;
    struct jangle_error why;
    int times;
} ended;

enum jangle_result jn_call_end(const struct jangle *jangle,
                               const char *call,
                               enum jangle_result result,
                               struct jangle_error *why,
                               struct jangle_error *error)
{
    assert_null(jangle);
    ended.call = call;
    ended.result = result;
    ended.why = *why;
    ended.times++;
    if (error)
        *error = *why;
    return result;
}

/* It was that call, with that result, and its sentence has these words. */
static void assert_ended(const char *call, enum jangle_result result, const char *words)
{
    assert_int_equal(ended.times, 1);
    assert_string_equal(ended.call, call);
    assert_result(ended.result, result);
    assert_result(ended.why.result, result);
    if (!strstr(ended.why.message, words) || !ended.why.message[0] != !result)
        fail_msg("%s", ended.why.message);
    ended.times = 0;
}

/* ---- the calls --------------------------------------------------------------- */

struct coin {
    const char *name;
    int64_t weight;
};

static JANGLE_STRUCT(coin, name, weight);

static struct jangle_arena arena;

static int set_up(void **state)
{
    static struct jn_host host;

    (void)state;
    if (jn_host_init(&host, &(struct jangle_host){.logger = jangle_logger_none()}))
        return -1;
    jn_arena_init(&arena, &host.host.allocator);
    ended.times = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_arena_finish(&arena);
    return 0;
}

static void a_struct_that_becomes_json(void **state)
{
    struct coin good = {"crown", 5}, bad = {NULL, 5};
    struct jangle_error error = {JANGLE_BUSY, "an old one"};

    (void)state;
    assert_string_equal(jangle_to_json(&arena, &coin, &good, &error),
                        "{\"name\":\"crown\",\"weight\":5}");
    assert_ended("jangle_to_json", JANGLE_OK, "");
    assert_result(error.result, JANGLE_OK);
    assert_null(jangle_to_json(&arena, &coin, &bad, &error));
    assert_ended("jangle_to_json", JANGLE_INVALID, "coin.name");
    assert_string_equal(error.message, ended.why.message);
    assert_null(jangle_to_json(&arena, &coin, &bad, NULL));
    assert_ended("jangle_to_json", JANGLE_INVALID, "coin.name");
}

static void json_that_becomes_a_struct(void **state)
{
    struct coin read;
    struct jangle_error error = {JANGLE_BUSY, "an old one"};

    (void)state;
    assert_result(jangle_from_json(&arena, &coin, "{\"weight\":5}", &read, &error),
                  JANGLE_OK);
    assert_ended("jangle_from_json", JANGLE_OK, "");
    assert_result(error.result, JANGLE_OK);
    assert_result(jangle_from_json(&arena, &coin, "{\"weight\":\"5\"}", &read, &error),
                  JANGLE_INVALID);
    assert_ended("jangle_from_json", JANGLE_INVALID, "coin.weight");
    assert_string_equal(error.message, ended.why.message);
}

static void settings_of_the_environment(void **state)
{
    struct jangle_config config = {.batch_count = 7};
    struct jangle_error error = {JANGLE_BUSY, "an old one"};

    (void)state;
    setenv("JANGLE_BATCH_COUNT", "many", 1);
    assert_result(jangle_config_from_env(&config, &error), JANGLE_INVALID);
    assert_ended("jangle_config_from_env", JANGLE_INVALID, "JANGLE_BATCH_COUNT");
    assert_string_equal(error.message, ended.why.message);
    assert_int_equal(config.batch_count, 7);
    setenv("JANGLE_BATCH_COUNT", "8", 1);
    assert_result(jangle_config_from_env(&config, &error), JANGLE_OK);
    assert_ended("jangle_config_from_env", JANGLE_OK, "");
    assert_result(error.result, JANGLE_OK);
    assert_int_equal(config.batch_count, 8);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_struct_that_becomes_json),
        TEST(json_that_becomes_a_struct),
        TEST(settings_of_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
