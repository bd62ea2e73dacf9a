/* hub.c - the broker in memory: what its queues do with parcels. */
#include "unit/transports/hub_scene.h"

#include <stdio.h>

/* ---- publishing ---------------------------------------------------------------- */

static void what_is_published_is_received_once_and_in_order(void **state)
{
    struct hub_scene *scene = *state;

    attach(scene->two, "orders");
    publish_to(scene->one, "shop", "added", "a", "1");
    publish_to(scene->one, "shop", "added", "a", "2");
    publish_into(scene->one, "orders", "b", "3");
    assert_int_equal(count_in(scene->one, "orders"), 3);
    receive_all(scene->two, "1 2 3", true);
    receive_all(scene->two, "", true);
    assert_int_equal(count_in(scene->one, "orders"), 0);
}

static void a_parcel_arrives_as_it_was_sent(void **state)
{
    struct hub_scene *scene = *state;
    static const struct jangle_header headers[] = {{"colour", "r\xff"}, {"empty", ""}};
    struct jangle_parcel sent = {.topic = "shop",
                                 .route = "added",
                                 .key = "k",
                                 .id = "id-1",
                                 .content_type = "text/plain",
                                 .headers = headers,
                                 .header_count = 2,
                                 .body = "a\0b",
                                 .body_size = 3,
                                 .attempt = 4};
    struct jangle_parcel got;

    attach(scene->two, "orders");
    assert_result(publish_one(scene->one, sent), JANGLE_OK);
    got = *receive(scene->two, 10).parcels;
    assert_string_equal(got.topic, "shop");
    assert_string_equal(got.queue, "orders");
    assert_string_equal(got.route, "added");
    assert_string_equal(got.key, "k");
    assert_string_equal(got.id, "id-1");
    assert_string_equal(got.content_type, "text/plain");
    assert_int_equal(got.body_size, 3);
    assert_memory_equal(got.body, "a\0b", 3);
    assert_int_equal(got.header_count, 2);
    assert_string_equal(header_of(&got, "colour"), "r\xff");
    assert_string_equal(header_of(&got, "empty"), "");
    assert_int_equal(got.attempt, 4);
    assert_null(got.offset.log);
    take(scene->two, &got);
}

static void what_is_left_out_arrives_as_nothing(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel got;

    attach(scene->two, "orders");
    assert_result(publish_one(scene->one, (struct jangle_parcel){.queue = "orders"}),
                  JANGLE_OK);
    got = *receive(scene->two, 10).parcels;
    assert_null(got.topic);
    assert_null(got.route);
    assert_null(got.key);
    assert_null(got.id);
    assert_null(got.content_type);
    assert_int_equal(got.header_count, 0);
    assert_int_equal(got.body_size, 0);
    assert_int_equal(got.attempt, 1);
}

