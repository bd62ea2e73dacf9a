/* alarm.c - RabbitMQ has an alarm: it reads no connection that has published.
 * What was received can be settled nevertheless, and nothing is lost. */
#include "brokers/rabbitmq/line.h"

static struct rabbitmq_server *server;

#define ALARM "{resource_limit, memory, node()}"

/* Wait until no connection is in one of these states: each is told a moment after the
 * alarm has begun, or ended. */
#define WAIT_WHILE(states)                                                               \
    "(fun Wait() -> case [P || P <- rabbit_networking:connections(), "                   \
    "lists:member(catch rabbit_reader:info(P, [state]), [" states                        \
    "])] "                                                                               \
    "of [] -> ok; _ -> timer:sleep(5), Wait() end end)().\n"

static void set_alarm(bool on)
{
    assert_true(rabbitmq_server_evaluate(
        server, on ? "rabbit_alarm:set_alarm({" ALARM
                     ", []}), " WAIT_WHILE("[{state, running}]")
                   : "rabbit_alarm:clear_alarm(" ALARM
                     "), " WAIT_WHILE("[{state, blocking}], [{state, blocked}]")));
}

static void what_was_received_can_be_taken(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *other = line_open(server);
    struct jangle_parcel first, second;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(line_publish(transport, "orders", "two", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    first = line_receive(transport);
    second = line_receive(transport);
    set_alarm(true);
    assert_result(line_settle(transport, &first, JANGLE_TAKEN), JANGLE_OK);
    assert_result(line_settle(transport, &second, JANGLE_TAKEN), JANGLE_OK);
    line_close(transport); /* what the broker had not read would come again */
    assert_int_equal(line_count(other, line_queue.name), 0);
    set_alarm(false);
    line_close(other);
}

static void a_copy_is_busy_and_the_parcel_comes_again(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_error error = {0};
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    parcel = line_receive(transport);
    set_alarm(true);
    assert_true(line_settle(transport, &parcel, JANGLE_DEAD) != JANGLE_OK);
    assert_result(line_publish(transport, "orders", "more", LINE_WAIT_MS, &error),
                  JANGLE_BUSY);
    assert_non_null(strstr(error.message, "alarm"));
    parcel = line_receive(transport);
    assert_memory_equal(parcel.body, "one", 3);
    set_alarm(false);
    while (line_settle(transport, &parcel, JANGLE_DEAD) != JANGLE_OK)
        parcel = line_receive(transport);
    assert_true(line_count(transport, line_queue.dead) >= 1);
    assert_int_equal(line_count(transport, line_queue.name), 0);
    line_close(transport);
}

/* What is sent to a broker with an alarm is confirmed when the alarm is over. That is no
 * confirm of a later call. */
static void a_late_confirm_is_for_no_other_call(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel nowhere = {.queue = "nowhere", .body = "x", .body_size = 1};
    struct jangle_error error = {0};

    (void)state;
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    set_alarm(true);
    assert_result(line_publish(transport, "orders", "two", LINE_WAIT_MS, &error),
                  JANGLE_TIMEOUT);
    set_alarm(false);
    do
        transport->ops->publish(transport, &nowhere, 1, LINE_WAIT_MS, NULL);
    while (nowhere.result == JANGLE_BUSY);
    assert_result(nowhere.result, JANGLE_NOT_FOUND);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_received_can_be_taken),
        cmocka_unit_test(a_copy_is_busy_and_the_parcel_comes_again),
        cmocka_unit_test(a_late_confirm_is_for_no_other_call)};
    int failed;

    server = rabbitmq_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
