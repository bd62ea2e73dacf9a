/* order.c - the tests of TR-4, TR-8 and TR-20: parcels of equal keys are kept in order,
 * and who stands by says so. */
#include "testing/transport/line.h"
#include "testing/transport/stopper.h"
#include "testing/transport/tests.h"

/* ---- many keys ----------------------------------------------------------------- */

enum { KEYS = 12, OF_EACH = 8 };

static const char *const keys[KEYS] = {"a", "b", "c", "d", "e", "f",
                                       "g", "h", "i", "j", "k", "l"};

/* Fill in the parcels of all keys, mixed: the numbers of each key grow. */
static bool fill_mixed(struct jn_trial *trial,
                       const struct jn_line *line,
                       struct jangle_parcel parcels[KEYS * OF_EACH])
{
    for (int i = 0; i < KEYS * OF_EACH; i++) {
        const char *body = jangle_text(&trial->arena, "%d", i);

        if (!jn_trial_check(trial, body != NULL, "out of memory"))
            return false;
        parcels[i] = jn_line_parcel(line, keys[i * 7 % KEYS], body);
    }
    return true;
}

/* Each number of each key comes once, in order. */
static void expect_order(struct jn_trial *trial, const struct jn_received *received)
{
    int last[KEYS];

    for (int i = 0; i < KEYS; i++)
        last[i] = -1;
    for (size_t i = 0; i < received->count && !trial->failed; i++) {
        int number = jn_body_number(&received->parcels[i]);
        int key = number * 7 % KEYS;

        if (!jn_trial_check(trial, number >= 0, "a body is no number"))
            return;
        jn_trial_check(trial, number > last[key], "of the key %s, %d came after %d",
                       keys[key], number, last[key]);
        last[key] = number;
    }
}

static void tr_04_parcels_of_one_call_keep_the_order_of_each_key(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcels[KEYS * OF_EACH];
    struct jn_received received = {.count = 0};

    if (!fill_mixed(trial, &line, parcels))
        return;
    jn_publish(trial, line.sender, parcels, KEYS * OF_EACH);
    jn_receive(trial, line.receiver, &received, KEYS * OF_EACH);
    expect_order(trial, &received);
}

static void tr_08_the_order_of_each_key_is_kept_over_many_calls(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcels[KEYS * OF_EACH];
    struct jn_received received = {.count = 0};

    if (!fill_mixed(trial, &line, parcels))
        return;
    for (size_t i = 0; i < KEYS * OF_EACH; i += 5) {
        size_t left = KEYS * OF_EACH - i;

        jn_publish(trial, line.sender, &parcels[i], left < 5 ? left : 5);
    }
    jn_receive(trial, line.receiver, &received, KEYS * OF_EACH);
    expect_order(trial, &received);
}

/* ---- what is kept of a call that fails ------------------------------------------- */

/* Publish while another thread stops the broker, and start it again. */
static void publish_while_it_stops(struct jn_trial *trial,
                                   const struct jn_line *line,
                                   struct jangle_parcel *parcels,
                                   size_t count)
{
    struct jn_stopper stopper;
    struct jangle_error error = {0};

    if (!jn_stopper_start(trial, &stopper, 0))
        return;
    line->sender->ops->publish(line->sender, parcels, count, JN_PUBLISH_MS, &error);
    jn_stopper_join(trial, &stopper);
    jn_trial_start(trial);
}

/* What the queue has are the first parcels, and among them all that were confirmed. */
static void expect_beginning(struct jn_trial *trial,
                             const struct jn_received *received,
                             const struct jangle_parcel *parcels,
                             size_t count)
{
    for (size_t i = 0; i < received->count && !trial->failed; i++) {
        int number = jn_body_number(&received->parcels[i]);

        jn_trial_check(trial, number == (int)i, "%d was kept without %zu", number, i);
    }
    for (size_t i = 0; i < count && !trial->failed; i++) {
        if (parcels[i].result == JANGLE_OK)
            jn_trial_check(trial, i < received->count, "%zu was confirmed, and is lost",
                           i);
        if (parcels[i].result == JANGLE_BUSY)
            jn_trial_check(trial, i >= received->count,
                           "%zu is BUSY, and was published nevertheless", i);
    }
}

