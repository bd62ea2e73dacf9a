/* open.c - VS-1, VS-2, VS-15 and VS-16: views open, say what they are, close. */
#include "contract/view/contract.h"

static enum jangle_result try_open(struct view_world *world,
                                   const struct jangle_view_spec *spec)
{
    struct jangle_view_file *file = NULL;
    enum jangle_result result;

    world->error = (struct jangle_error){0};
    result = world->views->ops->open(world->views, spec, &file, &world->error);
    assert_true(!result == !!file);
    assert_result(world->error.result, result);
    if (file)
        file->ops->close_file(file);
    return result;
}

/* ---- VS-1 -------------------------------------------------------------------- */

static void vs_01_a_new_view_is_filled_with_its_schema(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *file;

    spec.name = "kinds";
    spec.schema =
        "CREATE TABLE kinds (id INTEGER PRIMARY KEY, word TEXT);"
        "CREATE INDEX kinds_by_word ON kinds (word);"
        "CREATE VIEW short AS SELECT id FROM kinds;"
        "INSERT INTO kinds VALUES (1, 'deposit'), (2, 'withdrawal');";
    assert_result(world->views->ops->open(world->views, &spec, &file, &world->error),
                  JANGLE_OK);
    assert_int_equal(number_in(world, file, "SELECT count(*) FROM short"), 2);
    file->ops->close_file(file);
}

static void vs_01_a_new_view_is_at_zero_and_knows_its_spec(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_checkpoint checkpoint = checkpoint_in(world, world->file);
    static const unsigned char nothing[JANGLE_ID_SIZE];

    assert_int_equal(checkpoint.position, 0);
    assert_memory_equal(checkpoint.event_id, nothing, sizeof nothing);
    assert_int_equal(checkpoint.schema_version, 3);
    assert_memory_equal(checkpoint.types_hash, "types of events", 16);
    assert_memory_equal(checkpoint.store_id, "id of the store", 16);
    assert_false(checkpoint.incomplete);
}

static void vs_01_a_view_without_a_schema_is_empty(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;

    spec.name = "empty";
    spec.schema = "";
    assert_result(try_open(world, &spec), JANGLE_OK);
}

static void vs_01_what_was_there_stays_when_it_is_opened_again(void **state)
{
    struct view_world *world = *state;

    if (!world->backend->durable)
        return;
    handled(world, 0, 7, "INSERT INTO notes VALUES ('kept')");
    world->spec.schema_version = 4;
    world->spec.schema = "CREATE TABLE other (x)";
    view_world_reopen(world);
    assert_int_equal(position(world), 7);
    assert_int_equal(checkpoint_in(world, world->file).schema_version, 3);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void vs_01_a_schema_that_fails_is_refused_with_its_words(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;

    spec.name = "wrong";
    spec.schema = "CREATE TABLE fine (x); CREATE TABEL broken (x);";
    assert_result(try_open(world, &spec), JANGLE_INVALID);
    assert_said(world, "wrong");
    assert_said(world, "near \"TABEL\": syntax error");
    spec.schema = "CREATE TABLE fine (x);";
    assert_result(try_open(world, &spec), JANGLE_OK);
}

static void vs_01_a_schema_must_not_do_what_is_jangles_own(void **state)
{
    static const struct {
        const char *schema;
        const char *words;
    } cases[] = {
        {"COMMIT", "a schema may not COMMIT"},
        {"ROLLBACK", "a schema may not ROLLBACK"},
        {"BEGIN", "a schema may not BEGIN"},
        {"SAVEPOINT x", "a schema may not SAVEPOINT"},
        {"PRAGMA synchronous = OFF", "a schema may not PRAGMA synchronous"},
        {"ATTACH ':memory:' AS x", "a schema may not ATTACH"},
        {"DETACH main", "a schema may not DETACH"},
        {"CREATE TABLE jangle_mine (x)", "a schema may not CREATE TABLE jangle_mine"},
        {"CREATE TABLE Jangle_Mine (x)", "a schema may not CREATE TABLE Jangle_Mine"},
        {"CREATE VIEW jangle_mine AS SELECT 1", "a schema may not CREATE VIEW"},
        {"CREATE TEMP TABLE x (y)", "a schema may not CREATE TEMP TABLE"},
        {"DROP TABLE jangle_place", "a schema may not"},
        {"DELETE FROM jangle_place", "a schema may not DELETE FROM jangle_place"},
        {"UPDATE jangle_place SET position = 9", "a schema may not UPDATE jangle_place"},
        {"ALTER TABLE jangle_place ADD COLUMN x", "a schema may not"},
        {"CREATE TRIGGER t AFTER UPDATE ON jangle_place BEGIN SELECT 1; END",
         "a schema may not"},
        {"CREATE TABLE t (x UNIQUE ON CONFLICT ROLLBACK);"
         "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1);",
         "UNIQUE constraint failed: t.x"},
    };
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;

    spec.name = "wrong";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spec.schema = cases[i].schema;
        assert_result(try_open(world, &spec), JANGLE_INVALID);
        assert_said(world, cases[i].words);
    }
}

