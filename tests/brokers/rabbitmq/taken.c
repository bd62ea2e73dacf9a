/* taken.c - several messages are acknowledged by one frame, and none of them is
 * one that is still held. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/shared.h"

enum { PARCELS = 6, TRIES = 20000 };

static const struct jangle_queue other_queue = {.name = "others-queue",
                                                .topic = "orders"};

static struct rabbitmq_server *server;

/* ---- small things ---------------------------------------------------------------- */

/* "a", "b"... to the topic. */
static void publish_letters(struct jangle_transport *sender)
{
    for (int i = 0; i < PARCELS; i++) {
        char body[2] = {(char)('a' + i), '\0'};

        assert_result(line_publish(sender, "orders", body, LINE_WAIT_MS, NULL),
                      JANGLE_OK);
    }
}

/* What a parcel points to is valid until it is settled. */
static void forget(const struct jangle_settlement *settlements,
                   size_t used,
                   struct jangle_parcel *parcels,
                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < used; j++)
            if (settlements[j].parcel == &parcels[i])
                parcels[i].body = parcels[i].queue = NULL;
}

/* A letter of `letters` is settled in one call with the others; a capital one is dead.
 * Those of other queues than `queue` are left alone. */
static void settle_letters(struct jangle_transport *receiver,
                           struct jangle_parcel *parcels,
                           size_t count,
                           const char *queue,
                           const char *letters)
{
    struct jangle_settlement settlements[2 * PARCELS];
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        char letter = parcels[i].body ? *(const char *)parcels[i].body : '?';
        bool dead = strchr(letters, letter - 'a' + 'A');

        if (!parcels[i].body || strcmp(parcels[i].queue, queue) != 0 ||
            (!dead && !strchr(letters, letter)))
            continue;
        settlements[used++] =
            (struct jangle_settlement){.parcel = &parcels[i],
                                       .disposition = dead ? JANGLE_DEAD : JANGLE_TAKEN,
                                       .reason = "a test wants it"};
    }
    assert_int_equal(used, strlen(letters));
    assert_result(receiver->ops->settle(receiver, settlements, used, NULL), JANGLE_OK);
    for (size_t i = 0; i < used; i++)
        assert_result(settlements[i].result, JANGLE_OK);
    forget(settlements, used, parcels, count);
}

static void receive_letters(struct jangle_transport *receiver,
                            struct jangle_parcel *parcels,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        parcels[i] = line_receive(receiver);
}

/* The broker learns a moment after a connection has ended what it is to give to others.
 */
static void wait_for_count(struct jangle_transport *transport,
                           const struct jangle_queue *queue,
                           size_t wanted)
{
    int64_t count = -1;

    for (int tries = 0; tries < TRIES && count != (int64_t)wanted; tries++)
        count = line_count(transport, queue->name);
    assert_int_equal(count, wanted);
}

/* These come to a new receiver of that queue, and no others. */
static void assert_left(const struct jangle_queue *queue, const char *letters)
{
    struct jangle_transport *receiver = line_open(server);

    wait_for_count(receiver, queue, strlen(letters));
    assert_result(receiver->ops->attach(receiver, queue, NULL, 0, NULL), JANGLE_OK);
    for (; *letters; letters++) {
        struct jangle_parcel parcel = line_receive(receiver);

        assert_memory_equal(parcel.body, letters, 1);
        assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    line_close(receiver);
    receiver = line_open(server);
    wait_for_count(receiver, queue, 0);
    line_close(receiver);
}

/* All are received, some are settled, and the connection ends. */
static void settle_some(const char *letters)
{
    struct jangle_transport *receiver = line_fresh(server);
    struct jangle_parcel parcels[PARCELS];

    publish_letters(receiver);
    line_attach(receiver);
    receive_letters(receiver, parcels, PARCELS);
    settle_letters(receiver, parcels, PARCELS, line_queue.name, letters);
    line_close(receiver);
}

/* ---- tests ----------------------------------------------------------------------- */

static void all_that_are_taken_are_gone(void **state)
{
    (void)state;
    settle_some("abcdef");
    assert_left(&line_queue, "");
}

static void those_behind_the_last_one_come_again(void **state)
{
    (void)state;
    settle_some("abc");
    assert_left(&line_queue, "def");
}

static void those_before_the_first_one_and_between_come_again(void **state)
{
    (void)state;
    settle_some("bce");
    assert_left(&line_queue, "adf");
}

static void dead_ones_among_them_are_dead_once(void **state)
{
    (void)state;
    settle_some("aBcE");
    assert_left(&line_queue, "df");
    assert_left(&(struct jangle_queue){.name = "orders-queue.dead"}, "be");
}

/* Those of later calls, too, when what was held before them is taken at last. */
static void those_that_were_held_are_taken_later(void **state)
{
    struct jangle_transport *receiver = line_fresh(server);
    struct jangle_parcel parcels[PARCELS];

    (void)state;
    publish_letters(receiver);
    line_attach(receiver);
    receive_letters(receiver, parcels, PARCELS);
    settle_letters(receiver, parcels, PARCELS, line_queue.name, "bd");
    settle_letters(receiver, parcels, PARCELS, line_queue.name, "ae");
    line_close(receiver);
    assert_left(&line_queue, "cf");
}

/* Deliveries have numbers of their own in each queue. */
static void those_of_another_queue_come_again(void **state)
{
    struct jangle_transport *receiver = line_fresh(server);
    struct jangle_parcel parcels[2 * PARCELS];

    (void)state;
    assert_result(receiver->ops->declare_queue(receiver, &other_queue, NULL), JANGLE_OK);
    publish_letters(receiver);
    assert_result(receiver->ops->attach(receiver, &other_queue, NULL, 0, NULL),
                  JANGLE_OK);
    receive_letters(receiver, parcels, PARCELS);
    line_attach(receiver);
    receive_letters(receiver, parcels + PARCELS, PARCELS);
    settle_letters(receiver, parcels, 2 * PARCELS, other_queue.name, "abcdef");
    line_close(receiver);
    assert_left(&line_queue, "abcdef");
    assert_left(&other_queue, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_are_taken_are_gone),
        cmocka_unit_test(those_behind_the_last_one_come_again),
        cmocka_unit_test(those_before_the_first_one_and_between_come_again),
        cmocka_unit_test(dead_ones_among_them_are_dead_once),
        cmocka_unit_test(those_that_were_held_are_taken_later),
        cmocka_unit_test(those_of_another_queue_come_again),
    };
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
