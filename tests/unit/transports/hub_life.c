/* hub_life.c - the broker in memory: stop and start, threads, fork, and no memory. */
#include "unit/transports/hub_scene.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- stop and start ------------------------------------------------------------ */

/* Each operation, so that none is forgotten. */
static void check_all_busy(struct jangle_transport *transport)
{
    const struct jangle_transport_ops *ops = transport->ops;
    struct jangle_queue orders = {.name = "orders"};
    struct jangle_parcel parcel = {.topic = "shop", .result = JANGLE_OK}, *parcels;
    struct jangle_error error = {0};
    int64_t waiting;
    size_t count = 1;

    assert_result(ops->declare_topic(transport, "t", NULL), JANGLE_BUSY);
    assert_result(ops->declare_queue(transport, &orders, NULL), JANGLE_BUSY);
    assert_result(ops->publish(transport, &parcel, 1, 1, &error), JANGLE_BUSY);
    assert_string_equal(error.message,
                        "hub: it is stopped, so \"one\" cannot reach it "
                        "before jangle_hub_start");
    assert_result(parcel.result, JANGLE_BUSY);
    assert_result(ops->attach(transport, &orders, NULL, 0, NULL), JANGLE_BUSY);
    assert_result(ops->detach(transport, "orders", NULL), JANGLE_BUSY);
    assert_result(ops->receive(transport, 1, 1, 0, &parcels, &count, NULL), JANGLE_BUSY);
    assert_int_equal(count, 0);
    assert_result(ops->settle(transport, NULL, 0, NULL), JANGLE_BUSY);
    assert_result(ops->tend(transport, NULL), JANGLE_BUSY);
    assert_result(ops->count(transport, "orders", &waiting, NULL), JANGLE_BUSY);
    assert_result(ops->purge(transport, "orders", NULL), JANGLE_BUSY);
    assert_result(ops->remove_queue(transport, &orders, NULL), JANGLE_BUSY);
    assert_result(ops->remove_topic(transport, "shop", NULL), JANGLE_BUSY);
}

static void a_hub_that_is_stopped_keeps_what_it_has(void **state)
{
    struct hub_scene *scene = *state;
    struct received got;
    struct jangle_settlement settlement = {.disposition = JANGLE_TAKEN};
    struct jangle_parcel kept[2];

    attach(scene->one, "orders");
    publish_into(scene->two, "orders", "a", "1");
    publish_into(scene->two, "orders", "a", "2");
    publish_into(scene->two, "orders", "a", "3");
    got = receive(scene->one, 2);
    memcpy(kept, got.parcels, sizeof kept);
    jangle_hub_stop(scene->hub);
    check_all_busy(scene->one);
    settlement.parcel = &kept[0];
    assert_result(scene->one->ops->settle(scene->one, &settlement, 1, NULL), JANGLE_BUSY);
    assert_result(settlement.result, JANGLE_BUSY);
    jangle_hub_start(scene->hub);
    assert_result(scene->one->ops->tend(scene->one, NULL), JANGLE_OK);
    settlement.parcel = &kept[1];
    assert_result(scene->one->ops->settle(scene->one, &settlement, 1, NULL), JANGLE_OK);
    assert_result(settlement.result, JANGLE_CONFLICT);
    receive_all(scene->one, "1 2 3", true);
}

/* The queue was removed, and made again, while this receiver had no connection. */
static void a_queue_of_the_same_name_is_not_the_one_that_was_attached(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue orders = {.name = "orders"};
    struct jangle_parcel *parcels;
    size_t count;

    attach(scene->one, "orders");
    jangle_hub_stop(scene->hub);
    jangle_hub_start(scene->hub);
    assert_result(scene->two->ops->remove_queue(scene->two, &orders, NULL), JANGLE_OK);
    declare_queue(scene->two, &orders);
    assert_result(scene->one->ops->receive(scene->one, 1, 1, 0, &parcels, &count, NULL),
                  JANGLE_NOT_FOUND);
    attach(scene->one, "orders");
    publish_into(scene->two, "orders", "a", "1");
    receive_all(scene->one, "1", true);
}

static void whoever_connects_first_is_active(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue row = {.name = "row", .in_order = true};

    declare_queue(scene->one, &row);
    attach(scene->one, "row");
    attach(scene->two, "row");
    publish_into(scene->one, "row", "a", "1");
    receive_one(scene->one, "1");
    jangle_hub_stop(scene->hub);
    jangle_hub_start(scene->hub);
    receive_all(scene->two, "1", true);
}

/* ---- threads ------------------------------------------------------------------- */

/* A thread that waits for a parcel much longer than a test may take. */
struct waiter {
    struct jangle_transport *transport;
    enum jangle_result result;
    size_t count;
    pthread_t thread;
};

