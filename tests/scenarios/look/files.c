/* files.c - which files a look opens, and what it leaves of them: those that older
 * versions made, those of a crash, those of other users, and those that are no store. */
#include "support/domains/follower.h"
#include "support/domains/seen.h"
#include "support/stores/sqlite_damage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct world world;
static struct jangle_error error;
static struct seen seen;

static int set_up(void **state)
{
    (void)state;
    world_init(&world, true);
    world_open(&world, NULL);
    world_put_many(&world, 5, 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct jangle_look *try_open(const char *path, bool frozen)
{
    struct jangle_storage storage = jangle_sqlite(path);

    error = (struct jangle_error){0};
    return jangle_look_open(&storage, &(struct jangle_look_options){.frozen = frozen},
                            &error);
}

static void
refuses(const char *path, bool frozen, enum jangle_result result, const char *words)
{
    assert_null(try_open(path, frozen));
    assert_result(error.result, result);
    if (!strstr(error.message, words))
        fail_msg("%s", error.message);
}

static const char *beside(const char *ending)
{
    static char path[TEMP_PATH_SIZE + 16];

    snprintf(path, sizeof path, "%s%s", world.file, ending);
    return path;
}

/* ---- what is left ------------------------------------------------------------ */

/* The sum of a file's bytes; 0 if there is none. */
static uint64_t sum_of(const char *path)
{
    unsigned char bytes[4096];
    uint64_t sum = 14695981039346656037u;
    ssize_t size;
    int file = open(path, O_RDONLY);

    if (file < 0)
        return 0;
    while ((size = read(file, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < size; at++)
            sum = (sum ^ bytes[at]) * 1099511628211u;
    close(file);
    return sum;
}

static int count_files(void)
{
    DIR *folder = opendir(world.directory);
    int count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static enum jangle_result add_stream(void *context,
                                     const struct jangle_stream_facts *stream)
{
    (void)stream;
    ++*(int *)context;
    return JANGLE_OK;
}

/* All that can be asked. */
static void look_around(struct jangle_look *look, int64_t events, int streams)
{
    struct jangle_store_facts facts;
    struct jangle_outcome outcome;
    int count = 0;

    seen_by(&seen, look, NULL);
    assert_int_equal(seen.count, events);
    assert_int_equal(seen.faults, 0);
    seen_by(&seen, look, SEEN(.newest_first = true));
    assert_int_equal(seen.count, events);
    assert_result(jangle_look_store(look, &facts, NULL), JANGLE_OK);
    assert_int_equal(facts.position, events);
    assert_null(facts.fault);
    assert_result(jangle_look_streams(look, NULL, add_stream, &count, NULL), JANGLE_OK);
    assert_int_equal(count, streams);
    assert_result(jangle_look_command(look, "nobody's", &outcome), JANGLE_NOT_FOUND);
    assert_result(jangle_look_wait(look, events, 0, NULL), JANGLE_TIMEOUT);
}

static void not_a_byte_is_changed(bool is_open)
{
    uint64_t sum = sum_of(world.file), log = sum_of(beside("-wal"));
    uint64_t lock = sum_of(beside("-lock"));
    struct jangle_look *look = seen_open(world.file);

    look_around(look, 5, 2);
    jangle_look_close(look);
    assert_true(sum == sum_of(world.file));
    assert_true(lock == sum_of(beside("-lock")));
    if (is_open)
        assert_true(log == sum_of(beside("-wal")));
}

static void a_look_changes_no_byte_of_a_store_that_is_in_use(void **state)
{
    (void)state;
    not_a_byte_is_changed(true);
}

static void a_look_changes_no_byte_of_a_store_that_nobody_has_open(void **state)
{
    (void)state;
    world_close(&world);
    not_a_byte_is_changed(false);
}

static void a_frozen_store_is_read_and_nothing_is_made(void **state)
{
    struct jangle_look *look;
    int files;

    (void)state;
    world_close(&world);
    unlink(beside("-wal"));
    unlink(beside("-shm"));
    unlink(beside("-lock"));
    files = count_files();
    look = try_open(world.file, true);
    assert_non_null(look);
    look_around(look, 5, 2);
    assert_int_equal(count_files(), files);
    jangle_look_close(look);
    assert_int_equal(count_files(), files);
}

static void a_frozen_store_with_a_log_is_refused(void **state)
{
    (void)state;
    refuses(world.file, true, JANGLE_INVALID, "its log (-wal) is not empty");
}

/* ---- no store ---------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void what_is_no_store_is_refused_with_a_sentence(void **state)
{
    char path[TEMP_PATH_SIZE];
    const struct jangle_storage memory = jangle_memory();

    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        temp_directory_path(path, world.directory, "nothing.db");
        refuses(path, frozen, JANGLE_NOT_FOUND, "there is no store");
        write_file(path, "");
        refuses(path, frozen, JANGLE_NOT_FOUND, "there is no store");
        write_file(path,
                   "This is a letter, and it is longer than the header of SQLite is, "
                   "which has one hundred bytes, so that it is read as a whole.");
        refuses(path, frozen, JANGLE_STORAGE, "it is not a database");
        unlink(path);
        refuses(world.directory, frozen, JANGLE_INVALID, "is a directory");
    }
    assert_null(jangle_look_open(&memory, NULL, &error));
    assert_null(jangle_look_open(NULL, NULL, &error));
    assert_int_equal(count_files(), 6);
}

static void a_store_of_a_later_version_is_refused(void **state)
{
    (void)state;
    world_close(&world);
    assert_true(sqlite_damage_by(world.file, "PRAGMA user_version = 99") >= 0);
    refuses(world.file, false, JANGLE_INVALID, "was written by a newer jangle");
}

static void a_file_that_was_cut_is_refused(void **state)
{
    (void)state;
    world_close(&world);
    assert_int_equal(truncate(world.file, 60), 0);
    refuses(world.file, false, JANGLE_STORAGE, "damaged");
}

/* ---- other users ------------------------------------------------------------- */

enum { NOBODY = 65534 };

/* Run in a child that is another user, who may read the store and write nothing. */
static int as_nobody(int (*run)(void))
{
    pid_t child = fork();
    int status = -1;

    if (child == 0)
        _exit(setgid(NOBODY) || setuid(NOBODY) ? 99 : run());
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int opens(bool frozen)
{
    struct jangle_look *look = try_open(world.file, frozen);
    enum jangle_result result;

    if (!look)
        return strstr(error.message, "may not write in that folder") ? 2 : 3;
    seen = (struct seen){0};
    result = jangle_look_events(look, NULL, seen_event, &seen, NULL, &error);
    jangle_look_close(look);
    return result || strcmp(seen.text, "1 2 3 4 5") != 0 ? 4 : 0;
}

static int opens_it(void)
{
    return opens(false);
}

static int opens_it_frozen(void)
{
    return opens(true);
}

static void let_all_read(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-lock"};

    chmod(world.directory, 0755);
    for (size_t at = 0; at < sizeof endings / sizeof *endings; at++)
        chmod(beside(endings[at]), 0644);
}

static void a_user_who_may_write_nothing_is_told_what_to_do(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    let_all_read();
    world_close(&world);
    unlink(beside("-wal"));
    unlink(beside("-shm"));
    chmod(beside("-lock"), 0600);
    assert_int_equal(as_nobody(opens_it), 2);
    assert_int_equal(as_nobody(opens_it_frozen), 0);
    chmod(world.file, 0600);
    assert_int_equal(as_nobody(opens_it), 3);
}

/* ---- crashes, and children --------------------------------------------------- */

/* The flag of the writer lock, as a program leaves it that dies while it writes. */
static void leave_it_in_doubt(void)
{
    int file = open(beside("-lock"), O_WRONLY);

    assert_true(file >= 0);
    assert_int_equal(pwrite(file, "\1", 1, 0), 1);
    close(file);
}

static void a_store_that_a_crash_has_left_is_shown_and_in_doubt(void **state)
{
    struct jangle_store_facts facts;
    struct jangle_look *look;

    (void)state;
    world_close(&world);
    leave_it_in_doubt();
    look = seen_open(world.file);
    assert_result(jangle_look_store(look, &facts, NULL), JANGLE_OK);
    assert_true(facts.in_doubt);
    assert_int_equal(facts.sessions, 0);
    look_around(look, 5, 2);
    jangle_look_close(look);
}

/* What a program has left that was killed: its log is full, and its session is listed. */
static void a_store_whose_program_was_killed_is_shown_and_not_changed(void **state)
{
    uint64_t sum, log;
    struct jangle_look *look;
    pid_t child;
    int status;

    (void)state;
    world_close(&world);
    child = fork();
    if (child == 0) {
        world_open(&world, NULL);
        world_put_many(&world, 4, 2);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    sum = sum_of(world.file);
    log = sum_of(beside("-wal"));
    look = seen_open(world.file);
    look_around(look, 9, 2);
    jangle_look_close(look);
    assert_true(sum == sum_of(world.file));
    assert_true(log == sum_of(beside("-wal")));
    refuses(world.file, true, JANGLE_INVALID, "its log (-wal) is not empty");
}

static void a_child_may_not_use_the_look_of_its_parent(void **state)
{
    struct jangle_look *look = seen_open(world.file);
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        enum jangle_result result =
            jangle_look_events(look, NULL, seen_event, &seen, NULL, NULL);

        jangle_look_close(look);
        _exit(result == JANGLE_CLOSED ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    look_around(look, 5, 2);
    jangle_look_close(look);
}

/* A restore puts another file in its place. */
static void a_store_that_is_replaced_ends_the_look(void **state)
{
    struct jangle_look *look;
    char other[TEMP_PATH_SIZE];

    (void)state;
    world_close(&world);
    look = seen_open(world.file);
    seen_by(&seen, look, NULL);
    temp_directory_path(other, world.directory, "other.db");
    assert_int_equal(rename(world.file, other), 0);
    error = (struct jangle_error){0};
    assert_result(jangle_look_wait(look, 5, -1, &error), JANGLE_STORAGE);
    assert_non_null(strstr(error.message, "was moved, removed or replaced"));
    jangle_look_close(look);
}

/* ---- older versions ---------------------------------------------------------- */

static void unpack(const char *archive)
{
    char command[600];

    snprintf(command, sizeof command, "tar -xzf %s/%s -C %s", KEPT_FOLDER, archive,
             world.directory);
    assert_int_equal(system(command), 0);
}

static void look_at_old(const char *name, int schema)
{
    char path[TEMP_PATH_SIZE];
    struct jangle_look *look;
    struct jangle_store_facts facts;
    uint64_t sum;

    temp_directory_path(path, world.directory, name);
    sum = sum_of(path);
    look = seen_open(path);
    assert_result(jangle_look_store(look, &facts, NULL), JANGLE_OK);
    assert_int_equal(facts.schema, schema);
    assert_true(facts.schema < facts.schema_known);
    assert_true(facts.position > 50);
    look_around(look, facts.position, (int)facts.streams);
    jangle_look_close(look);
    assert_true(sum == sum_of(path));
}

static void stores_of_every_version_are_shown_as_they_are(void **state)
{
    (void)state;
    for (int schema = 1; schema <= 3; schema++) {
        char archive[40];

        snprintf(archive, sizeof archive, "schema_%d.tar.gz", schema);
        unpack(archive);
        look_at_old("desks.db", schema);
        look_at_old("bank.db", schema);
    }
}

static void an_old_record_with_a_wrong_checksum_is_noticed(void **state)
{
    char path[TEMP_PATH_SIZE];
    struct jangle_look *look;

    (void)state;
    unpack("schema_1.tar.gz");
    temp_directory_path(path, world.directory, "bank.db");
    sqlite_damage(path, 7);
    look = seen_open(path);
    seen_by(&seen, look, SEEN(.after = 5, .before = 9));
    assert_string_equal(seen.text, "6 !7 8");
    jangle_look_close(look);
}

int main(void)
{
#define IN_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FILE(a_look_changes_no_byte_of_a_store_that_is_in_use),
        IN_FILE(a_look_changes_no_byte_of_a_store_that_nobody_has_open),
        IN_FILE(a_frozen_store_is_read_and_nothing_is_made),
        IN_FILE(a_frozen_store_with_a_log_is_refused),
        IN_FILE(what_is_no_store_is_refused_with_a_sentence),
        IN_FILE(a_store_of_a_later_version_is_refused),
        IN_FILE(a_file_that_was_cut_is_refused),
        IN_FILE(a_user_who_may_write_nothing_is_told_what_to_do),
        IN_FILE(a_store_that_a_crash_has_left_is_shown_and_in_doubt),
        IN_FILE(a_store_whose_program_was_killed_is_shown_and_not_changed),
        IN_FILE(a_child_may_not_use_the_look_of_its_parent),
        IN_FILE(a_store_that_is_replaced_ends_the_look),
        IN_FILE(stores_of_every_version_are_shown_as_they_are),
        IN_FILE(an_old_record_with_a_wrong_checksum_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
