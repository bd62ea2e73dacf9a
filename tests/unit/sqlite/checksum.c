/* checksum.c - the encoding of storage/sqlite/file/checksum.h, made here once more from
 * its words: whoever follows them has the same checksums. */
#include "sqlite/file/checksum.h"
#include "contract/world.h"

#include <jangle/config.h>

#include <string.h>
#include <xxhash.h>

/* ---- by the words of the header ------------------------------------------------ */

struct encoded {
    unsigned char bytes[400];
    size_t size;
};

static void add_8(struct encoded *encoded, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        encoded->bytes[encoded->size++] = (unsigned char)(number >> (8 * i));
}

static void add(struct encoded *encoded, int kind, uint64_t number, uint64_t hash)
{
    encoded->bytes[encoded->size++] = (unsigned char)kind;
    add_8(encoded, number);
    add_8(encoded, hash);
}

static void add_text(struct encoded *encoded, const char *text)
{
    add(encoded, 2, strlen(text), XXH3_64bits(text, strlen(text)));
}

static void add_number(struct encoded *encoded, int64_t number)
{
    add(encoded, 1, (uint64_t)number, 0);
}

static void add_bytes(struct encoded *encoded, const void *bytes, size_t size)
{
    add(encoded, 3, size, XXH3_64bits(bytes, size));
}

static int64_t sum_of(const struct encoded *encoded)
{
    return (int64_t)XXH3_64bits(encoded->bytes, encoded->size);
}

/* ---- in SQL --------------------------------------------------------------------- */

static int64_t answer(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t number;

    assert_int_equal(jn_checksum_register(handle), SQLITE_OK);
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static int64_t answer_alone(const char *sql)
{
    sqlite3 *handle;
    int64_t number;

    assert_int_equal(sqlite3_open(":memory:", &handle), SQLITE_OK);
    number = answer(handle, sql);
    sqlite3_close(handle);
    return number;
}

static void each_kind_of_value_is_encoded_as_the_header_says(void **state)
{
    struct encoded encoded = {.size = 0};

    (void)state;
    add_text(&encoded, "streams");
    add_text(&encoded, "na\xc3\xafve");
    add_text(&encoded, "");
    add_number(&encoded, -2);
    add_bytes(&encoded, "\0\1\2", 3);
    add_bytes(&encoded, "", 0);
    add(&encoded, 0, 0, 0);
    assert_int_equal(answer_alone("SELECT jangle_checksum('streams', 'na\xc3\xafve', '',"
                                  " -2, x'000102', x'', NULL)"),
                     sum_of(&encoded));
}

static void what_differs_in_kind_alone_differs(void **state)
{
    static const char *const values[] = {"NULL", "0", "''", "x''", "'0'", "x'30'", "1"};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t j = 0; j < i; j++) {
            char sql[120];

            snprintf(sql, sizeof sql,
                     "SELECT jangle_checksum('t', %s) = jangle_checksum('t', %s)",
                     values[i], values[j]);
            assert_int_equal(answer_alone(sql), 0);
        }
}

static void the_sum_wraps(void **state)
{
    (void)state;
    assert_int_equal(answer_alone("SELECT jangle_total(column1) FROM"
                                  " (VALUES (9223372036854775807), (2))"),
                     INT64_MIN + 1);
    assert_int_equal(answer_alone("SELECT jangle_total(column1) FROM (VALUES (1))"
                                  " WHERE column1 > 1"),
                     0);
}

/* ---- in a store ------------------------------------------------------------------ */

static struct jangle_storage plain(const char *path)
{
    return jangle_sqlite(path);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = plain, .durable = true};

static int64_t stored(struct world *world, const char *sql)
{
    sqlite3 *handle;
    int64_t number;

    assert_int_equal(sqlite3_open(world->path, &handle), SQLITE_OK);
    number = answer(handle, sql);
    sqlite3_close(handle);
    return number;
}

static int64_t event_checksum(const struct jangle_record *record, int64_t position)
{
    struct encoded encoded = {.size = 0}, last = {.size = 0};
    XXH128_canonical_t digest;

    XXH128_canonicalFromHash(&digest,
                             XXH3_128bits(record->payload, record->payload_size));
    add_text(&encoded, "events");
    add_text(&encoded, record->kind);
    add_text(&encoded, record->id);
    add_number(&encoded, record->version);
    add_text(&encoded, record->type);
    add_number(&encoded, record->type_version);
    add_number(&encoded, record->at.us);
    add_bytes(&encoded, record->event_id, JANGLE_ID_SIZE);
    add_bytes(&encoded, &digest, sizeof digest);
    add_text(&encoded, record->meta);
    add_8(&last, (uint64_t)position);
    return (int64_t)XXH3_64bits_withSeed(last.bytes, last.size,
                                         (uint64_t)sum_of(&encoded));
}

