/* hub_log.c - the broker in memory whose queues are logs. */
#include "unit/transports/hub_scene.h"

static enum jangle_result attach_at(struct jangle_transport *transport,
                                    const char *log,
                                    int64_t offset,
                                    struct jangle_error *error)
{
    struct jangle_queue orders = {.name = "orders"};
    struct jangle_log_offset offsets[] = {{"topic/elsewhere", 99}, {log, offset}};

    return transport->ops->attach(transport, &orders, offsets, 2, error);
}

static void publish_three(struct hub_scene *scene)
{
    publish_to(scene->one, "shop", "added", "a", "1");
    publish_to(scene->one, "shop", "added", "a", "2");
    publish_to(scene->one, "shop", "added", "a", "3");
}

static void what_is_read_stays_and_each_receiver_has_its_own_offset(void **state)
{
    struct hub_scene *scene = *state;
    struct received got;

    attach(scene->one, "orders");
    attach(scene->two, "orders");
    publish_three(scene);
    got = receive(scene->one, 10);
    assert_int_equal(got.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(got.parcels[i].offset.log, "topic/shop");
        assert_int_equal(got.parcels[i].offset.offset, i + 1);
        take(scene->one, &got.parcels[i]);
    }
    receive_all(scene->one, "", true);
    receive_all(scene->two, "1 2 3", true);
}

static void a_queue_that_is_bound_later_has_all(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue late = {
        .name = "late", .topic = "shop", .routes = (const char *[]){"removed", NULL}};
    struct jangle_parcel parcel;

    publish_three(scene);
    publish_to(scene->one, "shop", "removed", "a", "4");
    publish_to(scene->one, "shop", "added", "a", "5");
    publish_to(scene->one, "shop", "removed", "a", "6");
    declare_queue(scene->one, &late);
    attach(scene->two, "late");
    assert_int_equal(count_in(scene->two, "late"), 2);
    assert_int_equal(count_in(scene->one, "late"), -1);
    parcel = receive_one(scene->two, "4");
    assert_int_equal(parcel.offset.offset, 4);
    assert_int_equal(count_in(scene->two, "late"), 1);
    parcel = receive_one(scene->two, "6");
    assert_int_equal(parcel.offset.offset, 6);
    receive_all(scene->two, "", true);
}

static void what_is_sent_straight_to_a_queue_is_in_a_log_of_its_own(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel;

    attach(scene->two, "orders");
    publish_into(scene->one, "orders", "a", "x");
    publish_to(scene->one, "shop", "added", "a", "y");
    parcel = receive_one(scene->two, "x");
    assert_string_equal(parcel.offset.log, "queue/orders");
    assert_int_equal(parcel.offset.offset, 1);
    parcel = receive_one(scene->two, "y");
    assert_string_equal(parcel.offset.log, "topic/shop");
}

/* A queue may be bound to another topic while somebody receives from it. */
static void a_topic_that_is_bound_later_is_read_too(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue orders = {.name = "orders",
                                  .topic = "news",
                                  .retry = "orders.retry",
                                  .dead = "orders.dead"};

    attach(scene->two, "orders");
    publish_to(scene->one, "shop", "added", "a", "1");
    receive_all(scene->two, "1", true);
    declare_topic(scene->one, "news");
    publish_to(scene->one, "news", "added", "a", "2");
    declare_queue(scene->one, &orders);
    assert_int_equal(count_in(scene->two, "orders"), 1);
    receive_all(scene->two, "2", true);
}

static void attaching_continues_behind_the_offsets_that_are_given(void **state)
{
    struct hub_scene *scene = *state;

    publish_three(scene);
    publish_into(scene->one, "orders", "a", "x");
    assert_result(attach_at(scene->two, "topic/shop", 2, NULL), JANGLE_OK);
    receive_all(scene->two, "x 3", false);
    assert_result(attach_at(scene->two, "topic/shop", 3, NULL), JANGLE_OK);
    receive_all(scene->two, "x", false);
    assert_result(attach_at(scene->two, "queue/orders", 1, NULL), JANGLE_OK);
    receive_all(scene->two, "1 2 3", false);
}

static void an_offset_that_the_log_does_not_have_is_invalid(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_error error = {0};

    publish_three(scene);
    assert_result(attach_at(scene->two, "topic/shop", 4, &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "hub: log \"topic/shop\" has no offset 4: it ends at 3");
    error = (struct jangle_error){0};
    assert_result(attach_at(scene->two, "topic/shop", 0, &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "hub: log \"topic/shop\" has no offset 0: it begins at 1");
    assert_result(attach_at(scene->two, "queue/orders", 1, NULL), JANGLE_INVALID);
    receive_all(scene->two, "", true);
}

static void again_is_copied_to_the_queue_after_its_delay(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel;

    attach(scene->one, "orders");
    publish_three(scene);
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, 100, 1), JANGLE_OK);
    receive_all(scene->one, "2 3", true);
    pass_ms(scene, 99);
    receive_all(scene->one, "", true);
    pass_ms(scene, 1);
    parcel = receive_one(scene->one, "1");
    assert_int_equal(parcel.attempt, 2);
    assert_string_equal(parcel.offset.log, "queue/orders");
    assert_int_equal(parcel.offset.offset, 1);
    take(scene->one, &parcel);
    receive_all(scene->one, "", true);
}

