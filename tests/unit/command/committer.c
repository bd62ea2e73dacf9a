/* committer.c - senders who share the group commit, and leaders who gather. */
#include "support/stores/scripted_store.h"
#include "support/test.h"

#include "base/error.h"
#include "command/committer.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, SENDS = 500, GROUP_BYTES = 1000 };

/* With a clock that goes on by an hour each time it is asked: so each commit took one,
 * and only config.gather_us bounds how long a leader gathers. Or it stands still. */
static const int64_t hour_us = INT64_C(3600000000);

struct shop {
    struct scripted_store store;
    struct jn_committer committer;
    struct jn_host host;
    _Atomic int64_t monotonic_us;
    int64_t step_us;
};

static jangle_time now(void *context)
{
    (void)context;
    return (jangle_time){1};
}

static int64_t monotonic_us(void *context)
{
    struct shop *shop = context;

    return atomic_fetch_add(&shop->monotonic_us, shop->step_us);
}

static void open_shop(struct shop *shop, bool waits, int64_t group_count)
{
    const struct jn_commit_limits limits = {.group_count = group_count,
                                            .group_bytes = GROUP_BYTES,
                                            .queue_limit = 1000,
                                            .gather_us = hour_us};

    *shop = (struct shop){.step_us = hour_us};
    assert_result(jn_host_init(&shop->host,
                               &(struct jangle_host){.clock = {now, monotonic_us, shop}}),
                  JANGLE_OK);
    scripted_store_init(&shop->store, waits);
    assert_result(
        jn_committer_init(&shop->committer, &shop->store.store, &limits, &shop->host),
        JANGLE_OK);
}

static void close_shop(struct shop *shop)
{
    jn_committer_finish(&shop->committer);
    scripted_store_finish(&shop->store);
    jn_host_finish(&shop->host);
}

/* ---- senders ----------------------------------------------------------------- */

struct sender {
    pthread_t thread;
    struct jn_committer *committer;
    int count;
    int64_t until_us;
    enum jangle_result result; /* of the last one */
    int64_t positions[SENDS];
};

static void *send_all(void *context)
{
    struct sender *sender = context;

    for (int i = 0; i < sender->count; i++) {
        struct jangle_append append = {0};

        sender->result =
            jn_committer_send(sender->committer, &append, NULL, sender->until_us, NULL);
        sender->positions[i] = append.receipt.position;
    }
    return NULL;
}

static void start_until(struct sender *sender, struct shop *shop, int64_t until_us)
{
    *sender =
        (struct sender){.committer = &shop->committer, .count = 1, .until_us = until_us};
    assert_int_equal(pthread_create(&sender->thread, NULL, send_all, sender), 0);
}

static void start(struct sender *sender, struct shop *shop)
{
    start_until(sender, shop, -1);
}

static void end(struct sender *senders, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
        assert_result(senders[i].result, JANGLE_OK);
    }
}

static void wait_for_queue(struct shop *shop, size_t count)
{
    size_t queued = 0;

    while (queued < count) {
        jn_mutex_lock(&shop->committer.mutex);
        queued = shop->committer.commit.queued;
        jn_mutex_unlock(&shop->committer.mutex);
        sched_yield();
    }
}

/* ---- shared by threads ------------------------------------------------------- */

static void a_set_is_sent_in_one_group(void **state)
{
    struct shop shop;
    struct jn_ticket set[3] = {0};

    (void)state;
    open_shop(&shop, false, 8);
    assert_result(jn_committer_send_set(&shop.committer, set, 3, NULL), JANGLE_OK);
    assert_int_equal(shop.store.groups, 1);
    assert_int_equal(shop.store.sizes[0], 3);
    assert_int_equal(set[2].append.receipt.position, 3);
    shop.store.result = JANGLE_STORAGE;
    assert_result(jn_committer_send_set(&shop.committer, set, 3, NULL), JANGLE_OK);
    for (int i = 0; i < 3; i++)
        assert_result(set[i].error.result, JANGLE_STORAGE);
    close_shop(&shop);
}

