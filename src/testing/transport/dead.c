/* dead.c - the tests of TR-11: a parcel that is given up is in the dead-letter
 * queue. */
#include "testing/transport/line.h"
#include "testing/transport/parcel.h"
#include "testing/transport/stopper.h"
#include "testing/transport/tests.h"

/* Settle all as DEAD. */
static void settle_dead(struct jn_trial *trial,
                        const struct jn_line *line,
                        struct jn_received *received,
                        const char *reason)
{
    for (size_t i = 0; i < received->count && !trial->failed; i++)
        jn_settle_one(trial, line->receiver,
                      &(const struct jangle_settlement){.parcel = &received->parcels[i],
                                                        .disposition = JANGLE_DEAD,
                                                        .reason = reason},
                      JANGLE_OK);
    received->count = 0;
}

static void tr_11_a_dead_letter_is_as_it_was_and_says_why(struct jn_trial *trial)
{
    static const struct jangle_header headers[] = {{"one", "1"}, {"two", "a, b; c"}};
    const char *reason = "it cannot be read: \"\xc3\xa4\" is no number";
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcel = jn_line_parcel(&line, "a key", "zero \0 and on");
    struct jangle_transport *dead = jn_attached_to(trial, line.queue.dead);
    struct jn_received received = {.count = 0};

    parcel.body_size = 13;
    parcel.id = "an id";
    parcel.headers = headers;
    parcel.header_count = 2;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_receive(trial, line.receiver, &received, 1);
    settle_dead(trial, &line, &received, reason);
    jn_receive(trial, dead, &received, 1);
    if (trial->failed)
        return;
    jn_parcel_compare(trial, &parcel, &received.parcels[0], 3);
    jn_parcel_expect_header(trial, &received.parcels[0], "jangle-reason", reason);
    jn_parcel_expect_header(trial, &received.parcels[0], "jangle-queue", line.queue.name);
    jn_parcel_expect_header(trial, &received.parcels[0], "jangle-attempts", "1");
    jn_settle(trial, dead, &received, JANGLE_TAKEN);
    jn_expect_nothing(trial, dead);
    jn_expect_nothing(trial, line.receiver);
}

static void tr_11_a_dead_letter_needs_no_reason(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *dead = jn_attached_to(trial, line.queue.dead);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    settle_dead(trial, &line, &received, NULL);
    jn_receive(trial, dead, &received, 1);
    jn_expect(trial, &received, "1");
    if (!trial->failed)
        jn_parcel_expect_header(trial, &received.parcels[0], "jangle-queue",
                                line.queue.name);
}

/* Of a broker that does not count, nothing can be said. */
static void tr_11_a_dead_letter_says_its_attempts(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *dead = jn_attached_to(trial, line.queue.dead);
    struct jn_received received = {.count = 0};
    struct jangle_settlement again = {
        .parcel = &received.parcels[0], .disposition = JANGLE_AGAIN, .attempts = 6};
    bool counts;

    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    if (!trial->failed)
        jn_settle_one(trial, line.receiver, &again, JANGLE_OK);
    received.count = 0;
    jn_receive(trial, line.receiver, &received, 1);
    counts = !trial->failed && received.parcels[0].attempt > 0;
    settle_dead(trial, &line, &received, "enough");
    jn_receive(trial, dead, &received, 1);
    if (counts && !trial->failed)
        jn_parcel_expect_header(trial, &received.parcels[0], "jangle-attempts", "7");
}

/* Attempts that the broker has not seen, because the process ended in them. */
static void tr_11_a_dead_letter_says_more_attempts(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *dead = jn_attached_to(trial, line.queue.dead);
    struct jn_received received = {.count = 0};
    struct jangle_settlement settlement = {.parcel = &received.parcels[0],
                                           .disposition = JANGLE_DEAD,
                                           .attempts = 9,
                                           .reason = "enough"};

    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    if (!trial->failed)
        jn_settle_one(trial, line.receiver, &settlement, JANGLE_OK);
    received.count = 0;
    jn_receive(trial, dead, &received, 1);
    if (!trial->failed)
        jn_parcel_expect_header(trial, &received.parcels[0], "jangle-attempts", "9");
}

/* What is put back and given up again, has the headers of the last time alone. */
static void tr_11_a_dead_letter_may_be_dead_again(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *dead = jn_attached_to(trial, line.queue.dead);
    struct jn_received received = {.count = 0};
    struct jangle_parcel back;

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    settle_dead(trial, &line, &received, "first");
    jn_receive(trial, dead, &received, 1);
    if (trial->failed)
        return;
    back = received.parcels[0];
    back.topic = NULL;
    back.queue = line.queue.name;
    back.attempt = 0;
    jn_publish_one(trial, line.sender, &back, JANGLE_OK);
    jn_settle(trial, dead, &received, JANGLE_TAKEN);
    jn_receive(trial, line.receiver, &received, 1);
    settle_dead(trial, &line, &received, "second");
    jn_receive(trial, dead, &received, 1);
    if (!trial->failed)
        jn_parcel_expect_header(trial, &received.parcels[0], "jangle-reason", "second");
}

