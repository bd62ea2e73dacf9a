/* receive.c - the tests of TR-6 and TR-7: attach, detach, and receive. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"
#include "testing/transport/waiter.h"

/* ---- TR-6 ---------------------------------------------------------------------- */

static void tr_06_a_queue_that_is_not_there_is_not_found(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_queue missing = jn_trial_queue(trial);
    struct jangle_error error = {0};

    if (trial->failed)
        return;
    jn_trial_is(trial, "attach to a queue that is not there",
                line.receiver->ops->attach(line.receiver, &missing, NULL, 0, &error),
                JANGLE_NOT_FOUND, &error);
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

static void tr_06_what_waited_before_is_received(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);

    jn_trial_close(trial, line.receiver);
    jn_line_publish(trial, &line, "k", 1, 3);
    line.receiver = jn_attached(trial, &line.queue);
    jn_take(trial, line.receiver, 3, "1 2 3");
}

static void tr_06_only_attached_queues_are_received(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_queue other = jn_trial_queue(trial);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "9");

    jn_trial_declare(trial, line.receiver, &other);
    parcel.topic = NULL;
    parcel.queue = other.name;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
    jn_expect_nothing(trial, line.receiver);
    jn_attach(trial, line.receiver, &other);
    jn_line_publish(trial, &line, NULL, 2, 1);
    jn_take_in_any_order(trial, line.receiver, 2, "2 9");
    jn_detach(trial, line.receiver, line.queue.name);
    jn_line_publish(trial, &line, NULL, 3, 1);
    parcel.body = "8";
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_take(trial, line.receiver, 1, "8");
    jn_expect_nothing(trial, line.receiver);
}

static void tr_06_what_is_not_attached_can_be_detached(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    jn_detach(trial, line.sender, line.queue.name);
    jn_detach(trial, line.sender, jn_trial_queue(trial).name);
    jn_detach(trial, line.receiver, line.queue.name);
    jn_detach(trial, line.receiver, line.queue.name);
    jn_attach(trial, line.receiver, &line.queue);
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

static void tr_06_detach_gives_back_what_is_not_settled(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, NULL, 1, 4);
    jn_receive(trial, line.receiver, &received, 3);
    jn_detach(trial, line.receiver, line.queue.name);
    jn_take_in_any_order(trial, jn_attached(trial, &line.queue), 4, "1 2 3 4");
    jn_expect_nothing(trial, line.receiver);
}

/* ---- TR-7 ---------------------------------------------------------------------- */

static void tr_07_no_more_than_the_limit_is_received(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 7);
    while (!trial->failed && received.count < 7) {
        if (!jn_receive_once(trial, line.receiver, &received, 3, JN_RECEIVE_BYTES) &&
            !jn_trial_waits(trial, &wait, false))
            break;
    }
    jn_expect(trial, &received, "1 2 3 4 5 6 7");
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
}

static size_t bytes_from(const struct jn_received *received, size_t first)
{
    size_t bytes = 0;

    for (size_t i = first; i < received->count; i++)
        bytes += received->parcels[i].body_size;
    return bytes;
}

/* Bodies of 100 bytes; calls for 250 bytes get two at most, and calls for 10 get one. */
static void tr_07_no_more_bytes_are_received_than_asked_for(struct jn_trial *trial)
{
    enum { COUNT = 10, SIZE = 100 };
    struct jn_line line = jn_line_open(trial, true);
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jn_received received = {.count = 0};
    char body[SIZE + 1];

    memset(body, 'x', SIZE);
    body[SIZE] = '\0';
    for (size_t i = 0; i < COUNT; i++) {
        struct jangle_parcel parcel = jn_line_parcel(&line, "k", body);

        jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    }
    while (!trial->failed && received.count < COUNT) {
        size_t before = received.count;
        size_t bytes = before < 6 ? 250 : 10;
        size_t came = jn_receive_once(trial, line.receiver, &received, COUNT, bytes);

        jn_trial_check(trial, came <= 1 || bytes_from(&received, before) <= bytes,
                       "a call for %zu bytes got %zu parcels of %d bytes", bytes, came,
                       SIZE);
        if (!came && !jn_trial_waits(trial, &wait, false))
            break;
    }
    jn_trial_check(trial, received.count == COUNT, "%zu of %d parcels were received",
                   received.count, COUNT);
}

/* jangle_redrive has no limit of bytes. */
static void tr_07_as_much_as_there_is_may_be_asked_for(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 3);
    while (!trial->failed && received.count < 3) {
        if (!jn_receive_once(trial, line.receiver, &received, SIZE_MAX, SIZE_MAX) &&
            !jn_trial_waits(trial, &wait, false))
            break;
    }
    jn_expect(trial, &received, "1 2 3");
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
}