static void *wait_for_parcel(void *context)
{
    struct waiter *waiter = context;
    struct jangle_parcel *parcels;

    waiter->result = waiter->transport->ops->receive(
        waiter->transport, 1, SIZE_MAX, 600000, &parcels, &waiter->count, NULL);
    return NULL;
}

/* The hub asks for the time under its mutex, which it then keeps until it waits: so
 * whatever is called after this finds the thread waiting. */
static void waiter_start(struct waiter *waiter,
                         struct hub_scene *scene,
                         struct jangle_transport *transport)
{
    int64_t calls = scene->clock.calls;

    *waiter = (struct waiter){.transport = transport, .count = 99};
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_for_parcel, waiter), 0);
    while (scene->clock.calls == calls)
        sched_yield();
}

static void waiter_end(struct waiter *waiter, enum jangle_result result, size_t count)
{
    assert_int_equal(pthread_join(waiter->thread, NULL), 0);
    assert_result(waiter->result, result);
    assert_int_equal(waiter->count, count);
}

static void a_receive_that_waits_ends_when_something_comes(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue row = {.name = "row", .in_order = true};
    struct waiter waiter;

    declare_queue(scene->one, &row);
    attach(scene->one, "row");
    attach(scene->two, "row");
    waiter_start(&waiter, scene, scene->two);
    publish_into(scene->one, "row", "a", "1");
    receive_one(scene->one, "1");
    assert_result(scene->one->ops->detach(scene->one, "row", NULL), JANGLE_OK);
    waiter_end(&waiter, JANGLE_OK, 1);
}

static void waking_and_stopping_end_a_receive_that_waits(void **state)
{
    struct hub_scene *scene = *state;
    struct waiter waiter;

    attach(scene->two, "orders");
    waiter_start(&waiter, scene, scene->two);
    scene->two->ops->wake(scene->two);
    waiter_end(&waiter, JANGLE_OK, 0);
    waiter_start(&waiter, scene, scene->two);
    jangle_hub_stop(scene->hub);
    waiter_end(&waiter, JANGLE_BUSY, 0);
    jangle_hub_start(scene->hub);
    scene->two->ops->wake(scene->two);
    waiter_start(&waiter, scene, scene->two);
    waiter_end(&waiter, JANGLE_OK, 0);
    waiter_start(&waiter, scene, scene->two);
    publish_into(scene->one, "orders", "a", "1");
    waiter_end(&waiter, JANGLE_OK, 1);
}

static void a_receive_waits_no_longer_than_it_shall(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel, *parcels;
    size_t count = 99;

    attach(scene->one, "orders");
    publish_into(scene->one, "orders", "a", "1");
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, 3, 1), JANGLE_OK);
    assert_result(scene->one->ops->receive(scene->one, 1, 1, 5, &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 0);
}

/* By the system's clock: the end of a delay ends the wait, which is as long as a test's
 * time limit. */
static void the_end_of_a_delay_ends_a_wait(void **state)
{
    struct jangle_hub *hub = jangle_hub_open(NULL);
    struct jangle_host host = {0};
    struct jangle_transport *transport;
    struct jangle_queue queue = {.name = "q"};
    struct jangle_parcel parcel, *parcels;
    size_t count = 0;

    (void)state;
    jn_host_fill_in(&host);
    transport = open_transport(jangle_hub_broker(hub), &host, "one");
    declare_queue(transport, &queue);
    attach(transport, "q");
    publish_into(transport, "q", "a", "1");
    parcel = receive_one(transport, "1");
    assert_result(again(transport, &parcel, 20, 1), JANGLE_OK);
    assert_result(
        transport->ops->receive(transport, 1, 1, 1800000, &parcels, &count, NULL),
        JANGLE_OK);
    assert_int_equal(count, 1);
    transport->ops->close(transport);
    jangle_hub_close(hub);
}

enum { PUBLISHERS = 3, RECEIVERS = 3, EACH = 400 };

struct crowd {
    struct jangle_broker broker;
    const struct jangle_host *host;
    _Atomic int taken;
    int last[RECEIVERS][PUBLISHERS]; /* of each publisher, as each receiver saw it */
};

struct member {
    struct crowd *crowd;
    int number;
    pthread_t thread;
};

static void *publish_many(void *context)
{
    struct member *member = context;
    struct jangle_transport *transport =
        open_transport(member->crowd->broker, member->crowd->host, "publisher");
    int body[2] = {member->number, 0};

    for (body[1] = 1; body[1] <= EACH; body[1]++) {
        struct jangle_parcel parcel = {
            .topic = "shop", .body = body, .body_size = sizeof body};

        if (publish_one(transport, parcel))
            abort();
    }
    transport->ops->close(transport);
    return NULL;
}