static void share(int64_t step_us)
{
    static struct sender senders[THREADS];
    static bool seen[THREADS * SENDS + 1];
    struct shop shop;

    memset(seen, 0, sizeof seen);
    open_shop(&shop, false, 4);
    shop.step_us = step_us;
    for (int i = 0; i < THREADS; i++) {
        senders[i] =
            (struct sender){.committer = &shop.committer, .count = SENDS, .until_us = -1};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
                         0);
    }
    end(senders, THREADS);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < SENDS; j++) {
            assert_in_range(senders[i].positions[j], 1, THREADS * SENDS);
            assert_false(seen[senders[i].positions[j]]);
            seen[senders[i].positions[j]] = true;
        }
    assert_int_equal(shop.store.position, THREADS * SENDS);
    close_shop(&shop);
}

static void senders_share_groups_and_each_gets_its_own_answer(void **state)
{
    (void)state;
    share(0);    /* no leader gathers */
    share(1000); /* for a millisecond at most */
}

/* One leads and is held in the store; the others must wait, then share one group. */
static void those_who_wait_share_the_next_group(void **state)
{
    static struct sender senders[THREADS];
    struct shop shop;

    (void)state;
    open_shop(&shop, true, 100);
    start(&senders[0], &shop);
    scripted_store_await(&shop.store, 1);
    for (int i = 1; i < THREADS; i++)
        start(&senders[i], &shop);
    wait_for_queue(&shop, THREADS - 1);
    scripted_store_allow(&shop.store, 2);
    end(senders, THREADS);
    assert_int_equal(shop.store.groups, 2);
    assert_int_equal(shop.store.sizes[0], 1);
    assert_int_equal(shop.store.sizes[1], THREADS - 1);
    close_shop(&shop);
}

