/* commit.c - the group commit machine, and senders who share it. */
#include "support/test.h"

#include "base/error.h"
#include "base/host.h"
#include "command/commit.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* ---- a store that only commits ----------------------------------------------- */

enum { GROUPS = 4000 };

struct scripted {
    struct jangle_store store;
    enum jangle_result result;  /* of the next groups */
    enum jangle_result of_part; /* of each append in them */
    enum jangle_result of_log;  /* of each checkpoint that names appends */
    atomic_int inside;          /* commits at once: never above 1 */
    int groups;
    size_t sizes[GROUPS];
    size_t checkpoints;
    size_t with[JN_CHECKPOINTS_LIMIT]; /* of the last group: the append that each names */
    size_t with_count;                 /* and how many, of the last one */
    int64_t position;
    struct jn_mutex *gate; /* held by a test that wants a commit to take long */
    atomic_int arrived;
};

static enum jangle_result scripted_commit(struct jangle_store *store,
                                          struct jangle_group *group,
                                          struct jangle_error *error)
{
    struct scripted *scripted = (struct scripted *)store;

    assert_int_equal(atomic_fetch_add(&scripted->inside, 1), 0);
    atomic_fetch_add(&scripted->arrived, 1);
    if (scripted->gate) {
        jn_mutex_lock(scripted->gate);
        jn_mutex_unlock(scripted->gate);
    }
    scripted->sizes[scripted->groups++ % GROUPS] = group->append_count;
    scripted->checkpoints += group->checkpoint_count;
    for (size_t i = 0; i < group->checkpoint_count; i++) {
        struct jangle_checkpoint *checkpoint = &group->checkpoints[i];

        if (!checkpoint->with)
            continue;
        scripted->with[i] = (size_t)(checkpoint->with - group->appends);
        scripted->with_count = checkpoint->with_count;
        jangle_error_set(&checkpoint->error, scripted->of_log, "as told of a log");
    }
    for (size_t i = 0; i < group->append_count; i++) {
        jangle_error_set(&group->appends[i].error, scripted->of_part,
                         "as told of a part");
        group->appends[i].receipt.position = ++scripted->position;
    }
    atomic_fetch_sub(&scripted->inside, 1);
    if (scripted->result)
        jangle_error_set(error, scripted->result, "as told");
    return scripted->result;
}

static const struct jangle_store_ops scripted_ops = {
    .abi = 1, .name = "scripted", .commit = scripted_commit};

static struct jn_host host;

static int open_host(void **state)
{
    (void)state;
    return jn_host_init(&host, &(struct jangle_host){0}) != JANGLE_OK;
}

static int close_host(void **state)
{
    (void)state;
    jn_host_finish(&host);
    return 0;
}

static struct scripted a_store(void)
{
    return (struct scripted){.store = {&scripted_ops}};
}

/* One group: as jn_committer_send does it, without threads. */
static bool run_once(struct jn_commit *commit)
{
    bool any;

    jn_commit_take(commit);
    any = jn_commit_run(commit);
    jn_commit_settle(commit);
    return any;
}

static void open_machine(struct jn_commit *commit,
                         struct scripted *store,
                         int64_t group_limit,
                         int64_t queue_limit)
{
    assert_result(jn_commit_init(commit, &store->store, group_limit, queue_limit,
                                 &host.host.allocator),
                  JANGLE_OK);
}

/* ---- the machine ------------------------------------------------------------- */

static void a_step_takes_all_that_wait_up_to_the_limit(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jn_ticket tickets[5] = {0};

    (void)state;
    open_machine(&commit, &store, 3, 10);
    for (int i = 0; i < 5; i++)
        assert_result(jn_commit_enqueue(&commit, &tickets[i], 1, NULL), JANGLE_OK);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[0], 3);
    assert_int_equal(tickets[2].state, JN_TICKET_SETTLED);
    assert_int_equal(tickets[3].state, JN_TICKET_QUEUED);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[1], 2);
    for (int i = 0; i < 5; i++) {
        assert_result(jn_fail_as(NULL, &tickets[i].error), JANGLE_OK);
        assert_int_equal(tickets[i].append.receipt.position, i + 1);
    }
    assert_false(run_once(&commit));
    jn_commit_finish(&commit);
}

