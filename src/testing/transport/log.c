/* log.c - the tests of TR-6 on brokers whose queues are logs: each reader says
 * where it goes on. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

/* Attach another reader behind an offset. */
static struct jangle_transport *attach_behind(struct jn_trial *trial,
                                              const struct jn_line *line,
                                              const struct jangle_log_offset *offsets,
                                              size_t count)
{
    struct jangle_transport *reader = jn_trial_open(trial);
    struct jangle_error error = {0};

    if (!trial->failed)
        jn_trial_is(trial, "attach behind an offset",
                    reader->ops->attach(reader, &line->queue, offsets, count, &error),
                    JANGLE_OK, &error);
    return reader;
}

/* Receive and keep the offset of each; the name of the log is copied. */
static void receive_offsets(struct jn_trial *trial,
                            const struct jn_line *line,
                            struct jangle_log_offset *offsets,
                            size_t count)
{
    struct jn_received received = {.count = 0};

    jn_receive(trial, line->receiver, &received, count);
    for (size_t i = 0; i < count && !trial->failed; i++) {
        offsets[i] = received.parcels[i].offset;
        if (!jn_trial_check(trial, offsets[i].log != NULL, "a parcel has no offset"))
            return;
        offsets[i].log = jangle_text(&trial->arena, "%s", offsets[i].log);
        jn_trial_check(trial, i == 0 || offsets[i].offset > offsets[i - 1].offset,
                       "the offsets of a log do not grow");
    }
    jn_settle(trial, line->receiver, &received, JANGLE_TAKEN);
}

static void tr_06_a_log_is_read_from_its_first_parcel(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    jn_line_publish(trial, &line, "k", 1, 3);
    jn_take(trial, line.receiver, 3, "1 2 3");
    jn_take(trial, jn_attached(trial, &line.queue), 3, "1 2 3");
    jn_line_publish(trial, &line, "k", 4, 1);
    jn_take(trial, line.receiver, 1, "4");
}

static void tr_06_a_log_is_read_from_behind_an_offset(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_log_offset offsets[4] = {{0}};
    struct jangle_transport *reader;

    jn_line_publish(trial, &line, "k", 1, 4);
    receive_offsets(trial, &line, offsets, 4);
    reader = attach_behind(trial, &line, &offsets[1], 1);
    jn_take(trial, reader, 2, "3 4");
    jn_expect_nothing(trial, reader);
    reader = attach_behind(trial, &line, &offsets[3], 1);
    jn_expect_nothing(trial, reader);
    jn_line_publish(trial, &line, "k", 5, 1);
    jn_take(trial, reader, 1, "5");
}

static void tr_06_a_log_that_is_not_named_is_read_from_its_first(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    const struct jangle_log_offset other = {.log = "another log/7", .offset = 12345};

    jn_line_publish(trial, &line, "k", 1, 2);
    jn_take(trial, attach_behind(trial, &line, &other, 1), 2, "1 2");
}

static bool holds_number(const char *text, int64_t number)
{
    char digits[24];
    size_t size;

    jn_text_format(digits, sizeof digits, "%lld", (long long)number);
    size = strlen(digits);
    for (const char *at = text; (at = strstr(at, digits)); at++) {
        if ((at == text || at[-1] < '0' || at[-1] > '9') &&
            (at[size] < '0' || at[size] > '9'))
            return true;
    }
    return false;
}

/* The end of a log may be named by its last offset or by the next one, and so may what
 * lies before its first parcel. */
static void expect_both_numbers(struct jn_trial *trial,
                                const struct jangle_error *error,
                                int64_t given,
                                int64_t last)
{
    jn_trial_check(trial,
                   holds_number(error->message, given) &&
                       (holds_number(error->message, last) ||
                        holds_number(error->message, last + 1)),
                   "the error does not name both numbers, %lld and %lld: %s",
                   (long long)given, (long long)last, error->message);
}

static void tr_06_an_offset_behind_the_end_is_refused(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_log_offset offsets[3] = {{0}};
    struct jangle_transport *reader = jn_trial_open(trial);
    struct jangle_error error = {0};
    int64_t last;

    jn_line_publish(trial, &line, "k", 1, 3);
    receive_offsets(trial, &line, offsets, 3);
    if (trial->failed)
        return;
    last = offsets[2].offset;
    offsets[2].offset = last + 4711;
    jn_trial_is(trial, "attach behind an offset that the log does not have",
                reader->ops->attach(reader, &line.queue, &offsets[2], 1, &error),
                JANGLE_INVALID, &error);
    expect_both_numbers(trial, &error, last + 4711, last);
}

/* What was sent straight into the queue is removed by a purge. */
static void tr_06_an_offset_before_the_first_is_refused(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "1");
    struct jangle_log_offset offsets[5] = {{0}};
    struct jangle_transport *reader = jn_trial_open(trial);
    struct jangle_error error = {0};

    parcel.topic = NULL;
    parcel.queue = line.queue.name;
    for (int i = 0; i < 5; i++)
        jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    receive_offsets(trial, &line, offsets, 5);
    if (trial->failed)
        return;
    jn_trial_is(trial, "purge",
                line.sender->ops->purge(line.sender, line.queue.name, &error), JANGLE_OK,
                &error);
    error = (struct jangle_error){0};
    jn_trial_is(trial, "attach behind an offset that the log does not have any more",
                reader->ops->attach(reader, &line.queue, &offsets[0], 1, &error),
                JANGLE_INVALID, &error);
    expect_both_numbers(trial, &error, offsets[0].offset, offsets[4].offset);
}

const struct jn_transport_test jn_transport_log_tests[] = {
    JN_TRANSPORT_TEST(tr_06_a_log_is_read_from_its_first_parcel, JN_NEEDS_LOGS),
    JN_TRANSPORT_TEST(tr_06_a_log_is_read_from_behind_an_offset, JN_NEEDS_LOGS),
    JN_TRANSPORT_TEST(tr_06_a_log_that_is_not_named_is_read_from_its_first,
                      JN_NEEDS_LOGS),
    JN_TRANSPORT_TEST(tr_06_an_offset_behind_the_end_is_refused, JN_NEEDS_LOGS),
    JN_TRANSPORT_TEST(tr_06_an_offset_before_the_first_is_refused, JN_NEEDS_LOGS),
    {0}};
