/* rebuild.c - VS-11, VS-12 and VS-13: shadows, scratch files, and the swap. */
#include "contract/view/contract.h"

#include <sys/stat.h>

static struct jangle_view_file *rebuild(struct view_world *world)
{
    struct jangle_view_file *shadow = NULL;
    enum jangle_result result;

    world->error = (struct jangle_error){0};
    result = world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error);
    if (result)
        fail_msg("%s", world->error.message);
    return shadow;
}

static enum jangle_result swap(struct view_world *world, struct jangle_view_file *shadow)
{
    world->error = (struct jangle_error){0};
    return world->file->ops->swap(world->file, shadow, &world->error);
}

static int64_t notes_in(struct view_world *world, struct jangle_view_file *file)
{
    return number_in(world, file, "SELECT count(*) FROM notes");
}

/* ---- VS-11 ------------------------------------------------------------------- */

static void vs_11_a_shadow_begins_empty_at_zero(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;
    struct jangle_view_checkpoint checkpoint;

    handled(world, 0, 7, "INSERT INTO notes VALUES ('live')");
    shadow = rebuild(world);
    checkpoint = checkpoint_in(world, shadow);
    assert_int_equal(checkpoint.position, 0);
    assert_int_equal(checkpoint.schema_version, 3);
    assert_memory_equal(checkpoint.types_hash, world->spec.types_hash, 16);
    assert_memory_equal(checkpoint.store_id, world->spec.store_id, 16);
    assert_int_equal(notes_in(world, shadow), 0);
    handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('a'), ('b')");
    assert_int_equal(notes_in(world, shadow), 2);
    assert_int_equal(notes_in(world, world->file), 1);
    assert_int_equal(position(world), 7);
    shadow->ops->close_file(shadow);
}

static void vs_11_an_interrupted_rebuild_goes_on_where_it_stopped(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow = rebuild(world);

    handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('a')");
    shadow->ops->close_file(shadow);
    view_world_reopen(world);
    handled(world, 0, 9, "INSERT INTO notes VALUES ('live')");
    shadow = rebuild(world);
    assert_int_equal(checkpoint_in(world, shadow).position, 5);
    assert_int_equal(notes_in(world, shadow), 1);
    shadow->ops->close_file(shadow);
}

static void vs_11_a_rebuild_of_something_else_begins_anew(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;

    for (int change = 0; change < 4; change++) {
        struct jangle_view_file *shadow = rebuild(world);

        handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('a')");
        shadow->ops->close_file(shadow);
        if (change == 0)
            world->spec.schema = "CREATE TABLE notes (text TEXT, more TEXT)";
        else if (change == 1)
            world->spec.schema_version++;
        else if (change == 2)
            world->spec.types_hash[15]++;
        else
            world->spec.store_id[15]++;
        shadow = rebuild(world);
        assert_int_equal(checkpoint_in(world, shadow).position, 0);
        assert_int_equal(checkpoint_in(world, shadow).schema_version,
                         world->spec.schema_version);
        assert_memory_equal(checkpoint_in(world, shadow).types_hash,
                            world->spec.types_hash, 16);
        assert_memory_equal(checkpoint_in(world, shadow).store_id, world->spec.store_id,
                            16);
        assert_int_equal(notes_in(world, shadow), 0);
        assert_int_equal(number_in(world, shadow,
                                   "SELECT count(*) FROM sqlite_schema"
                                   " WHERE sql LIKE '%more%'"),
                         change == 0);
        shadow->ops->close_file(shadow);
        world->spec = spec;
    }
}