static size_t count_confirmed(const struct jangle_parcel *parcels, size_t count)
{
    size_t confirmed = 0;

    for (size_t i = 0; i < count; i++)
        confirmed += parcels[i].result == JANGLE_OK;
    return confirmed;
}

static void tr_04_what_is_kept_is_a_beginning(struct jn_trial *trial)
{
    enum { COUNT = 200, ROUNDS = 3 };
    struct jangle_parcel parcels[COUNT];

    for (int round = 0; round < ROUNDS && !trial->failed; round++) {
        struct jn_line line = jn_line_open(trial, true);
        struct jn_received received = {.count = 0};

        if (trial->failed)
            return;
        if (!line.sender->ops->keeps_prefix) {
            trial->skip = "it does not keep a prefix";
            return;
        }
        for (int i = 0; i < COUNT; i++)
            parcels[i] = jn_line_parcel(&line, "k", jangle_text(&trial->arena, "%d", i));
        jn_trial_close(trial, line.receiver);
        publish_while_it_stops(trial, &line, parcels, COUNT);
        line.receiver = jn_trial_open(trial);
        jn_attach_when_back(trial, line.receiver, &line.queue);
        jn_receive(trial, line.receiver, &received, count_confirmed(parcels, COUNT));
        jn_receive_rest(trial, line.receiver, &received);
        expect_beginning(trial, &received, parcels, COUNT);
        jn_trial_close(trial, line.receiver);
        jn_trial_close(trial, line.sender);
    }
}

/* ---- what was given back --------------------------------------------------------- */

static void tr_08_what_detach_gives_back_comes_first(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 6);
    jn_take(trial, line.receiver, 1, "1");
    jn_receive(trial, line.receiver, &received, 3);
    jn_expect(trial, &received, "2 3 4");
    jn_detach(trial, line.receiver, line.queue.name);
    jn_line_publish(trial, &line, "k", 7, 1);
    jn_attach(trial, line.receiver, &line.queue);
    jn_take(trial, line.receiver, 6, "2 3 4 5 6 7");
}

static void tr_08_what_close_gives_back_comes_first(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 5);
    jn_receive(trial, line.receiver, &received, 3);
    jn_expect(trial, &received, "1 2 3");
    jn_trial_close(trial, line.receiver);
    line.receiver = jn_attached(trial, &line.queue);
    jn_take(trial, line.receiver, 5, "1 2 3 4 5");
}

/* A part of what was received is settled, from its middle. */
static void tr_08_what_is_left_of_several_comes_in_order(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 5);
    jn_receive(trial, line.receiver, &received, 4);
    jn_expect(trial, &received, "1 2 3 4");
    jn_settle_one(trial, line.receiver,
                  &(const struct jangle_settlement){.parcel = &received.parcels[1],
                                                    .disposition = JANGLE_TAKEN},
                  JANGLE_OK);
    jn_trial_close(trial, line.receiver);
    line.receiver = jn_attached(trial, &line.queue);
    jn_take(trial, line.receiver, 4, "1 3 4 5");
}

static void tr_08_a_parcel_for_again_gives_up_its_turn(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jn_received received = {.count = 0};

    jn_line_publish(trial, &line, "k", 1, 3);
    jn_receive(trial, line.receiver, &received, 1);
    jn_expect(trial, &received, "1");
    jn_settle_one(trial, line.receiver,
                  &(const struct jangle_settlement){.parcel = &received.parcels[0],
                                                    .disposition = JANGLE_AGAIN,
                                                    .delay_ms = 3000,
                                                    .attempts = 1},
                  JANGLE_OK);
    jn_take(trial, line.receiver, 3, "2 3 1");
}

/* ---- one receiver at a time ------------------------------------------------------ */

