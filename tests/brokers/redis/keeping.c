/* keeping.c - what Redis keeps, and for whom: streams that are trimmed, several groups,
 * replicas, other databases and prefixes, and users with few rights. */
#include "brokers/redis/line.h"

#include <stdio.h>
#include <stdlib.h>

static struct redis_server *server;

static const struct jangle_queue slow_queue = {
    .name = "slow-queue", .topic = "orders", .dead = "slow-queue.dead"};

static void publish_some(struct jangle_transport *transport, int count)
{
    for (int i = 0; i < count; i++)
        assert_result(line_publish(transport, "a", LINE_WAIT_MS, NULL), JANGLE_OK);
}

static void take_some(struct jangle_transport *transport, int count)
{
    for (int i = 0; i < count; i++) {
        struct jangle_parcel parcel = line_receive(transport);

        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
}

static long topic_length(void)
{
    return strtol(redis_server_ask(server, "XLEN jangle:topic:orders"), NULL, 10);
}

/* ---- trimming ------------------------------------------------------------------------
 */

static void what_one_group_has_not_taken_stays(void **state)
{
    struct jangle_transport *quick = line_fresh(server);
    struct jangle_transport *slow = line_open(server);

    (void)state;
    assert_result(slow->ops->declare_queue(slow, &slow_queue, NULL), JANGLE_OK);
    assert_result(slow->ops->attach(slow, &slow_queue, NULL, 0, NULL), JANGLE_OK);
    line_attach(quick);
    publish_some(quick, 6);
    take_some(quick, 6);
    assert_int_equal(topic_length(), 6);
    take_some(slow, 4);
    assert_int_equal(topic_length(), 3);
    take_some(slow, 2);
    assert_int_equal(topic_length(), 1);
    assert_result(slow->ops->remove_queue(slow, &slow_queue, NULL), JANGLE_OK);
    line_close(slow);
    line_close(quick);
}

/* What is settled behind an entry that is not, stays with it. */
static void what_is_not_settled_stays(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel first;

    (void)state;
    line_attach(transport);
    publish_some(transport, 6);
    first = line_receive(transport);
    take_some(transport, 5);
    assert_int_equal(topic_length(), 6);
    assert_result(line_settle(transport, &first, JANGLE_AGAIN), JANGLE_OK);
    assert_int_equal(topic_length(), 1);
    take_some(transport, 1);
    line_close(transport);
}

static void a_topic_may_keep_its_last_entries(void **state)
{
    static const struct jangle_redis_options options = {.length = 10};
    struct jangle_transport *transport =
        line_open_url(redis_server_url(server), &options);

    (void)state;
    line_declare(transport);
    line_attach(transport);
    publish_some(transport, 25);
    take_some(transport, 25);
    assert_int_equal(topic_length(), 10);
    line_close(transport);
}

/* ---- counting and emptying -----------------------------------------------------------
 */

/* Of a queue with routes those are counted that it wants. */
static void what_a_queue_does_not_want_is_not_counted(void **state)
{
    static const char *const routes[] = {"placed", NULL};
    struct jangle_queue some = {.name = "some", .topic = "orders", .routes = routes};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel other = {.topic = "orders", .route = "paid"};

    (void)state;
    assert_result(transport->ops->declare_queue(transport, &some, NULL), JANGLE_OK);
    publish_some(transport, 20);
    for (int i = 0; i < 20; i++)
        assert_result(transport->ops->publish(transport, &other, 1, LINE_WAIT_MS, NULL),
                      JANGLE_OK);
    publish_some(transport, 3);
    assert_int_equal(line_count(transport, "some"), 23);
    assert_int_equal(line_count(transport, line_queue.name), 43);
    assert_result(transport->ops->remove_queue(transport, &some, NULL), JANGLE_OK);
    line_close(transport);
}

/* Somebody deleted an entry in the middle, so that Redis cannot say how many there are.
 */
static void a_gap_does_not_hinder_counting(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    char command[128], id[64];

    (void)state;
    publish_some(transport, 5);
    assert_int_equal(
        sscanf(redis_server_ask(server, "XRANGE jangle:topic:orders - + COUNT 1"), "%63s",
               id),
        1);
    snprintf(command, sizeof command, "XRANGE jangle:topic:orders (%s + COUNT 1", id);
    assert_int_equal(sscanf(redis_server_ask(server, command), "%63s", id), 1);
    snprintf(command, sizeof command, "XDEL jangle:topic:orders %s", id);
    assert_string_equal(redis_server_ask(server, command), "1");
    assert_int_equal(line_count(transport, line_queue.name), 4);
    line_close(transport);
}

/* More than one call of the script removes. */
static void a_long_queue_is_emptied(void **state)
{
    enum { CALLS = 10, EACH = 250 };
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcels[EACH];

    (void)state;
    for (int i = 0; i < EACH; i++)
        parcels[i] = (struct jangle_parcel){.queue = line_queue.name, .body = "a"};
    for (int i = 0; i < CALLS; i++)
        assert_result(
            transport->ops->publish(transport, parcels, EACH, LINE_WAIT_MS, NULL),
            JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.name), CALLS * EACH);
    assert_result(transport->ops->purge(transport, line_queue.name, NULL), JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.name), 0);
    line_close(transport);
}

