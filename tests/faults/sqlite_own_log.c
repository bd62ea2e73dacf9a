/* sqlite_own_log.c - a log that belongs to another file, and a log that is gone, are
 * refused before SQLite looks; a store's own log never is, wherever its program
 * stopped. */
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include "base/failpoint.h"

#include <jangle/config.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char directory[TEMP_PATH_SIZE];
    char path[TEMP_PATH_SIZE];
    struct test_host host;
    struct jangle_stores stores;
    struct jangle_error error;
};

static int setup(void **state)
{
    static struct place place;

    memset(&place, 0, sizeof place);
    fault_vfs_register();
    fault_vfs_reset();
    if (!temp_directory_make(place.directory))
        return 1;
    temp_directory_path(place.path, place.directory, "store.db");
    *state = &place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;

    temp_directory_remove(place->directory);
    return 0;
}

/* ---- a store, its commands, its files ---------------------------------------- */

static enum jangle_result
open_as(struct place *place, const char *path, const char *vfs, bool follower)
{
    struct jangle_sqlite_options options = {.vfs = vfs, .wal_checkpoint_frames = 20};
    struct jangle_storage storage = jangle_sqlite_with(path, &options);

    storage.follower = follower;
    test_host_init(&place->host);
    memset(&place->error, 0, sizeof place->error);
    return storage.open(&storage, &place->host.host, &place->stores, &place->error);
}

static enum jangle_result open_store(struct place *place)
{
    return open_as(place, place->path, NULL, false);
}

static void close_store(struct place *place)
{
    place->stores.views->ops->close(place->stores.views);
    place->stores.snapshots->ops->close(place->stores.snapshots);
    place->stores.store->ops->close(place->stores.store);
}

static enum jangle_result send(struct place *place, int number)
{
    struct jangle_store *store = place->stores.store;
    char id[20];
    struct jangle_record record = {.kind = "account",
                                   .id = "a",
                                   .type = "deposited",
                                   .payload = "1",
                                   .payload_size = 1};
    struct jangle_append append = {.command_id = id, .records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    enum jangle_result result;

    snprintf(id, sizeof id, "c-%d", number);
    result = store->ops->commit(store, &group, NULL);
    return result ? result : append.error.result;
}

static enum jangle_result find(struct place *place, int number)
{
    struct jangle_store *store = place->stores.store;
    struct jangle_receipt receipt;
    char id[20];

    snprintf(id, sizeof id, "c-%d", number);
    return store->ops->find_command(store, id, &receipt, NULL);
}

static void run(const struct place *place, const char *line)
{
    char whole[TEMP_PATH_SIZE + 300];

    snprintf(whole, sizeof whole, "cd '%s' && %s", place->directory, line);
    if (system(whole) != 0)
        fail_msg("%s", line);
}

/* ---- lives in processes of their own ----------------------------------------- */

static pid_t start(void (*work)(struct place *place), struct place *place)
{
    pid_t child;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        work(place);
        _exit(0);
    }
    return child;
}

