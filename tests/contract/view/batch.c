/* batch.c - VS-3, VS-6, VS-7 and VS-8: effects, place and parked keys are one. */
#include "contract/view/contract.h"

#include <stdlib.h>

static struct jangle_checkpoint checkpoint_to(int64_t from, int64_t to)
{
    return (struct jangle_checkpoint){
        .subscriber = "ledger", .from = from, .position = to};
}

static enum jangle_result commit_checkpoint(struct view_world *world,
                                            struct jangle_checkpoint checkpoint)
{
    world->error = (struct jangle_error){0};
    return world->file->ops->commit(world->file, &checkpoint, false, &world->error);
}

/* A batch without effects that parks keys. */
static void park(struct view_world *world,
                 int64_t from,
                 int64_t to,
                 const struct jangle_parked *parked,
                 size_t count)
{
    struct jangle_checkpoint checkpoint = checkpoint_to(from, to);

    checkpoint.parked = parked;
    checkpoint.parked_count = count;
    begin(world);
    assert_result(commit_checkpoint(world, checkpoint), JANGLE_OK);
}

/* "a@5 b@7!": keys, where they wait, and whether they are dead. */
struct shown {
    struct view_world *world;
    char text[400];
    size_t count;
    size_t stop_after;
};

static enum jangle_result show(void *context, const struct jangle_parked *parked)
{
    struct shown *shown = context;
    size_t used = strlen(shown->text);

    assert_string_equal(parked->subscriber, "ledger");
    assert_false(parked->released);
    snprintf(shown->text + used, sizeof shown->text - used, "%s%s@%lld%s",
             used ? " " : "", parked->key, (long long)parked->position,
             parked->dead ? "!" : "");
    return ++shown->count == shown->stop_after ? JANGLE_CANCELLED : JANGLE_OK;
}

static struct shown show_parked(struct view_world *world, int64_t now, size_t limit)
{
    struct shown shown = {.world = world};
    jangle_time at = {now};

    world->error = (struct jangle_error){0};
    assert_result(world->file->ops->read_parked(world->file, at, limit, show, &shown,
                                                &world->error),
                  JANGLE_OK);
    return shown;
}

/* ---- VS-3 -------------------------------------------------------------------- */

static void vs_03_what_is_not_committed_is_undone(void **state)
{
    struct view_world *world = *state;

    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('x')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    world->file->ops->roll_back(world->file);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    assert_int_equal(position(world), 0);
}

static void vs_03_the_view_is_a_database_that_can_be_written(void **state)
{
    struct view_world *world = *state;

    begin(world);
    assert_non_null(jangle_view_sqlite(world->view));
    enter(world, false);
    assert_result(run(world, "INSERT INTO notes VALUES ('x')"), JANGLE_OK);
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void vs_03_a_second_batch_must_wait_its_turn(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view;
    struct jangle_error error = {0};

    begin(world);
    assert_result(world->file->ops->begin(world->file, &view, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "ledger"));
    assert_result(commit(world, 0, 1), JANGLE_OK);
    begin(world);
    assert_result(commit(world, 1, 2), JANGLE_OK);
}

/* ---- VS-6 -------------------------------------------------------------------- */

static void vs_06_effects_checkpoint_and_parked_keys_are_stored_together(void **state)
{
    struct view_world *world = *state;
    struct jangle_parked parked = {
        .kind = JANGLE_PARKED_STREAM, .key = "account/b", .position = 3};
    struct jangle_checkpoint checkpoint = checkpoint_to(0, 5);

    checkpoint.parked = &parked;
    checkpoint.parked_count = 1;
    begin(world);
    for (int i = 0; i < 3; i++) {
        enter(world, false);
        run(world, "INSERT INTO notes VALUES ('x')");
        assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    }
    assert_result(commit_checkpoint(world, checkpoint), JANGLE_OK);
    view_world_reopen(world);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 3);
    assert_int_equal(position(world), 5);
    assert_string_equal(show_parked(world, 0, 9).text, "account/b@3");
}

static void vs_06_another_checkpoint_than_expected_stores_nothing(void **state)
{
    struct view_world *world = *state;
    struct jangle_parked parked = {
        .kind = JANGLE_PARKED_STREAM, .key = "a", .position = 8};
    struct jangle_checkpoint checkpoint = checkpoint_to(6, 8);

    handled(world, 0, 7, "INSERT INTO notes VALUES ('x')");
    checkpoint.parked = &parked;
    checkpoint.parked_count = 1;
    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('y')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit_checkpoint(world, checkpoint), JANGLE_CONFLICT);
    assert_said(world, "ledger");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
    assert_int_equal(position(world), 7);
    assert_string_equal(show_parked(world, 0, 9).text, "");
}

