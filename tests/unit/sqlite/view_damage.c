/* view_damage.c - whatever stands in a column of a view's own tables, it is noticed by
 * name, and ends no program. */
#include "contract/view/world.h"
#include "support/stores/sqlite_damage.h"

static const struct {
    const char *table, *column, *value;
    const char *words; /* of the first call that notices */
} cases[] = {
    {"jangle_place", "name", "NULL", "column name holds NULL, not a text"},
    {"jangle_place", "name", "x'00'", "column name holds bytes, not a text"},
    {"jangle_place", "name", "'another'", "is the view another, not ledger"},
    {"jangle_place", "position", "NULL", "column position holds NULL"},
    {"jangle_place", "position", "'seven'", "column position holds a text"},
    {"jangle_place", "position", "x'07'", "column position holds bytes"},
    {"jangle_place", "position", "-1", "column position holds -1"},
    {"jangle_place", "event_id", "NULL", "column event_id holds NULL, not bytes"},
    {"jangle_place", "event_id", "'0123456789abcdef'", "column event_id holds a text"},
    {"jangle_place", "event_id", "x'01'", "column event_id holds 1 bytes, not 16"},
    {"jangle_place", "event_id", "zeroblob(17)", "column event_id holds 17 bytes"},
    {"jangle_place", "schema_version", "NULL", "column schema_version holds NULL"},
    {"jangle_place", "schema_version", "1 << 40", "column schema_version holds 10995"},
    {"jangle_place", "schema_version", "'x'", "column schema_version holds a text"},
    {"jangle_place", "types_hash", "NULL", "column types_hash holds NULL"},
    {"jangle_place", "types_hash", "x'00'", "column types_hash holds 1 bytes"},
    {"jangle_place", "store_id", "NULL", "column store_id holds NULL"},
    {"jangle_place", "store_id", "7", "column store_id holds a whole number"},
    {"jangle_place", "build_id", "NULL", "the row is not what was stored"},
    {"jangle_place", "build_id", "'x'", "the row is not what was stored"},
    {"jangle_place", "build_id", "x'00'", "the row is not what was stored"},
    {"jangle_place", "incomplete", "NULL", "column incomplete holds NULL"},
    {"jangle_place", "incomplete", "2", "column incomplete holds 2"},
    {"jangle_place", "suspended_for", "NULL", "column suspended_for holds NULL"},
    {"jangle_place", "suspended_for", "2", "column suspended_for holds 2"},
    {"jangle_place", "suspended_at", "NULL", "column suspended_at holds NULL"},
    {"jangle_place", "reason", "NULL", "column reason holds NULL"},
    {"jangle_place", "reason", "hex(zeroblob(80))", "column reason holds a text of 160"},
    {"jangle_parked", "key", "x'61'", "row a, column key holds bytes"},
    {"jangle_parked", "key", "CAST(x'6100' AS TEXT)",
     "column key holds a text with a ze"},
    {"jangle_parked", "kind", "NULL", "column kind holds NULL"},
    {"jangle_parked", "kind", "0", "column kind holds 0"},
    {"jangle_parked", "kind", "5", "column kind holds 5"},
    {"jangle_parked", "position", "NULL", "row account/a, column position holds NULL"},
    {"jangle_parked", "position", "'nine'", "column position holds a text"},
    {"jangle_parked", "attempts", "NULL", "column attempts holds NULL"},
    {"jangle_parked", "attempts", "-1", "column attempts holds -1"},
    {"jangle_parked", "attempts", "1 << 31", "column attempts holds 2147483648"},
    {"jangle_parked", "trying", "NULL", "column trying holds NULL"},
    {"jangle_parked", "trying", "2", "column trying holds 2"},
    {"jangle_parked", "delay_ms", "NULL", "column delay_ms holds NULL"},
    {"jangle_parked", "delay_ms", "-1", "column delay_ms holds -1"},
    {"jangle_parked", "next_at", "NULL", "column next_at holds NULL"},
    {"jangle_parked", "next_at", "1.5", "column next_at holds a real number"},
    {"jangle_parked", "dead", "NULL", "column dead holds NULL"},
    {"jangle_parked", "dead", "7", "column dead holds 7"},
    {"jangle_parked", "error", "x'00'", "column error holds bytes"},
};

/* ---- damaging ---------------------------------------------------------------- */

/* A view at event 7, with one parked key; closed. */
static void fill(struct view_world *world)
{
    const struct jangle_parked parked = {.key = "account/a",
                                         .kind = JANGLE_PARKED_STREAM,
                                         .position = 3,
                                         .attempts = 1,
                                         .next_at = {5},
                                         .error = "no room"};
    struct jangle_checkpoint checkpoint = {
        .subscriber = "ledger", .position = 7, .parked = &parked, .parked_count = 1};

    begin(world);
    assert_result(
        world->file->ops->commit(world->file, &checkpoint, false, &world->error),
        JANGLE_OK);
    world->file->ops->close_file(world->file);
    world->file = NULL;
}

/* ---- looking ----------------------------------------------------------------- */

static enum jangle_result pass(void *context, const struct jangle_parked *parked)
{
    (void)context, (void)parked;
    return JANGLE_OK;
}

