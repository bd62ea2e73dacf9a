/* remove.c - the tests of TR-15 and TR-16: what waits is counted and removed,
 * and so are queues and topics. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

/* ---- TR-15 --------------------------------------------------------------------- */

/* A count may lag behind: it is asked for until it is that, or -1. */
static void expect_count(struct jn_trial *trial,
                         struct jangle_transport *transport,
                         const char *queue,
                         int64_t expected)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    int64_t count;

    do {
        struct jangle_error error = {0};

        count = -2;
        if (trial->failed)
            return;
        jn_trial_is(trial, "count",
                    transport->ops->count(transport, queue, &count, &error), JANGLE_OK,
                    &error);
    } while (count != expected && count != -1 && jn_trial_waits(trial, &wait, true));
    jn_trial_check(trial, count == expected || count == -1,
                   "%lld parcels are counted, not %lld", (long long)count,
                   (long long)expected);
}

static void tr_15_what_waits_is_counted(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);

    jn_detach(trial, line.receiver, line.queue.name);
    expect_count(trial, line.sender, line.queue.name, 0);
    expect_count(trial, line.sender, line.queue.dead, 0);
    jn_line_publish(trial, &line, "k", 1, 7);
    expect_count(trial, line.sender, line.queue.name, 7);
    expect_count(trial, line.receiver, line.queue.name, 7);
    expect_count(trial, line.sender, line.queue.dead, 0);
}

static void tr_15_what_was_received_is_not_counted(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 3);
    jn_receive(trial, line.receiver, &received, 3);
    expect_count(trial, line.sender, line.queue.name, 0);
    jn_detach(trial, line.receiver, line.queue.name);
    expect_count(trial, line.sender, line.queue.name, 3);
    jn_attach(trial, line.receiver, &line.queue);
    jn_take(trial, line.receiver, 3, "1 2 3");
    jn_trial_close(trial, line.receiver);
    expect_count(trial, line.sender, line.queue.name, 0);
}

static void tr_15_a_queue_that_is_not_there_is_not_found(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_error error = {0};
    int64_t count = 0;

    if (trial->failed)
        return;
    jn_trial_is(
        trial, "count of a queue that is not there",
        line.sender->ops->count(line.sender, jn_trial_queue(trial).name, &count, &error),
        JANGLE_NOT_FOUND, &error);
    jn_line_publish(trial, &line, NULL, 1, 1);
}

/* ---- TR-16 --------------------------------------------------------------------- */

/* Some brokers are busy for a while after they have removed something. */
#define REMOVE(trial, transport, name, what, expected)                                   \
    do {                                                                                 \
        struct jangle_error error = {0};                                                 \
                                                                                         \
        if (!(trial)->failed)                                                            \
            jn_trial_is(trial, #name, (transport)->ops->name(transport, what, &error),   \
                        expected, &error);                                               \
    } while (0)

static void tr_16_purge_removes_what_waits(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "dead");

    jn_detach(trial, line.receiver, line.queue.name);
    parcel.topic = NULL;
    parcel.queue = line.queue.dead;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_line_publish(trial, &line, "k", 1, 5);
    REMOVE(trial, line.sender, purge, line.queue.name, JANGLE_OK);
    REMOVE(trial, line.sender, purge, line.queue.name, JANGLE_OK);
    jn_line_publish(trial, &line, "k", 6, 1);
    jn_attach(trial, line.receiver, &line.queue);
    jn_take(trial, line.receiver, 1, "6");
    jn_expect_nothing(trial, line.receiver);
    jn_take(trial, jn_attached_to(trial, line.queue.dead), 1, "dead");
}

static void expect_missing(struct jn_trial *trial,
                           struct jangle_transport *transport,
                           const char *queue)
{
    const struct jangle_queue missing = {.name = queue};
    struct jangle_error error = {0};

    if (!trial->failed)
        jn_trial_is(trial, "attach to a queue that was removed",
                    transport->ops->attach(transport, &missing, NULL, 0, &error),
                    JANGLE_NOT_FOUND, &error);
}