/* In one call, so that the parcels before and behind a bad one are seen, too. */
static void each_parcel_has_its_own_result(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue some = {
        .name = "some", .topic = "narrow", .routes = (const char *[]){"a", "b", NULL}};
    struct {
        struct jangle_parcel parcel;
        enum jangle_result result;
    } cases[] = {
        {{.topic = "narrow", .route = "a"}, JANGLE_OK},
        {{.topic = "away", .route = "a"}, JANGLE_NOT_FOUND},
        {{.queue = "away"}, JANGLE_NOT_FOUND},
        {{.route = "a"}, JANGLE_INVALID},
        {{.topic = "narrow", .route = "c"}, JANGLE_OK},
        {{.topic = "narrow", .route = "c", .must_be_queued = true}, JANGLE_NOT_FOUND},
        {{.topic = "narrow", .must_be_queued = true}, JANGLE_NOT_FOUND},
        {{.topic = "narrow", .route = "b", .must_be_queued = true}, JANGLE_OK},
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    struct jangle_parcel parcels[COUNT];

    declare_topic(scene->one, "narrow");
    declare_queue(scene->one, &some);
    for (size_t i = 0; i < COUNT; i++) {
        parcels[i] = cases[i].parcel;
        parcels[i].body = "x";
        parcels[i].body_size = 1;
        parcels[i].result = JANGLE_CLOSED;
    }
    assert_result(scene->one->ops->publish(scene->one, parcels, COUNT, 1000, NULL),
                  JANGLE_OK);
    for (size_t i = 0; i < COUNT; i++)
        assert_result(parcels[i].result, cases[i].result);
    attach(scene->two, "some");
    receive_all(scene->two, "x x", true);
}

static void all_queues_that_want_a_route_get_it(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue added = {
        .name = "added only", .topic = "shop", .routes = (const char *[]){"added", NULL}};
    struct jangle_queue none = {
        .name = "none", .topic = "shop", .routes = (const char *[]){NULL}};

    declare_queue(scene->one, &added);
    declare_queue(scene->one, &none);
    publish_to(scene->one, "shop", "added", "a", "1");
    publish_to(scene->one, "shop", "removed", "a", "2");
    attach(scene->one, "orders");
    attach(scene->two, "added only");
    receive_all(scene->one, "1 2", true);
    receive_all(scene->two, "1", true);
    assert_int_equal(count_in(scene->one, "none"), 0);
}

/* ---- declaring ----------------------------------------------------------------- */

static void declaring_again_adds_bindings_and_changes_nothing_else(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue some = {
        .name = "some", .topic = "shop", .routes = (const char *[]){"a", "a", NULL}};

    declare_queue(scene->one, &some);
    publish_to(scene->one, "shop", "a", "k", "1");
    publish_to(scene->one, "shop", "b", "k", "lost");
    some.routes = (const char *[]){"b", NULL};
    declare_queue(scene->one, &some);
    declare_topic(scene->one, "shop");
    publish_to(scene->one, "shop", "a", "k", "2");
    publish_to(scene->one, "shop", "b", "k", "3");
    some.routes = NULL;
    declare_queue(scene->one, &some);
    some.routes = (const char *[]){"b", NULL};
    declare_queue(scene->one, &some);
    publish_to(scene->one, "shop", "c", "k", "4");
    attach(scene->two, "some");
    receive_all(scene->two, "1 2 3 4", true);
}

static void a_queue_that_differs_is_refused_and_stays(void **state)
{
    struct hub_scene *scene = *state;
    static const struct {
        const char *member;
        struct jangle_queue queue;
    } cases[] = {
        {"retry", {.name = "q", .retry = "r2", .dead = "d", .dead_topic = "dt"}},
        {"retry_topic",
         {.name = "q",
          .retry = "r",
          .retry_topic = "rt",
          .dead = "d",
          .dead_topic = "dt"}},
        {"dead", {.name = "q", .retry = "r", .dead_topic = "dt"}},
        {"dead_topic", {.name = "q", .retry = "r", .dead = "d", .dead_topic = "dt2"}},
        {"in_order",
         {.name = "q", .retry = "r", .dead = "d", .dead_topic = "dt", .in_order = true}},
        {"retry_ms",
         {.name = "q", .retry = "r", .dead = "d", .dead_topic = "dt", .retry_ms = 5}},
        {"expire_ms",
         {.name = "q", .retry = "r", .dead = "d", .dead_topic = "dt", .expire_ms = 5}},
    };
    struct jangle_queue queue = {
        .name = "q", .retry = "r", .dead = "d", .dead_topic = "dt"};

    declare_queue(scene->one, &queue);
    declare_queue(scene->two, &queue);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_error error = {0};
        char expected[200];

        assert_result(scene->one->ops->declare_queue(scene->one, &cases[i].queue, &error),
                      JANGLE_INVALID);
        snprintf(expected, sizeof expected,
                 "hub: queue \"q\" exists, and its %s differs: remove the queue, or "
                 "declare it as it is",
                 cases[i].member);
        assert_string_equal(error.message, expected);
    }
    declare_queue(scene->one, &queue);
}