/* ---- several of them -----------------------------------------------------------------
 */

/* Two applications on one Redis do not see each other's topics. */
static void prefixes_keep_applications_apart(void **state)
{
    static const struct jangle_redis_options options = {.prefix = "other:"};
    struct jangle_transport *one = line_fresh(server);
    struct jangle_transport *other = line_open_url(redis_server_url(server), &options);

    (void)state;
    line_declare(other);
    publish_some(other, 2);
    assert_int_equal(line_count(one, line_queue.name), 0);
    assert_int_equal(line_count(other, line_queue.name), 2);
    assert_result(other->ops->remove_queue(other, &line_queue, NULL), JANGLE_OK);
    assert_result(other->ops->remove_topic(other, "orders", NULL), JANGLE_OK);
    assert_string_equal(redis_server_ask(server, "KEYS other:*"), "");
    line_close(other);
    line_close(one);
}

/* A queue that was removed, and a receiver that has left, leave no key behind. */
static void nothing_is_left_behind(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    publish_some(transport, 2);
    parcel = line_receive(transport);
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_OK);
    line_receive(transport);
    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    assert_result(transport->ops->remove_topic(transport, "orders", NULL), JANGLE_OK);
    line_close(transport);
    assert_string_equal(redis_server_ask(server, "KEYS jangle:*"), "");
}

static void a_unix_socket_reaches_it(void **state)
{
    char url[300];
    struct jangle_transport *transport;
    struct jangle_error error = {0};

    (void)state;
    redis_server_ask(server, "ACL SETUSER default nopass");
    snprintf(url, sizeof url, "unix://%s/socket", redis_server_directory(server));
    transport = line_open_url(url, NULL);
    line_declare(transport);
    publish_some(transport, 1);
    line_attach(transport);
    take_some(transport, 1);
    line_close(transport);
    snprintf(url, sizeof url, "unix://%s/none", redis_server_directory(server));
    transport = line_open_url(url, NULL);
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "none"));
    line_close(transport);
    snprintf(url, sizeof url, "ACL SETUSER default resetpass >%s", redis_server_password);
    redis_server_ask(server, url);
}

/* ---- replicas ------------------------------------------------------------------------
 */

static void too_few_replicas_are_a_timeout(void **state)
{
    static const struct jangle_redis_options options = {.replicas = 1};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *careful = line_open_url(redis_server_url(server), &options);
    struct redis_server *replica = redis_server_start();
    struct jangle_error error = {0};
    char command[128];

    (void)state;
    assert_result(line_publish(careful, "a", 3000, &error), JANGLE_TIMEOUT);
    assert_non_null(strstr(error.message, "replicas"));
    snprintf(command, sizeof command, "CONFIG SET masterauth %s", redis_server_password);
    redis_server_ask(replica, command);
    snprintf(command, sizeof command, "REPLICAOF 127.0.0.1 %d",
             redis_server_port(server));
    assert_string_equal(redis_server_ask(replica, command), "OK");
    while (line_publish(careful, "a", LINE_WAIT_MS, NULL) != JANGLE_OK)
        ;
    assert_true(line_count(transport, line_queue.name) >= 2);
    redis_server_stop(replica);
    line_close(careful);
    line_close(transport);
}