/* What it had does not come back with it. */
static void tr_16_a_queue_goes_with_what_belongs_to_it(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *other = jn_trial_open(trial);

    jn_detach(trial, line.receiver, line.queue.name);
    jn_line_publish(trial, &line, "k", 1, 3);
    REMOVE(trial, line.sender, remove_queue, &line.queue, JANGLE_OK);
    expect_missing(trial, other, line.queue.name);
    expect_missing(trial, other, line.queue.dead);
    jn_line_publish(trial, &line, "k", 4, 1);
    if (trial->is_log)
        return;
    jn_trial_declare(trial, line.receiver, &line.queue);
    jn_attach(trial, line.receiver, &line.queue);
    jn_line_publish(trial, &line, "k", 5, 1);
    jn_take(trial, line.receiver, 1, "5");
    jn_expect_nothing(trial, line.receiver);
}

/* A brokers that names a queue for each delay has none of that very name. */
static void tr_16_parcels_that_wait_for_an_attempt_go_with_it(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};
    struct jangle_settlement again = {.parcel = &received.parcels[0],
                                      .disposition = JANGLE_AGAIN,
                                      .delay_ms = 1500,
                                      .attempts = 1};
    int64_t started_ms;

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    if (!trial->failed)
        jn_settle_one(trial, line.receiver, &again, JANGLE_OK);
    jn_detach(trial, line.receiver, line.queue.name);
    REMOVE(trial, line.sender, remove_queue, &line.queue, JANGLE_OK);
    jn_trial_declare(trial, line.sender, &line.queue);
    jn_attach(trial, line.receiver, &line.queue);
    started_ms = jn_trial_ms(trial);
    received.count = 0;
    while (!trial->failed && jn_trial_ms(trial) - started_ms < 4000 && !trial->is_log)
        jn_receive_rest(trial, line.receiver, &received);
    if (!trial->is_log)
        jn_expect(trial, &received, "");
}

static void tr_16_a_topic_with_a_queue_stays(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "late");

    REMOVE(trial, line.sender, remove_topic, line.queue.topic, JANGLE_BUSY);
    jn_line_publish(trial, &line, "k", 1, 1);
    jn_take(trial, line.receiver, 1, "1");
    jn_trial_close(trial, line.receiver);
    REMOVE(trial, line.sender, remove_queue, &line.queue, JANGLE_OK);
    REMOVE(trial, line.sender, remove_topic, line.queue.topic, JANGLE_OK);
    jn_publish_one(trial, line.sender, &parcel, JANGLE_NOT_FOUND);
}

static void tr_16_what_is_not_there_can_be_removed(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_queue missing = jn_trial_queue(trial);

    REMOVE(trial, line.sender, remove_queue, &missing, JANGLE_OK);
    REMOVE(trial, line.sender, remove_topic, jn_trial_topic(trial), JANGLE_OK);
    jn_line_publish(trial, &line, "k", 1, 1);
    jn_take(trial, line.receiver, 1, "1");
    jn_trial_close(trial, line.receiver);
    for (int i = 0; i < 2; i++) {
        REMOVE(trial, line.sender, remove_queue, &line.queue, JANGLE_OK);
        REMOVE(trial, line.sender, remove_topic, line.queue.topic, JANGLE_OK);
    }
}

const struct jn_transport_test jn_transport_remove_tests[] = {
    JN_TRANSPORT_TEST(tr_15_what_waits_is_counted, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_15_what_was_received_is_not_counted, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_15_a_queue_that_is_not_there_is_not_found, 0),
    JN_TRANSPORT_TEST(tr_16_purge_removes_what_waits, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_16_a_queue_goes_with_what_belongs_to_it, 0),
    JN_TRANSPORT_TEST(tr_16_parcels_that_wait_for_an_attempt_go_with_it, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_16_a_topic_with_a_queue_stays, 0),
    JN_TRANSPORT_TEST(tr_16_what_is_not_there_can_be_removed, 0),
    {0}};
