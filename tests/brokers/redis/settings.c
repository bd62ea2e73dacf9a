/* settings.c - URLs, options and the environment of Redis. No broker is needed. */
#include "redis/memory.h"
#include "redis/url.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static int forget_variable(void **state)
{
    (void)state;
    return unsetenv("JANGLE_REDIS_URL");
}

static enum jangle_result open_broker(const char *url,
                                      const struct jangle_redis_options *options,
                                      struct jangle_error *error)
{
    struct jangle_broker broker = jangle_redis(url, options);
    const struct jangle_host host = {0};
    struct jangle_transport *transport = NULL;
    enum jangle_result result = broker.open(&broker, &host, "test", &transport, error);

    assert_true((transport != NULL) == (result == JANGLE_OK));
    if (transport)
        transport->ops->close(transport);
    return result;
}

/* ---- URLs ------------------------------------------------------------------------ */

struct reading {
    const char *url;
    const char *host;
    int port;
    const char *user;
    const char *password;
    int64_t database;
    const char *path;
};

static void assert_text(const char *text, const char *expected)
{
    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(text);
}

static void urls_that_are_valid(void **state)
{
    static const struct reading readings[] = {
        {.url = "redis://localhost", .host = "localhost", .port = 6379},
        {.url = "redis://localhost/", .host = "localhost", .port = 6379},
        {.url = "redis://h:7000/15", .host = "h", .port = 7000, .database = 15},
        {.url = "redis://:se%40cret@h", .host = "h", .port = 6379, .password = "se@cret"},
        {.url = "redis://u%3Ax:p%2Fw@[::1]:1/2",
         .host = "::1",
         .port = 1,
         .user = "u:x",
         .password = "p/w",
         .database = 2},
        {.url = "redis://only@h",
         .host = "h",
         .port = 6379,
         .user = "only",
         .password = ""},
        {.url = "unix:///run/redis%20one.sock", .path = "/run/redis one.sock"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const struct reading *expected = &readings[i];
        struct jangle_broker broker = {.url = expected->url};
        struct jn_redis_settings settings;

        assert_result(
            jn_redis_url_settings(&settings, &jn_redis_memory_system, &broker, NULL),
            JANGLE_OK);
        assert_text(settings.host, expected->host);
        assert_text(settings.user, expected->user);
        assert_text(settings.password, expected->password);
        assert_text(settings.path, expected->path);
        assert_int_equal(settings.port, expected->port);
        assert_int_equal(settings.database, expected->database);
        jn_redis_url_finish(&settings, &jn_redis_memory_system);
    }
}

/* The sentence says what is wrong, and shows no password. */
static void urls_that_are_not(void **state)
{
    static const struct {
        const char *url;
        const char *says;
    } cases[] = {
        {"", "redis://"},
        {"http://localhost", "redis://"},
        {"redis://", "no host"},
        {"redis://:hidden@:6379", "no host"},
        {"redis://:hidden@h:0", "port"},
        {"redis://:hidden@h:65536", "port"},
        {"redis://:hidden@h:6379x", "port"},
        {"redis://:hidden@h:-1", "port"},
        {"redis://:hidden@[::1", "bracket"},
        {"redis://:hidden@h/x", "database"},
        {"redis://:hidden@h/1/2", "database"},
        {"redis://:hidden%zz@h", "hexadecimal"},
        {"redis://:hidden%00@h", "hexadecimal"},
        {"rediss://:hidden@h", "TLS"},
        {"unix://relative", "path"},
        {"unix:///a/path/of/more/than/108/bytes/is/more/than/a/unix/socket/may/have/and/"
         "so/it/is/refused/when/anybody/opens/it",
         "longer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_error error = {0};

        if (open_broker(cases[i].url, NULL, &error) != JANGLE_INVALID)
            fail_msg("%s is taken for a URL", cases[i].url);
        if (!strstr(error.message, cases[i].says))
            fail_msg("%s: %s", cases[i].url, error.message);
        assert_null(strstr(error.message, "hidden"));
    }
    assert_result(open_broker(NULL, NULL, NULL), JANGLE_INVALID);
}

/* ---- options --------------------------------------------------------------------- */

static void options_that_are_not_valid(void **state)
{
    static const struct {
        struct jangle_redis_options options;
        const char *says;
    } cases[] = {
        {{.lease_ms = 999}, "lease_ms"}, {{.lease_ms = 3600001}, "lease_ms"},
        {{.lease_ms = -1}, "lease_ms"},  {{.length = -1}, "length"},
        {{.replicas = -1}, "replicas"},  {{.replicas = 101}, "replicas"},
    };
    char prefix[202];
    struct jangle_redis_options too_long = {.prefix = prefix};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_error error = {0};

        assert_result(open_broker("redis://h", &cases[i].options, &error),
                      JANGLE_INVALID);
        assert_non_null(strstr(error.message, cases[i].says));
    }
    memset(prefix, 'p', sizeof prefix);
    prefix[201] = '\0';
    assert_result(open_broker("redis://h", &too_long, NULL), JANGLE_INVALID);
    prefix[200] = '\0';
    assert_result(open_broker("redis://h", &too_long, NULL), JANGLE_OK);
}

/* ---- the environment ------------------------------------------------------------- */

static void the_environment_names_a_redis(void **state)
{
    char url[JANGLE_REDIS_URL_SIZE] = "";
    struct jangle_error error = {0};

    (void)state;
    assert_result(jangle_redis_from_env(url, &error), JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, "JANGLE_REDIS_URL"));
    setenv("JANGLE_REDIS_URL", "", 1);
    assert_result(jangle_redis_from_env(url, &error), JANGLE_NOT_FOUND);
    setenv("JANGLE_REDIS_URL", "redis://:hidden@h:1/2", 1);
    assert_result(jangle_redis_from_env(url, &error), JANGLE_OK);
    assert_string_equal(url, "redis://:hidden@h:1/2");
}

static void the_environment_is_wrong(void **state)
{
    char url[JANGLE_REDIS_URL_SIZE] = "untouched";
    char too_long[JANGLE_REDIS_URL_SIZE + 1];
    struct jangle_error error = {0};

    (void)state;
    setenv("JANGLE_REDIS_URL", "redis://:hidden@h:x", 1);
    assert_result(jangle_redis_from_env(url, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "JANGLE_REDIS_URL"));
    assert_null(strstr(error.message, "hidden"));
    memset(too_long, 'x', sizeof too_long);
    memcpy(too_long, "redis://", 8);
    too_long[JANGLE_REDIS_URL_SIZE] = '\0';
    setenv("JANGLE_REDIS_URL", too_long, 1);
    assert_result(jangle_redis_from_env(url, &error), JANGLE_INVALID);
    assert_string_equal(url, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_that_are_valid), cmocka_unit_test(urls_that_are_not),
        cmocka_unit_test(options_that_are_not_valid),
        cmocka_unit_test_setup(the_environment_names_a_redis, forget_variable),
        cmocka_unit_test_setup(the_environment_is_wrong, forget_variable)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