/* Behind two single tickets, a set of two finds room for one of them: it waits. */
static void a_set_is_never_split(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jn_ticket single[2] = {0}, set[2] = {0}, last = {0};

    (void)state;
    open_machine(&commit, &store, 3, 5);
    assert_result(jn_commit_enqueue(&commit, &single[0], 1, NULL), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, &single[1], 1, NULL), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, set, 2, NULL), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, &last, 1, NULL), JANGLE_OK);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[0], 2);
    assert_int_equal(set[0].state, JN_TICKET_QUEUED);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[1], 3);
    assert_int_equal(set[0].append.receipt.position, 3);
    assert_int_equal(set[1].append.receipt.position, 4);
    jn_commit_finish(&commit);
}

static void a_set_that_finds_no_room_is_busy_as_a_whole(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jn_ticket single = {0}, set[2] = {0};

    (void)state;
    open_machine(&commit, &store, 8, 2);
    assert_result(jn_commit_enqueue(&commit, &single, 1, NULL), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, set, 2, NULL), JANGLE_BUSY);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[0], 1);
    assert_result(jn_commit_enqueue(&commit, set, 2, NULL), JANGLE_OK);
    assert_true(run_once(&commit));
    jn_commit_finish(&commit);
}

static void a_set_is_sent_in_one_group(void **state)
{
    struct scripted store = a_store();
    struct jn_committer committer;
    struct jn_ticket set[3] = {0};

    (void)state;
    assert_result(jn_committer_init(&committer, &store.store, 8, 8, &host.host.allocator),
                  JANGLE_OK);
    assert_result(jn_committer_send_set(&committer, set, 3, NULL), JANGLE_OK);
    assert_int_equal(store.groups, 1);
    assert_int_equal(store.sizes[0], 3);
    assert_int_equal(set[2].append.receipt.position, 3);
    store.result = JANGLE_STORAGE;
    assert_result(jn_committer_send_set(&committer, set, 3, NULL), JANGLE_OK);
    for (int i = 0; i < 3; i++)
        assert_result(set[i].error.result, JANGLE_STORAGE);
    jn_committer_finish(&committer);
}

/* Such a set could never be taken otherwise, because the limit is lower than its size. */
static void an_empty_queue_takes_a_set_above_its_limit(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jn_ticket set[3] = {0}, single = {0};

    (void)state;
    open_machine(&commit, &store, 8, 2);
    assert_result(jn_commit_enqueue(&commit, set, 3, NULL), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, &single, 1, NULL), JANGLE_BUSY);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[0], 3);
    jn_commit_finish(&commit);
}

static void a_full_queue_is_busy(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jn_ticket tickets[3] = {0};
    struct jangle_error error = {0};

    (void)state;
    open_machine(&commit, &store, 8, 2);
    assert_result(jn_commit_enqueue(&commit, &tickets[0], 1, &error), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, &tickets[1], 1, &error), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, &tickets[2], 1, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "(the limit is config.queue_limit)"));
    run_once(&commit);
    assert_result(jn_commit_enqueue(&commit, &tickets[2], 1, NULL), JANGLE_OK);
    run_once(&commit);
    jn_commit_finish(&commit);
}

static void what_befalls_a_group_befalls_each_of_it(void **state)
{
    static const enum jangle_result results[] = {JANGLE_UNKNOWN, JANGLE_STORAGE,
                                                 JANGLE_BUSY, JANGLE_NO_MEMORY};

    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        struct scripted store = a_store();
        struct jn_commit commit;
        struct jn_ticket tickets[2] = {0};
        struct jangle_error error = {0};

        store.result = results[i];
        open_machine(&commit, &store, 8, 8);
        jn_commit_enqueue(&commit, &tickets[0], 1, NULL);
        jn_commit_enqueue(&commit, &tickets[1], 1, NULL);
        run_once(&commit);
        assert_result(jn_fail_as(&error, &tickets[0].error), results[i]);
        assert_string_equal(error.message, "as told");
        assert_result(jn_fail_as(NULL, &tickets[1].error), results[i]);
        jn_commit_finish(&commit);
    }
}

static void each_append_has_its_own_result(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jn_ticket ticket = {0};
    struct jangle_error error = {0};

    (void)state;
    store.of_part = JANGLE_CONFLICT;
    open_machine(&commit, &store, 8, 8);
    jn_commit_enqueue(&commit, &ticket, 1, NULL);
    run_once(&commit);
    assert_result(jn_fail_as(&error, &ticket.error), JANGLE_CONFLICT);
    assert_result(error.result, JANGLE_CONFLICT);
    assert_string_equal(error.message, "as told of a part");
    jn_commit_finish(&commit);
}