static void vs_11_a_shadow_keeps_parked_keys_of_its_own(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow = rebuild(world);
    struct jangle_view *view;
    struct jangle_parked parked = {
        .kind = JANGLE_PARKED_STREAM, .key = "a", .position = 1};
    struct jangle_checkpoint checkpoint = {.subscriber = "ledger", .position = 3};

    checkpoint.parked = &parked;
    checkpoint.parked_count = 1;
    assert_result(shadow->ops->begin(shadow, &view, NULL), JANGLE_OK);
    assert_result(shadow->ops->commit(shadow, &checkpoint, true, NULL), JANGLE_OK);
    assert_int_equal(number_in(world, shadow, "SELECT count(*) FROM jangle_parked"), 1);
    assert_int_equal(number(world, "SELECT count(*) FROM jangle_parked"), 0);
    assert_result(swap(world, shadow), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM jangle_parked"), 1);
    assert_true(checkpoint_in(world, world->file).incomplete);
    shadow->ops->close_file(shadow);
    /* Only a rebuild makes it complete. */
    shadow = rebuild(world);
    assert_false(checkpoint_in(world, shadow).incomplete);
    assert_result(swap(world, shadow), JANGLE_OK);
    assert_false(checkpoint_in(world, world->file).incomplete);
    shadow->ops->close_file(shadow);
}

static void vs_11_a_view_has_one_shadow_at_a_time(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow = rebuild(world), *second;

    world->error = (struct jangle_error){0};
    assert_result(
        world->file->ops->rebuild(world->file, &world->spec, &second, &world->error),
        JANGLE_BUSY);
    assert_said(world, "ledger");
    shadow->ops->close_file(shadow);
    shadow = rebuild(world);
    shadow->ops->close_file(shadow);
}

static void vs_11_a_schema_that_fails_is_refused_and_the_view_lives_on(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *shadow;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('live')");
    for (int with = 0; with < 2; with++) { /* without a shadow from before, and with */
        world->spec.schema = "CREATE TABEL notes (text)";
        world->error = (struct jangle_error){0};
        assert_result(
            world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error),
            JANGLE_INVALID);
        assert_said(world, "near \"TABEL\"");
        assert_null(shadow);
        world->spec = spec;
        shadow = rebuild(world);
        handled_in(world, shadow, checkpoint_in(world, shadow).position, 5,
                   "INSERT INTO notes VALUES ('a')");
        shadow->ops->close_file(shadow);
    }
    assert_int_equal(notes_in(world, world->file), 1);
}

/* ---- VS-12 ------------------------------------------------------------------- */

static void vs_12_a_scratch_file_is_empty_and_gone_when_closed(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *scratch;

    handled(world, 0, 7, "INSERT INTO notes VALUES ('live')");
    for (int i = 0; i < 2; i++) {
        assert_result(world->views->ops->scratch(world->views, &world->spec, &scratch,
                                                 &world->error),
                      JANGLE_OK);
        assert_int_equal(checkpoint_in(world, scratch).position, 0);
        assert_int_equal(notes_in(world, scratch), 0);
        handled_in(world, scratch, 0, 3, "INSERT INTO notes VALUES ('x')");
        assert_int_equal(notes_in(world, scratch), 1);
        scratch->ops->close_file(scratch);
    }
    assert_int_equal(notes_in(world, world->file), 1);
}

static void vs_12_scratch_files_do_not_meet(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *one, *two;

    assert_result(world->views->ops->scratch(world->views, &world->spec, &one, NULL),
                  JANGLE_OK);
    assert_result(world->views->ops->scratch(world->views, &world->spec, &two, NULL),
                  JANGLE_OK);
    handled_in(world, one, 0, 3, "INSERT INTO notes VALUES ('x')");
    assert_int_equal(notes_in(world, two), 0);
    one->ops->close_file(one);
    two->ops->close_file(two);
}

/* ---- VS-13 ------------------------------------------------------------------- */

static void vs_13_a_swap_puts_rows_and_checkpoint_in_the_views_stead(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;

    handled(world, 0, 7, "INSERT INTO notes VALUES ('old'), ('older')");
    world->spec.schema = "CREATE TABLE notes (text TEXT, more INTEGER)";
    world->spec.schema_version = 4;
    shadow = rebuild(world);
    handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('new', 42)");
    assert_result(swap(world, shadow), JANGLE_OK);
    assert_int_equal(checkpoint_in(world, shadow).position, 0);
    assert_int_equal(notes_in(world, shadow), 0);
    shadow->ops->close_file(shadow);
    assert_int_equal(number(world, "SELECT sum(more) FROM notes"), 42);
    assert_int_equal(position(world), 5);
    view_world_reopen(world);
    assert_int_equal(number(world, "SELECT sum(more) FROM notes"), 42);
    assert_int_equal(checkpoint_in(world, world->file).schema_version, 4);
    handled(world, 5, 6, "INSERT INTO notes VALUES ('next', 1)");
    assert_int_equal(notes_in(world, world->file), 2);
}

static void vs_13_after_a_swap_the_next_rebuild_begins_anew(void **state)
{
    struct view_world *world = *state;

    for (int i = 0; i < 3; i++) {
        struct jangle_view_file *shadow = rebuild(world);

        assert_int_equal(checkpoint_in(world, shadow).position, 0);
        handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('new')");
        assert_result(swap(world, shadow), JANGLE_OK);
        shadow->ops->close_file(shadow);
        assert_int_equal(notes_in(world, world->file), 1);
        if (i == 1)
            view_world_reopen(world);
    }
}

