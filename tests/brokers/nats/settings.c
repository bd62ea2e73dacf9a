/* settings.c - URLs, options and the environment of NATS, and how it names things. No
 * server is needed. */
#include "nats/answers.h"
#include "nats/message_read.h"
#include "nats/names.h"
#include "support/test.h"

#include <jangle/transport/nats.h>

#include <stdlib.h>
#include <string.h>

static const char variable[] = "JANGLE_NATS_URL";

static enum jangle_result open_broker(const char *url,
                                      const struct jangle_nats_options *options,
                                      struct jangle_error *error)
{
    struct jangle_broker broker = jangle_nats(url, options);
    const struct jangle_host host = {0};
    struct jangle_transport *transport = NULL;
    enum jangle_result result = broker.open(&broker, &host, "test", &transport, error);

    assert_true((transport != NULL) == (result == JANGLE_OK));
    if (transport)
        transport->ops->close(transport);
    return result;
}

static void urls_that_are_valid(void **state)
{
    static const char *const urls[] = {"nats://localhost",
                                       "nats://localhost:4222",
                                       "nats://user:password@localhost",
                                       "tls://[::1]:4222",
                                       "nats://token@host.example",
                                       "nats://one:4222,nats://u:p@two:4223,tls://three"};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_result(open_broker(urls[i], NULL, NULL), JANGLE_OK);
}

static void urls_that_are_not(void **state)
{
    static const char *const urls[] = {"",
                                       "http://localhost",
                                       "nats://",
                                       "nats://:4222",
                                       "nats://@host",
                                       "nats://user:s3cret@",
                                       "nats://user:s3cret@host:x",
                                       "nats://user:s3cret@host:70000",
                                       "nats://user:s3cret@[::1",
                                       "nats://user:s3cret%2@host",
                                       "nats://user:s3cret%00@host",
                                       "nats://user:s3cret@host/path",
                                       "nats://user:pass,s3cret@host",
                                       "nats://one,two",
                                       "nats://one,",
                                       "nats:/user:s3cret@host"};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct jangle_error error = {0};

        assert_result(open_broker(urls[i], NULL, &error), JANGLE_INVALID);
        assert_non_null(strstr(error.message, "NATS"));
        assert_null(strstr(error.message, "s3cret"));
    }
    assert_result(open_broker(NULL, NULL, NULL), JANGLE_INVALID);
}

static void options_that_do_not_fit(void **state)
{
    static const char *const bad[] = {"nats://host", "http://u:s3cret@host", NULL};
    static const struct jangle_nats_options options[] = {
        {.connect_ms = -1},    {.connect_ms = 60000},  {.ack_wait_ms = 10},
        {.double_ms = 1},      {.max_bytes = -1},      {.replicas = 9},
        {.cert_file = "/one"}, {.ca_file = "/no/tls"}, {.urls = bad}};

    (void)state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct jangle_error error = {0};

        assert_result(open_broker("nats://host", &options[i], &error), JANGLE_INVALID);
        assert_null(strstr(error.message, "s3cret"));
    }
}

static void the_environment(void **state)
{
    char url[JANGLE_NATS_URL_SIZE] = "", longest[JANGLE_NATS_URL_SIZE + 20];
    struct jangle_error error = {0};

    (void)state;
    unsetenv(variable);
    assert_result(jangle_nats_from_env(url, &error), JANGLE_NOT_FOUND);
    setenv(variable, "", 1);
    assert_result(jangle_nats_from_env(url, &error), JANGLE_NOT_FOUND);
    setenv(variable, "nats://u:s3cret@host:x", 1);
    assert_result(jangle_nats_from_env(url, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, variable));
    assert_null(strstr(error.message, "s3cret"));
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    memcpy(longest, "nats://", 7);
    setenv(variable, longest, 1);
    assert_result(jangle_nats_from_env(url, &error), JANGLE_INVALID);
    setenv(variable, "nats://u:s3cret@host:4222", 1);
    assert_result(jangle_nats_from_env(url, &error), JANGLE_OK);
    assert_string_equal(url, "nats://u:s3cret@host:4222");
    unsetenv(variable);
}

/* ---- names ----------------------------------------------------------------------- */

static void names_of_streams(void **state)
{
    static const char *const bad[] = {"", "a b", "a*", "a>", "a/b", "a\\b", "\x7f", "%"};
    char name[JN_NATS_NAME_SIZE];

    (void)state;
    assert_result(jn_nats_name(name, "queue", "a.b.c", "-queue", NULL), JANGLE_OK);
    assert_string_equal(name, "a_b_c-queue");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_result(jn_nats_name(name, "topic", bad[i], "", NULL), JANGLE_INVALID);
}

