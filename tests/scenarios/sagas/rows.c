/* rows.c - the timeouts of sagas cost work in proportion to those that are due, and
 * sagas that cannot be read stop no others. */
#include "support/domains/tills.h"
#include "support/stores/lying_store.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600000, SAGAS = 1000 };

/* ---- a store that counts the rows it shows ----------------------------------- */

static int64_t rows; /* of sagas */

struct counting {
    jangle_saga_fn *visit;
    void *context;
};

static enum jangle_result count(void *context, const struct jangle_saga_record *record)
{
    const struct counting *counting = context;

    rows++;
    return counting->visit(counting->context, record);
}

static enum jangle_result read_due_sagas(struct jangle_store *base,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_saga_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jangle_store *store = honest_store(base);
    struct counting counting = {visit, context};

    return store->ops->read_due_sagas(store, now, limit, count, &counting, error);
}

static enum jangle_result read_saga(struct jangle_store *base,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct jangle_store *store = honest_store(base);
    struct counting counting = {visit, context};

    return store->ops->read_saga(store, saga, id, count, &counting, error);
}

static const struct lie counts = {
    .clause = "none",
    .store = {.read_due_sagas = read_due_sagas, .read_saga = read_saga},
};

/* ---- sagas that wait for their time ------------------------------------------ */

static int timeouts;

static enum jangle_result
wait_for_it(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_state *move = state;

    (void)event;
    return jangle_turn_timeout_at(
        turn, jangle_time_after_ms(turn->at, move->amount ? HOUR_MS : 100 * HOUR_MS));
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    timeouts++;
    return jangle_turn_finish(turn);
}

static const struct jangle_saga waiting_saga = {
    .name = "waiting",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_paid_out}),
    .reactions = JANGLE_REACTIONS({&paid_out, wait_for_it}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
};

static struct lying lying;

static int set_up(void **state)
{
    static struct world world;

    timeouts = 0;
    world_init(&world, *state != NULL);
    lying = (struct lying){world.config.storage, &counts};
    world.config.storage = lying_storage(&lying);
    tills_open(&world, &waiting_saga);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static struct jangle_left drain(struct world *world, struct jangle_left *left)
{
    assert_result(jangle_drain(world->jangle, -1, left, &world->error), JANGLE_OK);
    return left ? *left : (struct jangle_left){0};
}

static void open_many(struct world *world, int count, int due)
{
    char id[12], till[12];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "m%d", i);
        snprintf(till, sizeof till, "t%d", i / 20); /* whose streams stay short */
        if (i % 20 == 0)
            assert_result(jangle_send(world->jangle, NULL, open_till, .till_id = till,
                                      .amount = 100),
                          JANGLE_OK);
        assert_result(tills_pay_out(world, till, id, "b", i % (count / due) == 5 ? 1 : 0),
                      JANGLE_OK);
    }
    drain(world, NULL);
}

static void a_thousand_open_sagas_cost_nothing_until_they_are_due(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    open_many(world, SAGAS, 4);
    rows = 0;
    drain(world, NULL);
    assert_int_equal(rows, 0);
    world_pass(world, HOUR_MS);
    drain(world, NULL);
    assert_int_equal(timeouts, 4);
    assert_true(rows >= 8);
    assert_true(rows <= 5 * 4);
    rows = 0;
    for (int i = 0; i < 100; i++) {
        world_pass(world, 1000);
        world_poll(world);
    }
    assert_int_equal(rows, 0);
    assert_int_equal(drain(world, &left).future, SAGAS - 4);
}

/* All at once: each is looked at a few times, not each as often as there are others. */
static void a_thousand_that_are_due_at_once_cost_a_few_rows_each(void **state)
{
    struct world *world = *state;

    open_many(world, SAGAS, 4);
    rows = 0;
    world_pass(world, 100 * (int64_t)HOUR_MS);
    drain(world, NULL);
    assert_int_equal(timeouts, SAGAS);
    print_message("%lld rows\n", (long long)rows);
    assert_true(rows <= 8 * SAGAS);
}

/* ---- those that cannot be read ----------------------------------------------- */

/* As a program of a later version has left it. */
static void store_broken(struct world *world, const char *id)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_saga_record record = {.saga = "waiting",
                                        .id = id,
                                        .version = 1,
                                        .state_version = 1,
                                        .state = "{\"what\":",
                                        .state_size = 8,
                                        .timeout_at = {world->now_us + 1}};
    struct jangle_group group = {.sagas = &record, .saga_count = 1};

    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
    assert_result(record.error.result, JANGLE_OK);
}

static void sagas_that_cannot_be_read_stop_no_others(void **state)
{
    struct world *world = *state;
    char id[12];

    for (int i = 0; i < 130; i++) {
        snprintf(id, sizeof id, "broken%d", i);
        store_broken(world, id);
    }
    open_many(world, 8, 1);
    world_pass(world, HOUR_MS);
    for (int i = 0; i < 5; i++) {
        world_poll(world);
        world_pass(world, 1000);
    }
    assert_int_equal(timeouts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_thousand_open_sagas_cost_nothing_until_they_are_due),
        WORLD_TEST(a_thousand_that_are_due_at_once_cost_a_few_rows_each),
        WORLD_TEST(sagas_that_cannot_be_read_stop_no_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