static void a_queue_without_its_topic_is_not_found_and_not_made(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue queue = {.name = "q", .topic = "away", .dead = "d"};
    int64_t count;

    assert_result(scene->one->ops->declare_queue(scene->one, &queue, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(scene->one->ops->count(scene->one, "q", &count, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(scene->one->ops->count(scene->one, "d", &count, NULL),
                  JANGLE_NOT_FOUND);
}

/* ---- receiving ----------------------------------------------------------------- */

static void a_receive_keeps_to_its_limits(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel *parcels;
    size_t count;

    attach(scene->two, "orders");
    publish_into(scene->one, "orders", "a", "large one");
    publish_into(scene->one, "orders", "a", "12");
    publish_into(scene->one, "orders", "a", "34");
    publish_into(scene->one, "orders", "a", "5");
    assert_int_equal(receive(scene->two, 0).count, 0);
    assert_result(scene->two->ops->receive(scene->two, 10, 4, 0, &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 1);
    take(scene->two, parcels);
    assert_result(scene->two->ops->receive(scene->two, 10, 4, 0, &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 2);
    take(scene->two, &parcels[0]);
    take(scene->two, &parcels[1]);
    receive_all(scene->two, "5", true);
}

static void several_queues_take_turns(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue other = {.name = "other"};

    declare_queue(scene->one, &other);
    attach(scene->two, "orders");
    attach(scene->two, "other");
    for (int i = 0; i < 3; i++) {
        publish_into(scene->one, "orders", "a", "x");
        publish_into(scene->one, "other", "a", "y");
    }
    receive_one(scene->two, "x");
    receive_one(scene->two, "y");
    receive_one(scene->two, "x");
    receive_one(scene->two, "y");
}

static void nobody_else_gets_what_is_in_hand(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel first;

    attach(scene->one, "orders");
    attach(scene->two, "orders");
    publish_into(scene->one, "orders", "a", "1");
    publish_into(scene->one, "orders", "a", "2");
    first = receive_one(scene->one, "1");
    receive_all(scene->two, "2", true);
    take(scene->one, &first);
    receive_all(scene->two, "", true);
}

static void attaching_where_there_is_nothing_is_not_found(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue away = {.name = "away"};

    assert_result(scene->one->ops->attach(scene->one, &away, NULL, 0, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(scene->one->ops->detach(scene->one, "away", NULL), JANGLE_OK);
    assert_result(scene->one->ops->detach(scene->one, "orders", NULL), JANGLE_OK);
}

static void what_is_given_back_comes_before_the_later_ones(void **state)
{
    struct hub_scene *scene = *state;
    struct received got;
    struct jangle_parcel kept[3];

    attach(scene->one, "orders");
    for (int i = 0; i < 6; i++)
        publish_into(scene->two, "orders", "a",
                     (const char *[]){"0", "1", "2", "3", "4", "5"}[i]);
    got = receive(scene->one, 3);
    memcpy(kept, got.parcels, sizeof kept);
    take(scene->one, &kept[1]);
    assert_result(scene->one->ops->detach(scene->one, "orders", NULL), JANGLE_OK);
    attach(scene->two, "orders");
    receive_all(scene->two, "0 2 3 4 5", true);
    assert_string_equal(kept[0].queue, "orders");
    assert_memory_equal(kept[0].body, "0", 1);
    assert_result(settle_one(scene->one, &kept[0],
                             (struct jangle_settlement){.disposition = JANGLE_TAKEN}),
                  JANGLE_CONFLICT);
    assert_result(again(scene->one, &kept[2], 0, 1), JANGLE_CONFLICT);
    receive_all(scene->two, "", true);
}

/* Two receivers give back in the other order than they received. */
static void giving_back_finds_the_old_turn_whoever_had_it(void **state)
{
    struct hub_scene *scene = *state;

    attach(scene->one, "orders");
    attach(scene->two, "orders");
    for (int i = 0; i < 5; i++)
        publish_into(scene->two, "orders", "a",
                     (const char *[]){"0", "1", "2", "3", "4"}[i]);
    receive(scene->one, 2);
    receive(scene->two, 2);
    assert_result(scene->one->ops->detach(scene->one, "orders", NULL), JANGLE_OK);
    assert_result(scene->two->ops->detach(scene->two, "orders", NULL), JANGLE_OK);
    attach(scene->one, "orders");
    receive_all(scene->one, "0 1 2 3 4", true);
}

/* What one receiver has in hand is not in order, because it received what another one
 * gave back. */
static void giving_back_finds_the_old_turn_of_each(void **state)
{
    struct hub_scene *scene = *state;

    attach(scene->one, "orders");
    attach(scene->two, "orders");
    for (int i = 0; i < 5; i++)
        publish_into(scene->two, "orders", "a",
                     (const char *[]){"0", "1", "2", "3", "4"}[i]);
    receive_one(scene->two, "0");
    receive_one(scene->one, "1");
    receive_one(scene->two, "2");
    receive_one(scene->one, "3");
    assert_result(scene->two->ops->detach(scene->two, "orders", NULL), JANGLE_OK);
    receive_all(scene->one, "0 2 4", false);
    assert_result(scene->one->ops->detach(scene->one, "orders", NULL), JANGLE_OK);
    attach(scene->two, "orders");
    receive_all(scene->two, "0 1 2 3 4", true);
}

static void of_a_queue_in_order_one_receiver_is_active(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue row = {.name = "row", .in_order = true};
    struct jangle_parcel first;

    declare_queue(scene->one, &row);
    attach(scene->one, "row");
    attach(scene->two, "row");
    publish_into(scene->one, "row", "a", "1");
    publish_into(scene->one, "row", "a", "2");
    publish_into(scene->one, "row", "a", "3");
    receive_all(scene->two, "", true);
    first = receive_one(scene->one, "1");
    take(scene->one, &first);
    receive_one(scene->one, "2");
    assert_result(scene->one->ops->detach(scene->one, "row", NULL), JANGLE_OK);
    receive_all(scene->two, "2 3", true);
}

/* ---- settling ------------------------------------------------------------------ */

static void again_comes_after_its_delay_and_the_others_do_not_wait(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel;

    attach(scene->one, "orders");
    publish_into(scene->one, "orders", "a", "1");
    publish_into(scene->one, "orders", "a", "2");
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, 100, 1), JANGLE_OK);
    assert_int_equal(count_in(scene->one, "orders.retry"), 1);
    receive_all(scene->one, "2", true);
    pass_ms(scene, 99);
    receive_all(scene->one, "", true);
    pass_ms(scene, 1);
    publish_into(scene->one, "orders", "a", "3");
    parcel = receive_one(scene->one, "1");
    assert_int_equal(parcel.attempt, 2);
    receive_all(scene->one, "3", true);
    assert_result(again(scene->one, &parcel, 0, 6), JANGLE_OK);
    parcel = receive_one(scene->one, "1");
    assert_int_equal(parcel.attempt, 7);
}

static void delays_end_in_the_order_of_their_moments(void **state)
{
    struct hub_scene *scene = *state;
    static const int64_t delays[] = {50, 20, 70, 20, 10, 60, 30, 40, 80, 5};
    struct received got;

    attach(scene->one, "orders");
    for (int i = 0; i < 10; i++)
        publish_into(
            scene->one, "orders", "a",
            (const char *[]){"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}[i]);
    got = receive(scene->one, 10);
    for (size_t i = 0; i < got.count; i++)
        assert_result(again(scene->one, &got.parcels[i], delays[i], 1), JANGLE_OK);
    pass_ms(scene, 25);
    receive_all(scene->one, "9 4 1 3", true);
    pass_ms(scene, 1000);
    receive_all(scene->one, "6 7 0 5 2 8", true);
}

static void a_queue_may_say_the_delay_itself(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue slow = {.name = "slow", .retry_ms = 500};
    struct jangle_parcel parcel;

    declare_queue(scene->one, &slow);
    attach(scene->one, "slow");
    publish_into(scene->one, "slow", "a", "1");
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, 1, 1), JANGLE_OK);
    assert_int_equal(count_in(scene->one, "slow"), 1);
    pass_ms(scene, 499);
    receive_all(scene->one, "", true);
    pass_ms(scene, 1);
    receive_all(scene->one, "1", true);
}

static void a_delay_without_end_never_ends(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel;

    attach(scene->one, "orders");
    publish_into(scene->one, "orders", "a", "1");
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, INT64_MAX, 1), JANGLE_OK);
    pass_ms(scene, INT64_C(1000) * 3600 * 24 * 366 * 100);
    receive_all(scene->one, "", true);
    assert_int_equal(count_in(scene->one, "orders.retry"), 1);
}

static void a_retry_goes_through_its_topic(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue queue = {.name = "q", .retry = "retry.q", .retry_topic = "retry"};
    struct jangle_queue audit = {.name = "audit", .topic = "retry"};
    struct jangle_parcel parcel;

    declare_queue(scene->one, &queue);
    declare_queue(scene->one, &audit);
    attach(scene->one, "q");
    attach(scene->two, "audit");
    publish_into(scene->one, "q", "a", "1");
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, 10, 1), JANGLE_OK);
    parcel = receive_one(scene->two, "1");
    assert_string_equal(parcel.route, "retry.q");
    assert_int_equal(parcel.attempt, 2);
    assert_int_equal(count_in(scene->one, "retry.q"), 1);
    pass_ms(scene, 10);
    parcel = receive_one(scene->one, "1");
    assert_null(parcel.route);
}

static void a_dead_letter_says_why_and_whence(void **state)
{
    struct hub_scene *scene = *state;
    static const struct jangle_header headers[] = {{"jangle-reason", "an older one"},
                                                   {"colour", "red"}};
    struct jangle_parcel parcel = {.topic = "shop",
                                   .route = "added",
                                   .key = "k",
                                   .id = "id-1",
                                   .content_type = "text/plain",
                                   .headers = headers,
                                   .header_count = 2,
                                   .body = "x",
                                   .body_size = 1,
                                   .attempt = 3};

    attach(scene->one, "orders");
    attach(scene->two, "orders.dead");
    assert_result(publish_one(scene->one, parcel), JANGLE_OK);
    parcel = receive_one(scene->one, "x");
    assert_result(bury(scene->one, &parcel, "no paper"), JANGLE_OK);
    receive_all(scene->one, "", true);
    parcel = receive_one(scene->two, "x");
    assert_string_equal(parcel.key, "k");
    assert_string_equal(parcel.id, "id-1");
    assert_string_equal(parcel.content_type, "text/plain");
    assert_string_equal(parcel.route, "added");
    assert_int_equal(parcel.header_count, 4);
    assert_string_equal(header_of(&parcel, "colour"), "red");
    assert_string_equal(header_of(&parcel, "jangle-reason"), "no paper");
    assert_string_equal(header_of(&parcel, "jangle-queue"), "orders");
    assert_string_equal(header_of(&parcel, "jangle-attempts"), "3");
    assert_int_equal(parcel.attempt, 1);
}

static void a_dead_letter_goes_through_its_topic(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue queue = {.name = "q", .dead = "dead.q", .dead_topic = "dead"};
    struct jangle_queue audit = {.name = "audit", .topic = "dead"};
    struct jangle_parcel parcel;

    declare_queue(scene->one, &queue);
    declare_queue(scene->one, &audit);
    attach(scene->one, "q");
    publish_into(scene->one, "q", "a", "1");
    parcel = receive_one(scene->one, "1");
    assert_result(bury(scene->one, &parcel, NULL), JANGLE_OK);
    attach(scene->two, "dead.q");
    parcel = receive_one(scene->two, "1");
    assert_string_equal(header_of(&parcel, "jangle-reason"), "");
    assert_string_equal(parcel.route, "dead.q");
    assert_int_equal(count_in(scene->one, "audit"), 1);
}

/* What cannot become a dead letter is not lost: it stays in its queue. */
static void a_dead_letter_without_a_queue_is_not_found_and_comes_again(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue none = {.name = "none"};
    struct jangle_queue gone = {.name = "gone", .dead = "d", .dead_topic = "dt"};
    struct jangle_parcel parcel;

    declare_queue(scene->one, &none);
    declare_queue(scene->one, &gone);
    assert_result(scene->one->ops->remove_queue(
                      scene->one, &(struct jangle_queue){.name = "d"}, NULL),
                  JANGLE_OK);
    attach(scene->one, "none");
    publish_into(scene->one, "none", "a", "1");
    parcel = receive_one(scene->one, "1");
    assert_result(bury(scene->one, &parcel, "x"), JANGLE_NOT_FOUND);
    receive_all(scene->one, "1", true);
    attach(scene->two, "gone");
    publish_into(scene->one, "gone", "a", "2");
    parcel = receive_one(scene->two, "2");
    assert_result(bury(scene->two, &parcel, "x"), JANGLE_NOT_FOUND);
    receive_all(scene->two, "2", true);
}

static void a_settlement_that_says_nothing_is_invalid(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel;

    attach(scene->one, "orders");
    publish_into(scene->one, "orders", "a", "1");
    publish_into(scene->one, "orders", "a", "2");
    parcel = receive_one(scene->one, "1");
    assert_result(settle_one(scene->one, &parcel, (struct jangle_settlement){0}),
                  JANGLE_INVALID);
    receive_all(scene->one, "1 2", true);
}

/* ---- expiring ------------------------------------------------------------------ */

static void what_waits_for_too_long_is_dead(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue brief = {.name = "brief", .dead = "brief.dead", .expire_ms = 100};
    struct jangle_parcel parcel, held;

    declare_queue(scene->one, &brief);
    attach(scene->one, "brief");
    attach(scene->two, "brief.dead");
    publish_into(scene->one, "brief", "a", "1");
    publish_into(scene->one, "brief", "a", "2");
    held = receive_one(scene->one, "1");
    pass_ms(scene, 60);
    publish_into(scene->one, "brief", "a", "3");
    pass_ms(scene, 39);
    receive_all(scene->two, "", true);
    pass_ms(scene, 1);
    parcel = receive_one(scene->two, "2");
    assert_string_equal(header_of(&parcel, "jangle-reason"),
                        "it waited in the queue for too long");
    assert_string_equal(header_of(&parcel, "jangle-attempts"), "0");
    assert_int_equal(count_in(scene->one, "brief"), 1);
    assert_result(again(scene->one, &held, 50, 1), JANGLE_OK);
    pass_ms(scene, 149);
    receive_all(scene->two, "3", true);
    pass_ms(scene, 1);
    parcel = receive_one(scene->two, "1");
    assert_string_equal(header_of(&parcel, "jangle-attempts"), "1");
}

static void an_expired_parcel_without_a_dead_letter_queue_stays(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue brief = {.name = "brief", .expire_ms = 100};

    assert_result(scene->one->ops->declare_queue(scene->one, &brief, NULL),
                  JANGLE_INVALID);
    brief.dead = "brief.dead";
    declare_queue(scene->one, &brief);
    assert_result(scene->one->ops->remove_queue(
                      scene->one, &(struct jangle_queue){.name = "brief.dead"}, NULL),
                  JANGLE_OK);
    publish_into(scene->one, "brief", "a", "1");
    pass_ms(scene, 100);
    attach(scene->one, "brief");
    receive_all(scene->one, "1", true);
}

/* A receiver of another queue does not wake up each millisecond for it. */
static void what_cannot_be_buried_is_tried_again_only_later(void **state)
{
    struct hub_scene *scene = *state;
    const struct jangle_queue brief = {
        .name = "brief", .dead = "brief.dead", .expire_ms = 100};
    const struct jangle_queue dead = {.name = "brief.dead"};
    struct jangle_parcel *parcels;
    size_t count;
    int64_t calls;

    declare_queue(scene->one, &brief);
    assert_result(scene->one->ops->remove_queue(scene->one, &dead, NULL), JANGLE_OK);
    publish_into(scene->one, "brief", "a", "1");
    attach(scene->one, "orders");
    pass_ms(scene, 100);
    calls = scene->clock.calls;
    assert_result(
        scene->one->ops->receive(scene->one, 1, 1000, 60, &parcels, &count, NULL),
        JANGLE_OK);
    assert_int_equal(count, 0);
    assert_in_range(scene->clock.calls - calls, 1, 6);
    declare_queue(scene->one, &dead);
    pass_ms(scene, 1000);
    assert_int_equal(count_in(scene->one, "brief.dead"), 1);
    assert_int_equal(count_in(scene->one, "brief"), 0);
}

/* ---- removing ------------------------------------------------------------------ */

static void purging_removes_what_waits_and_what_is_delayed(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue plain = {.name = "plain"};
    struct jangle_parcel delayed, held;

    declare_queue(scene->one, &plain);
    attach(scene->one, "plain");
    publish_into(scene->one, "plain", "a", "1");
    publish_into(scene->one, "plain", "a", "2");
    publish_into(scene->one, "plain", "a", "3");
    delayed = receive_one(scene->one, "1");
    held = receive_one(scene->one, "2");
    assert_result(again(scene->one, &delayed, 10, 1), JANGLE_OK);
    assert_result(scene->one->ops->purge(scene->one, "plain", NULL), JANGLE_OK);
    assert_result(scene->one->ops->purge(scene->one, "away", NULL), JANGLE_OK);
    assert_int_equal(count_in(scene->one, "plain"), 0);
    pass_ms(scene, 10);
    receive_all(scene->one, "", true);
    take(scene->one, &held);
}

static void removing_a_queue_is_reported_to_its_receivers_once(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_queue orders = {
        .name = "orders", .retry = "orders.retry", .dead = "orders.dead"};
    struct jangle_queue other = {.name = "other"};
    struct jangle_parcel held, delayed, *parcels;
    struct jangle_error error = {0};
    size_t count = 1;
    int64_t waiting;

    declare_queue(scene->one, &other);
    attach(scene->one, "orders");
    attach(scene->one, "other");
    publish_into(scene->two, "orders", "a", "1");
    publish_into(scene->two, "orders", "a", "2");
    publish_into(scene->two, "orders", "a", "3");
    publish_into(scene->two, "other", "a", "4");
    held = receive_one(scene->one, "1");
    delayed = *receive(scene->one, 1).parcels;
    assert_result(again(scene->one, &delayed, 10, 1), JANGLE_OK);
    assert_result(scene->two->ops->remove_queue(scene->two, &orders, NULL), JANGLE_OK);
    assert_result(scene->two->ops->remove_queue(scene->two, &orders, NULL), JANGLE_OK);
    assert_result(scene->one->ops->receive(scene->one, 1, 1, 0, &parcels, &count, &error),
                  JANGLE_NOT_FOUND);
    assert_int_equal(count, 0);
    assert_string_equal(error.message,
                        "hub: queue \"orders\" was removed while \"one\" "
                        "received from it");
    receive(scene->one, 1);
    assert_result(settle_one(scene->one, &held,
                             (struct jangle_settlement){.disposition = JANGLE_TAKEN}),
                  JANGLE_NOT_FOUND);
    assert_result(scene->one->ops->count(scene->one, "orders.dead", &waiting, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(scene->one->ops->count(scene->one, "orders.retry", &waiting, NULL),
                  JANGLE_NOT_FOUND);
}

static void a_topic_stays_while_a_queue_is_bound_to_it(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_error error = {0};

    assert_result(scene->one->ops->remove_topic(scene->one, "shop", &error), JANGLE_BUSY);
    assert_string_equal(error.message,
                        "hub: topic \"shop\" stays, because queue \"orders\" is bound to "
                        "it: remove the queue first");
    assert_result(scene->one->ops->remove_queue(
                      scene->one, &(struct jangle_queue){.name = "orders"}, NULL),
                  JANGLE_OK);
    assert_result(scene->one->ops->remove_topic(scene->one, "shop", NULL), JANGLE_OK);
    assert_result(scene->one->ops->remove_topic(scene->one, "shop", NULL), JANGLE_OK);
    assert_result(publish_one(scene->one, (struct jangle_parcel){.topic = "shop"}),
                  JANGLE_NOT_FOUND);
}

/* A retry queue that is removed alone takes what is delayed with it; later delays wait in
 * the queue itself. */
static void a_retry_queue_may_be_removed_alone(void **state)
{
    struct hub_scene *scene = *state;
    struct jangle_parcel parcel;

    attach(scene->one, "orders");
    publish_into(scene->one, "orders", "a", "1");
    assert_result(scene->one->ops->remove_queue(
                      scene->one, &(struct jangle_queue){.name = "orders.retry"}, NULL),
                  JANGLE_OK);
    parcel = receive_one(scene->one, "1");
    assert_result(again(scene->one, &parcel, 10, 1), JANGLE_OK);
    pass_ms(scene, 10);
    receive_all(scene->one, "1", true);
}

/* Two queues share a retry queue. The one that is removed takes its own parcels with it;
 * those of the other one come back in the order of their moments. */
static void a_retry_queue_may_belong_to_several_queues(void **state)
{
    struct hub_scene *scene = *state;
    static const int64_t delays[] = {5, 90, 10, 80, 20, 70, 30, 60, 40, 50};
    struct jangle_queue gone = {.name = "gone", .retry = "common"};
    struct jangle_queue kept = {.name = "kept", .retry = "common"};

    declare_queue(scene->one, &gone);
    declare_queue(scene->one, &kept);
    attach(scene->one, "gone");
    attach(scene->two, "kept");
    for (int i = 0; i < 10; i++) {
        static const char *const bodies[] = {"0", "1", "2", "3", "4",
                                             "5", "6", "7", "8", "9"};
        bool goes = i % 2 == 0;
        struct jangle_transport *by = goes ? scene->one : scene->two;
        struct jangle_parcel parcel;

        publish_into(scene->one, goes ? "gone" : "kept", "a", bodies[i]);
        parcel = receive_one(by, bodies[i]);
        assert_result(again(by, &parcel, delays[i], 1), JANGLE_OK);
    }
    assert_int_equal(count_in(scene->one, "common"), 10);
    assert_result(scene->one->ops->remove_queue(
                      scene->one, &(struct jangle_queue){.name = "gone"}, NULL),
                  JANGLE_OK);
    assert_int_equal(count_in(scene->one, "common"), 5);
    pass_ms(scene, 1000);
    receive_all(scene->two, "9 7 5 3 1", true);
}

/* ---- much ---------------------------------------------------------------------- */

/* Memory is that of what is there, and returns to what it was. */
static void what_is_settled_is_forgotten(void **state)
{
    struct hub_scene *scene = *state;
    int64_t before;

    attach(scene->one, "orders");
    publish_into(scene->one, "orders", "a", "1");
    receive_all(scene->one, "1", true);
    before = scene->host.memory.pieces;
    for (int i = 0; i < 1000; i++)
        publish_into(scene->one, "orders", "a", "x");
    assert_true(scene->host.memory.pieces >= before + 1000);
    for (int taken = 0; taken < 1000;) {
        struct received got = receive(scene->one, 10);

        for (size_t i = 0; i < got.count; i++)
            take(scene->one, &got.parcels[i]);
        taken += (int)got.count;
    }
    assert_int_equal(scene->host.memory.pieces, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(what_is_published_is_received_once_and_in_order),
        HUB_TEST(a_parcel_arrives_as_it_was_sent),
        HUB_TEST(what_is_left_out_arrives_as_nothing),
        HUB_TEST(each_parcel_has_its_own_result),
        HUB_TEST(all_queues_that_want_a_route_get_it),
        HUB_TEST(declaring_again_adds_bindings_and_changes_nothing_else),
        HUB_TEST(a_queue_that_differs_is_refused_and_stays),
        HUB_TEST(a_queue_without_its_topic_is_not_found_and_not_made),
        HUB_TEST(a_receive_keeps_to_its_limits),
        HUB_TEST(several_queues_take_turns),
        HUB_TEST(nobody_else_gets_what_is_in_hand),
        HUB_TEST(attaching_where_there_is_nothing_is_not_found),
        HUB_TEST(what_is_given_back_comes_before_the_later_ones),
        HUB_TEST(giving_back_finds_the_old_turn_whoever_had_it),
        HUB_TEST(giving_back_finds_the_old_turn_of_each),
        HUB_TEST(of_a_queue_in_order_one_receiver_is_active),
        HUB_TEST(again_comes_after_its_delay_and_the_others_do_not_wait),
        HUB_TEST(delays_end_in_the_order_of_their_moments),
        HUB_TEST(a_queue_may_say_the_delay_itself),
        HUB_TEST(a_delay_without_end_never_ends),
        HUB_TEST(a_retry_goes_through_its_topic),
        HUB_TEST(a_dead_letter_says_why_and_whence),
        HUB_TEST(a_dead_letter_goes_through_its_topic),
        HUB_TEST(a_dead_letter_without_a_queue_is_not_found_and_comes_again),
        HUB_TEST(a_settlement_that_says_nothing_is_invalid),
        HUB_TEST(what_waits_for_too_long_is_dead),
        HUB_TEST(an_expired_parcel_without_a_dead_letter_queue_stays),
        HUB_TEST(what_cannot_be_buried_is_tried_again_only_later),
        HUB_TEST(purging_removes_what_waits_and_what_is_delayed),
        HUB_TEST(removing_a_queue_is_reported_to_its_receivers_once),
        HUB_TEST(a_topic_stays_while_a_queue_is_bound_to_it),
        HUB_TEST(a_retry_queue_may_be_removed_alone),
        HUB_TEST(a_retry_queue_may_belong_to_several_queues),
        HUB_TEST(what_is_settled_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
