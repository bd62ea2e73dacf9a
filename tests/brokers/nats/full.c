/* full.c - a JetStream that is full: publishers wait, say why, and go on when there is
 * room again; what was stored stays. */
#include "brokers/nats/line.h"

#include <nats/nats.h>

enum { BODY = 100 << 10, LIMIT = 1 << 20, MANY = 30 };

static struct nats_server *server;
static char body[BODY];

static void publishers_of(const struct jangle_nats_options *options)
{
    struct jangle_transport *sender = line_fresh(nats_server_url(server), options);
    struct jangle_error error = {0};
    enum jangle_result result = JANGLE_OK;
    int stored = 0;

    for (; stored < MANY && !result; stored += !result)
        result = line_publish(sender, NULL, body, sizeof body, 10000, &error);
    assert_result(result, JANGLE_BUSY);
    assert_non_null(strstr(error.message, "full"));
    assert_non_null(strstr(error.message, "orders"));
    assert_true(stored > 2);
    line_attach(sender, &line_queue);
    for (int i = 0; i < stored; i++) {
        struct jangle_parcel parcel = line_receive(sender);

        assert_int_equal(parcel.body_size, sizeof body);
        assert_result(line_settle(sender, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_result(line_publish(sender, NULL, body, sizeof body, 10000, NULL), JANGLE_OK);
    line_close(sender);
}

static void of_a_stream_that_is_full_wait(void **state)
{
    const struct jangle_nats_options options = {.max_bytes = LIMIT};

    (void)state;
    publishers_of(&options);
}

static void of_a_server_that_is_full_wait(void **state)
{
    (void)state;
    nats_server_stop(server);
    server = nats_server_start("jetstream { max_file_store: 1MB }");
    publishers_of(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_a_stream_that_is_full_wait),
                                       cmocka_unit_test(of_a_server_that_is_full_wait)};
    int failed;

    memset(body, 'x', sizeof body);
    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