static void *take_many(void *context)
{
    struct member *member = context;
    struct jangle_transport *transport =
        open_transport(member->crowd->broker, member->crowd->host, "receiver");

    attach(transport, "orders");
    while (member->crowd->taken < PUBLISHERS * EACH) {
        struct jangle_parcel *parcels;
        size_t count;

        if (transport->ops->receive(transport, 7, SIZE_MAX, 1, &parcels, &count, NULL))
            abort();
        for (size_t i = 0; i < count; i++) {
            int body[2];

            memcpy(body, parcels[i].body, sizeof body);
            if (body[1] <= member->crowd->last[member->number][body[0]])
                abort();
            member->crowd->last[member->number][body[0]] = body[1];
            take(transport, &parcels[i]);
        }
        member->crowd->taken += (int)count;
    }
    transport->ops->close(transport);
    return NULL;
}

static void many_threads_share_a_hub(void **state)
{
    struct hub_scene *scene = *state;
    static struct crowd crowd;
    struct member members[PUBLISHERS + RECEIVERS];

    memset(&crowd, 0, sizeof crowd);
    crowd.broker = jangle_hub_broker(scene->hub);
    crowd.host = &scene->host.host;
    for (int i = 0; i < PUBLISHERS + RECEIVERS; i++) {
        bool publishes = i < PUBLISHERS;

        members[i] = (struct member){&crowd, publishes ? i : i - PUBLISHERS, 0};
        assert_int_equal(pthread_create(&members[i].thread, NULL,
                                        publishes ? publish_many : take_many,
                                        &members[i]),
                         0);
    }
    for (int i = 0; i < PUBLISHERS + RECEIVERS; i++)
        assert_int_equal(pthread_join(members[i].thread, NULL), 0);
    assert_int_equal(crowd.taken, PUBLISHERS * EACH);
    assert_int_equal(count_in(scene->one, "orders"), 0);
}

/* ---- fork ---------------------------------------------------------------------- */

/* Another thread has the hub's mutex when fork copies the process. The child must not
 * wait for a lock that nobody will ever release there. */