static void tr_11_many_die_in_one_call(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, NULL, 1, 9);
    jn_receive(trial, line.receiver, &received, 9);
    jn_settle(trial, line.receiver, &received, JANGLE_DEAD);
    jn_take_in_any_order(trial, jn_attached_to(trial, line.queue.dead), 9,
                         "1 2 3 4 5 6 7 8 9");
    jn_trial_close(trial, line.receiver);
    if (!trial->is_log)
        jn_expect_nothing(trial, jn_attached(trial, &line.queue));
}

/* Somebody has removed the dead-letter queue. Then the parcel may not leave its own,
 * unless the transport makes a new one for it. */
static void tr_11_without_a_dead_letter_queue_it_is_not_lost(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_received received = {.count = 0};
    struct jangle_settlement settlement = {
        .parcel = &received.parcels[0], .disposition = JANGLE_DEAD, .reason = "a reason"};
    struct jangle_error error = {0};
    const struct jangle_queue dead = {.name = line.queue.dead};

    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    if (trial->failed)
        return;
    jn_trial_is(trial, "remove_queue",
                line.sender->ops->remove_queue(line.sender, &dead, &error), JANGLE_OK,
                &error);
    error = (struct jangle_error){0};
    settlement.result = JANGLE_UNKNOWN;
    line.receiver->ops->settle(line.receiver, &settlement, 1, &error);
    jn_trial_close(trial, line.receiver);
    line.receiver = jn_trial_open(trial);
    jn_trial_declare(trial, line.receiver, &line.queue);
    if (settlement.result == JANGLE_OK)
        jn_attach(trial, line.receiver, &dead);
    else
        jn_attach(trial, line.receiver, &line.queue);
    jn_take(trial, line.receiver, 1, "1");
}

/* Note which numbers there are in a queue. */
static void note_numbers(struct jn_trial *trial,
                         const struct jangle_queue *queue,
                         bool *there,
                         int count)
{
    struct jn_received received = {.count = 0};
    struct jangle_transport *transport = jn_trial_open(trial);

    jn_attach_when_back(trial, transport, queue);
    jn_receive_rest(trial, transport, &received);
    for (size_t i = 0; i < received.count; i++) {
        int number = jn_body_number(&received.parcels[i]);

        if (number >= 0 && number < count)
            there[number] = true;
    }
    jn_trial_close(trial, transport);
}

static bool are_all_there(const bool *there, int count)
{
    for (int i = 0; i < count; i++)
        if (!there[i])
            return false;
    return true;
}

/* So late that the first are settled, and so early that not all are. */
enum { UNDER_WAY_MS = 5 };

static void settle_while_it_stops(struct jn_trial *trial,
                                  struct jangle_transport *transport,
                                  const struct jn_received *received)
{
    struct jangle_settlement settlements[JN_RECEIVED_MAX];
    struct jn_stopper stopper;
    struct jangle_error error = {0};

    for (size_t i = 0; i < received->count; i++)
        settlements[i] = (struct jangle_settlement){.parcel = &received->parcels[i],
                                                    .disposition = JANGLE_DEAD,
                                                    .reason = "a reason"};
    if (!jn_stopper_start(trial, &stopper, UNDER_WAY_MS))
        return;
    transport->ops->settle(transport, settlements, received->count, &error);
    jn_stopper_join(trial, &stopper);
}

/* The broker ends while parcels are on their way: each is in one queue, or in both. It
 * may take a while to have them all again. */
static void tr_11_a_broker_that_ends_meanwhile_loses_none(struct jn_trial *trial)
{
    enum { COUNT = 60, ROUNDS = 25 };
    struct jn_line line = jn_line_open(trial, false);
    const struct jangle_queue dead = {.name = line.queue.dead};
    struct jn_received received = {.count = 0};
    bool there[COUNT] = {false};

    jn_line_publish(trial, &line, NULL, 0, COUNT);
    jn_receive(trial, line.receiver, &received, COUNT);
    settle_while_it_stops(trial, line.receiver, &received);
    jn_trial_start(trial);
    jn_trial_close(trial, line.receiver);
    for (int round = 0; round < ROUNDS && !are_all_there(there, COUNT); round++) {
        note_numbers(trial, &line.queue, there, COUNT);
        note_numbers(trial, &dead, there, COUNT);
    }
    for (int i = 0; i < COUNT; i++)
        jn_trial_check(trial, there[i], "%d is in none of the two queues", i);
}

const struct jn_transport_test jn_transport_dead_tests[] = {
    JN_TRANSPORT_TEST(tr_11_a_dead_letter_is_as_it_was_and_says_why, 0),
    JN_TRANSPORT_TEST(tr_11_a_dead_letter_needs_no_reason, 0),
    JN_TRANSPORT_TEST(tr_11_a_dead_letter_says_more_attempts, 0),
    JN_TRANSPORT_TEST(tr_11_a_dead_letter_says_its_attempts, 0),
    JN_TRANSPORT_TEST(tr_11_a_dead_letter_may_be_dead_again, 0),
    JN_TRANSPORT_TEST(tr_11_many_die_in_one_call, 0),
    JN_TRANSPORT_TEST(tr_11_without_a_dead_letter_queue_it_is_not_lost, 0),
    JN_TRANSPORT_TEST(tr_11_a_broker_that_ends_meanwhile_loses_none,
                      JN_NEEDS_STOP | JN_NEEDS_QUEUES),
    {0}};
