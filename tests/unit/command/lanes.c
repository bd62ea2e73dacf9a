/* lanes.c - commands for one aggregate go one behind the other. */
#include "support/test.h"

#include "command/lanes.h"

#include <sched.h>
#include <string.h>

static struct jn_host host;
static struct jn_lanes lanes;

static int open_lanes(void **state)
{
    (void)state;
    return jn_host_init(&host, &(struct jangle_host){0}) ||
           jn_lanes_init(&lanes, 3, &host.host.allocator);
}

static int close_lanes(void **state)
{
    (void)state;
    jn_lanes_finish(&lanes);
    jn_host_finish(&host);
    return 0;
}

static struct jn_lane *enter(const char *id)
{
    struct jn_lane *lane;

    assert_result(jn_lanes_enter(&lanes, "account", id, -1, &lane, NULL), JANGLE_OK);
    return lane;
}

static void different_aggregates_do_not_wait(void **state)
{
    struct jn_lane *one = enter("1"), *two = enter("2");

    (void)state;
    assert_ptr_not_equal(one, two);
    jn_lanes_leave(&lanes, one);
    jn_lanes_leave(&lanes, two);
    assert_int_equal(lanes.waits, 0);
}

static void who_waits_too_long_is_told_which(void **state)
{
    struct jn_lane *one = enter("1"), *again;
    struct jangle_error error = {0};

    (void)state;
    assert_result(
        jn_lanes_enter(&lanes, "account", "1", jn_monotonic_us() + 1000, &again, &error),
        JANGLE_TIMEOUT);
    assert_non_null(strstr(error.message, "account/1"));
    jn_lanes_leave(&lanes, one);
    jn_lanes_leave(&lanes, enter("1"));
}

/* ---- threads ----------------------------------------------------------------- */

struct visitor {
    pthread_t thread;
    int *inside; /* plain: the lane guards it, and sanitizers watch */
    int *order;
    int number;
    struct jn_lane *watched; /* of another; or NULL */
    bool was_kept;           /* the visitor's lane, for that one */
    enum jangle_result result;
};

static void *visit(void *context)
{
    struct visitor *visitor = context;
    struct jn_lane *lane;

    visitor->result = jn_lanes_enter(&lanes, "account", "1", -1, &lane, NULL);
    if (visitor->result)
        return NULL;
    visitor->order[(*visitor->inside)++] = visitor->number;
    visitor->was_kept = jn_lanes_is_kept(&lanes, &(struct jn_lane_name){"account", "1"},
                                         visitor->watched);
    jn_lanes_leave(&lanes, lane);
    return NULL;
}

static int64_t waiting(void)
{
    int64_t count;

    jn_mutex_lock(&lanes.mutex);
    count = lanes.waiting;
    jn_mutex_unlock(&lanes.mutex);
    return count;
}

static void first_come_first_served_and_too_many_are_busy(void **state)
{
    struct visitor visitors[3];
    struct jn_lane *front = enter("1"), *none;
    struct jangle_error error = {0};
    int inside = 0, order[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        visitors[i] = (struct visitor){.inside = &inside, .order = order, .number = i};
        assert_int_equal(pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]),
                         0);
        while (waiting() < i + 1)
            sched_yield();
    }
    assert_result(jn_lanes_enter(&lanes, "account", "1", -1, &none, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "queue_limit"));
    jn_lanes_leave(&lanes, front);
    for (int i = 0; i < 3; i++) {
        pthread_join(visitors[i].thread, NULL);
        assert_result(visitors[i].result, JANGLE_OK);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
    assert_int_equal(lanes.waits, 3);
}

/* ---- who lost twice ---------------------------------------------------------- */

static struct jn_lane_name twice_b[] = {
    {"account", "b"}, {"account", "a"}, {"account", "b"}};

static enum jangle_result keep_both(struct jn_lane **lane, int64_t until_us)
{
    struct jn_lane_names names = {twice_b, 3};

    return jn_lanes_keep(&lanes, &names, until_us, lane, NULL);
}

static bool is_kept(const char *id, const struct jn_lane *lane)
{
    return jn_lanes_is_kept(&lanes, &(struct jn_lane_name){"account", id}, lane);
}

/* A moment that is past: who does not find the lane empty does not get it. */
static bool is_free(const char *id)
{
    struct jn_lane *lane;

    if (jn_lanes_enter(&lanes, "account", id, 0, &lane, NULL))
        return false;
    jn_lanes_leave(&lanes, lane);
    return true;
}