static void tr_07_a_receive_that_waits_gets_what_comes(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_waiter waiter;

    if (!jn_waiter_start(trial, &waiter, line.receiver))
        return;
    jn_pause_until(jn_monotonic_after_ms(50)); /* as a rule it waits then */
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_trial_check(trial, jn_waiter_ends(&waiter, 0),
                   "a receive that waits does not end when a parcel comes");
    jn_waiter_join(trial, &waiter);
    jn_trial_is(trial, "receive", waiter.result, JANGLE_OK, &waiter.error);
    jn_trial_check(trial, waiter.count == 1, "%zu parcels came, not 1", waiter.count);
}

static void tr_07_to_receive_nothing_is_ok(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel *parcels = NULL;
    struct jangle_error error = {0};
    size_t count = 7;

    if (trial->failed)
        return;
    jn_trial_is(trial, "receive from a queue that is empty",
                line.receiver->ops->receive(line.receiver, 10, JN_RECEIVE_BYTES, 0,
                                            &parcels, &count, &error),
                JANGLE_OK, &error);
    jn_trial_check(trial, count == 0, "%zu parcels came from an empty queue", count);
    count = 7;
    jn_trial_is(trial, "receive without a queue",
                line.sender->ops->receive(line.sender, 10, JN_RECEIVE_BYTES, 0, &parcels,
                                          &count, &error),
                JANGLE_OK, &error);
    jn_trial_check(trial, count == 0, "%zu parcels came from no queue", count);
}

/* What parcels point to outlives later calls of `receive`. */
static void tr_07_parcels_are_valid_until_they_are_settled(struct jn_trial *trial)
{
    static const struct jangle_header header = {"who", "same"};
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};
    struct jangle_parcel parcels[8];

    for (size_t i = 0; i < 8; i++) {
        parcels[i] = jn_line_parcel(&line, "k", &"abcdefgh"[i]);
        parcels[i].body_size = 1;
        parcels[i].headers = &header;
        parcels[i].header_count = 1;
    }
    jn_publish(trial, line.sender, parcels, 8);
    for (size_t i = 1; i <= 8; i++)
        jn_receive(trial, line.receiver, &received, i);
    jn_expect(trial, &received, "a b c d e f g h");
    for (size_t i = 0; i < received.count && !trial->failed; i++) {
        const struct jangle_parcel *parcel = &received.parcels[i];

        jn_trial_check(trial,
                       parcel->header_count == 1 &&
                           strcmp(parcel->headers[0].value, "same") == 0 && parcel->key &&
                           strcmp(parcel->key, "k") == 0,
                       "parcel %zu is not what it was when it was received", i + 1);
    }
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    jn_line_publish(trial, &line, "k", 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

/* Two receivers get 40 parcels, each of them one, and keep them. */
static void tr_07_no_other_receiver_gets_the_same(struct jn_trial *trial)
{
    enum { COUNT = 40 };
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_transport *both[2] = {line.receiver, jn_attached(trial, &line.queue)};
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jn_received received = {.count = 0};
    int times[COUNT] = {0};

    jn_line_publish(trial, &line, NULL, 0, COUNT);
    for (size_t came = 1; !trial->failed && received.count < COUNT;) {
        if (!came && !jn_trial_waits(trial, &wait, false))
            break;
        came = jn_receive_once(trial, both[0], &received, 3, JN_RECEIVE_BYTES) +
               jn_receive_once(trial, both[1], &received, 3, JN_RECEIVE_BYTES);
    }
    jn_receive_rest(trial, both[0], &received);
    jn_receive_rest(trial, both[1], &received);
    for (size_t i = 0; i < received.count && !trial->failed; i++) {
        int number = jn_body_number(&received.parcels[i]);

        if (jn_trial_check(trial, number >= 0 && number < COUNT, "%d was never sent",
                           number))
            jn_trial_check(trial, ++times[number] == 1, "%d was received twice", number);
    }
    jn_trial_check(trial, received.count == COUNT, "%zu of %d parcels were received",
                   received.count, COUNT);
}

const struct jn_transport_test jn_transport_receive_tests[] = {
    JN_TRANSPORT_TEST(tr_06_a_queue_that_is_not_there_is_not_found, 0),
    JN_TRANSPORT_TEST(tr_06_what_waited_before_is_received, 0),
    JN_TRANSPORT_TEST(tr_06_only_attached_queues_are_received, 0),
    JN_TRANSPORT_TEST(tr_06_what_is_not_attached_can_be_detached, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_06_detach_gives_back_what_is_not_settled, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_07_no_more_than_the_limit_is_received, 0),
    JN_TRANSPORT_TEST(tr_07_no_more_bytes_are_received_than_asked_for, 0),
    JN_TRANSPORT_TEST(tr_07_as_much_as_there_is_may_be_asked_for, 0),
    JN_TRANSPORT_TEST(tr_07_a_receive_that_waits_gets_what_comes, 0),
    JN_TRANSPORT_TEST(tr_07_to_receive_nothing_is_ok, 0),
    JN_TRANSPORT_TEST(tr_07_parcels_are_valid_until_they_are_settled, 0),
    JN_TRANSPORT_TEST(tr_07_no_other_receiver_gets_the_same, JN_NEEDS_QUEUES),
    {0}};
