/* connection.c - the tests of TR-14 and TR-19: connections end, and begin
 * again, and are closed. */
#include "testing/transport/line.h"
#include "testing/transport/stopper.h"
#include "testing/transport/tests.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- TR-14 --------------------------------------------------------------------- */

/* While the broker is away `publish` may be TIMEOUT, too, and `detach` OK. */
static void expect_busy(struct jn_trial *trial,
                        const char *what,
                        enum jangle_result result,
                        enum jangle_result also,
                        const struct jangle_error *error)
{
    if (result == also && also)
        return;
    jn_trial_is(trial, what, result, JANGLE_BUSY, error);
}

/* Each operation but `detach`, `settle` and those that cannot fail. */
static void expect_all_busy(struct jn_trial *trial,
                            struct jangle_transport *transport,
                            const struct jangle_queue *queue)
{
    const struct jangle_transport_ops *ops = transport->ops;
    struct jangle_parcel parcel = {
        .topic = queue->topic, .body = "lost", .body_size = 4, .result = JANGLE_OK};
    struct jangle_parcel *parcels;
    struct jangle_error errors[9] = {{0}};
    int64_t waiting;
    size_t count;

#define BUSY(i, name, ...)                                                               \
    expect_busy(trial, "while the broker is away, " #name,                               \
                ops->name(transport, __VA_ARGS__ &errors[i]), JANGLE_OK, &errors[i])
    BUSY(0, declare_topic, queue->topic, );
    BUSY(1, declare_queue, queue, );
    BUSY(2, attach, queue, NULL, 0, );
    BUSY(3, receive, 1, 1, 0, &parcels, &count, );
    BUSY(4, count, queue->name, &waiting, );
    BUSY(5, purge, queue->name, );
    BUSY(6, remove_queue, queue, );
    BUSY(7, remove_topic, queue->topic, );
#undef BUSY
    expect_busy(trial, "while the broker is away, publish",
                ops->publish(transport, &parcel, 1, JN_PUBLISH_MS, &errors[8]),
                JANGLE_TIMEOUT, &errors[8]);
    expect_busy(trial, "the result of a parcel", parcel.result, JANGLE_TIMEOUT, NULL);
}

static void tr_14_operations_are_busy_while_the_broker_is_away(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
    jn_trial_stop(trial);
    for (int round = 0; round < 2 && !trial->failed; round++) {
        expect_all_busy(trial, line.sender, &line.queue);
        expect_all_busy(trial, line.receiver, &line.queue);
    }
    jn_trial_start(trial);
}

/* Call `receive` until it is not BUSY any more, or something came. */
static void receive_when_back(struct jn_trial *trial,
                              struct jangle_transport *transport,
                              struct jn_received *received,
                              size_t count)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    enum jangle_result result;

    do {
        struct jangle_parcel *parcels = NULL;
        struct jangle_error error = {0};
        size_t came = 0;

        if (trial->failed)
            return;
        result =
            transport->ops->receive(transport, 1, JN_RECEIVE_BYTES,
                                    jn_trial_patience_ms(trial), &parcels, &came, &error);
        if (result != JANGLE_BUSY)
            jn_trial_is(trial, "receive", result, JANGLE_OK, &error);
        for (size_t i = 0; i < came && received->count < JN_RECEIVED_MAX; i++)
            received->parcels[received->count++] = parcels[i];
    } while (result == JANGLE_BUSY && jn_trial_waits(trial, &wait, true));
    jn_receive(trial, transport, received, count);
}

/* The same for a parcel that must be published. */
static void
publish_when_back(struct jn_trial *trial, const struct jn_line *line, const char *body)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jangle_parcel parcel = jn_line_parcel(line, "k", body);
    struct jangle_error error = {0};
    enum jangle_result result;

    do {
        if (trial->failed)
            return;
        error = (struct jangle_error){0};
        result =
            line->sender->ops->publish(line->sender, &parcel, 1, JN_PUBLISH_MS, &error);
    } while ((result == JANGLE_BUSY || parcel.result == JANGLE_BUSY) &&
             jn_trial_waits(trial, &wait, true));
    jn_trial_is(trial, "publish", result, JANGLE_OK, &error);
    jn_trial_is(trial, "the result of a parcel", parcel.result, JANGLE_OK, NULL);
}

/* Nobody attaches again but the transport. At first it notices only afterwards that the
 * broker was away. */
static void tr_14_what_was_attached_is_attached_again(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_take(trial, line.receiver, 1, "1");
    for (int round = 0; round < 2; round++) {
        jn_trial_stop(trial);
        if (!trial->failed)
            expect_all_busy(trial, round ? line.receiver : line.sender, &line.queue);
        jn_trial_start(trial);
        publish_when_back(trial, &line, "2");
        received.count = 0;
        receive_when_back(trial, line.receiver, &received, 1);
        jn_expect(trial, &received, "2");
        jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    }
}

static void tr_14_what_was_received_before_is_in_conflict(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0}, again = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 3);
    jn_receive(trial, line.receiver, &received, 2);
    jn_expect(trial, &received, "1 2");
    jn_trial_stop(trial);
    jn_trial_start(trial);
    receive_when_back(trial, line.receiver, &again, 3);
    jn_expect(trial, &again, "1 2 3");
    for (size_t i = 0; i < 2 && !trial->failed; i++)
        jn_settle_one(trial, line.receiver,
                      &(const struct jangle_settlement){.parcel = &received.parcels[i],
                                                        .disposition = JANGLE_TAKEN},
                      JANGLE_CONFLICT);
    jn_settle(trial, line.receiver, &again, JANGLE_TAKEN);
    jn_expect_nothing(trial, line.receiver);
}