static void a_ticket_is_withdrawn_from_anywhere_in_the_queue(void **state)
{
    (void)state;
    for (int out = 0; out < 3; out++) {
        struct scripted store = a_store();
        struct jn_commit commit;
        struct jn_ticket tickets[4] = {0};

        open_machine(&commit, &store, 8, 8);
        for (int i = 0; i < 3; i++)
            jn_commit_enqueue(&commit, &tickets[i], 1, NULL);
        assert_true(jn_commit_withdraw(&commit, &tickets[out]));
        jn_commit_enqueue(&commit, &tickets[3], 1, NULL);
        run_once(&commit);
        assert_int_equal(store.sizes[0], 3);
        for (int i = 0; i < 4; i++)
            assert_int_equal(tickets[i].state,
                             i == out ? JN_TICKET_QUEUED : JN_TICKET_SETTLED);
        assert_false(jn_commit_withdraw(&commit, &tickets[3]));
        jn_commit_finish(&commit);
    }
}

/* ---- checkpoints that ride along --------------------------------------------------- */

struct source {
    size_t left, settled;
    enum jangle_result result;
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

    assert_string_equal(checkpoints[0].subscriber, "a");
    source->result = result;
    if (!result) {
        source->left -= count;
        source->settled += count;
    }
}

static void checkpoints_ride_with_commands_and_alone(void **state)
{
    struct scripted store = a_store();
    struct source source = {.left = JN_CHECKPOINTS_LIMIT + 2};
    struct jn_commit commit;
    struct jn_ticket ticket = {0};

    (void)state;
    open_machine(&commit, &store, 8, 8);
    commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    jn_commit_enqueue(&commit, &ticket, 1, NULL);
    assert_true(run_once(&commit));
    assert_int_equal(store.checkpoints, JN_CHECKPOINTS_LIMIT);
    assert_int_equal(source.settled, JN_CHECKPOINTS_LIMIT);
    assert_true(run_once(&commit));
    assert_int_equal(source.left, 0);
    assert_false(run_once(&commit));
    jn_commit_finish(&commit);
}

static void checkpoints_of_a_group_that_failed_are_told_so(void **state)
{
    struct scripted store = a_store();
    struct source source = {.left = 1};
    struct jn_commit commit;

    (void)state;
    store.result = JANGLE_STORAGE;
    open_machine(&commit, &store, 8, 8);
    commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    run_once(&commit);
    assert_result(source.result, JANGLE_STORAGE);
    assert_int_equal(source.left, 1);
    jn_commit_finish(&commit);
}

/* Behind a single ticket: they name the appends of the set, and no other. */
static void checkpoints_of_a_set_are_stored_with_all_of_it(void **state)
{
    struct scripted store = a_store();
    struct source source = {.left = JN_CHECKPOINTS_LIMIT};
    struct jn_commit commit;
    struct jangle_checkpoint logs[2] = {{.subscriber = "w#1"}, {.subscriber = "w#2"}};
    struct jn_ticket single = {0}, set[3] = {0};

    (void)state;
    open_machine(&commit, &store, 8, 8);
    commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    store.of_log = JANGLE_CONFLICT;
    set[0].attachments.checkpoints = logs;
    set[0].attachments.checkpoint_count = 2;
    jn_commit_enqueue(&commit, &single, 1, NULL);
    jn_commit_enqueue(&commit, set, 3, NULL);
    assert_true(run_once(&commit));
    assert_int_equal(store.with[0], 1);
    assert_int_equal(store.with[1], 1);
    assert_int_equal(store.with_count, 3);
    assert_int_equal(store.checkpoints, JN_CHECKPOINTS_LIMIT);
    assert_int_equal(source.left, 2);
    assert_result(logs[0].error.result, JANGLE_CONFLICT);
    assert_result(logs[1].error.result, JANGLE_CONFLICT);
    assert_result(set[0].error.result, JANGLE_OK);
    jn_commit_finish(&commit);
}