static void vs_06_after_a_commit_the_next_batch_can_begin(void **state)
{
    struct view_world *world = *state;

    for (int i = 0; i < 3; i++)
        handled(world, i, i + 1, "INSERT INTO notes VALUES ('x')");
    begin(world);
    assert_result(commit(world, 9, 10), JANGLE_CONFLICT);
    handled(world, 3, 4, "INSERT INTO notes VALUES ('x')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 4);
}

static void vs_06_a_checkpoint_may_stay_where_it_is(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 7, "INSERT INTO notes VALUES ('x')");
    handled(world, 7, 7, "INSERT INTO notes VALUES ('a parked event')");
    assert_int_equal(position(world), 7);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void vs_06_incomplete_is_never_taken_back(void **state)
{
    struct view_world *world = *state;
    struct jangle_checkpoint checkpoint = checkpoint_to(0, 1);

    begin(world);
    assert_result(world->file->ops->commit(world->file, &checkpoint, true, &world->error),
                  JANGLE_OK);
    assert_true(checkpoint_in(world, world->file).incomplete);
    handled(world, 1, 2, "SELECT 1");
    view_world_reopen(world);
    assert_true(checkpoint_in(world, world->file).incomplete);
}

static void vs_06_a_suspension_is_stored_and_taken_back(void **state)
{
    struct view_world *world = *state;
    struct jangle_checkpoint checkpoint = {.position = 4,
                                           .suspended_for = JANGLE_SUSPENDED_OUTAGE,
                                           .suspended_at = {1700000000123456},
                                           .reason = "no paper"};
    struct jangle_view_checkpoint own;

    begin(world);
    assert_result(
        world->file->ops->commit(world->file, &checkpoint, false, &world->error),
        JANGLE_OK);
    view_world_reopen(world);
    own = checkpoint_in(world, world->file);
    assert_int_equal(own.suspended_for, JANGLE_SUSPENDED_OUTAGE);
    assert_int_equal(own.suspended_at.us, 1700000000123456);
    assert_string_equal(own.reason, "no paper");
    handled(world, 4, 4, "SELECT 1");
    own = checkpoint_in(world, world->file);
    assert_int_equal(own.suspended_for, JANGLE_SUSPENDED_NOT);
    assert_string_equal(own.reason, "");
}

static void vs_06_a_parked_key_is_one_row_that_is_moved_and_released(void **state)
{
    struct view_world *world = *state;
    struct jangle_parked parked = {.kind = JANGLE_PARKED_STREAM,
                                   .key = "account/a",
                                   .position = 2,
                                   .attempts = 1,
                                   .next_at = {500},
                                   .error = "no such \"table\""};

    park(world, 0, 5, &parked, 1);
    parked.position = 4;
    parked.attempts = 2;
    parked.dead = true;
    parked.error = NULL;
    park(world, 5, 5, &parked, 1);
    view_world_reopen(world);
    assert_string_equal(show_parked(world, 0, 9).text, "account/a@4!");
    parked.released = true;
    park(world, 5, 6, &parked, 1);
    park(world, 6, 7, &parked, 1);
    assert_string_equal(show_parked(world, 0, 9).text, "");
}

/* ---- VS-7 -------------------------------------------------------------------- */

static void vs_07_rolling_back_is_harmless_when_there_is_nothing(void **state)
{
    struct view_world *world = *state;

    world->file->ops->roll_back(world->file);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
    world->file->ops->roll_back(world->file);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void vs_07_a_batch_can_be_rolled_back_at_any_point(void **state)
{
    struct view_world *world = *state;

    begin(world);
    world->file->ops->roll_back(world->file);
    for (int alone = 0; alone < 2; alone++) {
        begin(world);
        enter(world, alone);
        run(world, "INSERT INTO notes VALUES ('x')");
        world->file->ops->roll_back(world->file);
        begin(world);
        enter(world, alone);
        run(world, "no SQL");
        assert_result(leave(world, JANGLE_OK), JANGLE_INVALID);
        world->file->ops->roll_back(world->file);
    }
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
}

/* ---- VS-8 -------------------------------------------------------------------- */

static enum jangle_result check_all_of_it(void *context,
                                          const struct jangle_parked *parked)
{
    const struct jangle_parked *expected = context;

    assert_string_equal(parked->key, expected->key);
    assert_int_equal(parked->kind, expected->kind);
    assert_int_equal(parked->trying, expected->trying);
    assert_int_equal(parked->delay_ms, expected->delay_ms);
    assert_int_equal(parked->position, expected->position);
    assert_int_equal(parked->attempts, expected->attempts);
    assert_int_equal(parked->next_at.us, expected->next_at.us);
    assert_int_equal(parked->dead, expected->dead);
    assert_string_equal(parked->error, expected->error);
    return JANGLE_OK;
}

static void vs_08_a_parked_key_is_read_as_it_was_written(void **state)
{
    struct view_world *world = *state;
    struct jangle_parked parked = {.kind = JANGLE_PARKED_EVENT,
                                   .key = "account/\xc3\xa4",
                                   .position = INT64_MAX,
                                   .attempts = 7,
                                   .trying = true,
                                   .delay_ms = 9,
                                   .next_at = {INT64_MAX},
                                   .dead = true,
                                   .error = "why"};

    park(world, 0, 1, &parked, 1);
    assert_result(world->file->ops->read_parked(world->file, (jangle_time){0}, 1,
                                                check_all_of_it, &parked, &world->error),
                  JANGLE_OK);
}

static void vs_08_due_keys_come_the_longest_due_first(void **state)
{
    struct view_world *world = *state;
    static const struct jangle_parked parked[] = {
        {.kind = JANGLE_PARKED_STREAM, .key = "a", .position = 1, .next_at = {300}},
        {.kind = JANGLE_PARKED_STREAM, .key = "b", .position = 2, .next_at = {100}},
        {.kind = JANGLE_PARKED_STREAM,
         .key = "c",
         .position = 3,
         .next_at = {200},
         .dead = true},
        {.kind = JANGLE_PARKED_STREAM, .key = "d", .position = 4, .next_at = {200}},
        {.kind = JANGLE_PARKED_STREAM, .key = "e", .position = 5, .next_at = {301}},
    };

    park(world, 0, 5, parked, 5);
    assert_string_equal(show_parked(world, 300, 9).text, "b@2 d@4 a@1");
    assert_string_equal(show_parked(world, 99, 9).text, "");
    assert_string_equal(show_parked(world, 300, 2).text, "b@2 d@4");
    assert_string_equal(show_parked(world, 0, 99).text, "b@2 c@3! d@4 a@1 e@5");
    assert_string_equal(show_parked(world, 0, 0).text, "");
}

static void vs_08_a_visit_can_be_stopped(void **state)
{
    struct view_world *world = *state;
    static const struct jangle_parked parked[] = {
        {.kind = JANGLE_PARKED_STREAM, .key = "a"},
        {.kind = JANGLE_PARKED_STREAM, .key = "b"}};
    struct shown shown = {.stop_after = 1};

    park(world, 0, 5, parked, 2);
    assert_result(world->file->ops->read_parked(world->file, (jangle_time){0}, 9, show,
                                                &shown, &world->error),
                  JANGLE_CANCELLED);
    assert_string_equal(shown.text, "a@0");
}

static enum jangle_result release(void *context, const struct jangle_parked *parked)
{
    struct jangle_parked released = *parked;

    released.released = true;
    park(context, 5, 5, &released, 1);
    return JANGLE_OK;
}

static void vs_08_a_visit_may_call_the_view(void **state)
{
    struct view_world *world = *state;
    static const struct jangle_parked parked[] = {
        {.kind = JANGLE_PARKED_STREAM, .key = "a"},
        {.kind = JANGLE_PARKED_STREAM, .key = "b"}};

    park(world, 0, 5, parked, 2);
    assert_result(world->file->ops->read_parked(world->file, (jangle_time){0}, 9, release,
                                                world, &world->error),
                  JANGLE_OK);
    assert_string_equal(show_parked(world, 0, 9).text, "");
}

static void vs_08_memory_that_runs_out_is_said(void **state)
{
    struct view_world *world = *state;
    static const struct jangle_parked parked[] = {
        {.kind = JANGLE_PARKED_STREAM, .key = "a"}};
    struct shown shown = {.world = world};

    park(world, 0, 5, parked, 1);
    failing_allocator_arm(&world->host.memory, 1);
    assert_result(world->file->ops->read_parked(world->file, (jangle_time){0}, 9, show,
                                                &shown, &world->error),
                  JANGLE_NO_MEMORY);
    assert_string_equal(shown.text, "");
}

int view_batch_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_03_what_is_not_committed_is_undone),
        VIEW_TEST(vs_03_the_view_is_a_database_that_can_be_written),
        VIEW_TEST(vs_03_a_second_batch_must_wait_its_turn),
        VIEW_TEST(vs_06_effects_checkpoint_and_parked_keys_are_stored_together),
        VIEW_TEST(vs_06_another_checkpoint_than_expected_stores_nothing),
        VIEW_TEST(vs_06_after_a_commit_the_next_batch_can_begin),
        VIEW_TEST(vs_06_a_checkpoint_may_stay_where_it_is),
        VIEW_TEST(vs_06_incomplete_is_never_taken_back),
        VIEW_TEST(vs_06_a_suspension_is_stored_and_taken_back),
        VIEW_TEST(vs_06_a_parked_key_is_one_row_that_is_moved_and_released),
        VIEW_TEST(vs_07_rolling_back_is_harmless_when_there_is_nothing),
        VIEW_TEST(vs_07_a_batch_can_be_rolled_back_at_any_point),
        VIEW_TEST(vs_08_a_parked_key_is_read_as_it_was_written),
        VIEW_TEST(vs_08_due_keys_come_the_longest_due_first),
        VIEW_TEST(vs_08_a_visit_can_be_stopped),
        VIEW_TEST(vs_08_a_visit_may_call_the_view),
        VIEW_TEST(vs_08_memory_that_runs_out_is_said),
    };

    return view_world_run("views, batches", tests, sizeof tests / sizeof *tests, backend);
}
