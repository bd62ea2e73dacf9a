/* faults.c - a look at a damaged store: each record that is sound is shown, and each
 * other one with its fault. Nothing that is stored ends the program or the search. */
#include "support/domains/follower.h"
#include "support/domains/seen.h"
#include "support/stores/sqlite_damage.h"

#include <jangle/testing.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct world world;
static struct jangle_look *look;
static struct seen seen;

static int set_up(void **state)
{
    (void)state;
    world_init(&world, true);
    world_open(&world, NULL);
    world_put_many(&world, 9, 3);
    world_close(&world);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jangle_look_close(look);
    look = NULL;
    world_finish(&world);
    return 0;
}

static void damage(const char *sql)
{
    assert_true(sqlite_damage_by(world.file, sql) > 0);
    look = seen_open(world.file);
}

/* ---- one record -------------------------------------------------------------- */

static void a_wrong_checksum_is_told_and_ends_nothing(void **state)
{
    (void)state;
    sqlite_damage(world.file, 4);
    look = seen_open(world.file);
    assert_string_equal(seen_by(&seen, look, NULL), "1 2 3 !4 5 6 7 8 9");
    assert_non_null(strstr(seen.fault, "event 4"));
    assert_string_equal(seen_by(&seen, look, SEEN(.newest_first = true)),
                        "9 8 7 6 5 !4 3 2 1");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "0")), "1 !4 7");
}

/* What a damaged record says is not believed, so no filter hides it. */
static void a_fault_is_shown_whatever_is_looked_for(void **state)
{
    (void)state;
    sqlite_damage(world.file, 4);
    look = seen_open(world.file);
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "coins_taken_out")), "!4");
    assert_string_equal(seen_by(&seen, look, SEEN(.text = "nowhere")), "!4");
    assert_string_equal(seen_by(&seen, look, SEEN(.correlation_id = "none")), "!4");
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "none", .before = 4)), "");
    assert_string_equal(seen_by(&seen, look, SEEN(.type = "none", .after = 4)), "");
}

struct column {
    const char *sql;
    const char *fault; /* a word of its sentence */
};