/* A replica is not what parcels are published to. */
static void a_replica_is_busy(void **state)
{
    struct redis_server *replica = redis_server_start();
    struct jangle_transport *transport = line_fresh(replica);
    struct jangle_error error = {0};

    (void)state;
    redis_server_ask(replica, "REPLICAOF 127.0.0.1 1");
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "replica"));
    line_close(transport);
    redis_server_stop(replica);
}

/* ---- rights --------------------------------------------------------------------------
 */

static void assert_says(const struct jangle_error *error, const char *text)
{
    if (!strstr(error->message, text))
        fail_msg("\"%s\" does not say \"%s\"", error->message, text);
}

/* As operations.md lists them. */
#define RIGHTS                                                                           \
    "resetkeys ~jangle:* -@all +auth +select +info +client|setname +client|id "          \
    "+client|list +script|load +evalsha +wait +time +exists +get +set +del +pexpire "    \
    "+hset +hgetall +sadd +srem +smembers +sismember +zadd +zrem +zcard +zrange "        \
    "+zrangebyscore +xadd +xack +xdel +xlen +xrange +xread +xreadgroup +xpending "       \
    "+xclaim +xtrim +xgroup +xinfo"

static void a_user_needs_these_rights(void **state)
{
    const struct jangle_queue dead = {.name = line_queue.dead};
    struct jangle_transport *transport;
    struct jangle_parcel parcel;
    struct jangle_error error = {0};
    char url[128];

    (void)state;
    assert_string_equal(
        redis_server_ask(server, "ACL SETUSER clerk reset on >clerks-own " RIGHTS), "OK");
    snprintf(url, sizeof url, "redis://clerk:clerks-own@127.0.0.1:%d/3",
             redis_server_port(server));
    transport = line_open_url(url, NULL);
    line_declare(transport);
    line_attach(transport);
    publish_some(transport, 3);
    assert_result(transport->ops->tend(transport, NULL), JANGLE_OK);
    for (int i = 0; i < 3; i++) {
        parcel = line_receive(transport);
        assert_result(
            line_settle(transport, &parcel, i == 0 ? JANGLE_DEAD : JANGLE_TAKEN),
            JANGLE_OK);
    }
    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    take_some(transport, 1);
    assert_result(transport->ops->purge(transport, dead.name, NULL), JANGLE_OK);
    redis_server_ask(server, "ACL SETUSER clerk -xadd");
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, &error), JANGLE_BUSY);
    assert_says(&error, "XADD on jangle:topic:orders");
    redis_server_ask(server, "ACL SETUSER clerk +xadd -xgroup");
    error = (struct jangle_error){0};
    assert_result(transport->ops->declare_topic(transport, "new", &error), JANGLE_BUSY);
    assert_says(&error, "XGROUP CREATE on jangle:topic:new");
    redis_server_ask(server, "ACL SETUSER clerk -exists");
    error = (struct jangle_error){0};
    assert_result(transport->ops->attach(transport, &line_queue, NULL, 0, &error),
                  JANGLE_BUSY);
    assert_says(&error, "jangle:about:orders-queue");
    assert_says(&error, "'exists'");
    redis_server_ask(server, "ACL SETUSER clerk off");
    redis_server_ask(server, "CLIENT KILL USER clerk");
    error = (struct jangle_error){0};
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "WRONGPASS"));
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_group_has_not_taken_stays),
        cmocka_unit_test(what_is_not_settled_stays),
        cmocka_unit_test(a_topic_may_keep_its_last_entries),
        cmocka_unit_test(what_a_queue_does_not_want_is_not_counted),
        cmocka_unit_test(a_gap_does_not_hinder_counting),
        cmocka_unit_test(a_long_queue_is_emptied),
        cmocka_unit_test(prefixes_keep_applications_apart),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(a_unix_socket_reaches_it),
        cmocka_unit_test(too_few_replicas_are_a_timeout),
        cmocka_unit_test(a_replica_is_busy),
        cmocka_unit_test(a_user_needs_these_rights)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
