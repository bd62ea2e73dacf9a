/* endpoint.c - the connection of an endpoint is tended while nothing is to be done. */
#include "support/domains/neighbours.h"

#include "messaging/endpoint/endpoint.h"

static struct neighbours both;
static struct jn_endpoint endpoint;
static struct jangle_transport_ops ops;
static enum jangle_result answer;
static int tends;

static enum jangle_result count_tend(struct jangle_transport *transport,
                                     struct jangle_error *error)
{
    (void)transport;
    tends++;
    return answer ? jangle_error_set(error, answer, "the broker is away") : JANGLE_OK;
}

static int begin(void **state)
{
    struct jangle_broker broker;

    (void)state;
    neighbours_init(&both, false);
    world_open(&both.sender, NULL);
    broker = jangle_hub_broker(both.hub);
    assert_result(
        jn_endpoint_open(&endpoint, both.sender.jangle, "endpoint", &broker, NULL),
        JANGLE_OK);
    ops = *endpoint.transport->ops;
    ops.tend = count_tend;
    endpoint.transport->ops = &ops;
    answer = JANGLE_OK;
    tends = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    jn_endpoint_close(&endpoint);
    neighbours_finish(&both);
    return 0;
}

static void a_connection_is_tended_twice_a_second(void **state)
{
    (void)state;
    jn_endpoint_note_answer(&endpoint);
    jn_endpoint_tend(&endpoint, NULL);
    jn_endpoint_tend(&endpoint, NULL);
    assert_int_equal(tends, 1);
    neighbours_pass(&both, 499);
    jn_endpoint_tend(&endpoint, NULL);
    assert_int_equal(tends, 1);
    neighbours_pass(&both, 1);
    jn_endpoint_tend(&endpoint, NULL);
    assert_int_equal(tends, 2);
    assert_true(endpoint.stats.connected);
}

/* A broker that is away is called when there is something for it. */
static void what_is_not_connected_is_not_tended(void **state)
{
    (void)state;
    jn_endpoint_tend(&endpoint, NULL);
    assert_int_equal(tends, 0);
}

static void a_broker_that_does_not_answer_is_away(void **state)
{
    (void)state;
    jn_endpoint_note_answer(&endpoint);
    answer = JANGLE_BUSY;
    jn_endpoint_tend(&endpoint, NULL);
    assert_false(endpoint.stats.connected);
    assert_string_equal(endpoint.stats.reason, "the broker is away");
    neighbours_pass(&both, 60000);
    jn_endpoint_tend(&endpoint, NULL);
    assert_int_equal(tends, 1);
}

/* ---- a transport of another version ----------------------------------------------- */

static enum jangle_result open_later(const struct jangle_broker *broker,
                                     const struct jangle_host *host,
                                     const char *name,
                                     struct jangle_transport **transport,
                                     struct jangle_error *error)
{
    static const struct jangle_transport_ops later = {.abi = 2, .name = "later"};
    static struct jangle_transport made = {&later};

    (void)broker, (void)host, (void)name, (void)error;
    *transport = &made;
    return JANGLE_OK;
}

static void assert_refused(const struct jangle_broker *broker)
{
    struct jn_endpoint refused;
    struct jangle_error error = {0};

    assert_result(jn_endpoint_open(&refused, both.sender.jangle, "news", broker, &error),
                  JANGLE_INVALID);
    assert_string_equal(error.message,
                        "the broker of \"news\": its transport was made for version 2 of "
                        "the contract, and this jangle knows version 1");
    jn_endpoint_close(&refused); /* which is nothing */
}

static void a_transport_of_another_version_is_refused(void **state)
{
    static const struct jangle_broker broker = {.open = open_later};

    (void)state;
    assert_refused(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_connection_is_tended_twice_a_second, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_is_not_connected_is_not_tended, begin, end),
        cmocka_unit_test_setup_teardown(a_broker_that_does_not_answer_is_away, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_transport_of_another_version_is_refused, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