/* Whatever is in a column, its record has a fault and the others have none. */
static void whatever_a_column_holds_is_shown(void **state)
{
    static const struct column columns[] = {
        {"UPDATE events SET payload = x'fffe00ff' WHERE position = 5", "event 5"},
        {"UPDATE events SET payload = 17 WHERE position = 5", "payload"},
        {"UPDATE events SET payload = NULL WHERE position = 5", "digest"},
        {"UPDATE events SET meta = x'1b5b324a' WHERE position = 5", "meta"},
        {"UPDATE events SET meta = '{' WHERE position = 5", "event 5"},
        {"UPDATE events SET event_id = x'00' WHERE position = 5", "event_id"},
        {"UPDATE events SET event_id = NULL WHERE position = 5", "event_id"},
        {"UPDATE events SET at = 'noon' WHERE position = 5", "at"},
        {"UPDATE events SET type = 99 WHERE position = 5", "types"},
        {"UPDATE events SET type = NULL WHERE position = 5", "type"},
        {"UPDATE events SET stream = 77 WHERE position = 5", "streams"},
        {"UPDATE events SET checksum = checksum + 1 WHERE position = 5", "event 5"},
        {"UPDATE events SET digest = zeroblob(16) WHERE position = 5", "digest"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof columns / sizeof *columns; at++) {
        tear_down(NULL);
        set_up(NULL);
        damage(columns[at].sql);
        assert_string_equal(seen_by(&seen, look, NULL), "1 2 3 4 !5 6 7 8 9");
        if (!strstr(seen.fault, columns[at].fault))
            fail_msg("%s: %s", columns[at].sql, seen.fault);
        assert_string_equal(seen_by(&seen, look, SEEN(.newest_first = true, .limit = 5)),
                            "9 8 7 6 !5");
    }
}

static enum jangle_result keep_payload(void *context,
                                       const struct jangle_seen_event *event)
{
    char *payload = context;

    assert_int_equal(event->payload_size, 4);
    memcpy(payload, event->payload, event->payload_size);
    assert_string_equal(event->type, "coins_put_in");
    assert_string_equal(event->kind, "purse");
    assert_string_equal(event->id, "1");
    assert_non_null(event->event_id);
    assert_non_null(event->origin.causation_id);
    return JANGLE_OK;
}

static void what_can_be_read_of_a_damaged_record_is_shown(void **state)
{
    char payload[4];

    (void)state;
    damage("UPDATE events SET payload = x'ff1b00ff' WHERE position = 5");
    assert_result(jangle_look_events(look, SEEN(.after = 4, .before = 6), keep_payload,
                                     payload, NULL, NULL),
                  JANGLE_OK);
    assert_memory_equal(payload, "\xff\x1b\0\xff", 4);
}

/* ---- a store that fails ------------------------------------------------------ */

/* A store without operations for looks fails in one call. Whichever that is: the search
 * shows all, or fails with the sentence of the store; and no event has a fault. */
static void a_store_that_fails_once_hides_and_accuses_no_event(void **state)
{
    struct jangle_flaky flaky = {.storage = jangle_memory(), .result = JANGLE_STORAGE};
    struct jangle_error error = {0};
    int64_t calls = 0;
    int failed = 0;

    (void)state;
    world.config.storage = jangle_storage_flaky(&flaky);
    world_open(&world, NULL);
    world_put_many(&world, 150, 2);
    look = jangle_look_of(world.jangle, NULL);
    assert_non_null(look);
    flaky.calls = 0;
    assert_string_equal(
        seen_by(&seen, look, SEEN(.kind = "purse", .id = "1", .limit = 2)), "2 4");
    seen_by(&seen, look, SEEN(.newest_first = true));
    calls = flaky.calls;
    for (int64_t at = 1; at <= calls; at++) {
        seen = (struct seen){.count = 0};
        error = (struct jangle_error){0};
        flaky.calls = 0;
        flaky.fail_at = at;
        if (jangle_look_events(look, SEEN(.newest_first = true), seen_event, &seen, NULL,
                               &error)) {
            assert_non_null(strstr(error.message, "fails as asked"));
            failed++;
        } else {
            assert_int_equal(seen.count, 150);
        }
        assert_int_equal(seen.faults, 0);
    }
    assert_true(failed > 0 && failed < calls);
    flaky.fail_at = 0;
    jangle_look_close(look);
    look = NULL;
    world_close(&world);
    world.config.storage = jangle_sqlite(world.file);
}

/* ---- records that are not there ---------------------------------------------- */

static void a_gap_is_shown_as_one(void **state)
{
    (void)state;
    damage("DELETE FROM events WHERE position BETWEEN 4 AND 6");
    assert_string_equal(seen_by(&seen, look, NULL), "1 2 3 !4+3 7 8 9");
    assert_string_equal(seen_by(&seen, look, SEEN(.newest_first = true)),
                        "9 8 7 !6+3 3 2 1");
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 4)), "!5+2 7 8 9");
    assert_string_equal(seen_by(&seen, look, SEEN(.after = 3, .limit = 1)), "!4+3");
    assert_int_equal(seen.search.next, 6);
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "0")), "1 !0 7");
}

static void the_first_and_the_last_may_be_missing(void **state)
{
    (void)state;
    damage("DELETE FROM events WHERE position IN (1, 9)");
    assert_string_equal(seen_by(&seen, look, NULL), "!1 2 3 4 5 6 7 8");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "0")), "!0 4 7");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "2")), "3 6 !0");
}

static void a_position_out_of_all_reason_ends_no_search(void **state)
{
    (void)state;
    damage("UPDATE events SET position = 4611686018427387904 WHERE position = 9");
    seen_by(&seen, look, SEEN(.limit = 20));
    assert_true(strncmp(seen.text, "1 2 3 4 5 6 7 8", 15) == 0);
    assert_true(seen.count <= 10);
    jangle_look_close(look);
    damage("UPDATE streams SET version = 4611686018427387904");
    seen_by(&seen, look, SEEN(.kind = "purse", .id = "0", .limit = 20));
    assert_true(seen.count <= 5);
}

