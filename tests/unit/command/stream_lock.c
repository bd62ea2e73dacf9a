/* stream_lock.c - commands for one aggregate go one behind the other. */
#include "support/test.h"

#include "command/stream_lock.h"

#include <sched.h>
#include <string.h>

static struct jn_host host;
static struct jn_stream_locks locks;

static int open_locks(void **state)
{
    (void)state;
    return jn_host_init(&host, &(struct jangle_host){0}) ||
           jn_stream_locks_init(&locks, &host.host.allocator);
}

static int close_locks(void **state)
{
    (void)state;
    jn_stream_locks_finish(&locks);
    jn_host_finish(&host);
    return 0;
}

static struct jn_stream_lock *enter(const char *id)
{
    struct jn_stream_lock *lock;

    assert_result(jn_stream_locks_acquire(&locks, "account", id, -1, &lock, NULL),
                  JANGLE_OK);
    return lock;
}

static void different_aggregates_do_not_wait(void **state)
{
    struct jn_stream_lock *one = enter("1"), *two = enter("2");

    (void)state;
    assert_ptr_not_equal(one, two);
    jn_stream_locks_release(&locks, one);
    jn_stream_locks_release(&locks, two);
}

static void who_waits_too_long_is_told_which(void **state)
{
    struct jn_stream_lock *one = enter("1"), *again = one;
    struct jangle_error error = {0};

    (void)state;
    assert_result(jn_stream_locks_acquire(&locks, "account", "1",
                                          jn_monotonic_us() + 1000, &again, &error),
                  JANGLE_TIMEOUT);
    assert_non_null(strstr(error.message, "account/1"));
    assert_null(again); /* so that nobody gives back what another holds */
    jn_stream_locks_release(&locks, one);
    jn_stream_locks_release(&locks, enter("1"));
}

/* ---- threads ----------------------------------------------------------------- */

struct visitor {
    pthread_t thread;
    int *inside; /* plain: the lock guards it, and sanitizers watch */
    int *order;
    int number;
    struct jn_stream_lock *watched; /* of another; or NULL */
    bool was_kept;                  /* the visitor's lock, for that one */
    enum jangle_result result;
};

static void *visit(void *context)
{
    struct visitor *visitor = context;
    struct jn_stream_lock *lock;

    visitor->result = jn_stream_locks_acquire(&locks, "account", "1", -1, &lock, NULL);
    if (visitor->result)
        return NULL;
    visitor->order[(*visitor->inside)++] = visitor->number;
    visitor->was_kept = jn_stream_locks_is_kept(
        &locks, &(struct jn_stream_name){"account", "1"}, visitor->watched);
    jn_stream_locks_release(&locks, lock);
    return NULL;
}

static int64_t waiting(void)
{
    int64_t count;

    jn_mutex_lock(&locks.mutex);
    count = locks.waiting;
    jn_mutex_unlock(&locks.mutex);
    return count;
}

static void first_come_first_served(void **state)
{
    struct visitor visitors[3];
    struct jn_stream_lock *front = enter("1");
    int inside = 0, order[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        visitors[i] = (struct visitor){.inside = &inside, .order = order, .number = i};
        assert_int_equal(pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]),
                         0);
        while (waiting() < i + 1)
            sched_yield();
    }
    jn_stream_locks_release(&locks, front);
    for (int i = 0; i < 3; i++) {
        pthread_join(visitors[i].thread, NULL);
        assert_result(visitors[i].result, JANGLE_OK);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
}

/* ---- who lost twice ---------------------------------------------------------- */

static struct jn_stream_name twice_b[] = {
    {"account", "b"}, {"account", "a"}, {"account", "b"}};

static enum jangle_result keep_both(struct jn_stream_lock **lock, int64_t until_us)
{
    struct jn_stream_names names = {twice_b, 3};

    return jn_stream_locks_keep(&locks, &names, until_us, lock, NULL);
}

static bool is_kept(const char *id, struct jn_stream_lock *lock)
{
    return jn_stream_locks_is_kept(&locks, &(struct jn_stream_name){"account", id}, lock);
}

/* A moment that is past: who does not find the lock empty does not get it. */
static bool is_free(const char *id)
{
    struct jn_stream_lock *lock;

    if (jn_stream_locks_acquire(&locks, "account", id, 0, &lock, NULL))
        return false;
    jn_stream_locks_release(&locks, lock);
    return true;
}