static enum jangle_result ask(struct view_world *world)
{
    struct jangle_view *view;
    int64_t seen;
    enum jangle_result result = world->file->ops->ask(world->file, NULL, &world->arena,
                                                      60000, &view, &seen, &world->error);

    return result
               ? result
               : world->file->ops->answered(world->file, view, JANGLE_OK, &world->error);
}

static enum jangle_result rebuild(struct view_world *world)
{
    const struct jangle_view_store_ops *ops = world->file->ops;
    struct jangle_view_file *shadow;
    enum jangle_result result =
        ops->rebuild(world->file, &world->spec, &shadow, &world->error);

    if (result)
        return result;
    result = ops->swap(world->file, shadow, &world->error);
    ops->close_file(shadow);
    return result;
}

/* What every program does with a view; the first result that is not OK. */
static enum jangle_result look(struct view_world *world)
{
    const struct jangle_view_store_ops *ops = world->views->ops;
    struct jangle_view_checkpoint checkpoint;
    enum jangle_result result;

    world->error = (struct jangle_error){0};
    result = ops->open(world->views, &world->spec, &world->file, &world->error);
    if (!result)
        result = ops->checkpoint(world->file, &checkpoint, &world->error);
    if (!result)
        result = ops->read_parked(world->file, (jangle_time){0}, 10, pass, NULL,
                                  &world->error);
    if (!result)
        result = ask(world);
    if (!result)
        result = rebuild(world);
    return result;
}

static void check(const char *table, const char *sql, const char *words)
{
    struct backend backend = views_in_files;
    struct view_world *world;
    void *state = &backend;
    char path[TEMP_PATH_SIZE];
    enum jangle_result result;

    assert_int_equal(view_world_setup(&state), 0);
    world = state;
    fill(world);
    temp_directory_path(path, world->directory, "bank.db.ledger");
    if (sqlite_damage_by(path, sql) < 1)
        fail_msg("%s changes nothing", sql);
    result = look(world);
    if (!result)
        fail_msg("%s: nobody noticed", sql);
    if (!strstr(world->error.message, words) ||
        strncmp(world->error.message, path, strlen(path)) != 0)
        fail_msg("%s: \"%s\" does not say \"%s\"", sql, world->error.message, words);
    if (strstr(words, "column") &&
        (!strstr(world->error.message, table) || result != JANGLE_STORAGE))
        fail_msg("%s: %s, \"%s\"", sql, jangle_result_name(result), world->error.message);
    assert_int_equal(view_world_teardown(&state), 0);
}

static void each_column_is_read_with_care(void **state)
{
    char sql[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(sql, sizeof sql, "UPDATE %s SET %s = %s", cases[i].table,
                 cases[i].column, cases[i].value);
        check(cases[i].table, sql, cases[i].words);
    }
}

static void a_checkpoint_is_there_once(void **state)
{
    (void)state;
    check("jangle_place", "DELETE FROM jangle_place",
          "its checkpoint, the row of jangle_place, is missing");
    check("jangle_place",
          "INSERT INTO jangle_place SELECT 2, name, position, event_id, schema,"
          " schema_version, types_hash, store_id, build_id, incomplete, suspended_for,"
          " suspended_at, reason, parked_count, parked_total, checksum FROM jangle_place",
          "it is damaged: table jangle_place has more than one row");
}

/* Each of them holds what it may, and not what was stored. */
static void what_is_not_what_was_stored_is_noticed(void **state)
{
    static const char *const changes[] = {
        "one = 7",
        "position = position - 1",
        "event_id = x'000102030405060708090a0b0c0d0e0f'",
        "schema = schema || ' '",
        "schema = NULL",
        "schema_version = schema_version + 1",
        "types_hash = zeroblob(16)",
        "store_id = x'000102030405060708090a0b0c0d0e0f'",
        "build_id = zeroblob(16)",
        "incomplete = 1 - incomplete",
        "suspended_for = 1",
        "suspended_at = 1",
        "reason = 'none'",
        "parked_count = 2",
        "parked_total = parked_total + 1",
        "checksum = checksum + 1",
        "checksum = NULL",
    };
    char sql[200];

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(sql, sizeof sql, "UPDATE jangle_place SET %s", changes[i]);
        check("jangle_place", sql,
              "in table jangle_place, the row is not what was stored");
    }
}

static void a_parked_key_is_what_was_stored_and_is_there(void **state)
{
    static const char *const changes[] = {
        "key = 'account/b'", "kind = 2",      "position = 4",  "attempts = 2",
        "trying = 1",        "next_at = 6",   "delay_ms = 1",  "dead = 1",
        "error = NULL",      "error = 'No.'", "checksum = 17",
    };
    char sql[200];

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(sql, sizeof sql, "UPDATE jangle_parked SET %s", changes[i]);
        check("jangle_parked", sql, "is not what was stored: its checksum differs");
    }
    check("jangle_parked", "DELETE FROM jangle_parked",
          "in table jangle_parked, the rows are not those that were stored: jangle_place "
          "knows of 1, and there are 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_is_read_with_care),
        cmocka_unit_test(a_checkpoint_is_there_once),
        cmocka_unit_test(what_is_not_what_was_stored_is_noticed),
        cmocka_unit_test(a_parked_key_is_what_was_stored_and_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