static void routes_come_back_as_they_were(void **state)
{
    static const char *const routes[] = {
        "placed", "thing.done", ".",   "..",  ".a",       "a.", "a..b", "*",
        ">",      "%",          "%41", "a b", "\xc3\xa4", "",   "%-",   "%0"};
    char written[JN_NATS_SUBJECT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        assert_true(jn_nats_route_write(written, sizeof written, routes[i]));
        assert_null(strpbrk(written, " *>"));
        assert_true(written[0] && written[0] != '.' && !strstr(written, ".."));
        assert_string_equal(jn_nats_route_read(written), routes[i]);
    }
    assert_true(jn_nats_route_write(written, sizeof written, NULL));
    assert_null(jn_nats_route_read(written));
    assert_false(jn_nats_route_write(written, 4, "much too long"));
}

/* ---- what the server says --------------------------------------------------------- */

static void where_a_message_is_acknowledged(void **state)
{
    static const char *const bad[] = {
        "",  "$JS.ACK.", "$JS.ACK.S.C.1.2.3.4", "$JS.NAK.S.C", "_INBOX.a.b.c.d.e.f.g.h",
        NULL};
    struct jn_nats_metadata metadata;

    (void)state;
    assert_true(jn_nats_metadata_read("$JS.ACK.S.C.1.22.333.99.4", &metadata));
    assert_string_equal(metadata.stream, "S");
    assert_string_equal(metadata.consumer, "C");
    assert_int_equal(metadata.delivered, 1);
    assert_int_equal(metadata.number, 22);
    assert_int_equal(metadata.turn, 333);
    assert_int_equal(metadata.pending, 4);
    assert_true(jn_nats_metadata_read("$JS.ACK.domain.hash.S.C.5.6.7.8.9.x", &metadata));
    assert_string_equal(metadata.consumer, "C");
    assert_int_equal(metadata.number, 6);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(jn_nats_metadata_read(bad[i], &metadata));
}

static int code_of(const char *text)
{
    return jn_nats_answer_code(text, strlen(text));
}

static void what_an_answer_names(void **state)
{
    (void)state;
    assert_int_equal(code_of(""), 0);
    assert_int_equal(code_of("{\"stream\":\"S\",\"seq\":7}"), 0);
    assert_int_equal(code_of("{\"error\":{\"code\":503,\"err_code\":10077,"
                             "\"description\":\"full\"},\"stream\":\"S\",\"seq\":0}"),
                     10077);
    assert_int_equal(code_of("{\"error\":{\"code\":500}}"), -1);
    assert_int_equal(code_of("{\"error\":{\"err_code\":"), -1);
    assert_int_equal(code_of("{\"error\":{\"err_code\":99999999999999999999"), 9999999);
}

/* Every beginning of a text, and every byte of it changed, in memory of just that size.
 */
static void damaged_texts_are_read_within_their_bounds(void **state)
{
    static const char *const texts[] = {"{\"error\":{\"code\":503,\"err_code\":10077}}",
                                        "$JS.ACK.d.h.S.C.5.6.7.8.9.x"};
    struct jn_nats_metadata metadata;

    (void)state;
    for (size_t t = 0; t < 2; t++)
        for (size_t size = 0; size <= strlen(texts[t]); size++)
            for (int byte = 0; byte < 256; byte += 7) {
                char *copy = malloc(size + 1);

                assert_non_null(copy);
                memcpy(copy, texts[t], size);
                copy[size] = '\0';
                if (size)
                    copy[(size_t)byte % size] = (char)byte;
                assert_true(jn_nats_answer_code(copy, size) >= -1);
                if (jn_nats_metadata_read(copy, &metadata))
                    assert_true(strlen(metadata.stream) < size);
                assert_true(jn_nats_route_read(copy) == NULL || strlen(copy) <= size);
                free(copy);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_that_are_valid),
        cmocka_unit_test(urls_that_are_not),
        cmocka_unit_test(options_that_do_not_fit),
        cmocka_unit_test(the_environment),
        cmocka_unit_test(names_of_streams),
        cmocka_unit_test(routes_come_back_as_they_were),
        cmocka_unit_test(where_a_message_is_acknowledged),
        cmocka_unit_test(what_an_answer_names),
        cmocka_unit_test(damaged_texts_are_read_within_their_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