static void vs_01_two_views_do_not_meet(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *other;

    spec.name = "other";
    assert_result(world->views->ops->open(world->views, &spec, &other, &world->error),
                  JANGLE_OK);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('mine')");
    assert_int_equal(number_in(world, other, "SELECT count(*) FROM notes"), 0);
    assert_int_equal(checkpoint_in(world, other).position, 0);
    other->ops->close_file(other);
}

static void vs_01_memory_that_runs_out_leaves_nothing(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_spec spec = world->spec;
    int64_t pieces = world->host.memory.pieces;
    enum jangle_result result = JANGLE_NO_MEMORY;

    spec.name = "tight";
    for (int64_t at = 1; result == JANGLE_NO_MEMORY; at++) {
        failing_allocator_arm(&world->host.memory, at);
        result = try_open(world, &spec);
        assert_int_equal(world->host.memory.pieces, pieces);
    }
    assert_result(result, JANGLE_OK);
    assert_true(world->host.memory.calls >= 3);
}

/* ---- VS-2 -------------------------------------------------------------------- */

static void vs_02_the_checkpoint_is_what_the_last_commit_said(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_checkpoint checkpoint;
    unsigned char event_id[JANGLE_ID_SIZE];

    handled(world, 0, 4, "SELECT 1");
    handled(world, 4, 9, "SELECT 1");
    view_world_reopen(world);
    checkpoint = checkpoint_in(world, world->file);
    memset(event_id, 9, sizeof event_id);
    assert_int_equal(checkpoint.position, 9);
    assert_memory_equal(checkpoint.event_id, event_id, sizeof event_id);
    assert_int_equal(checkpoint.schema_version, 3);
}

/* ---- VS-15, VS-16 ------------------------------------------------------------ */

static void vs_15_closing_a_file_undoes_the_open_batch(void **state)
{
    struct view_world *world = *state;

    if (!world->backend->durable)
        return;
    handled(world, 0, 1, "INSERT INTO notes VALUES ('kept')");
    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('lost')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    view_world_reopen(world);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
    assert_int_equal(position(world), 1);
}

static void vs_15_closing_in_the_middle_of_a_batch_leaks_nothing(void **state)
{
    struct view_world *world = *state;

    begin(world);
    enter(world, true);
    run(world, "INSERT INTO notes VALUES ('lost')");
    world->file->ops->close_file(world->file);
    world->file = NULL;
}

static void vs_15_closing_nothing_is_fine(void **state)
{
    struct view_world *world = *state;

    world->file->ops->close_file(NULL);
    assert_int_equal(position(world), 0);
}

static void vs_16_a_store_may_be_closed_without_having_opened_a_view(void **state)
{
    struct view_world *world = *state;
    int64_t pieces = world->host.memory.pieces;
    struct jangle_view_store *views = open_views(world);

    assert_int_equal(views->ops->abi, 1);
    assert_true(views->ops->name && *views->ops->name);
    views->ops->close(views);
    assert_int_equal(world->host.memory.pieces, pieces);
}

int view_open_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_01_a_new_view_is_filled_with_its_schema),
        VIEW_TEST(vs_01_a_new_view_is_at_zero_and_knows_its_spec),
        VIEW_TEST(vs_01_a_view_without_a_schema_is_empty),
        VIEW_TEST(vs_01_what_was_there_stays_when_it_is_opened_again),
        VIEW_TEST(vs_01_a_schema_that_fails_is_refused_with_its_words),
        VIEW_TEST(vs_01_a_schema_must_not_do_what_is_jangles_own),
        VIEW_TEST(vs_01_two_views_do_not_meet),
        VIEW_TEST(vs_01_memory_that_runs_out_leaves_nothing),
        VIEW_TEST(vs_02_the_checkpoint_is_what_the_last_commit_said),
        VIEW_TEST(vs_15_closing_a_file_undoes_the_open_batch),
        VIEW_TEST(vs_15_closing_in_the_middle_of_a_batch_leaks_nothing),
        VIEW_TEST(vs_15_closing_nothing_is_fine),
        VIEW_TEST(vs_16_a_store_may_be_closed_without_having_opened_a_view),
    };

    return view_world_run("views, opening", tests, sizeof tests / sizeof *tests, backend);
}