static void a_dead_letter_is_copied_to_the_dead_letter_queue(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue queue = {
        .name = "q", .topic = "shop", .dead = "dead.q", .dead_topic = "dead"};
    struct jangle_parcel parcel;

    declare_queue(scene->one, &queue);
    attach(scene->one, "orders");
    attach(scene->two, "q");
    publish_three(scene);
    parcel = receive_one(scene->one, "1");
    assert_result(bury(scene->one, &parcel, "no paper"), JANGLE_OK);
    parcel = receive_one(scene->two, "1");
    assert_result(bury(scene->two, &parcel, "no ink"), JANGLE_OK);
    receive_all(scene->one, "2 3", true);
    attach(scene->one, "orders.dead");
    parcel = receive_one(scene->one, "1");
    assert_string_equal(header_of(&parcel, "jangle-reason"), "no paper");
    assert_string_equal(parcel.offset.log, "queue/orders.dead");
    attach(scene->one, "dead.q");
    parcel = receive_one(scene->one, "1");
    assert_string_equal(header_of(&parcel, "jangle-reason"), "no ink");
    assert_string_equal(parcel.offset.log, "topic/dead");
}

static void what_was_not_settled_is_read_again_after_a_new_connection(void **state)
{
    struct hub_scene *scene = *state;
    struct received got;
    struct jangle_parcel kept[3];

    attach(scene->one, "orders");
    publish_three(scene);
    got = receive(scene->one, 3);
    memcpy(kept, got.parcels, sizeof kept);
    take(scene->one, &kept[0]);
    jangle_hub_stop(scene->hub);
    jangle_hub_start(scene->hub);
    receive_all(scene->one, "2 3", true);
    assert_result(settle_one(scene->one, &kept[1],
                             (struct jangle_settlement){.disposition = JANGLE_TAKEN}),
                  JANGLE_CONFLICT);
    receive_all(scene->one, "", true);
}

static void must_be_queued_asks_for_a_queue_also_of_a_log(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel = {.topic = "empty", .must_be_queued = true};

    declare_topic(scene->one, "empty");
    assert_result(publish_one(scene->one, parcel), JANGLE_NOT_FOUND);
    parcel.must_be_queued = false;
    assert_result(publish_one(scene->one, parcel), JANGLE_OK);
}

/* The topic's log stays for the others, and offsets go on where they were. */
static void purging_a_queue_of_logs_leaves_the_topic(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue other = {.name = "other", .topic = "shop"};
    struct jangle_parcel parcel;

    declare_queue(scene->one, &other);
    publish_three(scene);
    publish_into(scene->one, "orders", "a", "x");
    attach(scene->one, "orders");
    assert_result(scene->one->ops->purge(scene->one, "orders", NULL), JANGLE_OK);
    assert_int_equal(count_in(scene->one, "orders"), 0);
    receive_all(scene->one, "", true);
    attach(scene->two, "other");
    receive_all(scene->two, "1 2 3", true);
    publish_into(scene->one, "orders", "a", "y");
    parcel = receive_one(scene->one, "y");
    assert_int_equal(parcel.offset.offset, 2);
    assert_result(attach_at(scene->one, "queue/orders", 1, NULL), JANGLE_OK);
    receive_all(scene->one, "y", true);
    assert_result(attach_at(scene->one, "queue/orders", 2, NULL), JANGLE_OK);
    publish_into(scene->one, "orders", "a", "z");
    assert_result(scene->one->ops->purge(scene->one, "orders", NULL), JANGLE_OK);
    assert_result(attach_at(scene->one, "queue/orders", 2, NULL), JANGLE_INVALID);
    assert_result(attach_at(scene->one, "queue/orders", 3, NULL), JANGLE_OK);
}

static void logs_have_no_time_after_which_a_parcel_is_dead(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue brief = {.name = "brief", .dead = "d", .expire_ms = 5};

    assert_result(scene->one->ops->declare_queue(scene->one, &brief, NULL),
                  JANGLE_INVALID);
}

static void the_two_brokers_of_a_hub_share_nothing(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_transport *queues =
        open_transport(jangle_hub_broker(scene->hub), &scene->host.host, "queues");
    struct jangle_parcel parcel = {.topic = "shop"};

    assert_result(publish_one(queues, parcel), JANGLE_NOT_FOUND);
    queues->ops->close(queues);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(what_is_read_stays_and_each_receiver_has_its_own_offset),
        LOG_TEST(a_queue_that_is_bound_later_has_all),
        LOG_TEST(what_is_sent_straight_to_a_queue_is_in_a_log_of_its_own),
        LOG_TEST(a_topic_that_is_bound_later_is_read_too),
        LOG_TEST(attaching_continues_behind_the_offsets_that_are_given),
        LOG_TEST(an_offset_that_the_log_does_not_have_is_invalid),
        LOG_TEST(again_is_copied_to_the_queue_after_its_delay),
        LOG_TEST(a_dead_letter_is_copied_to_the_dead_letter_queue),
        LOG_TEST(what_was_not_settled_is_read_again_after_a_new_connection),
        LOG_TEST(must_be_queued_asks_for_a_queue_also_of_a_log),
        LOG_TEST(purging_a_queue_of_logs_leaves_the_topic),
        LOG_TEST(logs_have_no_time_after_which_a_parcel_is_dead),
        LOG_TEST(the_two_brokers_of_a_hub_share_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
