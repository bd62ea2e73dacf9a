/* publish.c - the tests of TR-3: each parcel gets its own result. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

/* Publish parcels whose results differ. */
static void publish_expecting(struct jn_trial *trial,
                              struct jangle_transport *transport,
                              struct jangle_parcel *parcels,
                              size_t count,
                              const enum jangle_result *expected)
{
    struct jangle_error error = {0};
    enum jangle_result result;

    if (trial->failed)
        return;
    for (size_t i = 0; i < count; i++)
        parcels[i].result = JANGLE_UNKNOWN;
    result = transport->ops->publish(transport, parcels, count, JN_PUBLISH_MS, &error);
    jn_trial_is(trial, "publish", result, JANGLE_OK, &error);
    for (size_t i = 0; i < count; i++)
        jn_trial_is(
            trial,
            JN_SHOWN(60, jangle_text(&trial->arena, "the result of parcel %zu", i + 1)),
            parcels[i].result, expected[i], NULL);
}

static void tr_03_each_parcel_of_a_call_arrives(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    jn_line_publish(trial, &line, NULL, 101, 8);
    jn_line_publish(trial, &line, "a key", 109, 1);
    jn_take_in_any_order(trial, line.receiver, 9, "101 102 103 104 105 106 107 108 109");
    jn_expect_nothing(trial, line.receiver);
}

static void tr_03_a_call_without_parcels_is_ok(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    publish_expecting(trial, line.sender, NULL, 0, NULL);
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

static void tr_03_a_parcel_goes_straight_into_its_queue(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_queue alone = jn_trial_queue(trial);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "straight");

    jn_trial_declare(trial, line.sender, &alone);
    parcel.topic = NULL;
    parcel.queue = alone.name;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_take(trial, jn_attached(trial, &alone), 1, "straight");
    jn_expect_nothing(trial, line.receiver);
}

/* That queue would take it if it went to the topic. */
static void tr_03_what_goes_straight_needs_no_binding(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "straight");

    parcel.topic = NULL;
    parcel.queue = line.queue.name;
    parcel.must_be_queued = true;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_take(trial, line.receiver, 1, "straight");
    jn_expect_nothing(trial, line.receiver);
}

static void tr_03_without_a_queue_it_is_ok_and_not_kept(struct jn_trial *trial)
{
    const char *const routes[] = {"thing.done", NULL};
    struct jn_line line = {.sender = jn_trial_open(trial),
                           .queue = jn_trial_queue(trial)};
    struct jangle_parcel parcel;

    line.queue.topic = jn_trial_topic(trial);
    line.queue.routes = routes;
    parcel = jn_line_parcel(&line, NULL, "early");
    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_trial_declare(trial, line.sender, &line.queue);
    parcel.route = "thing.undone";
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_line_publish(trial, &line, NULL, 1, 1);
    line.receiver = jn_attached(trial, &line.queue);
    jn_take(trial, line.receiver, 1, "1");
    jn_expect_nothing(trial, line.receiver);
}

static void tr_03_what_must_be_queued_is_not_found_without_a_queue(struct jn_trial *trial)
{
    static const enum jangle_result before[] = {JANGLE_OK, JANGLE_NOT_FOUND, JANGLE_OK};
    static const enum jangle_result after[] = {JANGLE_OK, JANGLE_OK, JANGLE_OK};
    const char *const routes[] = {"thing.done", NULL};
    const char *const more[] = {"thing.done", "thing.undone", NULL};
    struct jn_line line = {.sender = jn_trial_open(trial),
                           .queue = jn_trial_queue(trial)};
    struct jangle_parcel parcels[3];

    line.queue.topic = jn_trial_topic(trial);
    line.queue.routes = routes;
    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_trial_declare(trial, line.sender, &line.queue);
    parcels[0] = jn_line_parcel(&line, "k", "1");
    parcels[1] = jn_line_parcel(&line, "k", "2");
    parcels[2] = jn_line_parcel(&line, "k", "3");
    parcels[0].must_be_queued = true;
    parcels[1].must_be_queued = true;
    parcels[1].route = "thing.undone";
    publish_expecting(trial, line.sender, parcels, 3, before);
    line.receiver = jn_attached(trial, &line.queue);
    jn_take_in_any_order(trial, line.receiver, 2, "1 3");
    line.queue.routes = more;
    jn_trial_declare(trial, line.sender, &line.queue);
    publish_expecting(trial, line.sender, parcels, 3, after);
    jn_take_in_any_order(trial, line.receiver, 3, "1 2 3");
}

/* A broker may close a connection over such a parcel, and then has to publish the others
 * again: none is lost, and none comes twice. */
static void publish_one_bad_among_good(struct jn_trial *trial,
                                       const struct jn_line *line,
                                       const struct jangle_parcel *bad,
                                       enum jangle_result expected)
{
    const enum jangle_result results[] = {JANGLE_OK, JANGLE_OK, expected, JANGLE_OK,
                                          JANGLE_OK};
    struct jangle_parcel parcels[5];