static void a_child_closes_without_a_lock(void **state)
{
    struct hub_scene *scene = *state;
    struct waiter waiter;
    int status;
    pid_t child;

    attach(scene->one, "orders");
    attach(scene->two, "orders");
    publish_into(scene->one, "orders", "a", "1");
    receive_one(scene->one, "1");
    scene->clock.held = true;
    waiter_start(&waiter, scene, scene->two);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        int64_t before = scene->host.memory.pieces;

        alarm(60); /* the end of a child that waits for the mutex */
        scene->one->ops->close(scene->one);
        scene->two->ops->close(scene->two);
        jangle_hub_close(scene->hub);
        _exit(scene->host.memory.pieces < before ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    scene->clock.held = false;
    scene->two->ops->wake(scene->two);
    waiter_end(&waiter, JANGLE_OK, 0);
    assert_result(scene->one->ops->detach(scene->one, "orders", NULL), JANGLE_OK);
    receive_all(scene->two, "1", true);
}

/* ---- no memory ----------------------------------------------------------------- */

/* One life of a hub in which each call may fail, and then is made again once: it
 * succeeds, and nothing is lost or doubled. True: all went well at once. */
struct tried {
    bool failed;
};

#define TRY(call)                                                                        \
    do {                                                                                 \
        enum jangle_result tried_result = (call);                                        \
                                                                                         \
        if (tried_result == JANGLE_NO_MEMORY) {                                          \
            tried.failed = true;                                                         \
            tried_result = (call);                                                       \
        }                                                                                \
        assert_result(tried_result, JANGLE_OK);                                          \
    } while (0)

static enum jangle_result
publish_all(struct jangle_transport *transport, const char *const *bodies, size_t *done)
{
    struct jangle_parcel parcels[3] = {0};
    size_t count = 0;
    enum jangle_result result;

    for (; bodies[*done + count]; count++)
        parcels[count] = (struct jangle_parcel){
            .topic = "shop", .key = "k", .body = bodies[*done + count], .body_size = 1};
    result = transport->ops->publish(transport, parcels, count, 1, NULL);
    for (size_t i = 0; i < count && !parcels[i].result; i++)
        ++*done;
    for (size_t i = *done; i < count; i++)
        assert_result(parcels[i].result, JANGLE_BUSY);
    return result;
}

/* Receive and settle one parcel after the other, until nothing comes. */
static bool settle_all(struct jangle_transport *transport,
                       enum jangle_disposition disposition,
                       const char *bodies)
{
    char seen[16] = "";
    bool failed = false;

    for (int calls = 0; strlen(seen) < strlen(bodies); calls++) {
        struct jangle_parcel *parcels;
        struct jangle_settlement settlement = {
            .disposition = disposition, .attempts = 1, .delay_ms = 5};
        size_t count;
        enum jangle_result result =
            transport->ops->receive(transport, 1, SIZE_MAX, 0, &parcels, &count, NULL);

        assert_true(calls < 1000);
        failed = failed || result == JANGLE_NO_MEMORY;
        if (result || !count)
            continue;
        memcpy(seen + strlen(seen), parcels->body, 1);
        settlement.parcel = parcels;
        result = transport->ops->settle(transport, &settlement, 1, NULL);
        assert_result(result, settlement.result);
        failed = failed || result == JANGLE_NO_MEMORY;
        if (result)
            seen[strlen(seen) - 1] = '\0';
    }
    assert_string_equal(seen, bodies);
    return failed;
}

static void declare_what_is_needed(struct jangle_transport *transport, bool *failed)
{
    struct tried tried = {0};
    struct jangle_queue first = {.name = "first",
                                 .topic = "shop",
                                 .retry = "first.retry",
                                 .retry_topic = "retry",
                                 .dead = "first.dead",
                                 .dead_topic = "dead"};
    struct jangle_queue second = {
        .name = "second", .topic = "shop", .routes = (const char *[]){"x", "y", NULL}};
    struct jangle_queue third = {.name = "third", .topic = "shop"};

    TRY(transport->ops->declare_topic(transport, "shop", NULL));
    TRY(transport->ops->declare_queue(transport, &first, NULL));
    TRY(transport->ops->declare_queue(transport, &second, NULL));
    TRY(transport->ops->declare_queue(transport, &third, NULL));
    TRY(transport->ops->attach(transport, &first, NULL, 0, NULL));
    *failed = *failed || tried.failed;
}

static bool live(struct test_host *host,
                 struct moved_clock *clock,
                 struct jangle_broker (*broker_of)(struct jangle_hub *hub))
{
    static const char *const bodies[] = {"1", "2", "3", NULL};
    struct tried tried = {0};
    struct jangle_hub *hub = jangle_hub_open(&host->host);
    struct jangle_broker broker;
    struct jangle_transport *transport = NULL;
    int64_t waiting;
    size_t done = 0;

    if (!hub)
        return false;
    broker = broker_of(hub);
    TRY(broker.open(&broker, &host->host, "one", &transport, NULL));
    declare_what_is_needed(transport, &tried.failed);
    TRY(publish_all(transport, bodies, &done));
    assert_int_equal(done, 3);
    TRY(transport->ops->count(transport, "third", &waiting, NULL));
    assert_int_equal(waiting, broker_of == jangle_hub_broker ? 3 : -1);
    tried.failed = settle_all(transport, JANGLE_AGAIN, "123") || tried.failed;
    clock->us += 5000;
    tried.failed = settle_all(transport, JANGLE_DEAD, "123") || tried.failed;
    TRY(transport->ops->attach(transport, &(struct jangle_queue){.name = "first.dead"},
                               NULL, 0, NULL));
    tried.failed = settle_all(transport, JANGLE_TAKEN, "123") || tried.failed;
    transport->ops->close(transport);
    jangle_hub_close(hub);
    return !tried.failed;
}

static void sweep(struct jangle_broker (*broker_of)(struct jangle_hub *hub))
{
    struct test_host host;
    struct moved_clock clock = {.us = 1000000};
    bool whole = false;
    int64_t at;

    test_host_init(&host);
    host.host.clock = moved_clock_of(&clock);
    for (at = 1; !whole; at++) {
        failing_allocator_arm(&host.memory, at);
        whole = live(&host, &clock, broker_of) && !host.memory.failed;
        assert_int_equal(host.memory.pieces, 0);
    }
    assert_true(at > 40);
}

static void nothing_is_lost_without_memory(void **state)
{
    (void)state;
    sweep(jangle_hub_broker);
}

static void no_log_is_lost_without_memory(void **state)
{
    (void)state;
    sweep(jangle_hub_log_broker);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    jangle_hub_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(a_hub_that_is_stopped_keeps_what_it_has),
        HUB_TEST(a_queue_of_the_same_name_is_not_the_one_that_was_attached),
        HUB_TEST(whoever_connects_first_is_active),
        HUB_TEST(a_receive_that_waits_ends_when_something_comes),
        HUB_TEST(waking_and_stopping_end_a_receive_that_waits),
        HUB_TEST(a_receive_waits_no_longer_than_it_shall),
        cmocka_unit_test(the_end_of_a_delay_ends_a_wait),
        HUB_TEST(many_threads_share_a_hub),
        HUB_TEST(a_child_closes_without_a_lock),
        cmocka_unit_test(nothing_is_lost_without_memory),
        cmocka_unit_test(no_log_is_lost_without_memory),
        cmocka_unit_test(closing_nothing_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
