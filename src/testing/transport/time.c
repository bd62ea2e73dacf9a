/* time.c - the tests of TR-12, TR-13 and TR-18: tend, wake, and how long a call
 * may take. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"
#include "testing/transport/waiter.h"

/* ---- TR-12 --------------------------------------------------------------------- */

static void expect_tended(struct jn_trial *trial, struct jangle_transport *transport)
{
    struct jangle_error error = {0};

    if (!trial->failed)
        jn_trial_is(trial, "tend", transport->ops->tend(transport, &error), JANGLE_OK,
                    &error);
}

static void tr_12_tend_may_be_called_at_any_time(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    expect_tended(trial, jn_trial_open(trial));
    expect_tended(trial, line.receiver);
    expect_tended(trial, line.receiver);
    jn_line_publish(trial, &line, NULL, 1, 1);
    expect_tended(trial, line.receiver);
    jn_take(trial, line.receiver, 1, "1");
}

/* If time can pass by itself, for half an hour; else for a few seconds. */
static void tr_12_what_is_tended_stays_here(struct jn_trial *trial)
{
    const struct jangle_transport_trial *given = trial->given;
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_transport *other = jn_trial_open(trial);
    struct jn_received received = {.count = 0}, none = {.count = 0};

    jn_line_publish(trial, &line, NULL, 1, 2);
    jn_receive(trial, line.receiver, &received, 2);
    jn_attach(trial, other, &line.queue);
    for (int i = 0; i < (given->pass ? 360 : 6) && !trial->failed; i++) {
        if (given->pass)
            jn_trial_check(trial, given->pass(given->context, 5000), "time cannot pass");
        expect_tended(trial, line.receiver);
        for (int j = 0; j < (given->pass ? 1 : 5); j++)
            jn_receive_once(trial, other, &none, 1, JN_RECEIVE_BYTES);
    }
    jn_trial_check(trial, none.count == 0, "another receiver got what is tended");
    jn_settle(trial, line.receiver, &received, JANGLE_TAKEN);
    jn_trial_close(trial, line.receiver);
    jn_expect_nothing(trial, other);
}

/* ---- TR-13 --------------------------------------------------------------------- */

static void tr_13_wake_ends_a_receive_that_waits(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    for (int round = 0; round < 5 && !trial->failed; round++) {
        struct jn_waiter waiter;

        if (!jn_waiter_start(trial, &waiter, line.receiver))
            return;
        if (round > 0)
            jn_pause_until(jn_monotonic_after_ms(20));
        line.receiver->ops->wake(line.receiver);
        jn_trial_check(trial, jn_waiter_ends(&waiter, 0), "wake did not end the receive");
        jn_waiter_join(trial, &waiter);
        jn_trial_is(trial, "receive", waiter.result, JANGLE_OK, &waiter.error);
        jn_trial_check(trial, waiter.count == 0, "it received what was never sent");
    }
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

/* Of several wakes before it, too. */
static void tr_13_after_a_wake_the_next_receive_does_not_wait(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    for (int wakes = 1; wakes <= 2 && !trial->failed; wakes++) {
        struct jn_waiter waiter;

        for (int i = 0; i < wakes; i++)
            line.receiver->ops->wake(line.receiver);
        if (!jn_waiter_start(trial, &waiter, line.receiver))
            return;
        jn_trial_check(trial, jn_waiter_ends(&waiter, 0),
                       "a receive that was woken before waits nevertheless");
        jn_waiter_join(trial, &waiter);
        jn_trial_is(trial, "receive", waiter.result, JANGLE_OK, &waiter.error);
    }
}

static void tr_13_a_wake_loses_no_parcel(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 9);
    for (size_t i = 1; i <= 9 && !trial->failed; i++) {
        line.receiver->ops->wake(line.receiver);
        jn_receive(trial, line.receiver, &received, i);
    }
    jn_expect(trial, &received, "1 2 3 4 5 6 7 8 9");
}

/* ---- TR-18 --------------------------------------------------------------------- */

/* A wait of 100 ms in a thread of its own: its end is waited for, with patience. */
static void tr_18_a_receive_waits_no_longer_than_it_may(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_waiter waiter;

    if (!jn_waiter_start_for(trial, &waiter, line.receiver, 100))
        return;
    jn_trial_check(trial, jn_waiter_ends(&waiter, 1),
                   "a receive of %lld ms is not over after %d s",
                   (long long)waiter.wait_ms, JN_WAITER_LIMIT_MS / 1000);
    jn_waiter_join(trial, &waiter);
    jn_trial_is(trial, "receive", waiter.result, JANGLE_OK, &waiter.error);
}

/* The broker is away: what has a time keeps to it, and the others to 30 s. */
static void tr_18_no_call_waits_for_a_broker_that_is_away(struct jn_trial *trial)
{
    enum { TOLD_MS = 500, PATIENCE_MS = 35000 };
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "1");
    struct jangle_error error = {0};
    int64_t started_us, waited[2];

    jn_trial_stop(trial);
    if (trial->failed)
        return;
    started_us = jn_monotonic_us();
    line.sender->ops->publish(line.sender, &parcel, 1, TOLD_MS, &error);
    waited[0] = (jn_monotonic_us() - started_us) / 1000;
    started_us = jn_monotonic_us();
    error = (struct jangle_error){0};
    line.sender->ops->declare_topic(line.sender, line.queue.topic, &error);
    waited[1] = (jn_monotonic_us() - started_us) / 1000;
    jn_trial_check(trial, waited[0] < JN_WAITER_LIMIT_MS,
                   "publish took %lld ms; it had %d", (long long)waited[0], TOLD_MS);
    jn_trial_check(trial, waited[1] < PATIENCE_MS, "declare_topic took %lld ms",
                   (long long)waited[1]);
}

/* Where the transport keeps the time, a delay of a day lasts a day of the host. */
static void tr_18_delays_go_by_the_clock_of_the_host(struct jn_trial *trial)
{
    enum { DAY_MS = 86400000 };
    const struct jangle_transport_trial *given = trial->given;
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    if (trial->failed)
        return;
    jn_settle_one(trial, line.receiver,
                  &(const struct jangle_settlement){.parcel = &received.parcels[0],
                                                    .disposition = JANGLE_AGAIN,
                                                    .delay_ms = DAY_MS,
                                                    .attempts = 1},
                  JANGLE_OK);
    jn_expect_nothing(trial, line.receiver);
    jn_trial_check(trial, given->pass(given->context, DAY_MS - 60000),
                   "time cannot pass");
    jn_expect_nothing(trial, line.receiver);
    jn_trial_check(trial, given->pass(given->context, 60000), "time cannot pass");
    jn_take(trial, line.receiver, 1, "1");
}

const struct jn_transport_test jn_transport_time_tests[] = {
    JN_TRANSPORT_TEST(tr_12_tend_may_be_called_at_any_time, 0),
    JN_TRANSPORT_TEST(tr_12_what_is_tended_stays_here, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_13_wake_ends_a_receive_that_waits, 0),
    JN_TRANSPORT_TEST(tr_13_after_a_wake_the_next_receive_does_not_wait, 0),
    JN_TRANSPORT_TEST(tr_13_a_wake_loses_no_parcel, 0),
    JN_TRANSPORT_TEST(tr_18_a_receive_waits_no_longer_than_it_may, 0),
    JN_TRANSPORT_TEST(tr_18_no_call_waits_for_a_broker_that_is_away, JN_NEEDS_STOP),
    JN_TRANSPORT_TEST(tr_18_delays_go_by_the_clock_of_the_host, JN_NEEDS_PASS),
    {0}};
