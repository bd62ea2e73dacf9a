/* settle.c - the tests of TR-9 and TR-10: parcels are settled, and come again
 * if they shall. */
#include "testing/transport/line.h"
#include "testing/transport/parcel.h"
#include "testing/transport/tests.h"

/* ---- TR-9 ---------------------------------------------------------------------- */

static void tr_09_what_is_taken_does_not_come_again(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);

    jn_line_publish(trial, &line, "k", 1, 3);
    jn_take(trial, line.receiver, 2, "1 2");
    jn_trial_close(trial, line.receiver);
    line.receiver = jn_attached(trial, &line.queue);
    jn_line_publish(trial, &line, "k", 4, 1);
    jn_take(trial, line.receiver, 2, "3 4");
    jn_expect_nothing(trial, line.receiver);
}

/* Also those of an earlier `receive`, in another order, one by one. */
static void tr_09_earlier_parcels_are_settled(struct jn_trial *trial)
{
    static const size_t order[] = {1, 4, 0, 3, 2};
    struct jn_line line = jn_line_open(trial, false);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, NULL, 1, 5);
    for (size_t i = 1; i <= 5; i++)
        jn_receive(trial, line.receiver, &received, i);
    for (size_t i = 0; i < 5 && !trial->failed; i++)
        jn_settle_one(
            trial, line.receiver,
            &(const struct jangle_settlement){.parcel = &received.parcels[order[i]],
                                              .disposition = JANGLE_TAKEN},
            JANGLE_OK);
    jn_trial_close(trial, line.receiver);
    jn_expect_nothing(trial, jn_attached(trial, &line.queue));
}

/* One call with all dispositions, and with one that says nothing. */
static void tr_09_each_settlement_has_its_result(struct jn_trial *trial)
{
    enum { COUNT = 4 };
    static const enum jangle_result expected[COUNT] = {JANGLE_OK, JANGLE_INVALID,
                                                       JANGLE_OK, JANGLE_OK};
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_settlement settlements[COUNT] = {{.disposition = JANGLE_TAKEN},
                                                   {.attempts = 1},
                                                   {.disposition = JANGLE_DEAD},
                                                   {.disposition = JANGLE_TAKEN}};
    struct jn_received received = {.count = 0};
    struct jangle_error error = {0};

    jn_line_publish(trial, &line, "k", 1, COUNT);
    jn_receive(trial, line.receiver, &received, COUNT);
    if (trial->failed)
        return;
    for (size_t i = 0; i < COUNT; i++) {
        settlements[i].parcel = &received.parcels[i];
        settlements[i].result = JANGLE_UNKNOWN;
    }
    jn_trial_is(trial, "settle",
                line.receiver->ops->settle(line.receiver, settlements, COUNT, &error),
                JANGLE_OK, &error);
    for (size_t i = 0; i < COUNT; i++)
        jn_trial_is(trial, "the result of a settlement", settlements[i].result,
                    expected[i], NULL);
    jn_take(trial, jn_attached_to(trial, line.queue.dead), 1, "3");
    if (trial->is_log) /* it is read again from the parcel whose settlement was INVALID */
        return;
    jn_line_publish(trial, &line, "k", 5, 1);
    received.count = 0;
    jn_receive_rest(trial, line.receiver, &received);
    for (size_t i = 0; i < received.count; i++)
        jn_trial_check(trial,
                       jn_body_number(&received.parcels[i]) != 1 &&
                           jn_body_number(&received.parcels[i]) != 4,
                       "a parcel that was taken came again");
}

static void tr_09_a_call_without_settlements_is_ok(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_received received = {.count = 0};

    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

/* The parcel was given back, and somebody else has it. */
static void tr_09_what_was_given_back_is_in_conflict(struct jn_trial *trial)
{
    static const enum jangle_disposition dispositions[] = {JANGLE_TAKEN, JANGLE_AGAIN,
                                                           JANGLE_DEAD};
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 3);
    jn_receive(trial, line.receiver, &received, 3);
    jn_detach(trial, line.receiver, line.queue.name);
    for (size_t i = 0; i < 3 && !trial->failed; i++)
        jn_settle_one(trial, line.receiver,
                      &(const struct jangle_settlement){.parcel = &received.parcels[i],
                                                        .disposition = dispositions[i],
                                                        .attempts = 1},
                      JANGLE_CONFLICT);
    jn_attach(trial, line.receiver, &line.queue);
    jn_take(trial, line.receiver, 3, "1 2 3");
    jn_expect_nothing(trial, jn_attached_to(trial, line.queue.dead));
}

/* ---- TR-10 --------------------------------------------------------------------- */

static void settle_again(struct jn_trial *trial,
                         const struct jn_line *line,
                         struct jn_received *received,
                         int64_t delay_ms,
                         int attempts)
{
    for (size_t i = 0; i < received->count && !trial->failed; i++)
        jn_settle_one(trial, line->receiver,
                      &(const struct jangle_settlement){.parcel = &received->parcels[i],
                                                        .disposition = JANGLE_AGAIN,
                                                        .delay_ms = delay_ms,
                                                        .attempts = attempts},
                      JANGLE_OK);
    received->count = 0;
}

