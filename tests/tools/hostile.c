/* hostile.c - whatever is stored, no raw control byte reaches whoever reads the output,
 * and the sound records around a bad one are shown. */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[TEMP_PATH_SIZE];
static char path[TEMP_PATH_SIZE];

/* What was stored as others would like it: by SQL, so that nothing has checked it. */
static const struct hostile {
    const char *what;
    const char *bytes;
    size_t size;
} hostile[] = {
#define HOSTILE(what, bytes)                                                             \
    {                                                                                    \
        what, bytes, sizeof(bytes) - 1                                                   \
    }
    HOSTILE("an escape sequence", "\x1b]0;owned\x07\x1b[2J"),
    HOSTILE("a CR", "harmless\rHARMFUL"),
    HOSTILE("lines", "a\nb\vc\fd\be"),
    HOSTILE("a NUL", "a\0b"),
    HOSTILE("a bidi override",
            "a\xe2\x80\xae"
            "b\xe2\x81\xa6"
            "c"),
    HOSTILE("C1",
            "a\xc2\x9b"
            "31mb\x9b"),
    HOSTILE("bad UTF-8", "a\xff\xfe\xc3(\xed\xa0\x80"),
    HOSTILE("a cut character", "a\xe6\x97"),
    HOSTILE("no JSON", "{\"text\":"),
    HOSTILE("DEL and a BOM", "\xef\xbb\xbf\x7f"),
    HOSTILE("nothing", ""),
#undef HOSTILE
};
enum { HOSTILE_COUNT = sizeof hostile / sizeof *hostile };

static void change(const char *sql, const void *bytes, int size)
{
    static const char trigger[] =
        "CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events "
        "BEGIN SELECT raise(ABORT, 'events are never changed'); END;";
    sqlite3 *file;
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_open(path, &file), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(file, "DROP TRIGGER events_are_never_changed", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(file, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_text(statement, 1, bytes, size, SQLITE_STATIC),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    assert_true(sqlite3_changes(file) > 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file, trigger, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(file), SQLITE_OK);
}

static void make_store(void)
{
    struct small_store store;

    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "bank.db");
    small_store_open(&store, path);
    small_store_fill(&store);
    small_store_close(&store);
}

/* No byte that a terminal obeys but the LF of each line; and all of it is UTF-8. */
static void expect_harmless(const struct tool_result *result, const char *what)
{
    json_t *all;

    for (size_t i = 0; i < result->output_size; i++) {
        unsigned char byte = (unsigned char)result->output[i];

        if ((byte < 0x20 && byte != '\n') || byte == 0x7f)
            fail_msg("%s: the byte %02x at %zu", what, byte, i);
    }
    all = json_stringn(result->output, result->output_size);
    if (!all)
        fail_msg("%s: the output is not UTF-8", what);
    json_decref(all);
    assert_null(strstr(result->output, "\xe2\x80\xae"));
    assert_null(strstr(result->output, "\xc2\x9b"));
    assert_null(strstr(result->output, "\xef\xbb\xbf"));
}

/* Run the verb in a terminal, a pipe and as JSON. */
static void expect_all_harmless(const char *what, const char *const words[8])
{
    for (int form = 0; form < 4; form++) {
        struct tool tool = {.columns = form == 1 ? 80 : 0, .variables = {"NO_COLOR=1"}};
        struct tool_result result;
        int count = 0;

        for (; words[count]; count++)
            tool.words[count] = words[count];
        tool.words[count] = form == 2 ? "--json" : form == 3 ? "--full" : NULL;
        tool_run(&tool, &result);
        if (result.status != 1 && result.status != 0 && result.status != 3)
            fail_msg("%s: exit %d: %s", what, result.status, result.errors);
        expect_harmless(&result, what);
        tool_free(&result);
    }
}

static void expect_harmless_store(const char *what)
{
    expect_all_harmless(what, (const char *const[8]){"events", path});
    expect_all_harmless(what, (const char *const[8]){"events", path, "--newest"});
    expect_all_harmless(what, (const char *const[8]){"tail", path});
    expect_all_harmless(what, (const char *const[8]){"show", path, "5"});
    expect_all_harmless(what, (const char *const[8]){"info", path});
    expect_all_harmless(what, (const char *const[8]){"streams", path});
    expect_all_harmless(what, (const char *const[8]){"commands", path, "note-5"});
    expect_all_harmless(what, (const char *const[8]){"dead", path});
    expect_all_harmless(what, (const char *const[8]){"dead", path, "--by-reason"});
    expect_all_harmless(what, (const char *const[8]){"sagas", path});
    expect_all_harmless(what, (const char *const[8]){"sagas", path, "diary/000002"});
    expect_all_harmless(what, (const char *const[8]){"verify", path});
    expect_all_harmless(what, (const char *const[8]){"status", path});
    expect_all_harmless(what, (const char *const[8]){"subscribers", path});
}

/* Each column of an event that holds a text. */
static void no_column_of_an_event_steers_the_terminal(void **state)
{
    static const char *const sql[] = {
        "UPDATE events SET payload = CAST(?1 AS BLOB) WHERE position = 5",
        "UPDATE events SET meta = ?1 WHERE position = 5",
        "UPDATE streams SET name = ?1 WHERE id = 2",
        "UPDATE streams SET kind = ?1 WHERE id = 2",
        "UPDATE types SET name = ?1 WHERE id = 1",
        "UPDATE parked SET error = ?1",
        "UPDATE sagas SET state = CAST(?1 AS BLOB)",
        "UPDATE subscribers SET name = ?1 WHERE name = 'mail'",
        "UPDATE commands SET reply = ?1 WHERE command_id = CAST('note-5' AS BLOB)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        for (size_t j = 0; j < HOSTILE_COUNT; j++) {
            make_store();
            change(sql[i], hostile[j].bytes, (int)hostile[j].size);
            expect_harmless_store(hostile[j].what);
            temp_directory_remove(directory);
        }
    }
}