static void who_lost_twice_keeps_all_its_locks_until_it_leaves(void **state)
{
    struct jn_stream_lock *lock = enter("a"), *other = enter("c");

    (void)state;
    assert_false(is_kept("a", other));
    assert_result(keep_both(&lock, -1), JANGLE_OK);
    assert_false(is_free("a") || is_free("b"));
    assert_true(is_kept("a", other) && is_kept("b", other));
    assert_false(is_kept("a", lock) || is_kept("b", lock) || is_kept("c", lock));
    assert_result(keep_both(&lock, -1), JANGLE_OK); /* it has them already */
    jn_stream_locks_release(&locks, lock);
    assert_true(is_free("a") && is_free("b"));
    assert_false(is_kept("a", other) || is_kept("b", other));
    jn_stream_locks_release(&locks, other);
    assert_int_equal(locks.kept, 0);
}

static void who_does_not_get_all_locks_has_none(void **state)
{
    struct jn_stream_lock *lock = enter("a"), *in_the_way = enter("b");

    (void)state;
    assert_result(keep_both(&lock, 0), JANGLE_TIMEOUT);
    assert_null(lock);
    assert_true(is_free("a"));
    assert_int_equal(locks.kept, 0);
    jn_stream_locks_release(&locks, in_the_way);
    jn_stream_locks_release(&locks, NULL);
}

struct keeper {
    pthread_t thread;
    struct jn_stream_lock *lock;
    enum jangle_result result;
};

static void *keep_in_thread(void *context)
{
    struct keeper *keeper = context;

    keeper->result = keep_both(&keeper->lock, -1);
    jn_stream_locks_release(&locks, keeper->lock);
    return NULL;
}

/* It waits for the first by name, and has neither that one nor the next meanwhile: nor
 * its own lock, which is the greatest. */
static void who_waits_for_locks_has_only_those_before(void **state)
{
    struct keeper keeper = {.lock = enter("b")};
    struct jn_stream_lock *in_the_way = enter("a");

    (void)state;
    assert_int_equal(pthread_create(&keeper.thread, NULL, keep_in_thread, &keeper), 0);
    while (waiting() < 1)
        sched_yield();
    assert_true(is_free("b"));
    jn_stream_locks_release(&locks, in_the_way);
    pthread_join(keeper.thread, NULL);
    assert_result(keeper.result, JANGLE_OK);
    assert_true(is_free("a") && is_free("b"));
}

/* One waits behind a keeper; when it has the lock, others need not give way to it. */
static void the_next_at_a_kept_lock_has_an_ordinary_one(void **state)
{
    struct jn_stream_lock *lock = enter("1"), *other = enter("c");
    struct jn_stream_names names = {&(struct jn_stream_name){"account", "1"}, 1};
    struct jn_stream_names others = {&(struct jn_stream_name){"account", "c"}, 1};
    struct visitor visitor = {
        .inside = &(int){0}, .order = (int[1]){0}, .watched = other};

    (void)state;
    assert_result(jn_stream_locks_keep(&locks, &names, -1, &lock, NULL), JANGLE_OK);
    assert_result(jn_stream_locks_keep(&locks, &others, -1, &other, NULL), JANGLE_OK);
    assert_int_equal(pthread_create(&visitor.thread, NULL, visit, &visitor), 0);
    while (waiting() < 1)
        sched_yield();
    assert_true(is_kept("1", other));
    jn_stream_locks_release(&locks, lock);
    pthread_join(visitor.thread, NULL);
    assert_false(visitor.was_kept);
    jn_stream_locks_release(&locks, other);
}

/* ---- commands that are taken ------------------------------------------------- */

struct guest {
    struct jn_stream_waiter waiter; /* the first member */
    pthread_t thread;
    int64_t until_us;
    struct jn_stream_lock *lock;
    int turn; /* 1: the first that had the lock */
    enum jangle_result result;
};

static int turns; /* the lock guards it */

static void *join(void *context)
{
    struct guest *guest = context;

    guest->result = jn_stream_locks_join(&locks, "account", "1", guest->until_us,
                                         &guest->waiter, &guest->lock, NULL);
    if (guest->lock)
        guest->turn = ++turns;
    jn_stream_locks_release(&locks, guest->lock);
    return NULL;
}