static void an_event_has_its_position_folded_in_last(void **state)
{
    struct world *world = *state;
    struct jangle_record record = record_of("a", 0);

    store_events(world, "b", 1);
    assert_result(commit_record(world, record), JANGLE_OK);
    record.version = 1;
    assert_int_equal(stored(world, "SELECT checksum FROM events WHERE position = 2"),
                     event_checksum(&record, 2));
    assert_int_equal(stored(world, "SELECT schema_1_events FROM store"), 0);
}

static void a_parked_row_has_its_subscribers_name_and_is_counted(void **state)
{
    struct world *world = *state;
    struct jangle_parked parked = {.subscriber = "printer",
                                   .kind = JANGLE_PARKED_STREAM,
                                   .key = "account/a",
                                   .position = 3,
                                   .attempts = 2,
                                   .trying = true,
                                   .next_at = {77},
                                   .delay_ms = 9};
    struct encoded row = {.size = 0}, checkpoint = {.size = 0};

    park(world, &parked);
    add_text(&row, "parked");
    add_text(&row, "printer");
    add_number(&row, JANGLE_PARKED_STREAM);
    add_text(&row, "account/a");
    add_number(&row, 3);
    add_number(&row, 2);
    add_number(&row, 1);
    add_number(&row, 77);
    add_number(&row, 9);
    add_number(&row, 0);
    add(&row, 0, 0, 0);
    assert_int_equal(stored(world, "SELECT checksum FROM parked"), sum_of(&row));
    add_text(&checkpoint, "checkpoints");
    add_text(&checkpoint, "printer");
    add_number(&checkpoint, 0);
    add_bytes(&checkpoint, (char[JANGLE_ID_SIZE]){0}, JANGLE_ID_SIZE);
    add_number(&checkpoint, 0);
    add_number(&checkpoint, 0);
    add_text(&checkpoint, "");
    add_number(&checkpoint, 1);
    add_number(&checkpoint, sum_of(&row));
    assert_int_equal(stored(world, "SELECT checksum FROM checkpoints"),
                     sum_of(&checkpoint));
    parked.released = true;
    park(world, &parked);
    assert_int_equal(stored(world, "SELECT parked_count FROM checkpoints"), 0);
    assert_int_equal(stored(world, "SELECT parked_total FROM checkpoints"), 0);
}

/* ---- another name ---------------------------------------------------------------- */

static enum jangle_result rename_to(struct world *world, const char *name)
{
    world->error = (struct jangle_error){0};
    return world->store->ops->rename(world->store, "printer", name, &world->error);
}

/* With a parked key, a saga and a step of each. */
static void fill(struct world *world)
{
    struct jangle_step step = {
        .id = "a step's id....", .kind = JANGLE_STEP_COMMAND, .type = "credit"};
    struct jangle_delivery_step sent = {
        .subscriber = "printer", .event_position = 9, .step = step};
    struct jangle_saga_record saga = {.saga = "printer",
                                      .id = "s",
                                      .version = 1,
                                      .state = "{}",
                                      .state_size = 2,
                                      .steps = &step,
                                      .step_count = 1};

    park(world, &(struct jangle_parked){.subscriber = "printer",
                                        .kind = JANGLE_PARKED_STREAM,
                                        .key = "account/a",
                                        .position = 3});
    commit_step(world, &sent);
    assert_result(commit_saga(world, &saga), JANGLE_OK);
}

static void what_was_sound_is_sound_under_another_name(void **state)
{
    struct world *world = *state;

    fill(world);
    assert_result(rename_to(world, "press"), JANGLE_OK);
    assert_int_equal(checkpoint_of(world, "press"), 0);
    assert_int_equal(checkpoint_of(world, "printer"), -1);
    assert_string_equal(show_parked(world, "press", 0, 9), "account/a@3");
    assert_string_equal(show_delivery(world, "press", 9), "credit=OK()");
    assert_string_equal(show_saga(world, "press", "s"), "press/s@1 credit=OK");
}

