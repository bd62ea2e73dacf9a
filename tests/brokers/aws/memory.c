/* memory.c - each allocation of a transport fails in turn: the call says so, nothing is
 * lost, and nothing is left when the transport is closed. */
#include "brokers/aws/line.h"
#include "support/failing_allocator.h"

#include <stdlib.h>

#define DIGEST "0cc175b9c0f1b6a831c399e269772661" /* of "a" */

/* In the order in which they are asked for, if no memory is missing. */
static const char *const answers[] = {
    "{\"Attributes\":{}}",
    "{}",
    "<Nothing/>",
    "<Nothing/>",
    "{\"Successful\":[{\"Id\":\"0\",\"MD5OfMessageBody\":\"" DIGEST "\"}]}",
    "{\"Messages\":[{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\",\"Body\":\"a\","
    "\"MessageAttributes\":{\"Other\":{\"DataType\":\"String\",\"StringValue\":\"x\"},"
    "\"encoding\":{\"DataType\":\"String\",\"StringValue\":\"none\"}}}]}",
    "{\"Successful\":[{\"Id\":\"0\"}]}",
};

/* A result that a call may have when memory is missing, or when its answer was that to
 * another call. */
static bool is_sound(enum jangle_result result)
{
    return result == JANGLE_OK || result == JANGLE_NO_MEMORY || result == JANGLE_BUSY ||
           result == JANGLE_TIMEOUT || result == JANGLE_NOT_FOUND;
}

static int use(struct jangle_transport *transport, const struct failing_allocator *memory)
{
    const struct jangle_queue queue = {.name = AWS_QUEUE, .topic = AWS_TOPIC};
    const struct jangle_header header = {"one", "1"};
    struct jangle_parcel sent = aws_parcel(NULL, AWS_QUEUE, "a"), *parcels;
    struct jangle_settlement settlement = {.disposition = JANGLE_TAKEN};
    size_t count = 0;
    int done = 0;

    sent.headers = &header;
    sent.header_count = 1;
    done += transport->ops->declare_queue(transport, &queue, NULL) == JANGLE_OK;
    assert_true(
        is_sound(transport->ops->publish(transport, &sent, 1, LINE_WAIT_MS, NULL)));
    assert_true(is_sound(sent.result));
    done += sent.result == JANGLE_OK;
    if (transport->ops->attach(transport, &queue, NULL, 0, NULL))
        return done;
    for (int i = 0; i < 3 && !count; i++)
        transport->ops->receive(transport, 1, LINE_BYTES,
                                memory->failed ? 5 : LINE_WAIT_MS, &parcels, &count,
                                NULL);
    if (!count)
        return done;
    settlement.parcel = &parcels[0];
    transport->ops->settle(transport, &settlement, 1, NULL);
    assert_true(is_sound(settlement.result) || settlement.result == JANGLE_CONFLICT);
    return done + (settlement.result == JANGLE_OK);
}

/* False: no memory was missing. */
static bool run(struct failing_allocator *memory)
{
    struct stand_in *server = stand_in_start(AWS_SECRET);
    const struct jangle_aws_options options = aws_options(stand_in_endpoint(server));
    const struct jangle_host host = {.allocator = memory->allocator};
    struct jangle_broker broker = jangle_aws("sqs://us-east-1", &options);
    struct jangle_transport *transport = NULL;
    struct jangle_error error = {0};

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        stand_in_answer(server, 200, answers[i]);
    if (broker.open(&broker, &host, "test", &transport, &error)) {
        assert_result(error.result, JANGLE_NO_MEMORY);
    } else {
        int done = use(transport, memory);

        if (!memory->failed)
            assert_int_equal(done, 3);
        line_close(transport);
    }
    stand_in_stop(server);
    assert_int_equal(memory->pieces, 0);
    return memory->failed;
}

static void each_allocation_may_fail(void **state)
{
    struct failing_allocator memory;
    int64_t at = 1;

    (void)state;
    failing_allocator_init(&memory, 0);
    for (failing_allocator_arm(&memory, at); run(&memory);)
        failing_allocator_arm(&memory, ++at);
    assert_in_range(at, 30, 1000); /* it was no short run */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