static void vs_13_what_was_compiled_before_a_swap_is_compiled_anew(void **state)
{
    static const char *const write = "INSERT INTO notes (text) VALUES ('x')";
    struct view_world *world = *state;
    struct jangle_view_file *shadow;

    handled(world, 0, 1, write);
    assert_int_equal(notes_in(world, world->file), 1);
    world->spec.schema =
        "CREATE TABLE filler (x);"
        "CREATE TABLE notes (more INTEGER DEFAULT 8, text TEXT)";
    shadow = rebuild(world);
    assert_result(swap(world, shadow), JANGLE_OK);
    shadow->ops->close_file(shadow);
    assert_int_equal(notes_in(world, world->file), 0);
    handled(world, 0, 1, write);
    assert_int_equal(number(world, "SELECT sum(more) FROM notes WHERE text = 'x'"), 8);
}

static void vs_13_a_reader_goes_on_with_the_old_rows(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;
    struct jangle_view *view;
    int64_t seen;
    struct jangle_error error = {0};

    if (!world->backend->durable) /* in memory the swap waits for it */
        return;
    handled(world, 0, 7, "INSERT INTO notes VALUES ('old'), ('older')");
    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 60000, &view,
                                        &seen, NULL),
                  JANGLE_OK);
    shadow = rebuild(world);
    handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('new')");
    assert_result(swap(world, shadow), JANGLE_OK);
    assert_int_equal(notes_in(world, world->file), 1);
    assert_result(jangle_view_run(view, "SELECT 1 / (count(*) = 2) FROM notes"),
                  JANGLE_OK);
    assert_result(jangle_view_run(view, "SELECT text FROM notes WHERE text = 'older'"),
                  JANGLE_OK);
    assert_result(world->file->ops->answered(world->file, view, JANGLE_OK, &error),
                  JANGLE_OK);
    shadow->ops->close_file(shadow);
}

static void vs_13_while_a_batch_is_open_nothing_is_swapped(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow = rebuild(world);

    handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('new')");
    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('live')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(swap(world, shadow), JANGLE_BUSY);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(position(world), 1);
    assert_int_equal(checkpoint_in(world, shadow).position, 5);
    assert_result(swap(world, shadow), JANGLE_OK);
    assert_int_equal(position(world), 5);
    shadow->ops->close_file(shadow);
}

static void vs_13_a_large_view_is_swapped_whole(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow = rebuild(world);

    handled_in(world, shadow, 0, 5,
               "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
               " LIMIT 20000) INSERT INTO notes SELECT printf('%0100d', x) FROM n");
    assert_result(swap(world, shadow), JANGLE_OK);
    shadow->ops->close_file(shadow);
    view_world_reopen(world);
    assert_int_equal(notes_in(world, world->file), 20000);
    assert_int_equal(number(world, "SELECT count(DISTINCT text) FROM notes"), 20000);
}

int view_rebuild_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_11_a_shadow_begins_empty_at_zero),
        VIEW_TEST(vs_11_an_interrupted_rebuild_goes_on_where_it_stopped),
        VIEW_TEST(vs_11_a_rebuild_of_something_else_begins_anew),
        VIEW_TEST(vs_11_a_shadow_keeps_parked_keys_of_its_own),
        VIEW_TEST(vs_11_a_view_has_one_shadow_at_a_time),
        VIEW_TEST(vs_11_a_schema_that_fails_is_refused_and_the_view_lives_on),
        VIEW_TEST(vs_12_a_scratch_file_is_empty_and_gone_when_closed),
        VIEW_TEST(vs_12_scratch_files_do_not_meet),
        VIEW_TEST(vs_13_a_swap_puts_rows_and_checkpoint_in_the_views_stead),
        VIEW_TEST(vs_13_after_a_swap_the_next_rebuild_begins_anew),
        VIEW_TEST(vs_13_what_was_compiled_before_a_swap_is_compiled_anew),
        VIEW_TEST(vs_13_a_reader_goes_on_with_the_old_rows),
        VIEW_TEST(vs_13_while_a_batch_is_open_nothing_is_swapped),
        VIEW_TEST(vs_13_a_large_view_is_swapped_whole),
    };

    return view_world_run("views, rebuilding", tests, sizeof tests / sizeof *tests,
                          backend);
}
