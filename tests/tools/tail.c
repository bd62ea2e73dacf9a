/* tail.c - tail -f beside programs that write: each event once, in order, none missing,
 * to the end; also when one of the programs is killed, and until the store is replaced.
 */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/admin.h>

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS = 4, EACH = 150, KILLED_AFTER = 100 };

static char directory[TEMP_PATH_SIZE];
static char path[TEMP_PATH_SIZE];

static pid_t start_writer(int number)
{
    pid_t pid = fork();
    struct small_store store;
    char id[32];

    assert_true(pid >= 0);
    if (pid)
        return pid;
    (void)snprintf(id, sizeof id, "writer-%d", number);
    small_store_join(&store, path);
    for (int i = 0; i < EACH; i++)
        small_store_write(&store, id, "beside a reader");
    small_store_close(&store);
    _exit(0);
}

/* The position in the next line; 0: the output has ended. */
static int64_t next_position(FILE *output)
{
    static char *line;
    static size_t room;
    json_t *event;
    int64_t position;

    if (getline(&line, &room, output) < 0)
        return 0;
    event = json_loads(line, 0, NULL);
    if (!event)
        fail_msg("no JSON: %s", line);
    position = json_integer_value(json_object_get(event, "position"));
    json_decref(event);
    return position;
}

static int64_t head_of_store(void)
{
    struct tool tool = {.words = {"info", path, "--json"}};
    struct tool_result result;
    json_t *facts;
    int64_t position;

    tool_run(&tool, &result);
    facts = json_loads(result.output, 0, NULL);
    assert_non_null(facts);
    position = json_integer_value(json_object_get(facts, "position"));
    json_decref(facts);
    tool_free(&result);
    return position;
}

static pid_t start_tail(const char *from, FILE **output)
{
    struct tool tool = {.words = {"tail", path, "-f", "--json", "--from", from}};
    int fd;
    pid_t pid = tool_start(&tool, &fd);

    *output = fdopen(fd, "r");
    assert_non_null(*output);
    return pid;
}

static void make_store(int count)
{
    struct small_store store;

    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "bank.db");
    small_store_open(&store, path);
    for (int i = 0; i < count; i++)
        small_store_write(&store, "first", "before all others");
    small_store_close(&store);
}

static void each_event_is_shown_once_and_in_order(void **state)
{
    pid_t writers[WRITERS];
    int64_t head = INT64_MAX;
    int64_t position = 0;
    FILE *output;
    pid_t tail;

    (void)state;
    make_store(1);
    tail = start_tail("1", &output);
    for (int i = 0; i < WRITERS; i++)
        writers[i] = start_writer(i);
    while (position < head) {
        assert_int_equal(next_position(output), ++position);
        if (position == KILLED_AFTER)
            assert_int_equal(kill(writers[0], SIGKILL), 0);
        if (position == WRITERS * EACH / 2) { /* from here on the end is known */
            for (int i = 0; i < WRITERS; i++)
                (void)tool_wait(writers[i]);
            head = head_of_store();
            assert_true(head > (WRITERS - 1) * EACH);
        }
    }
    assert_int_equal(kill(tail, SIGINT), 0);
    assert_int_equal(next_position(output), 0); /* and there is nothing more */
    assert_int_equal(tool_wait(tail), JANGLE_EXIT_STOPPED);
    (void)fclose(output);
    temp_directory_remove(directory);
}

/* The tool has asked for the head and waits for its reader when more is stored; so it
 * reads that, too, before it looks for what is new. */
static void what_is_stored_while_it_prints_is_shown_once(void **state)
{
    enum { SIZE = 64 * 1024, BEFORE = 24, MEANWHILE = 5 };
    char *text = malloc(SIZE + 1);
    struct small_store store;
    FILE *output;
    pid_t tail;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    make_store(0);
    small_store_join(&store, path);
    for (int i = 0; i < BEFORE; i++) /* more than a pipe holds, and a page of a look */
        small_store_write(&store, "long", text);
    tail = start_tail("1", &output);
    assert_int_equal(next_position(output), 1);
    for (int i = 0; i < MEANWHILE; i++)
        small_store_write(&store, "short", "meanwhile");
    for (int64_t i = 2; i <= BEFORE + MEANWHILE; i++)
        assert_int_equal(next_position(output), i);
    small_store_write(&store, "short", "and then");
    assert_int_equal(next_position(output), BEFORE + MEANWHILE + 1);
    assert_int_equal(kill(tail, SIGINT), 0);
    assert_int_equal(next_position(output), 0);
    assert_int_equal(tool_wait(tail), JANGLE_EXIT_STOPPED);
    (void)fclose(output);
    small_store_close(&store);
    temp_directory_remove(directory);
    free(text);
}

static void it_goes_on_from_a_position(void **state)
{
    FILE *output;
    pid_t tail;

    (void)state;
    make_store(5);
    tail = start_tail("4", &output);
    assert_int_equal(next_position(output), 4);
    assert_int_equal(next_position(output), 5);
    assert_int_equal(kill(tail, SIGINT), 0);
    assert_int_equal(next_position(output), 0);
    assert_int_equal(tool_wait(tail), JANGLE_EXIT_STOPPED);
    (void)fclose(output);
    temp_directory_remove(directory);
}

/* As a restore does it: another file stands in the place of the store. */
static void a_store_that_is_replaced_ends_it(void **state)
{
    char other[TEMP_PATH_SIZE];
    struct small_store store;
    FILE *output;
    pid_t tail;

    (void)state;
    make_store(2);
    temp_directory_path(other, directory, "other.db");
    small_store_join(&store, other);
    small_store_write(&store, "1", "in another store");
    small_store_close(&store);
    tail = start_tail("1", &output);
    assert_int_equal(next_position(output), 1);
    assert_int_equal(next_position(output), 2);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(next_position(output), 0);
    assert_int_equal(tool_wait(tail), JANGLE_EXIT_UNREAD);
    (void)fclose(output);
    temp_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_is_shown_once_and_in_order),
        cmocka_unit_test(what_is_stored_while_it_prints_is_shown_once),
        cmocka_unit_test(it_goes_on_from_a_position),
        cmocka_unit_test(a_store_that_is_replaced_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