/* ---- tables beside them ------------------------------------------------------ */

static void a_row_that_does_not_say_which_store_it_is_hides_no_event(void **state)
{
    struct jangle_store_facts facts;

    (void)state;
    damage("UPDATE store SET epoch = epoch + 1");
    assert_string_equal(seen_by(&seen, look, NULL), "1 2 3 4 5 6 7 8 9");
    assert_result(jangle_look_store(look, &facts, NULL), JANGLE_OK);
    assert_non_null(strstr(facts.fault, "store"));
    assert_string_equal(facts.store_id, "");
    assert_int_equal(facts.position, 9);
    jangle_look_close(look);
    damage("DELETE FROM store");
    assert_string_equal(seen_by(&seen, look, NULL), "1 2 3 4 5 6 7 8 9");
}

static void a_damaged_stream_is_listed_with_its_fault(void **state)
{
    (void)state;
    damage("UPDATE streams SET version = 7 WHERE name = '1'");
    assert_string_equal(seen_by(&seen, look, SEEN(.kind = "purse", .id = "1")),
                        "2 5 8 !0+4");
}

/* ---- pages of the file that cannot be read ------------------------------------ */

enum { MANY = 3000, PAGE = 4096 };

static void overwrite(const char *path, off_t from, off_t to)
{
    unsigned char junk[PAGE];
    int file = open(path, O_RDWR);

    assert_true(file >= 0);
    memset(junk, 0xa5, sizeof junk);
    for (off_t at = from; at + PAGE <= to; at += PAGE)
        assert_int_equal(pwrite(file, junk, sizeof junk, at), PAGE);
    close(file);
}

struct tally {
    int64_t sound, faults, lost, last;
    bool disordered;
};

static enum jangle_result tally(void *context, const struct jangle_seen_event *event)
{
    struct tally *to = context;

    if (event->position && event->position <= to->last)
        to->disordered = true;
    to->last = event->position;
    if (event->fault)
        to->faults++;
    else
        to->sound++;
    to->lost += event->missing;
    return JANGLE_OK;
}

/* Half of the file is overwritten, a part after the other: each event is shown, or is one
 * of those that are told to be lost. */
static void half_of_the_file_may_be_overwritten(void **state)
{
    struct stat status;
    struct jangle_error error = {0};

    (void)state;
    world_open(&world, NULL);
    world_put_many(&world, MANY, 5);
    world_close(&world);
    assert_int_equal(stat(world.file, &status), 0);
    for (int part = 0; part < 2; part++) {
        struct jangle_storage storage = jangle_sqlite(world.file);
        off_t middle = status.st_size / PAGE / 2 * PAGE;
        struct tally all = {0};
        char copy[TEMP_PATH_SIZE], command[600];

        temp_directory_path(copy, world.directory, "half.db");
        snprintf(command, sizeof command, "cp %s %s", world.file, copy);
        assert_int_equal(system(command), 0);
        overwrite(copy, part ? middle : 64 * PAGE, part ? status.st_size : middle);
        storage = jangle_sqlite(copy);
        look = jangle_look_open(&storage, NULL, &error);
        if (!look)
            fail_msg("%s", error.message);
        assert_result(jangle_look_events(look, NULL, tally, &all, NULL, NULL), JANGLE_OK);
        assert_true(all.sound > 100);
        assert_true(all.faults > 0);
        assert_false(all.disordered);
        assert_true(all.sound + all.lost >= MANY);
        jangle_look_close(look);
        look = NULL;
        assert_int_equal(unlink(copy), 0);
    }
}

/* ---- any byte ---------------------------------------------------------------- */

enum { ROUNDS = 80, BYTES = 12 };

static uint32_t drawn = 4711;

static uint32_t draw(uint32_t below)
{
    drawn = drawn * 1664525u + 1013904223u;
    return (drawn >> 8) % below;
}

