/* failing.c - each store call and each allocation fails in turn: what is stored
 * is handled all the same, in order, and shown exactly once. */
#include "support/domains/follower.h"
#include "support/failing_allocator.h"

#include <jangle/testing.h>
#include <jangle/view.h>

enum { EVENTS = 30, PURSES = 4, ROUNDS = 60 };

/* ---- who follows ------------------------------------------------------------- */

struct count_shown {
    bool all;
};

struct shown_count {
    int64_t rows;
    int64_t sum;
};

static JANGLE_STRUCT(shown_count, rows, sum);
static JANGLE_QUERY(count_shown, all, answer(shown_count));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO shown VALUES (?)",
                           event->position);
}

static enum jangle_result count(struct jangle_answer *answer,
                                const struct jangle_query *query)
{
    struct shown_count counted;

    jangle_view_row(
        query->view, &counted, shown_count,
        "SELECT count(*) AS rows, coalesce(sum(position), 0) AS sum FROM shown");
    return jangle_answer_with(answer, shown_count, .rows = counted.rows,
                              .sum = counted.sum);
}

static const struct jangle_subscriber view = {
    .name = "view",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}),
    .answerers = JANGLE_ANSWERERS({&count_shown, count}),
    .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY);"};

static struct follower seen;
static const struct jangle_subscriber it = {.name = "it",
                                            .context = &seen,
                                            .handlers = JANGLE_ARRAY(follower_handlers),
                                            .start = JANGLE_FROM_FIRST};

/* ---- one run ----------------------------------------------------------------- */

/* Of each purse, the first time that each of its events was handled. */
static void assert_in_order(void)
{
    int64_t versions[PURSES] = {0};

    for (size_t i = 0; i < seen.count; i++) {
        int purse = seen.seen[i].id[0] - '0';

        if (!seen.seen[i].handled || seen.seen[i].version <= versions[purse])
            continue;
        assert_int_equal(seen.seen[i].version, versions[purse] + 1);
        versions[purse]++;
    }
}

/* `once`: nothing was repeated, for no process ended. */
static void assert_all_handled(struct world *world, bool once)
{
    int64_t head = world_stats(world).position;
    struct jangle_answer answer = {0};
    const struct shown_count *counted;

    for (int64_t position = 1; position <= head; position++)
        assert_in_range(follower_handled(&seen, position), 1, once ? 1 : 2);
    assert_in_order();
    assert_result(jangle_ask(world->jangle, &answer, count_shown, .all = true),
                  JANGLE_OK);
    counted = answer.data;
    assert_int_equal(counted->rows, head);
    assert_int_equal(counted->sum, head * (head + 1) / 2);
    jangle_answer_free(&answer);
    assert_int_equal(world_rows(world, "it"), 0);
    assert_int_equal(world_checkpoint(world, "it"), head);
    assert_int_equal(world_measure(world, "it").dead, 0);
    assert_int_equal(world_measure(world, "view").dead, 0);
}

/* Commands may fail, and are not sent again; steps may fail, and are taken again. */
static void let_it_run(struct world *world)
{
    struct jangle_left left;

    seen.fails_for = "3";
    seen.failures = 2;
    for (int i = 0; i < EVENTS; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", i % PURSES);
        jangle_send(world->jangle, NULL, put_in, .purse_id = purse, .amount = 1);
        jangle_poll(world->jangle, NULL, NULL);
    }
    for (int i = 0; i < ROUNDS; i++) {
        enum jangle_result result = jangle_drain(world->jangle, -1, &left, NULL);

        if (!result && !left.parked && !left.suspended)
            return;
        world_pass(world, 60000);
    }
    fail_msg("%lld parked, %lld suspended", (long long)left.parked,
             (long long)left.suspended);
}

static void start_run(struct world *world)
{
    follower_clear(&seen);
    seen = (struct follower){0};
    world_init(world, false);
    world->config.retry.max_attempts = -1;
}

/* ---- store calls ------------------------------------------------------------- */