/* Which of the two gets parcels, if both look in turn until `count` have come. */
static struct jangle_transport *find_active(struct jn_trial *trial,
                                            struct jangle_transport *const both[2],
                                            struct jn_received *received,
                                            size_t count)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jangle_transport *active = NULL;

    while (!trial->failed && received->count < count) {
        size_t came = 0;

        for (int i = 0; i < 2; i++) {
            size_t more = jn_receive_once(trial, both[i], received,
                                          count - received->count, JN_RECEIVE_BYTES);

            jn_trial_check(trial, !more || !active || active == both[i],
                           "two receivers of a queue in order get parcels");
            active = more ? both[i] : active;
            came += more;
            if (received->count == count)
                break;
        }
        if (!came && !jn_trial_waits(trial, &wait, false))
            break;
    }
    jn_trial_check(trial, received->count >= count, "%zu of %zu parcels were received",
                   received->count, count);
    return active;
}

static void tr_08_one_receives_while_others_stand_by(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *both[2] = {line.receiver, jn_attached(trial, &line.queue)};
    struct jn_received received = {.count = 0};
    struct jangle_transport *active, *other;

    jn_line_publish(trial, &line, "k", 1, 4);
    jn_line_publish(trial, &line, "k", 5, 4);
    active = find_active(trial, both, &received, 6);
    other = both[active == both[0]];
    jn_expect(trial, &received, "1 2 3 4 5 6");
    jn_expect_nothing(trial, other);
    received.count = 2;
    jn_settle(trial, active, &received, JANGLE_TAKEN);
    jn_trial_close(trial, active);
    jn_take(trial, other, 6, "3 4 5 6 7 8");
}

static void tr_08_another_takes_over_after_a_detach(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *both[2] = {line.receiver, jn_attached(trial, &line.queue)};
    struct jn_received received = {.count = 0};
    struct jangle_transport *active, *other;

    jn_line_publish(trial, &line, "k", 1, 3);
    active = find_active(trial, both, &received, 1);
    other = both[active == both[0]];
    jn_detach(trial, active, line.queue.name);
    jn_line_publish(trial, &line, "k", 4, 1);
    jn_take(trial, other, 4, "1 2 3 4");
    jn_expect_nothing(trial, active);
}

/* ---- who stands by --------------------------------------------------------------- */

static void expect_standing_by(struct jn_trial *trial,
                               struct jangle_transport *transport,
                               const char *queue)
{
    const char *named = trial->failed ? NULL : transport->ops->standing_by(transport);

    jn_trial_check(trial, named || !queue, "it stands by and does not say so");
    if (named)
        jn_trial_check(trial, queue && strcmp(named, queue) == 0,
                       "it says that it stands by at \"%s\", which is not so", named);
}

static void tr_20_who_stands_by_names_the_queue(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_transport *both[2] = {line.receiver, jn_attached(trial, &line.queue)};
    struct jn_received received = {.count = 0};
    struct jangle_transport *active, *other;

    if (trial->failed)
        return;
    if (!line.receiver->ops->standing_by) {
        trial->skip = "it cannot tell";
        return;
    }
    jn_line_publish(trial, &line, "k", 1, 3);
    active = find_active(trial, both, &received, 1);
    other = both[active == both[0]];
    jn_expect_nothing(trial, other);
    expect_standing_by(trial, other, line.queue.name);
    expect_standing_by(trial, active, NULL);
    jn_detach(trial, active, line.queue.name);
    jn_take(trial, other, 3, "1 2 3");
    expect_standing_by(trial, other, NULL);
}

const struct jn_transport_test jn_transport_order_tests[] = {
    JN_TRANSPORT_TEST(tr_04_parcels_of_one_call_keep_the_order_of_each_key, 0),
    JN_TRANSPORT_TEST(tr_04_what_is_kept_is_a_beginning, JN_NEEDS_STOP),
    JN_TRANSPORT_TEST(tr_08_the_order_of_each_key_is_kept_over_many_calls, 0),
    JN_TRANSPORT_TEST(tr_08_what_detach_gives_back_comes_first, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_08_what_close_gives_back_comes_first, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_08_what_is_left_of_several_comes_in_order, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_08_a_parcel_for_again_gives_up_its_turn, 0),
    JN_TRANSPORT_TEST(tr_08_one_receives_while_others_stand_by, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_08_another_takes_over_after_a_detach, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_20_who_stands_by_names_the_queue, JN_NEEDS_QUEUES),
    {0}};