static void checkpoints_that_find_no_room_are_busy(void **state)
{
    struct scripted store = a_store();
    struct jn_commit commit;
    struct jangle_checkpoint logs[2][JN_CARRIED_LIMIT];
    struct jn_ticket tickets[2] = {0};

    (void)state;
    memset(logs, 0, sizeof logs);
    open_machine(&commit, &store, 8, 8);
    for (int i = 0; i < 2; i++) {
        tickets[i].attachments.checkpoints = logs[i];
        tickets[i].attachments.checkpoint_count = JN_CARRIED_LIMIT - 1;
        jn_commit_enqueue(&commit, &tickets[i], 1, NULL);
    }
    assert_true(run_once(&commit));
    assert_int_equal(store.checkpoints, JN_CARRIED_LIMIT);
    assert_result(logs[0][JN_CARRIED_LIMIT - 2].error.result, JANGLE_OK);
    assert_result(logs[1][0].error.result, JANGLE_OK);
    assert_result(logs[1][1].error.result, JANGLE_BUSY);
    assert_result(tickets[1].error.result, JANGLE_OK);
    store.result = JANGLE_UNKNOWN;
    tickets[0].attachments.checkpoint_count = 1;
    jn_commit_enqueue(&commit, &tickets[0], 1, NULL);
    assert_true(run_once(&commit));
    assert_result(logs[0][0].error.result, JANGLE_UNKNOWN);
    jn_commit_finish(&commit);
}

/* ---- the shell --------------------------------------------------------------- */

enum { THREADS = 8, SENDS = 500 };

struct sender {
    pthread_t thread;
    struct jn_committer *committer;
    int64_t positions[SENDS];
};

static void *send_many(void *context)
{
    struct sender *sender = context;

    for (int i = 0; i < SENDS; i++) {
        struct jangle_append append = {0};

        if (!jn_committer_send(sender->committer, &append, NULL, -1, NULL))
            sender->positions[i] = append.receipt.position;
    }
    return NULL;
}

static void senders_share_groups_and_each_gets_its_own_answer(void **state)
{
    static struct sender senders[THREADS];
    static bool seen[THREADS * SENDS + 1];
    struct scripted store = a_store();
    struct jn_committer committer;

    (void)state;
    assert_result(
        jn_committer_init(&committer, &store.store, 4, 1000, &host.host.allocator),
        JANGLE_OK);
    for (int i = 0; i < THREADS; i++) {
        senders[i].committer = &committer;
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(senders[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < SENDS; j++) {
            assert_in_range(senders[i].positions[j], 1, THREADS * SENDS);
            assert_false(seen[senders[i].positions[j]]);
            seen[senders[i].positions[j]] = true;
        }
    assert_int_equal(store.position, THREADS * SENDS);
    jn_committer_finish(&committer);
}

static void wait_for_queue(struct jn_committer *committer, size_t count)
{
    size_t queued = 0;

    while (queued < count) {
        jn_mutex_lock(&committer->mutex);
        queued = committer->commit.queued;
        jn_mutex_unlock(&committer->mutex);
        sched_yield();
    }
}

/* One leads and is held in the store; the others must wait, then share one group. */
static void those_who_wait_share_the_next_group(void **state)
{
    static struct sender senders[THREADS];
    struct scripted store = a_store();
    struct jn_committer committer;
    struct jn_mutex gate;

    (void)state;
    jn_mutex_init(&gate);
    store.gate = &gate;
    jn_committer_init(&committer, &store.store, 100, 1000, &host.host.allocator);
    jn_mutex_lock(&gate);
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.committer = &committer};
        pthread_create(&senders[i].thread, NULL, send_many, &senders[i]);
        while (i == 0 && !atomic_load(&store.arrived))
            sched_yield();
    }
    wait_for_queue(&committer, THREADS - 1);
    jn_mutex_unlock(&gate);
    for (int i = 0; i < THREADS; i++)
        pthread_join(senders[i].thread, NULL);
    assert_int_equal(store.sizes[0], 1);
    assert_in_range(store.sizes[1], THREADS - 1, THREADS);
    jn_committer_finish(&committer);
    jn_mutex_finish(&gate);
}

static void *send_once(void *context)
{
    struct sender *sender = context;
    struct jangle_append append = {0};

    if (!jn_committer_send(sender->committer, &append, NULL, -1, NULL))
        sender->positions[0] = append.receipt.position;
    return NULL;
}