static void fail_each_call_with(enum jangle_result result)
{
    int64_t calls = INT64_MAX;

    for (int64_t at = 1; at <= calls; at++) {
        static struct world world;
        struct jangle_flaky flaky = {.storage = jangle_memory(), .result = result};
        int64_t before;

        start_run(&world);
        world.config.storage = jangle_storage_flaky(&flaky);
        world_open(&world, &it, &view, NULL);
        before = flaky.calls;
        flaky.fail_at = before + at;
        let_it_run(&world);
        calls = flaky.calls - before;
        flaky.fail_at = 0;
        assert_all_handled(&world, true);
        world_finish(&world);
    }
    print_message("%lld calls\n", (long long)calls);
    assert_true(calls > 55);
    follower_clear(&seen);
}

static void a_store_that_fails_once_loses_nothing(void **state)
{
    (void)state;
    fail_each_call_with(JANGLE_STORAGE);
}

static void a_store_that_is_busy_once_loses_nothing(void **state)
{
    (void)state;
    fail_each_call_with(JANGLE_BUSY);
}

static void a_commit_of_unknown_end_loses_and_doubles_nothing(void **state)
{
    (void)state;
    fail_each_call_with(JANGLE_UNKNOWN);
}

static void what_fails_at_open_is_told_and_leaves_nothing(void **state)
{
    int failures = 0;

    (void)state;
    for (int64_t at = 1;; at++) {
        static struct world world;
        static struct failing_allocator memory;
        struct jangle_flaky flaky = {
            .storage = jangle_memory(), .result = JANGLE_STORAGE, .fail_at = at};
        bool open;

        start_run(&world);
        failing_allocator_init(&memory, 0);
        world.config.host.allocator = memory.allocator;
        world.config.storage = jangle_storage_flaky(&flaky);
        open = world_try_open(&world, &it, &view, NULL);
        if (!open) {
            failures++;
            assert_result(world.error.result, JANGLE_STORAGE);
            assert_non_null(world.error.message[0] ? &world : NULL);
        }
        world_finish(&world);
        assert_int_equal(memory.pieces, 0);
        if (flaky.calls < at)
            break;
    }
    assert_true(failures > 5);
}

/* ---- memory ------------------------------------------------------------------ */

static void memory_that_runs_out_once_loses_nothing(void **state)
{
    int64_t calls = INT64_MAX;

    (void)state;
    for (int64_t at = 1; at <= calls; at += 1 + at / 100) {
        static struct world world;
        static struct failing_allocator memory;

        start_run(&world);
        failing_allocator_init(&memory, 0);
        world.config.host.allocator = memory.allocator;
        world_open(&world, &it, &view, NULL);
        failing_allocator_arm(&memory, at);
        let_it_run(&world);
        calls = memory.calls;
        failing_allocator_arm(&memory, 0);
        assert_all_handled(&world, false);
        world_finish(&world);
        assert_int_equal(memory.pieces, 0);
    }
    print_message("%lld allocations\n", (long long)calls);
    assert_true(calls > 200);
    follower_clear(&seen);
}

static void memory_that_runs_out_at_open_leaves_nothing(void **state)
{
    bool open = false;

    (void)state;
    for (int64_t at = 1; !open; at++) {
        static struct world world;
        static struct failing_allocator memory;

        start_run(&world);
        failing_allocator_init(&memory, 0);
        world.config.host.allocator = memory.allocator;
        failing_allocator_arm(&memory, at);
        open = world_try_open(&world, &it, &view, NULL);
        if (!open)
            assert_result(world.error.result, JANGLE_NO_MEMORY);
        world_finish(&world);
        assert_int_equal(memory.pieces, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_that_fails_once_loses_nothing),
        cmocka_unit_test(a_store_that_is_busy_once_loses_nothing),
        cmocka_unit_test(a_commit_of_unknown_end_loses_and_doubles_nothing),
        cmocka_unit_test(what_fails_at_open_is_told_and_leaves_nothing),
        cmocka_unit_test(memory_that_runs_out_once_loses_nothing),
        cmocka_unit_test(memory_that_runs_out_at_open_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