/* The guests wait in this order. */
static void let_in(struct guest *guests, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&guests[i].thread, NULL, join, &guests[i]), 0);
        while (waiting() < i + 1)
            sched_yield();
    }
}

/* Else its thread would leave with TIMEOUT, and with what the holder uses. */
static void a_time_that_is_over_ends_nothing_that_was_taken(void **state)
{
    struct jn_stream_lock *lock = enter("1");
    struct guest guest = {.waiter = {.may_be_taken = true}};
    struct jn_stream_waiter *taken = NULL;

    (void)state;
    guest.until_us = jn_monotonic_us() + 50 * 1000;
    assert_int_equal(pthread_create(&guest.thread, NULL, join, &guest), 0);
    while (!taken && jn_monotonic_us() < guest.until_us)
        taken = jn_stream_lock_take(&locks, lock);
    while (jn_monotonic_us() < guest.until_us + 2000)
        sched_yield();
    if (taken) { /* else this machine was too slow for the test to begin */
        assert_int_equal(waiting(), 1);
        jn_stream_lock_answer(&locks, taken);
    }
    pthread_join(guest.thread, NULL);
    assert_result(guest.result, taken ? JANGLE_OK : JANGLE_TIMEOUT);
    jn_stream_locks_release(&locks, lock);
}

static void only_who_may_be_taken_is_and_only_in_order(void **state)
{
    struct jn_stream_lock *lock = enter("1");
    struct guest guests[] = {{.waiter = {.may_be_taken = true}, .until_us = -1},
                             {.until_us = -1},
                             {.waiter = {.may_be_taken = true}, .until_us = -1}};
    struct jn_queue taken = {0};

    (void)state;
    assert_null(jn_stream_lock_take(&locks, lock));
    let_in(guests, 3);
    assert_ptr_equal(jn_stream_lock_take(&locks, lock), &guests[0].waiter);
    assert_null(jn_stream_lock_take(&locks, lock));
    jn_queue_put(&taken, &guests[0].waiter.link);
    jn_stream_lock_put_back(&locks, lock, &taken);
    assert_null(taken.first);
    assert_null(jn_stream_lock_take(&locks, lock)); /* not again */
    jn_stream_locks_release(&locks, lock);
    for (int i = 0; i < 3; i++) {
        pthread_join(guests[i].thread, NULL);
        assert_result(guests[i].result, JANGLE_OK);
        assert_int_equal(guests[i].waiter.wait, JN_WAIT_HAS_LOCK);
    }
}

static void who_is_put_back_goes_before_all_others(void **state)
{
    struct jn_stream_lock *lock = enter("1");
    struct guest guests[3] = {{.until_us = -1}, {.until_us = -1}, {.until_us = -1}};
    struct jn_queue taken = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        guests[i].waiter.may_be_taken = true;
    let_in(guests, 3);
    for (int i = 0; i < 2; i++)
        jn_queue_put(&taken, &jn_stream_lock_take(&locks, lock)->link);
    jn_stream_lock_put_back(&locks, lock, &taken);
    turns = 0;
    jn_stream_locks_release(&locks, lock);
    for (int i = 0; i < 3; i++)
        pthread_join(guests[i].thread, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(guests[i].turn, i + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(different_aggregates_do_not_wait, open_locks,
                                        close_locks),
        cmocka_unit_test_setup_teardown(who_waits_too_long_is_told_which, open_locks,
                                        close_locks),
        cmocka_unit_test_setup_teardown(first_come_first_served, open_locks, close_locks),
        cmocka_unit_test_setup_teardown(
            who_lost_twice_keeps_all_its_locks_until_it_leaves, open_locks, close_locks),
        cmocka_unit_test_setup_teardown(who_does_not_get_all_locks_has_none, open_locks,
                                        close_locks),
        cmocka_unit_test_setup_teardown(the_next_at_a_kept_lock_has_an_ordinary_one,
                                        open_locks, close_locks),
        cmocka_unit_test_setup_teardown(who_waits_for_locks_has_only_those_before,
                                        open_locks, close_locks),
        cmocka_unit_test_setup_teardown(a_time_that_is_over_ends_nothing_that_was_taken,
                                        open_locks, close_locks),
        cmocka_unit_test_setup_teardown(only_who_may_be_taken_is_and_only_in_order,
                                        open_locks, close_locks),
        cmocka_unit_test_setup_teardown(who_is_put_back_goes_before_all_others,
                                        open_locks, close_locks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