/* Nobody else comes who might lead: each must be woken by the one before. */
static void those_left_in_the_queue_lead_themselves(void **state)
{
    static struct sender senders[3];
    struct shop shop;

    (void)state;
    open_shop(&shop, true, 1);
    for (size_t i = 0; i < 3; i++) {
        start(&senders[i], &shop);
        scripted_store_await(&shop.store, 1);
        wait_for_queue(&shop, i);
    }
    scripted_store_allow(&shop.store, 3);
    end(senders, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(senders[i].positions[0], i + 1);
    close_shop(&shop);
}

/* One leads, and the others are more than its list has room for. */
static void all_senders_of_a_large_group_are_woken(void **state)
{
    enum { SENDERS = sizeof((struct jn_wake_list){0}).conds / sizeof(void *) + 8 };
    struct sender *senders = calloc(SENDERS, sizeof *senders);
    struct shop shop;

    (void)state;
    assert_non_null(senders);
    open_shop(&shop, true, SENDERS);
    start(&senders[0], &shop);
    scripted_store_await(&shop.store, 1);
    for (size_t i = 1; i < SENDERS; i++)
        start(&senders[i], &shop);
    wait_for_queue(&shop, SENDERS - 1);
    scripted_store_allow(&shop.store, 2);
    end(senders, SENDERS);
    assert_int_equal(shop.store.sizes[1], SENDERS - 1);
    close_shop(&shop);
    free(senders);
}

static size_t count_wakers(const struct jn_committer *committer)
{
    size_t count = 0;

    for (const struct jn_waker *at = committer->wakers.free; at; at = at->next)
        count++;
    return count;
}

/* Each of two senders has slept a few times. */
static void what_senders_sleep_on_is_used_again(void **state)
{
    static struct sender senders[2];
    struct shop shop;

    (void)state;
    open_shop(&shop, true, 1);
    for (int round = 1; round <= 5; round++) {
        start(&senders[0], &shop);
        scripted_store_await(&shop.store, 2 * round - 1);
        start(&senders[1], &shop);
        wait_for_queue(&shop, 1);
        scripted_store_allow(&shop.store, 2);
        end(senders, 2);
    }
    assert_int_equal(count_wakers(&shop.committer), 2);
    close_shop(&shop);
}

struct source {
    size_t left;
};

static size_t
take_checkpoints(void *context, struct jangle_checkpoint *checkpoints, size_t limit)
{
    struct source *source = context;
    size_t count = source->left < limit ? source->left : limit;

    for (size_t i = 0; i < count; i++)
        checkpoints[i] = (struct jangle_checkpoint){.subscriber = "a"};
    return count;
}

static void settle_checkpoints(void *context,
                               const struct jangle_checkpoint *checkpoints,
                               size_t count,
                               enum jangle_result result)
{
    struct source *source = context;

    (void)checkpoints;
    if (!result)
        source->left -= count;
}

static void *flush_once(void *context)
{
    jn_committer_flush(context, NULL);
    return NULL;
}

/* Checkpoints of now may have missed the group that is under way: one that begins later
 * has them, whoever leads it. */
static void a_flush_is_over_when_a_later_group_is(void **state)
{
    struct sender sender;
    struct shop shop;
    struct source source = {.left = 1};
    pthread_t flusher;

    (void)state;
    open_shop(&shop, true, 100);
    start(&sender, &shop);
    scripted_store_await(&shop.store, 1);
    shop.committer.commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    pthread_create(&flusher, NULL, flush_once, &shop.committer);
    scripted_store_allow(&shop.store, 2);
    pthread_join(flusher, NULL);
    end(&sender, 1);
    assert_int_equal(source.left, 0);
    assert_int_equal(shop.store.checkpoints, 1);
    close_shop(&shop);
}

static void a_deadline_ends_the_wait_for_a_group(void **state)
{
    struct sender sender;
    struct shop shop;
    struct jangle_append late = {0};
    struct jangle_error error = {0};

    (void)state;
    open_shop(&shop, true, 100);
    start(&sender, &shop);
    scripted_store_await(&shop.store, 1);
    assert_result(
        jn_committer_send(&shop.committer, &late, NULL, jn_monotonic_us() + 1000, &error),
        JANGLE_TIMEOUT);
    scripted_store_allow(&shop.store, 1);
    end(&sender, 1);
    assert_int_equal(shop.store.position, 1);
    close_shop(&shop);
}

/* ---- gathering --------------------------------------------------------------- */

enum { FIRST = 4 };

static void wait_for_gathering(struct shop *shop)
{
    bool gathers = false;

    while (!gathers) {
        jn_mutex_lock(&shop->committer.mutex);
        gathers = shop->committer.wanted > 0;
        jn_mutex_unlock(&shop->committer.mutex);
        sched_yield();
    }
}

static struct sender first[FIRST];

/* A group of one is at the store, and three senders wait for the next one. By the clock
 * each of the two takes `took_us`. */
static void start_first(struct shop *shop, int64_t group_count, int64_t took_us)
{
    open_shop(shop, true, group_count);
    shop->step_us = took_us;
    start(&first[0], shop);
    scripted_store_await(&shop->store, 1);
    for (int i = 1; i < FIRST; i++)
        start(&first[i], shop);
    wait_for_queue(shop, FIRST - 1);
}

/* At the end of the second group `waits` begins to lead: four senders may soon be there.
 * The first four end; all of the others are up to the test. */
static void open_gathering(struct shop *shop, struct sender *waits, int64_t group_count)
{
    start_first(shop, group_count, hour_us);
    scripted_store_allow(&shop->store, 1);
    scripted_store_await(&shop->store, 2);
    start(waits, shop);
    wait_for_queue(shop, 1);
    scripted_store_allow(&shop->store, 1);
    end(first, FIRST);
    wait_for_gathering(shop);
}

/* The third group must not begin; but if it does, nothing is queued any more. */
static void wait_for_queue_or_group(struct shop *shop, size_t count)
{
    size_t queued = 0;

    while (queued < count && atomic_load(&shop->store.arrived) < 3) {
        jn_mutex_lock(&shop->committer.mutex);
        queued = shop->committer.commit.queued;
        jn_mutex_unlock(&shop->committer.mutex);
        sched_yield();
    }
}

static void assert_third_group(struct shop *shop, size_t size)
{
    assert_int_equal(shop->store.groups, 3);
    assert_int_equal(shop->store.sizes[0], 1);
    assert_int_equal(shop->store.sizes[1], FIRST - 1);
    assert_int_equal(shop->store.sizes[2], size);
    close_shop(shop);
}

/* One was queued and three were released: the group begins when four are there. The store
 * is not asked before, so that others may write. */
static void a_leader_gathers_those_that_were_released(void **state)
{
    static struct sender senders[FIRST];
    struct shop shop;

    (void)state;
    open_gathering(&shop, &senders[0], 100);
    start(&senders[1], &shop);
    start(&senders[2], &shop);
    wait_for_queue_or_group(&shop, 3);
    assert_int_equal(atomic_load(&shop.store.arrived), 2);
    start(&senders[3], &shop);
    scripted_store_allow(&shop.store, 1);
    end(senders, FIRST);
    assert_third_group(&shop, FIRST);
}

static void a_full_group_is_not_waited_for(void **state)
{
    static struct sender senders[3];
    struct shop shop;

    (void)state;
    open_gathering(&shop, &senders[0], 3);
    start(&senders[1], &shop);
    start(&senders[2], &shop);
    scripted_store_allow(&shop.store, 1);
    end(senders, 3);
    assert_third_group(&shop, 3);
}

/* The sender of a giant command waits for nobody either: its group is full. */
static void a_group_that_is_full_of_bytes_is_not_waited_for(void **state)
{
    static struct sender sender;
    struct jangle_record half = {.payload_size = GROUP_BYTES};
    struct jangle_append giant = {.records = &half, .count = 1};
    struct shop shop;

    (void)state;
    open_gathering(&shop, &sender, 100);
    scripted_store_allow(&shop.store, 2);
    assert_result(jn_committer_send(&shop.committer, &giant, NULL, -1, NULL), JANGLE_OK);
    end(&sender, 1);
    assert_int_equal(sender.positions[0], FIRST + 1);
    assert_int_equal(giant.receipt.position, FIRST + 2);
    assert_int_equal(shop.store.groups, 3);
    close_shop(&shop);
}

/* A set comes from one sender, however many commands it has. */
static void a_set_counts_as_one(void **state)
{
    static struct sender senders[3];
    struct jn_ticket set[3] = {0};
    struct shop shop;

    (void)state;
    open_gathering(&shop, &senders[0], 100);
    start(&senders[1], &shop);
    start(&senders[2], &shop);
    wait_for_queue(&shop, 3);
    scripted_store_allow(&shop.store, 1);
    assert_result(jn_committer_send_set(&shop.committer, set, 3, NULL), JANGLE_OK);
    end(senders, 3);
    assert_third_group(&shop, 6);
}

/* The leader would gather for an hour. */
static void nobody_misses_his_deadline_because_others_are_waited_for(void **state)
{
    static struct sender senders[2];
    struct shop shop;

    (void)state;
    open_gathering(&shop, &senders[0], 100);
    scripted_store_allow(&shop.store, 1);
    start_until(&senders[1], &shop, jn_monotonic_us() + 1000);
    end(&senders[1], 1); /* first, because the other one may wait for an hour */
    end(&senders[0], 1);
    assert_third_group(&shop, 2);
}

static void a_flush_ends_the_gathering(void **state)
{
    struct sender sender;
    struct shop shop;
    struct source source = {.left = 1};

    (void)state;
    open_gathering(&shop, &sender, 100);
    shop.committer.commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    scripted_store_allow(&shop.store, 1);
    assert_result(jn_committer_flush(&shop.committer, NULL), JANGLE_OK);
    end(&sender, 1);
    assert_int_equal(source.left, 0);
    assert_third_group(&shop, 1);
}

/* As jangle_close does. */
static void who_hurries_ends_all_gathering(void **state)
{
    static struct sender senders[4];
    struct shop shop;

    (void)state;
    open_gathering(&shop, &senders[0], 100);
    start(&senders[1], &shop);
    wait_for_queue(&shop, 2);
    jn_committer_hurry(&shop.committer);
    scripted_store_await(&shop.store, 3);
    start(&senders[2], &shop);
    wait_for_queue(&shop, 1);
    scripted_store_allow(&shop.store, 2);
    end(senders, 3);
    assert_int_equal(shop.store.groups, 4);
    assert_int_equal(shop.store.sizes[2], 2);
    assert_int_equal(shop.store.sizes[3], 1);
    close_shop(&shop);
}

/* The sender's own, too: it is committed, though later than it wanted. */
static void a_leader_gathers_until_its_own_deadline(void **state)
{
    struct jangle_append append = {0};
    struct shop shop;

    (void)state;
    start_first(&shop, 100, hour_us);
    scripted_store_allow(&shop.store, 3);
    end(first, FIRST);
    assert_result(
        jn_committer_send(&shop.committer, &append, NULL, jn_monotonic_us() + 1000, NULL),
        JANGLE_OK);
    assert_third_group(&shop, 1);
}

/* The commit took no time by this clock, so nothing could be won. */
static void a_leader_waits_no_longer_than_the_last_commit_took(void **state)
{
    struct jangle_append append = {0};
    struct shop shop;

    (void)state;
    start_first(&shop, 100, 0);
    scripted_store_allow(&shop.store, 3);
    end(first, FIRST);
    assert_result(jn_committer_send(&shop.committer, &append, NULL, -1, NULL), JANGLE_OK);
    assert_third_group(&shop, 1);
}

static void set_waking(struct shop *shop, size_t count)
{
    jn_mutex_lock(&shop->committer.mutex);
    shop->committer.waking = count;
    jn_mutex_unlock(&shop->committer.mutex);
}

/* Until a leader that gathers for a microsecond has long begun its group, if it does. */
static void outlast_patience(struct shop *shop)
{
    int64_t until_us = jn_monotonic_us() + 50000;

    while (jn_monotonic_us() < until_us && atomic_load(&shop->store.arrived) < 3)
        sched_yield();
}

/* The commit took a microsecond. But somebody still wakes those that are gathered for, so
 * that they cannot be there yet. */
static void a_leader_gathers_while_senders_are_woken(void **state)
{
    static struct sender senders[FIRST - 1];
    struct shop shop;

    (void)state;
    start_first(&shop, 100, 1);
    scripted_store_allow(&shop.store, 2);
    end(first, FIRST);
    set_waking(&shop, 1);
    start(&senders[0], &shop);
    wait_for_queue_or_group(&shop, 1);
    outlast_patience(&shop);
    for (int i = 1; i < FIRST - 1; i++)
        start(&senders[i], &shop);
    wait_for_queue_or_group(&shop, FIRST - 1);
    scripted_store_allow(&shop.store, FIRST);
    end(senders, FIRST - 1);
    set_waking(&shop, 0);
    assert_third_group(&shop, FIRST - 1);
}

static void a_sender_that_is_alone_waits_for_nobody(void **state)
{
    struct jangle_append append = {0};
    struct shop shop;

    (void)state;
    open_shop(&shop, false, 100);
    for (int i = 0; i < 3; i++)
        assert_result(jn_committer_send(&shop.committer, &append, NULL, -1, NULL),
                      JANGLE_OK);
    assert_int_equal(shop.store.groups, 3);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_sent_in_one_group),
        cmocka_unit_test(senders_share_groups_and_each_gets_its_own_answer),
        cmocka_unit_test(those_who_wait_share_the_next_group),
        cmocka_unit_test(those_left_in_the_queue_lead_themselves),
        cmocka_unit_test(all_senders_of_a_large_group_are_woken),
        cmocka_unit_test(what_senders_sleep_on_is_used_again),
        cmocka_unit_test(a_flush_is_over_when_a_later_group_is),
        cmocka_unit_test(a_deadline_ends_the_wait_for_a_group),
        cmocka_unit_test(a_leader_gathers_those_that_were_released),
        cmocka_unit_test(a_full_group_is_not_waited_for),
        cmocka_unit_test(a_group_that_is_full_of_bytes_is_not_waited_for),
        cmocka_unit_test(a_set_counts_as_one),
        cmocka_unit_test(nobody_misses_his_deadline_because_others_are_waited_for),
        cmocka_unit_test(a_flush_ends_the_gathering),
        cmocka_unit_test(who_hurries_ends_all_gathering),
        cmocka_unit_test(a_leader_gathers_until_its_own_deadline),
        cmocka_unit_test(a_leader_waits_no_longer_than_the_last_commit_took),
        cmocka_unit_test(a_leader_gathers_while_senders_are_woken),
        cmocka_unit_test(a_sender_that_is_alone_waits_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
