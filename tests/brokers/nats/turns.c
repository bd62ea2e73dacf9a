/* turns.c - of a queue in order one receiver at a time has the turn: who waits for it
 * sees it at once, whoever lost its connection with nothing in hand goes on at once, who
 * gets it early gets nothing before what is still out, and what is gone is not out. */
#include "brokers/nats/line.h"

#include "nats/connection.h"
#include "nats/delivery.h"

#include <nats/nats.h>

#include <stdio.h>

static const struct jangle_queue ordered = {
    .name = "ordered", .topic = "orders", .in_order = true};

/* No test lives to see that its time is over. */
static const struct jangle_nats_options lasting = {.ack_wait_ms = 3600000};
static const struct jangle_nats_options brief = {.ack_wait_ms = 1000};

/* Longer than a receiver waits before it asks whether something is out. */
static const struct jangle_nats_options longer = {.ack_wait_ms = 2000};

static struct nats_server *server;
static struct jangle_transport *first, *second;

static void open_both(const struct jangle_nats_options *options)
{
    second = line_open(nats_server_url(server), options);
    assert_result(second->ops->remove_queue(second, &ordered, NULL), JANGLE_OK);
    first = line_fresh(nats_server_url(server), options);
    assert_result(first->ops->declare_queue(first, &ordered, NULL), JANGLE_OK);
}

static int end(void **state)
{
    (void)state;
    if (first)
        line_close(first);
    if (second)
        line_close(second);
    first = second = NULL;
    return 0;
}

static struct jn_nats *inside(struct jangle_transport *transport)
{
    return (struct jn_nats *)transport;
}

static struct jn_nats_turn *turn_of(struct jangle_transport *transport)
{
    return &inside(transport)->attached->turn;
}

/* Without waiting. */
static size_t look(struct jangle_transport *transport, struct jangle_parcel *parcel)
{
    struct jangle_parcel *parcels;
    size_t count = 0;

    assert_result(
        transport->ops->receive(transport, 1, LINE_BYTES, 0, &parcels, &count, NULL),
        JANGLE_OK);
    if (count)
        *parcel = parcels[0];
    return count;
}

static void publish(struct jangle_transport *transport, const char *body)
{
    assert_result(line_publish(transport, NULL, body, 1, LINE_WAIT_MS, NULL), JANGLE_OK);
}

static void publish_straight(struct jangle_transport *transport, const char *body)
{
    struct jangle_parcel parcel = {
        .queue = ordered.name, .id = body, .body = body, .body_size = 1};

    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
}