    for (size_t i = 0; i < 5; i++)
        parcels[i] = jn_line_parcel(line, i == 4 ? "other" : "k",
                                    (const char *[]){"1", "2", "bad", "3", "4"}[i]);
    parcels[2] = *bad;
    for (int round = 0; round < 2; round++) {
        publish_expecting(trial, line->sender, parcels, 5, results);
        jn_take_in_any_order(trial, line->receiver, 4, "1 2 3 4");
    }
    jn_expect_nothing(trial, line->receiver);
}

static void tr_03_a_missing_topic_harms_no_other(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel bad = jn_line_parcel(&line, "k", "bad");

    bad.topic = jn_trial_topic(trial);
    publish_one_bad_among_good(trial, &line, &bad, JANGLE_NOT_FOUND);
    bad.must_be_queued = true;
    publish_one_bad_among_good(trial, &line, &bad, JANGLE_NOT_FOUND);
}

static void tr_03_a_missing_queue_harms_no_other(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel bad = jn_line_parcel(&line, "k", "bad");

    bad.topic = NULL;
    bad.queue = jn_trial_queue(trial).name;
    publish_one_bad_among_good(trial, &line, &bad, JANGLE_NOT_FOUND);
}

static void tr_03_a_body_that_is_too_large_harms_no_other(struct jn_trial *trial)
{
    enum { SENSIBLE = 64 << 20 };
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel bad = jn_line_parcel(&line, "k", "bad");
    size_t size = line.sender ? line.sender->ops->body_bytes : 0;

    if (size == 0 || size > SENSIBLE) {
        trial->skip = "the broker has no limit of its own";
        return;
    }
    bad.body_size = size + 1;
    bad.body = jangle_alloc(&trial->arena, bad.body_size);
    if (jn_trial_check(trial, bad.body != NULL, "out of memory"))
        publish_one_bad_among_good(trial, &line, &bad, JANGLE_INVALID);
}

/* Publish a parcel for a topic that does not exist, again while the broker is busy. */
static void publish_in_vain(struct jn_trial *trial, const struct jn_line *line)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jangle_parcel parcel = jn_line_parcel(line, "k", "bad");

    parcel.topic = jn_trial_topic(trial);
    do {
        struct jangle_error error = {0};

        if (trial->failed)
            return;
        parcel.result = JANGLE_UNKNOWN;
        line->sender->ops->publish(line->sender, &parcel, 1, JN_PUBLISH_MS, &error);
    } while ((parcel.result == JANGLE_BUSY || parcel.result == JANGLE_TIMEOUT) &&
             jn_trial_waits(trial, &wait, true));
    jn_trial_is(trial,
                "after a call without time, the result of a parcel that has no topic",
                parcel.result, JANGLE_NOT_FOUND, NULL);
}

/* A call that has no time leaves confirms behind it. */
static void tr_03_a_late_confirm_is_for_no_other_call(struct jn_trial *trial)
{
    enum { COUNT = 20 };
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcels[COUNT];

    for (size_t i = 0; i < COUNT; i++)
        parcels[i] = jn_line_parcel(&line, NULL, "1");
    for (int round = 0; round < 5; round++) {
        struct jangle_error error = {0};
        enum jangle_result result;

        if (trial->failed)
            return;
        result = line.sender->ops->publish(line.sender, parcels, COUNT, 0, &error);
        jn_trial_check(trial,
                       result == JANGLE_OK || result == JANGLE_TIMEOUT ||
                           result == JANGLE_BUSY,
                       "publish without time is %s", jangle_result_name(result));
        for (size_t i = 0; i < COUNT; i++)
            jn_trial_check(trial,
                           parcels[i].result == JANGLE_OK ||
                               parcels[i].result == JANGLE_TIMEOUT ||
                               parcels[i].result == JANGLE_BUSY,
                           "the result of a parcel that had no time is %s",
                           jangle_result_name(parcels[i].result));
        publish_in_vain(trial, &line);
    }
}

const struct jn_transport_test jn_transport_publish_tests[] = {
    JN_TRANSPORT_TEST(tr_03_each_parcel_of_a_call_arrives, 0),
    JN_TRANSPORT_TEST(tr_03_a_call_without_parcels_is_ok, 0),
    JN_TRANSPORT_TEST(tr_03_a_parcel_goes_straight_into_its_queue, 0),
    JN_TRANSPORT_TEST(tr_03_what_goes_straight_needs_no_binding, 0),
    JN_TRANSPORT_TEST(tr_03_without_a_queue_it_is_ok_and_not_kept, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_03_what_must_be_queued_is_not_found_without_a_queue,
                      JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_03_a_missing_topic_harms_no_other, 0),
    JN_TRANSPORT_TEST(tr_03_a_missing_queue_harms_no_other, 0),
    JN_TRANSPORT_TEST(tr_03_a_body_that_is_too_large_harms_no_other, 0),
    JN_TRANSPORT_TEST(tr_03_a_late_confirm_is_for_no_other_call, 0),
    {0}};
