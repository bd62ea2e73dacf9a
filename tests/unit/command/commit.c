/* commit.c - the group commit machine. */
#include "support/stores/scripted_store.h"
#include "support/test.h"

#include "base/error.h"
#include "base/host.h"

#include <string.h>

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

/* One group, as a committer does it, without threads. */
static bool run_once(struct jn_commit *commit)
{
    bool any;

    jn_commit_take(commit);
    any = jn_commit_run(commit);
    jn_commit_settle(commit);
    return any;
}

static void open_with(struct jn_commit *commit,
                      struct scripted_store *store,
                      struct jn_commit_limits limits)
{
    scripted_store_init(store, false);
    assert_result(jn_commit_init(commit, &store->store, &limits, &host.host.allocator),
                  JANGLE_OK);
}

static void open_machine(struct jn_commit *commit,
                         struct scripted_store *store,
                         int64_t group_limit,
                         int64_t queue_limit)
{
    open_with(commit, store,
              (struct jn_commit_limits){.group_count = group_limit,
                                        .group_bytes = 1 << 20,
                                        .queue_limit = queue_limit});
}

static void close_machine(struct jn_commit *commit, struct scripted_store *store)
{
    jn_commit_finish(commit);
    scripted_store_finish(store);
}

/* ---- the machine ------------------------------------------------------------- */

static void a_step_takes_all_that_wait_up_to_the_limit(void **state)
{
    struct scripted_store store;
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
    close_machine(&commit, &store);
}

/* Behind two single tickets, a set of two finds room for one of them: it waits. */
static void a_set_is_never_split(void **state)
{
    struct scripted_store store;
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
    close_machine(&commit, &store);
}

static void a_set_that_finds_no_room_is_busy_as_a_whole(void **state)
{
    struct scripted_store store;
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
    close_machine(&commit, &store);
}

/* Such a set could never be taken otherwise, because the limit is lower than its size. */
static void an_empty_queue_takes_a_set_above_its_limit(void **state)
{
    struct scripted_store store;
    struct jn_commit commit;
    struct jn_ticket set[3] = {0}, single = {0};

    (void)state;
    open_machine(&commit, &store, 8, 2);
    assert_result(jn_commit_enqueue(&commit, set, 3, NULL), JANGLE_OK);
    assert_result(jn_commit_enqueue(&commit, &single, 1, NULL), JANGLE_BUSY);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[0], 3);
    close_machine(&commit, &store);
}

static void a_full_queue_is_busy(void **state)
{
    struct scripted_store store;
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
    close_machine(&commit, &store);
}

static void what_befalls_a_group_befalls_each_of_it(void **state)
{
    static const enum jangle_result results[] = {JANGLE_UNKNOWN, JANGLE_STORAGE,
                                                 JANGLE_BUSY, JANGLE_NO_MEMORY};

    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        struct scripted_store store;
        struct jn_commit commit;
        struct jn_ticket tickets[2] = {0};
        struct jangle_error error = {0};

        open_machine(&commit, &store, 8, 8);
        store.result = results[i];
        jn_commit_enqueue(&commit, &tickets[0], 1, NULL);
        jn_commit_enqueue(&commit, &tickets[1], 1, NULL);
        run_once(&commit);
        assert_result(jn_fail_as(&error, &tickets[0].error), results[i]);
        assert_string_equal(error.message, "as told");
        assert_result(jn_fail_as(NULL, &tickets[1].error), results[i]);
        close_machine(&commit, &store);
    }
}

static void each_append_has_its_own_result(void **state)
{
    struct scripted_store store;
    struct jn_commit commit;
    struct jn_ticket ticket = {0};
    struct jangle_error error = {0};

    (void)state;
    open_machine(&commit, &store, 8, 8);
    store.of_append = JANGLE_CONFLICT;
    jn_commit_enqueue(&commit, &ticket, 1, NULL);
    run_once(&commit);
    assert_result(jn_fail_as(&error, &ticket.error), JANGLE_CONFLICT);
    assert_result(error.result, JANGLE_CONFLICT);
    assert_string_equal(error.message, "as told of a part");
    close_machine(&commit, &store);
}

static void a_ticket_is_withdrawn_from_anywhere_in_the_queue(void **state)
{
    (void)state;
    for (int out = 0; out < 3; out++) {
        struct scripted_store store;
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
        close_machine(&commit, &store);
    }
}

/* ---- bytes ------------------------------------------------------------------------- */

enum { GROUP_BYTES = 100, TICKETS = 12 };

/* A command with one event of so many bytes of payload. */
struct parcel {
    struct jn_ticket ticket;
    struct jangle_record record;
};

static void enqueue_bytes(struct jn_commit *commit, struct parcel *parcel, size_t bytes)
{
    *parcel = (struct parcel){.record = {.payload_size = bytes}};
    parcel->ticket.append.records = &parcel->record;
    parcel->ticket.append.count = 1;
    jn_commit_weigh(&parcel->ticket, 1);
    assert_result(jn_commit_enqueue(commit, &parcel->ticket, 1, NULL), JANGLE_OK);
}

