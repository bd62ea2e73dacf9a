/* refusals.c - what the errors of Redis mean: which result each is, in which sentence,
 * and without what the command had in it. No broker is needed. */
#include "redis/connection.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static enum jangle_result refuse(const char *text, struct jangle_error *error)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    redisReply reply = {.type = REDIS_REPLY_ERROR, .len = size - 1, .str = copy};
    enum jangle_result result;

    assert_non_null(copy);
    memcpy(copy, text, size);
    *error = (struct jangle_error){0};
    result = jn_redis_connection_refused(&reply, "publish", error);
    free(copy);
    assert_int_equal(error->result, result);
    assert_non_null(strstr(error->message, "publish"));
    return result;
}

static void errors_have_results_and_sentences(void **state)
{
    static const struct {
        const char *text;
        enum jangle_result result;
        const char *says;
    } cases[] = {
        {"OOM command not allowed when used memory > 'maxmemory'.", JANGLE_BUSY,
         "is full"},
        {"NOSCRIPT No matching script.", JANGLE_NOT_FOUND, "forgotten"},
        {"WRONGTYPE Operation against a key", JANGLE_INVALID, "something else"},
        {"NOAUTH Authentication required.", JANGLE_BUSY, "wants a password"},
        {"WRONGPASS invalid username-password pair", JANGLE_BUSY, "refuses the user"},
        {"ERR invalid password", JANGLE_BUSY, "refuses the password"},
        {"NOPERM this user has no permissions", JANGLE_BUSY, "has no right to"},
        {"READONLY You can't write", JANGLE_BUSY, "replica"},
        {"LOADING Redis is loading", JANGLE_BUSY, "reading its files"},
        {"MISCONF Errors writing to the AOF file", JANGLE_BUSY, "disk"},
        {"ERR something new", JANGLE_BUSY, "something new"},
        {"", JANGLE_BUSY, "refuses"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_error error;

        assert_result(refuse(cases[i].text, &error), cases[i].result);
        if (!strstr(error.message, cases[i].says))
            fail_msg("%s: %s", cases[i].text, error.message);
    }
}

/* Redis repeats the words of a command that it does not know. */
static void words_of_a_command_are_not_shown(void **state)
{
    struct jangle_error error;
    char text[4096];

    (void)state;
    refuse("ERR unknown command 'EVALSHA', with args beginning with: 'a-secret' '0' ",
           &error);
    assert_null(strstr(error.message, "a-secret"));
    assert_non_null(strstr(error.message, "EVALSHA"));
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    refuse(text, &error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_results_and_sentences),
        cmocka_unit_test(words_of_a_command_are_not_shown)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
