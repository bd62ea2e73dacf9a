/* tended.c - how long a parcel belongs to a receiver: as long as it tends it, and no
 * longer than the ack wait if it does not. And which parcels a queue gets whose routes
 * become more while somebody is attached. */
#include "brokers/nats/line.h"

#include <nats/nats.h>

enum { COUNT = 3, LOOK_MS = 300, LOOKS = 12 };

static const struct jangle_nats_options options = {.ack_wait_ms = 1000};
static const struct jangle_queue ordered = {
    .name = "ordered", .topic = "orders", .in_order = true};

static struct nats_server *server;
static struct jangle_transport *first, *second;

static int begin(void **state)
{
    (void)state;
    first = line_fresh(nats_server_url(server), &options);
    second = line_open(nats_server_url(server), &options);
    assert_result(first->ops->remove_queue(first, &ordered, NULL), JANGLE_OK);
    assert_result(first->ops->declare_queue(first, &ordered, NULL), JANGLE_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_close(first);
    line_close(second);
    first = line_open(nats_server_url(server), NULL);
    assert_result(first->ops->remove_queue(first, &ordered, NULL), JANGLE_OK);
    line_close(first);
    return 0;
}

static void publish_three(void)
{
    for (int i = 0; i < COUNT; i++)
        assert_result(line_publish(first, NULL, &"abc"[i], 1, 10000, NULL), JANGLE_OK);
}

static size_t look(struct jangle_transport *transport)
{
    struct jangle_parcel *parcels;
    size_t count = 0;

    assert_result(transport->ops->receive(transport, COUNT, LINE_BYTES, LOOK_MS, &parcels,
                                          &count, NULL),
                  JANGLE_OK);
    return count;
}

/* More than three times as long as the ack wait, and longer than a turn lasts. */
static void stays_while_tended(const struct jangle_queue *queue)
{
    struct jangle_parcel parcels[COUNT];

    line_attach(first, queue);
    publish_three();
    for (int i = 0; i < COUNT; i++)
        parcels[i] = line_receive(first);
    line_attach(second, queue);
    for (int i = 0; i < LOOKS; i++) {
        assert_result(first->ops->tend(first, NULL), JANGLE_OK);
        assert_int_equal(look(second), 0);
    }
    for (int i = 0; i < COUNT; i++)
        assert_result(line_settle(first, &parcels[i], JANGLE_TAKEN), JANGLE_OK);
}

static void what_is_tended_stays(void **state)
{
    (void)state;
    stays_while_tended(&line_queue);
}

static void a_turn_that_is_tended_stays(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    stays_while_tended(&ordered);
    assert_result(line_publish(first, NULL, "d", 1, 10000, NULL), JANGLE_OK);
    assert_int_equal(look(second), 0);
    parcel = line_receive(first);
    assert_result(line_settle(first, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

/* The other one gets first, and in order, what the first one had in hand. */
static void what_is_not_tended_goes_to_another(void **state)
{
    struct jangle_parcel parcels[COUNT], taken;

    (void)state;
    line_attach(first, &ordered);
    publish_three();
    parcels[0] = line_receive(first);
    parcels[1] = line_receive(first);
    line_attach(second, &ordered);
    for (int i = 0; i < COUNT; i++) {
        taken = line_receive(second);
        assert_memory_equal(taken.body, &"abc"[i], 1);
        assert_result(line_settle(second, &taken, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_result(line_settle(first, &parcels[0], JANGLE_TAKEN), JANGLE_CONFLICT);
    assert_result(line_settle(first, &parcels[1], JANGLE_DEAD), JANGLE_CONFLICT);
    assert_int_equal(look(second), 0);
}

static void publish_to(const char *route, const char *body)
{
    struct jangle_parcel parcel = {
        .topic = "orders", .route = route, .body = body, .body_size = 1};

    assert_result(second->ops->publish(second, &parcel, 1, 10000, NULL), JANGLE_OK);
}

static void routes_become_more_while_it_is_attached(void **state)
{
    static const char *const one[] = {"one", NULL}, *const more[] = {"more", NULL};
    struct jangle_queue queue = ordered;
    struct jangle_parcel parcel;

    (void)state;
    assert_result(first->ops->remove_queue(first, &queue, NULL), JANGLE_OK);
    queue.routes = one;
    assert_result(first->ops->declare_queue(first, &queue, NULL), JANGLE_OK);
    line_attach(first, &queue);
    assert_int_equal(look(first), 0);
    for (int round = 0; round < 2; round++) {
        publish_to("one", "1");
        publish_to("other", "?");
        publish_to("more", round ? "2" : "?");
        publish_to("one", "3");
        for (int i = 0; i < (round ? 3 : 2); i++) {
            parcel = line_receive(first);
            assert_memory_equal(parcel.body, &(round ? "123" : "13")[i], 1);
            assert_result(line_settle(first, &parcel, JANGLE_TAKEN), JANGLE_OK);
        }
        assert_int_equal(look(first), 0);
        queue.routes = more;
        assert_result(second->ops->declare_queue(second, &queue, NULL), JANGLE_OK);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_is_tended_stays),
                                       TEST(a_turn_that_is_tended_stays),
                                       TEST(what_is_not_tended_goes_to_another),
                                       TEST(routes_become_more_while_it_is_attached)};
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
