/* hosts.c - several hosts, some of them wrong: opening does not wait, the next
 * host is tried, the reason says what was wrong with which. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/relay.h"

#include <stdio.h>

static struct rabbitmq_server *server;

enum { CONNECT_MS = 1000, URL_SIZE = 128 };

static const char http_answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
static const char tls_alert[] = {0x15, 0x03, 0x03, 0, 2, 2, 70};

static void
write_url(char url[URL_SIZE], const char *scheme, const char *password, int port)
{
    snprintf(url, URL_SIZE, "%s://jangle:%s@127.0.0.1:%d/tests", scheme, password, port);
}

/* A host that is wrong and no other: what is the reason? */
static void expect_reason(const char *url, int port, const char *reason)
{
    const struct jangle_rabbitmq_options options = {.connect_ms = CONNECT_MS,
                                                    .ca_file = "/dev/null"};
    struct jangle_transport *transport = line_open_url(url, &options);
    struct jangle_error error = {0};
    char place[32];

    snprintf(place, sizeof place, "127.0.0.1:%d", port);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, &error),
                  JANGLE_BUSY);
    assert_non_null(strstr(error.message, place));
    if (!strstr(error.message, reason))
        fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
    assert_null(strstr(error.message, rabbitmq_server_password));
    line_close(transport);
}

/* The host after it is tried in the same call. */
static void expect_next_host(const char *url)
{
    const char *const more[] = {rabbitmq_server_url(server), NULL};
    const struct jangle_rabbitmq_options options = {
        .connect_ms = CONNECT_MS, .urls = more, .ca_file = "/dev/null"};
    struct jangle_transport *transport = line_open_url(url, &options);

    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    line_close(transport);
}

static void expect_wrong(const char *url, int port, const char *reason)
{
    expect_reason(url, port, reason);
    expect_next_host(url);
}

static void a_host_that_refuses(void **state)
{
    struct relay relay = relay_start(1);
    char url[URL_SIZE];

    (void)state;
    relay_cut(&relay);
    write_url(url, "amqp", rabbitmq_server_password, relay.port);
    expect_wrong(url, relay.port, "refused");
}

static void hosts_that_are_all_wrong_are_all_named(void **state)
{
    struct relay first = relay_start(1), second = relay_start(1);
    char url[URL_SIZE], other[URL_SIZE], place[32];
    const char *const more[] = {other, NULL};
    const struct jangle_rabbitmq_options options = {.connect_ms = CONNECT_MS,
                                                    .urls = more};
    struct jangle_transport *transport;
    struct jangle_error error = {0};

    (void)state;
    relay_cut(&first);
    relay_cut(&second);
    write_url(url, "amqp", rabbitmq_server_password, first.port);
    write_url(other, "amqp", rabbitmq_server_password, second.port);
    transport = line_open_url(url, &options);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, &error),
                  JANGLE_BUSY);
    snprintf(place, sizeof place, "127.0.0.1:%d", first.port);
    assert_non_null(strstr(error.message, place));
    snprintf(place, sizeof place, "127.0.0.1:%d", second.port);
    assert_non_null(strstr(error.message, place));
    line_close(transport);
}

static void a_host_that_says_nothing(void **state)
{
    struct relay relay = relay_pretend("", 0);
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqp", rabbitmq_server_password, relay.port);
    expect_wrong(url, relay.port, "said nothing");
    relay_cut(&relay);
}

static void a_host_that_speaks_http(void **state)
{
    struct relay relay = relay_pretend(http_answer, sizeof http_answer - 1);
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqp", rabbitmq_server_password, relay.port);
    expect_wrong(url, relay.port, "HTTP");
    relay_cut(&relay);
}

static void a_host_that_expects_tls(void **state)
{
    struct relay relay = relay_pretend(tls_alert, sizeof tls_alert);
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqp", rabbitmq_server_password, relay.port);
    expect_wrong(url, relay.port, "expects TLS");
    relay_cut(&relay);
}

static void a_wrong_password(void **state)
{
    char url[URL_SIZE];

    (void)state;
    write_url(url, "amqp", "another", rabbitmq_server_port(server));
    expect_wrong(url, rabbitmq_server_port(server), "ACCESS_REFUSED");
}

static void a_vhost_that_is_not_there(void **state)
{
    char url[URL_SIZE];

    (void)state;
    snprintf(url, sizeof url, "amqp://jangle:%s@127.0.0.1:%d/nowhere",
             rabbitmq_server_password, rabbitmq_server_port(server));
    expect_wrong(url, rabbitmq_server_port(server), "nowhere");
}

/* The second goes and the first is back. */
static void it_goes_back_to_the_first(void **state)
{
    struct relay first = relay_start(rabbitmq_server_port(server));
    struct relay second = relay_start(rabbitmq_server_port(server));
    char urls[2][URL_SIZE];
    const char *const more[] = {urls[1], NULL};
    const struct jangle_rabbitmq_options options = {.connect_ms = CONNECT_MS,
                                                    .urls = more};
    struct jangle_transport *transport;

    (void)state;
    write_url(urls[0], "amqp", rabbitmq_server_password, first.port);
    write_url(urls[1], "amqp", rabbitmq_server_password, second.port);
    transport = line_open_url(urls[0], &options);
    relay_cut(&first);
    assert_result(line_publish(transport, "orders", "1", LINE_WAIT_MS, NULL), JANGLE_OK);
    relay_cut(&second);
    assert_result(line_publish(transport, "orders", "2", LINE_WAIT_MS, NULL),
                  JANGLE_BUSY);
    relay_mend(&first);
    assert_result(line_publish(transport, "orders", "3", LINE_WAIT_MS, NULL), JANGLE_OK);
    line_close(transport);
    relay_cut(&first);
}

static void a_wake_ends_the_wait_for_a_silent_host(void **state)
{
    struct jangle_rabbitmq_options options = {.connect_ms = 30000};
    struct jangle_transport *transport = line_open_url("amqp://127.0.0.1:1/", &options);
    struct jangle_parcel *parcels;
    size_t count;

    (void)state;
    transport->ops->wake(transport);
    assert_result(transport->ops->receive(transport, 1, 1, 60000, &parcels, &count, NULL),
                  JANGLE_OK);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_refuses),
        cmocka_unit_test(hosts_that_are_all_wrong_are_all_named),
        cmocka_unit_test(a_host_that_says_nothing),
        cmocka_unit_test(a_host_that_speaks_http),
        cmocka_unit_test(a_host_that_expects_tls),
        cmocka_unit_test(a_wrong_password),
        cmocka_unit_test(a_vhost_that_is_not_there),
        cmocka_unit_test(it_goes_back_to_the_first),
        cmocka_unit_test(a_wake_ends_the_wait_for_a_silent_host)};
    int failed;

    server = rabbitmq_server_start();
    line_close(line_fresh(server));
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