static void flip(const char *path)
{
    struct stat status;
    int file = open(path, O_RDWR);

    assert_true(file >= 0);
    assert_int_equal(fstat(file, &status), 0);
    for (int byte = 0; byte < BYTES; byte++) {
        unsigned char value = (unsigned char)draw(256);
        off_t at = 100 + (off_t)draw((uint32_t)status.st_size - 100);

        assert_int_equal(pwrite(file, &value, 1, at), 1);
    }
    close(file);
}

static enum jangle_result pass_stream(void *context,
                                      const struct jangle_stream_facts *stream)
{
    (void)stream;
    ++*(int *)context;
    return JANGLE_OK;
}

static enum jangle_result pass_subscriber(void *context,
                                          const struct jangle_subscriber_facts *facts)
{
    (void)facts;
    ++*(int *)context;
    return JANGLE_OK;
}

static enum jangle_result pass_letter(void *context,
                                      const struct jangle_dead_letter *letter)
{
    (void)letter;
    ++*(int *)context;
    return JANGLE_OK;
}

static enum jangle_result pass_saga(void *context, const struct jangle_saga_info *info)
{
    (void)info;
    ++*(int *)context;
    return JANGLE_OK;
}

/* A call succeeds, or says why not. */
static void says_why(enum jangle_result result, struct jangle_error *error)
{
    assert_true(result == JANGLE_OK || strlen(error->message) > 10);
    *error = (struct jangle_error){0};
}

static void ask_everything(const struct jangle_storage *storage)
{
    struct jangle_error error = {0};
    struct jangle_store_facts facts;
    struct tally all = {0};
    int count = 0;

    look = jangle_look_open(storage, NULL, &error);
    if (!look) {
        says_why(error.result, &error);
        return;
    }
    says_why(jangle_look_events(look, NULL, tally, &all, NULL, &error), &error);
    says_why(jangle_look_events(look, SEEN(.newest_first = true), seen_event, &seen, NULL,
                                &error),
             &error);
    says_why(jangle_look_events(look, SEEN(.kind = "purse", .id = "1"), seen_event, &seen,
                                NULL, &error),
             &error);
    says_why(jangle_look_store(look, &facts, &error), &error);
    says_why(jangle_look_streams(look, NULL, pass_stream, &count, &error), &error);
    says_why(jangle_look_subscribers(look, pass_subscriber, &count, &error), &error);
    says_why(jangle_look_parked(look, NULL, pass_letter, &count, &error), &error);
    says_why(jangle_look_sagas(look, NULL, pass_saga, &count, &error), &error);
    assert_false(all.disordered);
    jangle_look_close(look);
    look = NULL;
}

/* Whatever bytes are changed, everything can be asked: it ends, and it says what is
 * wrong. */
static void any_bytes_may_be_changed(void **state)
{
    char copy[TEMP_PATH_SIZE], command[4 * TEMP_PATH_SIZE];
    struct jangle_storage storage;

    (void)state;
    world_open(&world, NULL);
    world_put_many(&world, 300, 3);
    world_close(&world);
    temp_directory_path(copy, world.directory, "flipped.db");
    storage = jangle_sqlite(copy);
    snprintf(command, sizeof command, "rm -f %s*; cp %s %s", copy, world.file, copy);
    for (int round = 0; round < ROUNDS; round++) {
        assert_int_equal(system(command), 0);
        flip(copy);
        seen = (struct seen){.count = 0};
        ask_everything(&storage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_wrong_checksum_is_told_and_ends_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_fault_is_shown_whatever_is_looked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(whatever_a_column_holds_is_shown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_can_be_read_of_a_damaged_record_is_shown,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_store_that_fails_once_hides_and_accuses_no_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_gap_is_shown_as_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_and_the_last_may_be_missing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_position_out_of_all_reason_ends_no_search,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_row_that_does_not_say_which_store_it_is_hides_no_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_stream_is_listed_with_its_fault, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(half_of_the_file_may_be_overwritten, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(any_bytes_may_be_changed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