static void open_bytes(struct jn_commit *commit, struct scripted_store *store)
{
    open_with(commit, store,
              (struct jn_commit_limits){
                  .group_count = 8, .group_bytes = GROUP_BYTES, .queue_limit = 100});
}

/* Commands of so many bytes are queued, 0 ends them; the groups have so many members, and
 * each member the position of its place in the queue. */
static void check_groups(const size_t *bytes, const size_t *sizes)
{
    struct parcel parcels[TICKETS];
    struct scripted_store store;
    struct jn_commit commit;
    size_t count = 0, groups = 0;

    open_bytes(&commit, &store);
    for (; bytes[count]; count++)
        enqueue_bytes(&commit, &parcels[count], bytes[count]);
    while (run_once(&commit))
        groups++;
    for (size_t i = 0; i < groups; i++)
        assert_int_equal(store.sizes[i], sizes[i]);
    assert_int_equal(sizes[groups], 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(parcels[i].ticket.append.receipt.position, i + 1);
    assert_int_equal(commit.queued_bytes, 0);
    close_machine(&commit, &store);
}

static void a_group_is_split_by_bytes_in_the_order_of_the_queue(void **state)
{
    static const struct {
        size_t bytes[TICKETS + 1], sizes[TICKETS + 1];
    } cases[] = {
        {{60, 40, 1}, {2, 1}},                  /* as many as there may be */
        {{60, 41, 40}, {1, 2}},                 /* one more */
        {{50, 60, 50, 40}, {1, 1, 2}},          /* the last 50 does not overtake the 60 */
        {{101, 1, 1}, {1, 2}},                  /* too large: it goes alone */
        {{1, 1, 500, 1, 1}, {2, 1, 2}},         /* also out of the middle */
        {{500, 500, 100}, {1, 1, 1}},           /* one after the other */
        {{1, 1, 1, 1, 1, 1, 1, 1, 93}, {8, 1}}, /* full, and not by bytes */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_groups(cases[i].bytes, cases[i].sizes);
}

/* The smaller commands around it do not join a set that is too large, and it is whole. */
static void a_set_is_not_split_by_bytes(void **state)
{
    struct scripted_store store;
    struct jn_commit commit;
    struct jangle_record large = {.payload_size = GROUP_BYTES};
    struct jn_ticket set[3] = {0};
    struct parcel before, behind;

    (void)state;
    open_bytes(&commit, &store);
    for (int i = 0; i < 3; i++)
        set[i].append = (struct jangle_append){.records = &large, .count = 1};
    jn_commit_weigh(set, 3);
    enqueue_bytes(&commit, &before, 1);
    assert_result(jn_commit_enqueue(&commit, set, 3, NULL), JANGLE_OK);
    enqueue_bytes(&commit, &behind, 1);
    while (run_once(&commit))
        ;
    assert_int_equal(store.groups, 3);
    assert_int_equal(store.sizes[0], 1);
    assert_int_equal(store.sizes[1], 3);
    assert_int_equal(store.sizes[2], 1);
    close_machine(&commit, &store);
}

static void all_that_may_be_large_is_weighed(void **state)
{
    struct jangle_record records[2] = {{.payload_size = 1000, .meta = "12345"},
                                       {.payload_size = 100}};
    struct jangle_step steps[2] = {{.reply = "123"}, {.reply = NULL}};
    struct jangle_saga_record saga = {
        .state_size = 10000, .steps = steps, .step_count = 2};
    struct jangle_delivery_step step = {.step.reply = "12"};
    struct jn_ticket tickets[2] = {
        {.append = {.records = records, .count = 2}, .attachments.step = &step},
        {.attachments.saga = &saga}};

    (void)state;
    jn_commit_weigh(tickets, 2);
    assert_int_equal(tickets[0].bytes, 1000 + 5 + 100 + 2 + 10000 + 3);
    jn_commit_weigh(tickets, 1);
    assert_int_equal(tickets[0].bytes, 1000 + 5 + 100 + 2);
}

static void a_withdrawn_ticket_has_no_bytes_in_the_queue(void **state)
{
    struct scripted_store store;
    struct jn_commit commit;
    struct parcel parcels[2];

    (void)state;
    open_bytes(&commit, &store);
    enqueue_bytes(&commit, &parcels[0], 60);
    assert_false(jn_commit_has_full_group(&commit));
    enqueue_bytes(&commit, &parcels[1], 40);
    assert_true(jn_commit_has_full_group(&commit));
    assert_true(jn_commit_withdraw(&commit, &parcels[0].ticket));
    assert_false(jn_commit_has_full_group(&commit));
    assert_true(run_once(&commit));
    assert_int_equal(commit.queued_bytes, 0);
    close_machine(&commit, &store);
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
    struct scripted_store store;
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
    close_machine(&commit, &store);
}

/* ---- ends ---------------------------------------------------------------------- */

struct ends {
    size_t left, settled;
    enum jangle_result result;
};

static size_t take_ends(void *context,
                        struct jangle_append *appends,
                        struct jangle_saga_record *records,
                        size_t limit)
{
    struct ends *ends = context;
    size_t count = ends->left < limit ? ends->left : limit;

    for (size_t i = 0; i < count; i++) {
        appends[i] = (struct jangle_append){.epoch = 7};
        records[i] = (struct jangle_saga_record){.saga = "s", .with = &appends[i]};
    }
    return count;
}

static void settle_ends(void *context,
                        const struct jangle_saga_record *records,
                        size_t count,
                        const struct jangle_error *all)
{
    struct ends *ends = context;

    assert_string_equal(records[0].saga, "s");
    ends->result = all ? all->result : records[0].error.result;
    if (!ends->result) {
        ends->left -= count;
        ends->settled += count;
    }
}

/* They take no room from commands, need no command, and are not counted as some. */
static void ends_ride_with_commands_and_alone(void **state)
{
    struct scripted_store store;
    struct ends ends = {.left = JN_ENDS_LIMIT + 2};
    struct jn_ticket tickets[3] = {0};
    struct jn_commit commit;

    (void)state;
    open_machine(&commit, &store, 2, 8);
    commit.end_source = (struct jn_end_source){take_ends, settle_ends, &ends};
    for (size_t i = 0; i < 3; i++)
        jn_commit_enqueue(&commit, &tickets[i], 1, NULL);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[0], 2 + JN_ENDS_LIMIT);
    assert_int_equal(commit.group.append_count, 2);
    assert_int_equal(commit.taken_sets, 2);
    assert_int_equal(ends.settled, JN_ENDS_LIMIT);
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[1], 1 + 2);
    assert_int_equal(ends.left, 0);
    ends.left = 1;
    assert_true(run_once(&commit));
    assert_int_equal(store.sizes[2], 1);
    assert_int_equal(commit.group.append_count, 0);
    assert_false(run_once(&commit));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tickets[i].state, JN_TICKET_SETTLED);
    close_machine(&commit, &store);
}