static int wait_for(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int live(void (*work)(struct place *place), struct place *place)
{
    return wait_for(start(work, place));
}

static void send_or_exit(struct place *place, int from, int to)
{
    for (int number = from; number < to; number++)
        if (send(place, number))
            _exit(2);
}

/* Its first command, and a clean stop. */
static void begin_and_end(struct place *place)
{
    if (open_store(place))
        _exit(1);
    send_or_exit(place, 0, 1);
    close_store(place);
}

/* How many there are then: more than a checkpoint takes, or just one more. */
static int sent = 10;

static void go_on_and_die(struct place *place)
{
    if (open_store(place))
        _exit(1);
    send_or_exit(place, 1, sent);
    raise(SIGKILL);
}

static void make_copy_and_later_log(struct place *place)
{
    assert_int_equal(live(begin_and_end, place), 0);
    run(place, "cp store.db copy.db");
    assert_int_equal(live(go_on_and_die, place), -SIGKILL);
    run(place, "cp store.db kept.db && cp store.db-wal kept.db-wal");
}

static void refuse(struct place *place, bool follower, const char *words)
{
    assert_result(open_as(place, place->path, NULL, follower), JANGLE_INVALID);
    if (!strstr(place->error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", place->error.message, words);
}

static void assert_opens_with(struct place *place, int commands)
{
    if (open_store(place))
        fail_msg("%s", place->error.message);
    for (int number = 0; number < commands; number++)
        assert_result(find(place, number), JANGLE_OK);
    assert_result(find(place, commands), JANGLE_NOT_FOUND);
    assert_result(send(place, commands), JANGLE_OK);
    close_store(place);
}

/* ---- the log of another file ------------------------------------------------- */

static const char *const ways[] = {"cp copy.db store.db", "mv -f copy.db store.db"};

static void refuse_the_later_log(struct place *place, const char *way)
{
    make_copy_and_later_log(place);
    run(place, "cp copy.db older.db");
    run(place, way);
    for (int follower = 0; follower < 2; follower++)
        for (int again = 0; again < 2; again++)
            refuse(place, follower, "store.db-wal: is the WAL of another file");
    run(place, "cmp store.db older.db && cmp store.db-wal kept.db-wal");
}

static void a_later_log_beside_an_older_copy_is_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at < 2 * sizeof ways / sizeof *ways; at++) {
        void *fresh;

        assert_int_equal(setup(&fresh), 0);
        sent = at % 2 ? 10 : 2;
        refuse_the_later_log(fresh, ways[at / 2]);
        assert_int_equal(teardown(&fresh), 0);
    }
    sent = 10;
}

/* The sentence says what to do: each of the two is done. */
static void the_file_that_the_log_belongs_to_is_put_back(void **state)
{
    struct place *place = *state;

    refuse_the_later_log(place, ways[0]);
    run(place, "cp kept.db store.db");
    assert_opens_with(place, 10);
}

static void the_log_of_another_file_is_moved_away(void **state)
{
    struct place *place = *state;

    refuse_the_later_log(place, ways[1]);
    run(place, "mv store.db-wal away");
    assert_opens_with(place, 1);
}

/* A program that comes and goes meanwhile takes its own session out, no other. It is
 * started before this process opens anything, and opens when it is told. */
static int told[2];

static void come_and_go_when_told(struct place *place)
{
    char letter;

    if (read(told[0], &letter, 1) != 1 || open_store(place))
        _exit(1);
    close_store(place);
}

static void live_with_another_and_die(struct place *place)
{
    pid_t other;

    if (pipe(told))
        _exit(3);
    other = start(come_and_go_when_told, place);
    if (open_store(place))
        _exit(1);
    send_or_exit(place, 1, 3);
    if (write(told[1], "x", 1) != 1 || wait_for(other))
        _exit(3);
    send_or_exit(place, 3, 10);
    raise(SIGKILL);
}

static void another_program_that_ended_makes_no_difference(void **state)
{
    struct place *place = *state;

    assert_int_equal(live(begin_and_end, place), 0);
    run(place, "cp store.db copy.db");
    assert_int_equal(live(live_with_another_and_die, place), -SIGKILL);
    run(place, "cp copy.db store.db");
    refuse(place, false, "is the WAL of another file");
}

/* ---- a log that is gone ------------------------------------------------------ */

static void lose_the_log(struct place *place)
{
    make_copy_and_later_log(place);
    run(place, "mv store.db-wal away");
    for (int follower = 0; follower < 2; follower++)
        for (int again = 0; again < 2; again++)
            refuse(place, follower, "store.db-wal: is gone");
    run(place, "cmp store.db kept.db && test ! -e store.db-wal");
}

static void a_store_whose_log_is_gone_is_refused(void **state)
{
    struct place *place = *state;

    lose_the_log(place);
    run(place, "mv away store.db-wal");
    assert_opens_with(place, 10);
}

static void an_empty_log_made_by_hand_lets_it_go_on(void **state)
{
    struct place *place = *state;

    lose_the_log(place);
    run(place, "touch store.db-wal");
    assert_result(open_store(place), JANGLE_OK);
    assert_result(find(place, 0), JANGLE_OK);
    assert_result(find(place, 9), JANGLE_NOT_FOUND);
    close_store(place);
}

/* After a clean stop nothing is in it. */
static void a_store_that_was_closed_needs_no_log(void **state)
{
    struct place *place = *state;

    assert_int_equal(live(begin_and_end, place), 0);
    run(place, "rm store.db-wal store.db-shm store.db-lock");
    assert_opens_with(place, 1);
}

/* ---- copies ------------------------------------------------------------------ */

static void copy_by_sqlite(const char *from, const char *to)
{
    sqlite3 *source, *copy;
    sqlite3_backup *backup;

    assert_int_equal(sqlite3_open(from, &source), SQLITE_OK);
    assert_int_equal(sqlite3_open(to, &copy), SQLITE_OK);
    backup = sqlite3_backup_init(copy, "main", source, "main");
    assert_non_null(backup);
    assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    sqlite3_backup_finish(backup);
    sqlite3_close(copy);
    sqlite3_close(source);
}

static void copy_while_open(struct place *place)
{
    char copy[TEMP_PATH_SIZE], other[TEMP_PATH_SIZE];
    struct jangle_store *store;

    if (open_store(place))
        _exit(1);
    send_or_exit(place, 0, 10);
    store = place->stores.store;
    temp_directory_path(copy, place->directory, "backup.db");
    temp_directory_path(other, place->directory, "sqlite.db");
    if (store->ops->backup(store, copy, NULL, NULL, NULL))
        _exit(3);
    copy_by_sqlite(place->path, other);
    run(place, "cp store.db half.db");
    close_store(place);
}

static void whole_copies_open_and_a_half_one_is_refused(void **state)
{
    static const char *const whole[] = {"backup.db", "sqlite.db", "store.db"};
    struct place *place = *state;

    assert_int_equal(live(copy_while_open, place), 0);
    temp_directory_path(place->path, place->directory, "half.db");
    refuse(place, false, "half.db-wal: is gone");
    for (size_t at = 0; at < sizeof whole / sizeof *whole; at++) {
        temp_directory_path(place->path, place->directory, whole[at]);
        assert_opens_with(place, 10);
    }
}

static void open_and_die(struct place *place)
{
    if (open_store(place))
        _exit(1);
    raise(SIGKILL);
}

/* Also one that SQLite made: once opened it is a store like any other. */
static void a_copy_that_was_opened_is_refused_without_its_log(void **state)
{
    static const char *const whole[] = {"backup.db", "sqlite.db"};
    struct place *place = *state;

    assert_int_equal(live(copy_while_open, place), 0);
    for (size_t at = 0; at < sizeof whole / sizeof *whole; at++) {
        char line[100];

        temp_directory_path(place->path, place->directory, whole[at]);
        assert_int_equal(live(open_and_die, place), -SIGKILL);
        snprintf(line, sizeof line, "mv %s-wal away", whole[at]);
        run(place, line);
        refuse(place, false, "-wal: is gone");
    }
}

/* A path in which a URI would see a query. */
static void a_path_may_have_any_letters(void **state)
{
    struct place *place = *state;

    temp_directory_path(place->path, place->directory, "a?b#c%41 &.db");
    assert_int_equal(live(go_on_and_die, place), -SIGKILL);
    run(place, "mv 'a?b#c%41 &.db-wal' away");
    refuse(place, false, "a?b#c%41 &.db-wal: is gone");
}

/* ---- a reader in the way of the last close ----------------------------------- */

static int64_t number_in(const char *path, const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    int64_t number = -1;

    assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return number;
}

/* It stores, somebody begins to read, it stores more, and ends. */
static void end_while_read(struct place *place)
{
    sqlite3 *reader;

    if (open_store(place))
        _exit(1);
    send_or_exit(place, 0, 1);
    if (sqlite3_open(place->path, &reader) ||
        sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM events", NULL, NULL, NULL))
        _exit(3);
    send_or_exit(place, 1, 10);
    close_store(place);
    _exit(0);
}

static void what_a_reader_kept_in_the_log_is_a_part_of_the_store(void **state)
{
    struct place *place = *state;
    int64_t epoch;

    assert_int_equal(live(end_while_read, place), 0);
    run(place, "mv store.db-wal away");
    refuse(place, false, "store.db-wal: is gone");
    run(place, "mv away store.db-wal");
    epoch = number_in(place->path, "SELECT epoch FROM store");
    assert_opens_with(place, 10);
    assert_int_equal(number_in(place->path, "SELECT epoch FROM store"), epoch);
    assert_int_equal(number_in(place->path, "SELECT count(*) FROM sessions"), 0);
}

/* ---- a store's own log is never refused -------------------------------------- */

static int64_t stop_at;
static enum fault_loss loss;

static void live_until_it_stops(struct place *place)
{
    fault_vfs_stop_at(stop_at, loss, (uint64_t)stop_at);
    if (open_as(place, place->path, "fault", false)) {
        print_error("%s\n", place->error.message);
        _exit(1);
    }
    send(place, 0);
    send(place, 1);
    close_store(place);
}

static void live_to_the_end(struct place *place)
{
    stop_at = 0;
    live_until_it_stops(place);
    if (open_as(place, place->path, "fault", false) || find(place, 0) || find(place, 1))
        _exit(2);
    close_store(place);
}

/* Stops at the first-th change of the disk; opened again, at the second-th. False: it
 * did not come so far. */
static bool stop_twice(struct place *place, int64_t first, int64_t second, bool *more)
{
    bool stopped;
    int code;

    stop_at = first;
    stopped = live(live_until_it_stops, place) == FAULT_EXIT;
    stop_at = second;
    code = live(live_until_it_stops, place);
    *more = code == FAULT_EXIT;
    code = code == FAULT_EXIT || code == 0 ? live(live_to_the_end, place) : code;
    if (code)
        fail_msg("stopped at change %lld, then %lld: %d", (long long)first,
                 (long long)second, code);
    return stopped;
}

enum { STEP = 58 }; /* of all pairs one in so many, because all of them take long */

/* False: the first stop did not come. */
static bool stop_again_everywhere(int64_t first, int64_t from)
{
    bool stopped = false, more = true;

    for (int64_t second = 1 + from % STEP; more; second += STEP) {
        void *fresh;

        assert_int_equal(setup(&fresh), 0);
        stopped = stop_twice(fresh, first, second, &more);
        assert_int_equal(teardown(&fresh), 0);
    }
    return stopped;
}

static void sweep(enum fault_loss what_is_lost)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t first = 1 + TEST_STRIDE * shard_index();
    int times = effort_count(EFFORT_STOPPED_TWICE);
    bool stopped = true;

    loss = what_is_lost;
    for (; stopped; first += stride)
        for (int i = 0; i < times; i++)
            stopped = stop_again_everywhere(first, first + i);
    assert_true(first > 20);
}

static void a_program_killed_anywhere_twice_opens_its_store(void **state)
{
    (void)state;
    sweep(FAULT_LOSE_NOTHING);
}

static void a_power_cut_anywhere_twice_leaves_a_store_that_opens(void **state)
{
    (void)state;
    sweep(FAULT_LOSE_SOME);
}

/* ---- an older schema ----------------------------------------------------------- */

static void stop_before_the_session(void *context, const char *name)
{
    (void)context;
    if (strcmp(name, "fence.session") == 0)
        _exit(FAULT_EXIT);
}

/* The new schema is committed to the log, and no session has begun. */
static void bring_up_to_date_and_stop(struct place *place)
{
    jn_failpoint_set(stop_before_the_session, NULL);
    open_store(place);
}

static void open_until_it_stops(struct place *place)
{
    fault_vfs_stop_at(stop_at, FAULT_LOSE_NOTHING, 1);
    if (open_as(place, place->path, "fault", false)) {
        print_error("%s\n", place->error.message);
        _exit(1);
    }
    close_store(place);
}

static void open_to_the_end(struct place *place)
{
    stop_at = 0;
    open_until_it_stops(place);
}

/* So that the new schema needs no page at the end of the file: there its lack would tell
 * of what is missing. */
static void make_room_inside(const char *path)
{
    sqlite3 *handle;

    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle,
                     "CREATE TABLE room (x);"
                     "INSERT INTO room SELECT zeroblob(4000) FROM events, events LIMIT"
                     " 200; DROP TABLE room",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(handle);
}

/* What is in "kept" is opened, and stopped at each change of the disk; and opened. */
static void stop_the_fence_anywhere(struct place *place)
{
    bool stopped = true;
    int64_t at = 1 + shard_index();

    for (; stopped; at += shard_count() * TEST_STRIDE) {
        run(place, "rm -f store.db* && cp kept/* .");
        stop_at = at;
        stopped = live(open_until_it_stops, place) == FAULT_EXIT;
        if (live(open_to_the_end, place))
            fail_msg("stopped at change %lld", (long long)at);
    }
    assert_true(at > 10);
}

#define UNPACK(schema)                                                                   \
    "tar -xzf '" KEPT_FILES "/schema_" #schema                                           \
    ".tar.gz' desks.db && mv desks.db "                                                  \
    "store.db"

static void fold_in_and_be_killed(struct place *place)
{
    make_room_inside(place->path);
    assert_int_equal(live(bring_up_to_date_and_stop, place), FAULT_EXIT);
    run(place, "mkdir kept && cp store.db store.db-wal store.db-lock kept");
    stop_the_fence_anywhere(place);
}

static void a_new_schema_that_is_folded_in_may_be_killed(void **state)
{
    run(*state, UNPACK(1));
    fold_in_and_be_killed(*state);
}

static void the_last_schema_step_that_is_folded_in_may_be_killed(void **state)
{
    run(*state, UNPACK(3));
    fold_in_and_be_killed(*state);
}

static int steps_left;

static void stop_after_steps(void *context, const char *name)
{
    (void)context;
    if (strcmp(name, "schema.step") == 0 && --steps_left == 0)
        _exit(FAULT_EXIT);
}

static void migrate_and_stop(struct place *place)
{
    jn_failpoint_set(stop_after_steps, NULL);
    open_store(place);
}

static void open_and_close(struct place *place)
{
    if (open_store(place))
        _exit(1);
    close_store(place);
}

/* All steps are one commit: until that, the file is what it was. */
static void a_migration_killed_after_any_step_leaves_the_old_schema(void **state)
{
    static const char version[] = "PRAGMA user_version";
    struct place *place = *state;

    for (int from = 1; from <= 3; from++)
        for (steps_left = 1; steps_left <= 4 - from; steps_left++) {
            char unpack[200];

            snprintf(unpack, sizeof unpack,
                     "rm -f store.db* && tar -xzf '" KEPT_FILES
                     "/schema_%d.tar.gz'"
                     " desks.db && mv desks.db store.db",
                     from);
            run(place, unpack);
            assert_int_equal(live(migrate_and_stop, place), FAULT_EXIT);
            assert_int_equal(number_in(place->path, version), from);
            assert_int_equal(live(open_and_close, place), 0);
            assert_int_equal(number_in(place->path, version), 4);
        }
}

/* ---- a last close that a reader was in the way of, and that was killed --------- */

static void stop_before_the_last_fold(void *context, const char *name)
{
    static int folds;

    (void)context;
    if (strcmp(name, "checkpoint.begin") == 0 && ++folds == 2)
        _exit(FAULT_EXIT);
}

/* So many events that some are behind the page of the sessions, and two more need no new
 * page: the lack of one at the end of the file would tell of what is missing. */
static void grow_and_end(struct place *place)
{
    if (open_store(place))
        _exit(1);
    send_or_exit(place, 0, 204);
    close_store(place);
}

static void end_while_read_and_stop(struct place *place)
{
    sqlite3 *reader;

    if (open_store(place) || sqlite3_open(place->path, &reader) ||
        sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM events", NULL, NULL, NULL))
        _exit(1);
    send_or_exit(place, 204, 206);
    jn_failpoint_set(stop_before_the_last_fold, NULL);
    close_store(place);
}

static void a_close_with_a_reader_in_the_way_may_be_killed(void **state)
{
    struct place *place = *state;

    assert_int_equal(live(grow_and_end, place), 0);
    assert_int_equal(live(end_while_read_and_stop, place), FAULT_EXIT);
    run(place, "mkdir kept && cp store.db store.db-wal store.db-lock kept");
    stop_the_fence_anywhere(place);
    assert_opens_with(place, 206);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        cmocka_unit_test(a_later_log_beside_an_older_copy_is_refused),
        TEST(the_file_that_the_log_belongs_to_is_put_back),
        TEST(the_log_of_another_file_is_moved_away),
        TEST(another_program_that_ended_makes_no_difference),
        TEST(a_store_whose_log_is_gone_is_refused),
        TEST(an_empty_log_made_by_hand_lets_it_go_on),
        TEST(a_store_that_was_closed_needs_no_log),
        TEST(whole_copies_open_and_a_half_one_is_refused),
        TEST(a_copy_that_was_opened_is_refused_without_its_log),
        TEST(a_path_may_have_any_letters),
        TEST(what_a_reader_kept_in_the_log_is_a_part_of_the_store),
        TEST(a_new_schema_that_is_folded_in_may_be_killed),
        TEST(the_last_schema_step_that_is_folded_in_may_be_killed),
        TEST(a_migration_killed_after_any_step_leaves_the_old_schema),
        TEST(a_close_with_a_reader_in_the_way_may_be_killed),
        cmocka_unit_test(a_program_killed_anywhere_twice_opens_its_store),
        cmocka_unit_test(a_power_cut_anywhere_twice_leaves_a_store_that_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