static void
expect_attempt(struct jn_trial *trial, const struct jn_received *received, int attempt)
{
    int found = received->parcels[0].attempt;

    jn_trial_check(trial, trial->failed || found == 0 || found == attempt,
                   "the attempt is %d, not %d", found, attempt);
}

static void tr_10_it_comes_again_with_its_attempts(struct jn_trial *trial)
{
    static const int attempts[] = {1, 2, 6, 0};
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    for (size_t i = 0; i < 4 && !trial->failed; i++) {
        settle_again(trial, &line, &received, 0, attempts[i]);
        jn_receive(trial, line.receiver, &received, 1);
        jn_expect(trial, &received, "1");
        expect_attempt(trial, &received, attempts[i] + 1);
    }
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    jn_expect_nothing(trial, line.receiver);
}

static void tr_10_the_publisher_may_say_the_attempt(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "1");
    struct jn_received received = {.count = 0};

    parcel.topic = NULL;
    parcel.queue = line.queue.name;
    parcel.attempt = 4;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_receive(trial, line.receiver, &received, 1);
    expect_attempt(trial, &received, 4);
}

static void tr_10_it_comes_again_as_it_was(struct jn_trial *trial)
{
    static const struct jangle_header headers[] = {{"one", "1"}, {"two", "a, b; c"}};
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcel = jn_line_parcel(&line, "key \xc3\xa4", "the body");
    struct jn_received received = {.count = 0};

    parcel.id = "an id";
    parcel.headers = headers;
    parcel.header_count = 2;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    for (int round = 0; round < 3 && !trial->failed; round++) {
        jn_receive(trial, line.receiver, &received, 1);
        if (!trial->failed)
            jn_parcel_compare(trial, &parcel, &received.parcels[0], 0);
        settle_again(trial, &line, &received, 0, round + 1);
    }
}

static void tr_10_it_comes_not_before_its_delay(struct jn_trial *trial)
{
    enum { DELAY_MS = 3000 };
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};
    int64_t started_ms, later_ms;

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    started_ms = jn_trial_ms(trial);
    settle_again(trial, &line, &received, DELAY_MS, 1);
    jn_receive(trial, line.receiver, &received, 1);
    jn_expect(trial, &received, "1");
    later_ms = jn_trial_ms(trial) - started_ms;
    jn_trial_check(trial, later_ms >= DELAY_MS - 20,
                   "it came again after %lld ms, not %d", (long long)later_ms, DELAY_MS);
}

/* The first parcel waits for much longer than the test lasts. */
static void tr_10_a_long_delay_holds_up_nothing_else(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    settle_again(trial, &line, &received, 600000, 1);
    jn_line_publish(trial, &line, "another key", 2, 1);
    jn_receive(trial, line.receiver, &received, 1);
    jn_expect(trial, &received, "2");
    settle_again(trial, &line, &received, 500, 1);
    jn_take(trial, line.receiver, 1, "2");
}

/* The receiver need not live so long. */
static void tr_10_it_comes_again_to_another(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    settle_again(trial, &line, &received, 500, 2);
    jn_trial_close(trial, line.receiver);
    line.receiver = jn_attached(trial, &line.queue);
    jn_receive(trial, line.receiver, &received, 1);
    jn_expect(trial, &received, "1");
    expect_attempt(trial, &received, 3);
}

/* The queue says the delay, whatever the settlement says. */
static void tr_10_a_queue_may_have_one_delay(struct jn_trial *trial)
{
    enum { DELAY_MS = 2000 };
    struct jn_line line = {.queue = jn_trial_queue(trial)};
    struct jn_received received = {.count = 0};
    int64_t started_ms, later_ms;

    line.queue.topic = jn_trial_topic(trial);
    line.queue.retry_ms = DELAY_MS;
    line.sender = jn_trial_open(trial);
    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_trial_declare(trial, line.sender, &line.queue);
    line.receiver = jn_attached(trial, &line.queue);
    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    started_ms = jn_trial_ms(trial);
    settle_again(trial, &line, &received, 0, 1);
    jn_receive(trial, line.receiver, &received, 1);
    later_ms = jn_trial_ms(trial) - started_ms;
    jn_trial_check(trial, later_ms >= DELAY_MS - 20,
                   "it came again after %lld ms; the queue says %d", (long long)later_ms,
                   DELAY_MS);
}

const struct jn_transport_test jn_transport_settle_tests[] = {
    JN_TRANSPORT_TEST(tr_09_what_is_taken_does_not_come_again, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_09_earlier_parcels_are_settled, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_09_each_settlement_has_its_result, 0),
    JN_TRANSPORT_TEST(tr_09_a_call_without_settlements_is_ok, 0),
    JN_TRANSPORT_TEST(tr_09_what_was_given_back_is_in_conflict, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_10_it_comes_again_with_its_attempts, 0),
    JN_TRANSPORT_TEST(tr_10_the_publisher_may_say_the_attempt, 0),
    JN_TRANSPORT_TEST(tr_10_it_comes_again_as_it_was, 0),
    JN_TRANSPORT_TEST(tr_10_it_comes_not_before_its_delay, 0),
    JN_TRANSPORT_TEST(tr_10_a_long_delay_holds_up_nothing_else, 0),
    JN_TRANSPORT_TEST(tr_10_it_comes_again_to_another, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_10_a_queue_may_have_one_delay, 0),
    {0}};
