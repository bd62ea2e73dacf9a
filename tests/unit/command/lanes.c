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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(different_aggregates_do_not_wait, open_lanes,
                                        close_lanes),
        cmocka_unit_test_setup_teardown(who_waits_too_long_is_told_which, open_lanes,
                                        close_lanes),
        cmocka_unit_test_setup_teardown(first_come_first_served_and_too_many_are_busy,
                                        open_lanes, close_lanes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