static void run_closed(struct world *world, const char *sql)
{
    sqlite3 *handle;

    world_close_another(&world->stores);
    assert_int_equal(sqlite3_open(world->path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    sqlite3_close(handle);
    world->stores = world_open_another(world, world->path);
    world->store = world->stores.store;
    world->snapshots = world->stores.snapshots;
}

/* A new name gives no row a checksum that it did not have. */
static void what_was_damaged_is_so_under_another_name(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    fill(world);
    run_closed(world,
               "UPDATE parked SET attempts = 7;"
               "UPDATE saga_steps SET position = 4;"
               "UPDATE delivery_steps SET version = 4;");
    assert_result(rename_to(world, "press"), JANGLE_OK);
    assert_result(world->store->ops->read_parked(world->store, "press", (jangle_time){0},
                                                 9, count_parked, &counting,
                                                 &world->error),
                  JANGLE_STORAGE);
    assert_result(world->store->ops->read_delivery(world->store, "press", 9, count_step,
                                                   &counting, &world->error),
                  JANGLE_STORAGE);
    world->error = (struct jangle_error){0};
    assert_result(world->store->ops->read_saga(world->store, "press", "s", count_saga,
                                               &counting, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "table saga_steps, row press s 1"));
    run_closed(world, "UPDATE sagas SET status = 1");
    world->error = (struct jangle_error){0};
    assert_result(
        world->store->ops->rename(world->store, "press", "printer", &world->error),
        JANGLE_OK);
    world->error = (struct jangle_error){0};
    assert_result(world->store->ops->read_saga(world->store, "printer", "s", count_saga,
                                               &counting, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "table sagas, row printer s"));
}

static void a_row_that_is_missing_is_missed_under_another_name(void **state)
{
    struct world *world = *state;
    struct counting counting = {0};

    fill(world);
    run_closed(world, "DELETE FROM parked; DELETE FROM saga_steps");
    assert_result(rename_to(world, "press"), JANGLE_OK);
    assert_result(world->store->ops->read_parked(world->store, "press", (jangle_time){0},
                                                 9, count_parked, &counting,
                                                 &world->error),
                  JANGLE_STORAGE);
    world->error = (struct jangle_error){0};
    assert_result(world->store->ops->read_saga(world->store, "press", "s", count_saga,
                                               &counting, &world->error),
                  JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "1 of the 1 rows of press s"));
}

static void check_that_damage_is_named(struct world *world, const char *row)
{
    struct jangle_checkpoint checkpoint;
    int64_t version;
    enum jangle_result result;

    world->error = (struct jangle_error){0};
    result = strncmp(row, "table streams", 13) == 0
                 ? world->store->ops->stream_head(world->store, "account", "a", &version,
                                                  &world->error)
                 : world->store->ops->find_checkpoint(world->store, "printer",
                                                      &checkpoint, &world->error);
    assert_result(result, JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, row));
}

static void a_row_whose_checksum_is_made_anew_is_checked(void **state)
{
    struct world *world = *state;

    store_events(world, "a", 2);
    fill(world);
    run_closed(world, "UPDATE streams SET first_version = 2");
    check_that_damage_is_named(world, "table streams, row account a is not what was");
    run_closed(world, "UPDATE checkpoints SET suspended_at = 4");
    check_that_damage_is_named(world, "table checkpoints, row printer is not what was");
    run_closed(world, "UPDATE subscribers SET owned = 1 - owned");
    check_that_damage_is_named(world, "table subscribers, row printer is not what was");
}

int main(void)
{
    const struct CMUnitTest words[] = {
        cmocka_unit_test(each_kind_of_value_is_encoded_as_the_header_says),
        cmocka_unit_test(what_differs_in_kind_alone_differs),
        cmocka_unit_test(the_sum_wraps),
    };
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_event_has_its_position_folded_in_last),
        WORLD_TEST(a_parked_row_has_its_subscribers_name_and_is_counted),
        WORLD_TEST(what_was_sound_is_sound_under_another_name),
        WORLD_TEST(what_was_damaged_is_so_under_another_name),
        WORLD_TEST(a_row_that_is_missing_is_missed_under_another_name),
        WORLD_TEST(a_row_whose_checksum_is_made_anew_is_checked),
    };

    return cmocka_run_group_tests(words, NULL, NULL) +
           world_run("checksums", tests, sizeof tests / sizeof *tests, &sqlite);
}