static void ends_of_a_group_that_failed_are_told_so(void **state)
{
    struct scripted_store store;
    struct ends ends = {.left = 1};
    struct jn_commit commit;

    (void)state;
    open_machine(&commit, &store, 8, 8);
    store.result = JANGLE_UNKNOWN;
    commit.end_source = (struct jn_end_source){take_ends, settle_ends, &ends};
    run_once(&commit);
    assert_result(ends.result, JANGLE_UNKNOWN);
    assert_int_equal(ends.left, 1);
    close_machine(&commit, &store);
}

static void checkpoints_of_a_group_that_failed_are_told_so(void **state)
{
    struct scripted_store store;
    struct source source = {.left = 1};
    struct jn_commit commit;

    (void)state;
    open_machine(&commit, &store, 8, 8);
    store.result = JANGLE_STORAGE;
    commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    run_once(&commit);
    assert_result(source.result, JANGLE_STORAGE);
    assert_int_equal(source.left, 1);
    close_machine(&commit, &store);
}

/* Behind a single ticket: they name the appends of the set, and no other. */
static void checkpoints_of_a_set_are_stored_with_all_of_it(void **state)
{
    struct scripted_store store;
    struct source source = {.left = JN_CHECKPOINTS_LIMIT};
    struct jn_commit commit;
    struct jangle_checkpoint logs[2] = {{.subscriber = "w#1"}, {.subscriber = "w#2"}};
    struct jn_ticket single = {0}, set[3] = {0};

    (void)state;
    open_machine(&commit, &store, 8, 8);
    commit.source =
        (struct jn_checkpoint_source){take_checkpoints, settle_checkpoints, &source};
    store.of_checkpoint = JANGLE_CONFLICT;
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
    close_machine(&commit, &store);
}

static void checkpoints_that_find_no_room_are_busy(void **state)
{
    struct scripted_store store;
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
    close_machine(&commit, &store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_takes_all_that_wait_up_to_the_limit),
        cmocka_unit_test(a_set_is_never_split),
        cmocka_unit_test(a_set_that_finds_no_room_is_busy_as_a_whole),
        cmocka_unit_test(an_empty_queue_takes_a_set_above_its_limit),
        cmocka_unit_test(a_full_queue_is_busy),
        cmocka_unit_test(what_befalls_a_group_befalls_each_of_it),
        cmocka_unit_test(each_append_has_its_own_result),
        cmocka_unit_test(a_ticket_is_withdrawn_from_anywhere_in_the_queue),
        cmocka_unit_test(a_group_is_split_by_bytes_in_the_order_of_the_queue),
        cmocka_unit_test(a_set_is_not_split_by_bytes),
        cmocka_unit_test(all_that_may_be_large_is_weighed),
        cmocka_unit_test(a_withdrawn_ticket_has_no_bytes_in_the_queue),
        cmocka_unit_test(checkpoints_ride_with_commands_and_alone),
        cmocka_unit_test(checkpoints_of_a_group_that_failed_are_told_so),
        cmocka_unit_test(ends_ride_with_commands_and_alone),
        cmocka_unit_test(ends_of_a_group_that_failed_are_told_so),
        cmocka_unit_test(checkpoints_of_a_set_are_stored_with_all_of_it),
        cmocka_unit_test(checkpoints_that_find_no_room_are_busy),
    };

    return cmocka_run_group_tests(tests, open_host, close_host);
}