/* How many lines of JSON `events` prints, and whether it found a fault. */
static int count_events(int *status)
{
    struct tool tool = {.words = {"events", path, "--json"}};
    struct tool_result result;
    int count = 0;

    tool_run(&tool, &result);
    for (size_t i = 0; i < result.output_size; i++)
        count += result.output[i] == '\n';
    *status = result.status;
    tool_free(&result);
    return count;
}

static void sound_records_around_a_bad_one_are_shown(void **state)
{
    int status;

    (void)state;
    make_store();
    assert_int_equal(count_events(&status), 12);
    assert_int_equal(status, 0);
    change("UPDATE events SET payload = CAST(?1 AS BLOB) WHERE position = 5", "{}", 2);
    assert_int_equal(count_events(&status), 12);
    assert_int_equal(status, 1);
    temp_directory_remove(directory);
}

static void a_long_payload_is_cut_unless_all_of_it_is_wanted(void **state)
{
    enum { SIZE = 1024 * 1024 - 64 }; /* a payload of 1 MiB, which is the limit */
    struct tool tool = {.words = {"events", path, "-n1"}};
    struct tool_result result;
    struct small_store store;
    char *text = malloc(SIZE + 1);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "bank.db");
    small_store_open(&store, path);
    small_store_write(&store, "1", text);
    small_store_close(&store);

    tool_run(&tool, &result);
    assert_true(result.output_size < 8192);
    assert_non_null(strstr(result.output, "--full shows all)"));
    tool_free(&result);
    tool.words[3] = "--full";
    tool_run(&tool, &result);
    assert_non_null(strstr(result.output, text));
    tool_free(&result);
    tool.words[3] = "--json";
    tool_run(&tool, &result);
    assert_non_null(strstr(result.output, text));
    tool_free(&result);
    temp_directory_remove(directory);
    free(text);
}

/* The second half of the file is other bytes, page by page. */
static void half_a_file_that_is_overwritten_ends_with_a_sentence(void **state)
{
    static const unsigned char fills[] = {0x00, 0x1b, 0xff, 0x0a};

    (void)state;
    for (size_t i = 0; i < sizeof fills; i++) {
        unsigned char bytes[4096];
        FILE *file;
        long size;

        make_store();
        memset(bytes, fills[i], sizeof bytes);
        file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        size = ftell(file);
        for (long at = size / 2 / 4096 * 4096; at < size; at += 4096) {
            assert_int_equal(fseek(file, at, SEEK_SET), 0);
            assert_int_equal(fwrite(bytes, 1, sizeof bytes, file), sizeof bytes);
        }
        assert_int_equal(fclose(file), 0);
        for (int verb = 0; verb < 8; verb++) {
            static const char *const verbs[] = {"info", "events", "tail",   "streams",
                                                "dead", "sagas",  "verify", "show"};
            struct tool tool = {.words = {verbs[verb], path, verb == 7 ? "5" : NULL}};
            struct tool_result result;

            tool_run(&tool, &result);
            if (result.status != 0 && result.status != 1 && result.status != 3)
                fail_msg("%s: exit %d: %s", verbs[verb], result.status, result.errors);
            if (result.status)
                assert_true(result.errors_size > 0);
            expect_harmless(&result, verbs[verb]);
            tool_free(&result);
        }
        temp_directory_remove(directory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_column_of_an_event_steers_the_terminal),
        cmocka_unit_test(sound_records_around_a_bad_one_are_shown),
        cmocka_unit_test(a_long_payload_is_cut_unless_all_of_it_is_wanted),
        cmocka_unit_test(half_a_file_that_is_overwritten_ends_with_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
