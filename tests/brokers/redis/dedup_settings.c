/* dedup_settings.c - the URL and the environment of a dedup in Redis. No Redis is needed.
 */
#include "support/test.h"

#include <jangle/transport/redis.h>

#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {
    "JANGLE_REDIS_DEDUP_URL", "JANGLE_REDIS_DEDUP_SCOPE", "CACHE_REDIS_HOST",
    "CACHE_REDIS_PORT",       "CACHE_REDIS_DB",           "CACHE_REDIS_PASSWORD",
    "CACHE_NAMESPACE"};

static int forget_variables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    return 0;
}

/* "NAME=value", up to a NULL. */
static void set_all(const char *const *settings)
{
    forget_variables(NULL);
    for (; *settings; settings++) {
        const char *value = strchr(*settings, '=');
        char name[64] = "";

        assert_non_null(value);
        strncat(name, *settings, (size_t)(value - *settings));
        assert_int_equal(setenv(name, value + 1, 1), 0);
    }
}

enum { SETTINGS = 6 };

static void each_kind_of_variables_is_read(void **state)
{
    static const struct {
        const char *settings[SETTINGS];
        const char *url, *scope;
    } cases[] = {
        {{"JANGLE_REDIS_DEDUP_URL=redis://h/1"}, "redis://h/1", "jangle"},
        {{"JANGLE_REDIS_DEDUP_URL=redis://h/1", "JANGLE_REDIS_DEDUP_SCOPE=shop"},
         "redis://h/1",
         "shop"},
        {{"JANGLE_REDIS_DEDUP_URL=redis://h/1", "CACHE_NAMESPACE=shop"},
         "redis://h/1",
         "shop"},
        {{"CACHE_REDIS_HOST=h"}, "redis://h/0", "jangle"},
        {{"CACHE_REDIS_PORT=1"}, "redis://localhost:1/0", "jangle"},
        {{"CACHE_REDIS_HOST=::1", "CACHE_REDIS_PORT=7000", "CACHE_REDIS_DB=3",
          "CACHE_REDIS_PASSWORD=s@c:r/t", "CACHE_NAMESPACE=shop"},
         "redis://:s%40c%3Ar%2Ft@[::1]:7000/3",
         "shop"},
        {{"CACHE_REDIS_HOST=h", "CACHE_REDIS_PASSWORD=", "CACHE_NAMESPACE="},
         "redis://h/0",
         "jangle"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_redis_dedup_texts texts;
        struct jangle_deduplication dedup = {0};
        struct jangle_error error = {0};

        set_all(cases[i].settings);
        if (jangle_redis_dedup_from_env(&texts, &dedup, &error))
            fail_msg("%s: %s", cases[i].url, error.message);
        assert_string_equal(texts.url, cases[i].url);
        assert_ptr_equal(dedup.url, texts.url);
        assert_string_equal(dedup.scope, cases[i].scope);
        assert_ptr_equal(dedup.scope, texts.scope);
        assert_non_null(dedup.open);
        assert_false(dedup.needed);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    static char long_password[700] = "CACHE_REDIS_PASSWORD=hidden";
    static char long_scope[200] = "CACHE_NAMESPACE=";
    static char long_url[600] = "JANGLE_REDIS_DEDUP_URL=redis://:hidden";
    const struct {
        const char *settings[SETTINGS];
        enum jangle_result result;
        const char *says;
    } cases[] = {
        {{NULL}, JANGLE_NOT_FOUND, "neither JANGLE_REDIS_DEDUP_URL nor"},
        {{"CACHE_NAMESPACE=shop"}, JANGLE_NOT_FOUND, "nor CACHE_REDIS_HOST"},
        {{"JANGLE_REDIS_DEDUP_URL="}, JANGLE_NOT_FOUND, "neither"},
        {{"JANGLE_REDIS_DEDUP_URL=redis://h/0", "CACHE_REDIS_HOST=h"},
         JANGLE_INVALID,
         "JANGLE_REDIS_DEDUP_URL and CACHE_REDIS_HOST are both set"},
        {{"JANGLE_REDIS_DEDUP_URL=redis://h/0", "CACHE_REDIS_PASSWORD=hidden"},
         JANGLE_INVALID,
         "JANGLE_REDIS_DEDUP_URL and CACHE_REDIS_PASSWORD are both set"},
        {{"CACHE_REDIS_HOST=h", "JANGLE_REDIS_DEDUP_SCOPE=a", "CACHE_NAMESPACE=a"},
         JANGLE_INVALID,
         "JANGLE_REDIS_DEDUP_SCOPE and CACHE_NAMESPACE are both set"},
        {{"JANGLE_REDIS_DEDUP_URL=http://:hidden@h"}, JANGLE_INVALID, "redis://"},
        {{"JANGLE_REDIS_DEDUP_URL=rediss://:hidden@h"}, JANGLE_INVALID, "TLS"},
        {{"CACHE_REDIS_HOST=h", "CACHE_REDIS_PORT=hidden"},
         JANGLE_INVALID,
         "CACHE_REDIS_PORT is no whole number"},
        {{"CACHE_REDIS_PORT=0", "CACHE_REDIS_PASSWORD=hidden"}, JANGLE_INVALID, "port"},
        {{"CACHE_REDIS_DB=-1"}, JANGLE_INVALID, "CACHE_REDIS_DB is no whole number"},
        {{"CACHE_REDIS_HOST=:hidden@h"}, JANGLE_INVALID, "CACHE_REDIS_HOST is neither"},
        {{long_password}, JANGLE_INVALID, "too long"},
        {{"CACHE_REDIS_HOST=h", long_scope}, JANGLE_INVALID, "longer than 100"},
        {{long_url}, JANGLE_INVALID, "longer than 511"},
    };

    (void)state;
    memset(strchr(long_password, '\0'), '%', 600);
    memset(strchr(long_scope, '\0'), 's', 101);
    memset(strchr(long_url, '\0'), 'u', 520);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_redis_dedup_texts texts;
        struct jangle_deduplication dedup = {0};
        struct jangle_error error = {0};

        set_all(cases[i].settings);
        assert_result(jangle_redis_dedup_from_env(&texts, &dedup, &error),
                      cases[i].result);
        if (!strstr(error.message, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", error.message, cases[i].says);
        assert_null(strstr(error.message, "hidden"));
        assert_null(dedup.open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_kind_of_variables_is_read, forget_variables),
        cmocka_unit_test_teardown(what_makes_no_sense_is_refused, forget_variables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