static void who_lost_twice_keeps_all_its_lanes_until_it_leaves(void **state)
{
    struct jn_lane *lane = enter("a"), *other = enter("c");

    (void)state;
    assert_false(is_kept("a", other));
    assert_result(keep_both(&lane, -1), JANGLE_OK);
    assert_false(is_free("a") || is_free("b"));
    assert_true(is_kept("a", other) && is_kept("b", other));
    assert_false(is_kept("a", lane) || is_kept("b", lane) || is_kept("c", lane));
    assert_result(keep_both(&lane, -1), JANGLE_OK); /* it has them already */
    jn_lanes_leave(&lanes, lane);
    assert_true(is_free("a") && is_free("b"));
    assert_false(is_kept("a", other) || is_kept("b", other));
    jn_lanes_leave(&lanes, other);
    assert_int_equal(lanes.kept, 0);
}

static void who_does_not_get_all_lanes_has_none(void **state)
{
    struct jn_lane *lane = enter("a"), *in_the_way = enter("b");

    (void)state;
    assert_result(keep_both(&lane, 0), JANGLE_TIMEOUT);
    assert_null(lane);
    assert_true(is_free("a"));
    assert_int_equal(lanes.kept, 0);
    jn_lanes_leave(&lanes, in_the_way);
    jn_lanes_leave(&lanes, NULL);
}

struct keeper {
    pthread_t thread;
    struct jn_lane *lane;
    enum jangle_result result;
};

static void *keep_in_thread(void *context)
{
    struct keeper *keeper = context;

    keeper->result = keep_both(&keeper->lane, -1);
    jn_lanes_leave(&lanes, keeper->lane);
    return NULL;
}

/* It waits for the first by name, and has neither that one nor the next meanwhile: nor
 * its own lane, which is the greatest. */
static void who_waits_for_lanes_has_only_those_before(void **state)
{
    struct keeper keeper = {.lane = enter("b")};
    struct jn_lane *in_the_way = enter("a");

    (void)state;
    assert_int_equal(pthread_create(&keeper.thread, NULL, keep_in_thread, &keeper), 0);
    while (waiting() < 1)
        sched_yield();
    assert_true(is_free("b"));
    jn_lanes_leave(&lanes, in_the_way);
    pthread_join(keeper.thread, NULL);
    assert_result(keeper.result, JANGLE_OK);
    assert_true(is_free("a") && is_free("b"));
}

/* One waits behind a keeper; when it has the lane, others need not give way to it. */
static void the_next_in_a_kept_lane_has_an_ordinary_one(void **state)
{
    struct jn_lane *lane = enter("1"), *other = enter("c");
    struct jn_lane_names names = {&(struct jn_lane_name){"account", "1"}, 1};
    struct jn_lane_names others = {&(struct jn_lane_name){"account", "c"}, 1};
    struct visitor visitor = {
        .inside = &(int){0}, .order = (int[1]){0}, .watched = other};

    (void)state;
    assert_result(jn_lanes_keep(&lanes, &names, -1, &lane, NULL), JANGLE_OK);
    assert_result(jn_lanes_keep(&lanes, &others, -1, &other, NULL), JANGLE_OK);
    assert_int_equal(pthread_create(&visitor.thread, NULL, visit, &visitor), 0);
    while (waiting() < 1)
        sched_yield();
    assert_true(is_kept("1", other));
    jn_lanes_leave(&lanes, lane);
    pthread_join(visitor.thread, NULL);
    assert_false(visitor.was_kept);
    jn_lanes_leave(&lanes, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(different_aggregates_do_not_wait, open_lanes,
                                        close_lanes),
        cmocka_unit_test_setup_teardown(who_waits_too_long_is_told_which, open_lanes,
                                        close_lanes),
        cmocka_unit_test_setup_teardown(first_come_first_served_and_too_many_are_busy,
                                        open_lanes, close_lanes),
        cmocka_unit_test_setup_teardown(
            who_lost_twice_keeps_all_its_lanes_until_it_leaves, open_lanes, close_lanes),
        cmocka_unit_test_setup_teardown(who_does_not_get_all_lanes_has_none, open_lanes,
                                        close_lanes),
        cmocka_unit_test_setup_teardown(the_next_in_a_kept_lane_has_an_ordinary_one,
                                        open_lanes, close_lanes),
        cmocka_unit_test_setup_teardown(who_waits_for_lanes_has_only_those_before,
                                        open_lanes, close_lanes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