/* Settled before anything else was called, on the connection that has ended. */
static void tr_14_a_settlement_after_the_end_takes_nothing(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};
    struct jangle_settlement settlement = {.parcel = &received.parcels[0],
                                           .disposition = JANGLE_TAKEN,
                                           .result = JANGLE_UNKNOWN};
    struct jangle_error error = {0};

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    jn_trial_stop(trial);
    jn_trial_start(trial);
    if (trial->failed)
        return;
    line.receiver->ops->settle(line.receiver, &settlement, 1, &error);
    jn_trial_check(
        trial, settlement.result == JANGLE_CONFLICT || settlement.result == JANGLE_BUSY,
        "the settlement of a connection that has ended is %s",
        jangle_result_name(settlement.result));
    received.count = 0;
    receive_when_back(trial, line.receiver, &received, 1);
    jn_expect(trial, &received, "1");
}

static void tr_14_a_broker_keeps_what_it_confirmed(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_trial_close(trial, line.receiver);
    jn_line_publish(trial, &line, "k", 1, 3);
    jn_trial_stop(trial);
    if (!trial->failed)
        expect_all_busy(trial, line.sender, &line.queue);
    jn_trial_start(trial);
    publish_when_back(trial, &line, "4");
    line.receiver = jn_trial_open(trial);
    jn_attach_when_back(trial, line.receiver, &line.queue);
    receive_when_back(trial, line.receiver, &received, 4);
    jn_expect(trial, &received, "1 2 3 4");
}

static void tr_14_a_queue_that_was_removed_is_not_found(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jangle_error error = {0};
    enum jangle_result result;

    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
    if (trial->failed)
        return;
    jn_trial_is(trial, "remove_queue",
                line.sender->ops->remove_queue(line.sender, &line.queue, &error),
                JANGLE_OK, &error);
    do {
        struct jangle_parcel *parcels;
        size_t count;

        error = (struct jangle_error){0};
        result = line.receiver->ops->receive(line.receiver, 1, JN_RECEIVE_BYTES,
                                             jn_trial_patience_ms(trial), &parcels,
                                             &count, &error);
    } while (result == JANGLE_OK && jn_trial_waits(trial, &wait, false));
    jn_trial_is(trial, "receive from a queue that was removed", result, JANGLE_NOT_FOUND,
                &error);
}

/* ---- TR-19 --------------------------------------------------------------------- */

static void tr_19_close_gives_back_what_is_not_settled(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 6);
    jn_take(trial, line.receiver, 1, "1");
    jn_receive(trial, line.receiver, &received, 3);
    jn_trial_close(trial, line.receiver);
    line.receiver = jn_attached(trial, &line.queue);
    jn_take(trial, line.receiver, 5, "2 3 4 5 6");
    jn_expect_nothing(trial, line.receiver);
}

/* Whether the transport has worked, or was never connected. */
static void tr_19_close_frees_all_memory(struct jn_trial *trial)
{
    int64_t blocks = trial->memory.blocks;
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 6);
    jn_receive(trial, line.receiver, &received, 5);
    received.count = 2;
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    jn_trial_close(trial, jn_trial_open(trial));
    jn_trial_close(trial, line.sender);
    jn_trial_close(trial, line.receiver);
    jn_trial_check(trial, trial->memory.blocks == blocks,
                   "after close %lld pieces of memory are not freed",
                   (long long)(trial->memory.blocks - blocks));
}

static void tr_19_a_broker_that_is_away_does_not_hinder_close(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 2);
    jn_receive(trial, line.receiver, &received, 1);
    jn_trial_stop(trial);
    jn_trial_close(trial, line.receiver);
    jn_trial_start(trial);
    received.count = 0;
    line.receiver = jn_trial_open(trial);
    jn_attach_when_back(trial, line.receiver, &line.queue);
    receive_when_back(trial, line.receiver, &received, 2);
    jn_expect(trial, &received, "1 2");
}

static bool close_in_child(struct jangle_transport *transport)
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        transport->ops->close(transport);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* What the child closes goes on here. */
static void tr_19_a_child_closes_without_a_word(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 2);
    jn_receive(trial, line.receiver, &received, 1);
    if (!jn_trial_check(trial, close_in_child(line.receiver),
                        "a child that closes the transport fails") ||
        !jn_trial_check(trial, close_in_child(line.sender),
                        "a child that closes the transport fails"))
        return;
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    jn_line_publish(trial, &line, "k", 3, 1);
    jn_take(trial, line.receiver, 2, "2 3");
    jn_expect_nothing(trial, line.receiver);
}

const struct jn_transport_test jn_transport_connection_tests[] = {
    JN_TRANSPORT_TEST(tr_14_operations_are_busy_while_the_broker_is_away, JN_NEEDS_STOP),
    JN_TRANSPORT_TEST(tr_14_what_was_attached_is_attached_again, JN_NEEDS_STOP),
    JN_TRANSPORT_TEST(tr_14_what_was_received_before_is_in_conflict,
                      JN_NEEDS_STOP | JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_14_a_settlement_after_the_end_takes_nothing,
                      JN_NEEDS_STOP | JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_14_a_broker_keeps_what_it_confirmed, JN_NEEDS_STOP),
    JN_TRANSPORT_TEST(tr_14_a_queue_that_was_removed_is_not_found, 0),
    JN_TRANSPORT_TEST(tr_19_close_gives_back_what_is_not_settled, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_19_close_frees_all_memory, 0),
    JN_TRANSPORT_TEST(tr_19_a_broker_that_is_away_does_not_hinder_close,
                      JN_NEEDS_STOP | JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_19_a_child_closes_without_a_word, 0),
    {0}};