static void take(struct jangle_transport *transport, const char *body)
{
    struct jangle_parcel parcel = line_receive(transport);

    assert_memory_equal(parcel.body, body, 1);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

/* Its only request brings the turn. A request ends after ten seconds, and is made again
 * then, which would bring it, too. */
static void who_never_waits_sees_its_turn(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    open_both(&lasting);
    line_attach(first, &ordered);
    assert_int_equal(look(first, &parcel), 0);
    assert_true(turn_of(first)->held);
    line_attach(second, &ordered);
    assert_int_equal(look(second, &parcel), 0);
    assert_false(turn_of(second)->held);
    line_close(first);
    first = NULL;
    publish(second, "a");
    while (!look(second, &parcel))
        ;
    assert_int_equal(turn_of(second)->source.pull, 1);
}

/* The turn would come by itself when its time is over. */
static void who_had_nothing_in_hand_goes_on_after_a_lost_connection(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    open_both(&lasting);
    line_attach(first, &ordered);
    assert_int_equal(look(first, &parcel), 0);
    assert_true(turn_of(first)->held);
    jn_nats_drop(inside(first));
    publish(second, "a");
    take(first, "a");
}

/* The broker cannot tell whether that was handled, and who has lost it cannot tell what
 * comes first. */
static void who_had_something_in_hand_waits_for_it(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    open_both(&longer);
    line_attach(first, &ordered);
    publish(second, "a");
    publish(second, "b");
    parcel = line_receive(first);
    assert_memory_equal(parcel.body, "a", 1);
    jn_nats_drop(inside(first));
    assert_result(line_settle(first, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
    take(first, "a");
    take(first, "b");
}

/* As a server that was killed does, which has forgotten that the turn was prolonged. */
static void deliver_turn_again(struct jangle_transport *holder)
{
    jn_nats_tell(inside(holder), turn_of(holder)->reply, "-NAK");
    assert_int_equal(natsConnection_Flush(inside(holder)->connection), NATS_OK);
}

static void a_turn_that_comes_early_overtakes_nothing(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    open_both(&brief);
    line_attach(first, &ordered);
    publish(second, "a");
    publish(second, "b");
    parcel = line_receive(first);
    assert_memory_equal(parcel.body, "a", 1);
    deliver_turn_again(first);
    line_attach(second, &ordered);
    take(second, "a");
    take(second, "b");
}

/* ---- a message that is gone ------------------------------------------------------ */

struct kept {
    char path[4096], bytes[4096];
    size_t size;
};

static void read_kept(struct kept *kept)
{
    FILE *file;

    nats_server_consumer_file(server, "ordered-queue", "ordered", kept->path,
                              sizeof kept->path);
    file = fopen(kept->path, "rb");
    assert_non_null(file);
    kept->size = fread(kept->bytes, 1, sizeof kept->bytes, file);
    assert_in_range(kept->size, 1, sizeof kept->bytes - 1);
    fclose(file);
}

static void write_kept(const struct kept *kept)
{
    FILE *file = fopen(kept->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(kept->bytes, 1, kept->size, file), kept->size);
    assert_int_equal(fclose(file), 0);
}

static void drop_both(void)
{
    jn_nats_drop(inside(first));
    jn_nats_drop(inside(second));
}

static void acknowledge(const char *reply)
{
    natsConnection *other = NULL;
    natsMsg *answer = NULL;

    assert_int_equal(natsConnection_ConnectTo(&other, nats_server_url(server)), NATS_OK);
    assert_int_equal(
        natsConnection_RequestString(&answer, other, reply, "+ACK", LINE_WAIT_MS),
        NATS_OK);
    natsMsg_Destroy(answer);
    natsConnection_Destroy(other);
}

/* As a server that was killed has it: it knows that a message was removed, and not that
 * it was acknowledged. The message of the turn stands before it, and stays. */
static void receive_what_is_gone_then(void)
{
    static struct kept kept;
    char reply[JN_NATS_SUBJECT_SIZE];

    open_both(&lasting);
    line_attach(first, &ordered);
    publish_straight(second, "a");
    line_receive(first);
    assert_int_equal(line_count(second, ordered.name), -1);
    snprintf(reply, sizeof reply, "%s",
             natsMsg_GetReply(inside(first)->held.head.next->message));
    drop_both();
    nats_server_end(server);
    read_kept(&kept);
    assert_true(nats_server_start_again(server));
    acknowledge(reply);
    nats_server_end(server);
    write_kept(&kept);
    assert_true(nats_server_start_again(server));
}

static void what_is_gone_does_not_hide_the_count(void **state)
{
    (void)state;
    receive_what_is_gone_then();
    assert_int_equal(line_count(second, ordered.name), 0);
    publish_straight(second, "b");
    assert_int_equal(line_count(second, ordered.name), 1);
}

static void who_had_what_is_gone_goes_on_after_a_lost_connection(void **state)
{
    (void)state;
    receive_what_is_gone_then();
    publish_straight(second, "b");
    take(first, "b");
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_never_waits_sees_its_turn),
        TEST(who_had_nothing_in_hand_goes_on_after_a_lost_connection),
        TEST(who_had_something_in_hand_waits_for_it),
        TEST(a_turn_that_comes_early_overtakes_nothing),
        TEST(what_is_gone_does_not_hide_the_count),
        TEST(who_had_what_is_gone_goes_on_after_a_lost_connection)};
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