/* Nobody else comes who might lead: each must be woken by the one before. */
static void those_left_in_the_queue_lead_themselves(void **state)
{
    static struct sender senders[3];
    struct scripted store = a_store();
    struct jn_committer committer;
    struct jn_mutex gate;

    (void)state;
    jn_mutex_init(&gate);
    store.gate = &gate;
    jn_committer_init(&committer, &store.store, 1, 1000, &host.host.allocator);
    jn_mutex_lock(&gate);
    for (size_t i = 0; i < 3; i++) {
        senders[i] = (struct sender){.committer = &committer};
        pthread_create(&senders[i].thread, NULL, send_once, &senders[i]);
        while (i == 0 && !atomic_load(&store.arrived))
            sched_yield();
        wait_for_queue(&committer, i);
    }
    jn_mutex_unlock(&gate);
    for (int i = 0; i < 3; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].positions[0], i + 1);
    }
    jn_committer_finish(&committer);
    jn_mutex_finish(&gate);
}

static void *flush_once(void *context)
{
    jn_committer_flush(context, NULL);
    return NULL;
}

/* Marks of now may have missed the group that is under way: one that begins later has
 * them, whoever leads it. */
static void a_flush_is_over_when_a_later_group_is(void **state)
{
    static struct sender sender;
    struct scripted store = a_store();
    struct source source = {.left = 1};
    struct jn_committer committer;
    struct jn_mutex gate;
    pthread_t flusher;

    (void)state;
    jn_mutex_init(&gate);
    store.gate = &gate;
    jn_committer_init(&committer, &store.store, 100, 1000, &host.host.allocator);
    jn_mutex_lock(&gate);
    sender = (struct sender){.committer = &committer};
    pthread_create(&sender.thread, NULL, send_once, &sender);
    while (!atomic_load(&store.arrived))
        sched_yield();
    committer.commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    pthread_create(&flusher, NULL, flush_once, &committer);
    jn_mutex_unlock(&gate);
    pthread_join(flusher, NULL);
    pthread_join(sender.thread, NULL);
    assert_int_equal(source.left, 0);
    assert_int_equal(store.checkpoints, 1);
    jn_committer_finish(&committer);
    jn_mutex_finish(&gate);
}

static void a_deadline_ends_the_wait_for_a_group(void **state)
{
    struct sender sender = {0};
    struct scripted store = a_store();
    struct jn_committer committer;
    struct jangle_append late = {0};
    struct jangle_error error = {0};
    struct jn_mutex gate;

    (void)state;
    jn_mutex_init(&gate);
    store.gate = &gate;
    jn_committer_init(&committer, &store.store, 100, 1000, &host.host.allocator);
    sender.committer = &committer;
    jn_mutex_lock(&gate);
    pthread_create(&sender.thread, NULL, send_many, &sender);
    while (!atomic_load(&store.arrived))
        sched_yield();
    assert_result(
        jn_committer_send(&committer, &late, NULL, jn_monotonic_us() + 1000, &error),
        JANGLE_TIMEOUT);
    jn_mutex_unlock(&gate);
    pthread_join(sender.thread, NULL);
    assert_int_equal(store.position, SENDS);
    jn_committer_finish(&committer);
    jn_mutex_finish(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_takes_all_that_wait_up_to_the_limit),
        cmocka_unit_test(a_set_is_never_split),
        cmocka_unit_test(a_set_that_finds_no_room_is_busy_as_a_whole),
        cmocka_unit_test(a_set_is_sent_in_one_group),
        cmocka_unit_test(an_empty_queue_takes_a_set_above_its_limit),
        cmocka_unit_test(a_full_queue_is_busy),
        cmocka_unit_test(what_befalls_a_group_befalls_each_of_it),
        cmocka_unit_test(each_append_has_its_own_result),
        cmocka_unit_test(a_ticket_is_withdrawn_from_anywhere_in_the_queue),
        cmocka_unit_test(checkpoints_ride_with_commands_and_alone),
        cmocka_unit_test(checkpoints_of_a_group_that_failed_are_told_so),
        cmocka_unit_test(checkpoints_of_a_set_are_stored_with_all_of_it),
        cmocka_unit_test(checkpoints_that_find_no_room_are_busy),
        cmocka_unit_test(senders_share_groups_and_each_gets_its_own_answer),
        cmocka_unit_test(those_who_wait_share_the_next_group),
        cmocka_unit_test(those_left_in_the_queue_lead_themselves),
        cmocka_unit_test(a_flush_is_over_when_a_later_group_is),
        cmocka_unit_test(a_deadline_ends_the_wait_for_a_group),
    };

    return cmocka_run_group_tests(tests, open_host, close_host);
}
