/* view_file.c - views as files: where they are, who may read them, what is taken for one,
 * and what is left of them. */
#include "contract/view/world.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- files ------------------------------------------------------------------- */

static const char *path_in(const struct view_world *world, const char *name)
{
    static char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, name);
    return path;
}

static bool exists(const struct view_world *world, const char *name)
{
    struct stat status;

    return stat(path_in(world, name), &status) == 0;
}

static int64_t size_of(const struct view_world *world, const char *name)
{
    struct stat status;

    return stat(path_in(world, name), &status) == 0 ? (int64_t)status.st_size : -1;
}

static int count_files(const struct view_world *world)
{
    DIR *entries = opendir(world->directory);
    const struct dirent *entry;
    int count = 0;

    while ((entry = readdir(entries)))
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);

    assert_non_null(file);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void run_on(const char *path, const char *sql)
{
    sqlite3 *handle;

    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static void close_view(struct view_world *world)
{
    world->file->ops->close_file(world->file);
    world->file = NULL;
}

static enum jangle_result try_open(struct view_world *world, const char *path)
{
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *file = NULL;
    enum jangle_result result;

    spec.file = path;
    world->error = (struct jangle_error){0};
    result = world->views->ops->open(world->views, &spec, &file, &world->error);
    if (file)
        file->ops->close_file(file);
    return result;
}

/* ---- where they are ---------------------------------------------------------- */

static void a_view_lies_beside_the_store_by_its_name(void **state)
{
    struct view_world *world = *state;

    assert_true(exists(world, "bank.db.ledger"));
    close_view(world);
    assert_int_equal(count_files(world), 1);
}

static void a_view_may_have_a_path_of_its_own(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "elsewhere.db");
    assert_result(try_open(world, path), JANGLE_OK);
    assert_true(exists(world, "elsewhere.db"));
}

static void a_name_with_a_slash_needs_a_path_of_its_own(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    world->spec.name = "../ledger";
    assert_result(try_open(world, NULL), JANGLE_INVALID);
    assert_said(world, "needs a file of its own");
    temp_directory_path(path, world->directory, "elsewhere.db");
    assert_result(try_open(world, path), JANGLE_OK);
}

static void its_files_are_for_its_owner_alone(void **state)
{
    static const char *const names[] = {"bank.db.ledger", "bank.db.ledger-wal",
                                        "bank.db.ledger-shm", "bank.db.ledger.rebuild"};
    struct view_world *world = *state;
    struct jangle_view_file *shadow;
    struct stat status;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
    assert_result(
        world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error),
        JANGLE_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(stat(path_in(world, names[i]), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    shadow->ops->close_file(shadow);
}

static void a_checkpoint_that_cannot_be_is_refused(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE], link[TEMP_PATH_SIZE];

    assert_result(try_open(world, "/nowhere/at/all/ledger"), JANGLE_STORAGE);
    assert_said(world, "/nowhere/at/all");
    assert_result(try_open(world, world->directory), JANGLE_INVALID);
    assert_said(world, "is a directory");
    temp_directory_path(path, world->directory, "real.db");
    temp_directory_path(link, world->directory, "link.db");
    assert_result(try_open(world, path), JANGLE_OK);
    assert_int_equal(symlink(path, link), 0);
    assert_result(try_open(world, link), JANGLE_INVALID);
    assert_said(world, "is a symbolic link");
}

/* ---- what is taken for one --------------------------------------------------- */

/* Refused, and not a byte of it is changed. */
static void assert_left_alone(struct view_world *world,
                              const char *path,
                              enum jangle_result result,
                              const char *words)
{
    size_t before, after;
    char *old = read_file(path, &before), *now;

    assert_result(try_open(world, path), result);
    assert_said(world, words);
    assert_said(world, path);
    now = read_file(path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, now, before);
    free(old);
    free(now);
}

static void what_is_something_else_is_left_alone(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE], garbage[5000];

    temp_directory_path(path, world->directory, "foreign.db");
    run_on(path, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    assert_left_alone(world, path, JANGLE_INVALID, "not a view of jangle's");
    temp_directory_path(path, world->directory, "numbered.db");
    run_on(path, "PRAGMA user_version = 3");
    assert_left_alone(world, path, JANGLE_INVALID, "not a view of jangle's");
    temp_directory_path(path, world->directory, "garbage");
    memset(garbage, 'x', sizeof garbage);
    write_file(path, garbage, sizeof garbage);
    assert_left_alone(world, path, JANGLE_STORAGE, "not a database");
}

static void another_views_file_is_left_alone(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
    close_view(world);
    temp_directory_path(path, world->directory, "bank.db.ledger");
    world->spec.name = "accounts";
    assert_left_alone(world, path, JANGLE_INVALID, "is the view ledger, not accounts");
}

static void a_file_of_a_newer_format_is_left_alone(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    close_view(world);
    temp_directory_path(path, world->directory, "bank.db.ledger");
    run_on(path, "PRAGMA user_version = 99");
    assert_left_alone(world, path, JANGLE_INVALID, "written by a newer jangle");
}

static void a_file_without_a_checkpoint_says_what_to_do(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    close_view(world);
    temp_directory_path(path, world->directory, "bank.db.ledger");
    run_on(path, "DELETE FROM jangle_place");
    assert_result(try_open(world, NULL), JANGLE_STORAGE);
    assert_said(world, "remove it, and the view is built again");
}

static void half_a_file_says_what_to_do(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    close_view(world);
    temp_directory_path(path, world->directory, "bank.db.ledger");
    assert_int_equal(truncate(path, (off_t)size_of(world, "bank.db.ledger") / 2), 0);
    assert_result(try_open(world, NULL), JANGLE_STORAGE);
    assert_said(world, "it is damaged: remove it, and the view is built again");
}

static void what_is_no_database_says_what_to_do(void **state)
{
    static const char letter[] = "Dear friend, this is a letter and no view at all";
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "letter.txt");
    write_file(path, letter, sizeof letter);
    assert_result(try_open(world, path), JANGLE_STORAGE);
    assert_said(world, "name another file, or remove it if it is the view's");
}

/* As a crash leaves it: made, and not yet filled. */
static void a_file_that_was_only_begun_is_filled(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world->directory, "empty.db");
    write_file(path, "", 0);
    assert_result(try_open(world, path), JANGLE_OK);
    temp_directory_path(path, world->directory, "begun.db");
    run_on(path, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; COMMIT");
    assert_true(size_of(world, "begun.db") > 0);
    assert_result(try_open(world, path), JANGLE_OK);
}

static void a_schema_that_fails_leaves_no_file(void **state)
{
    struct view_world *world = *state;
    int before = count_files(world);

    world->spec.name = "wrong";
    world->spec.schema = "CREATE TABLE fine (x); no SQL";
    assert_result(try_open(world, NULL), JANGLE_INVALID);
    assert_int_equal(count_files(world), before);
}

/* ---- what is left of them ---------------------------------------------------- */

/* Runs in another process, which dies without closing anything. */
static void in_another_process(struct view_world *world,
                               void (*work)(struct view_world *world))
{
    pid_t child;
    int status;

    world->file->ops->close_file(world->file);
    world->file = NULL;
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        world->file = open_view(world, world->views);
        work(world);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void write_and_die(struct view_world *world)
{
    handled(world, 0, 1, "INSERT INTO notes VALUES ('kept')");
    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('lost')");
    leave(world, JANGLE_OK);
}

static void a_program_that_dies_leaves_what_was_committed(void **state)
{
    struct view_world *world = *state;

    in_another_process(world, write_and_die);
    world->file = open_view(world, world->views);
    assert_int_equal(position(world), 1);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
    handled(world, 1, 2, "INSERT INTO notes VALUES ('next')");
}

static void the_log_of_a_file_that_was_removed_is_refused_and_stays(void **state)
{
    static const char *const names[] = {"bank.db.ledger-wal", "bank.db.ledger-shm"};
    struct view_world *world = *state;

    in_another_process(world, write_and_die);
    assert_int_equal(unlink(path_in(world, "bank.db.ledger")), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t size = size_of(world, names[i]);

        assert_true(size > 0);
        assert_result(try_open(world, NULL), JANGLE_INVALID);
        assert_said(world, names[i]);
        assert_said(world, "was left by a file that is gone now");
        assert_int_equal(size_of(world, names[i]), size);
        assert_false(exists(world, "bank.db.ledger"));
        assert_int_equal(unlink(path_in(world, names[i])), 0);
    }
    world->file = open_view(world, world->views);
    assert_int_equal(position(world), 0);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('again')");
}

static void a_finished_rebuild_leaves_no_files(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;

    assert_result(world->file->ops->rebuild(world->file, &world->spec, &shadow, NULL),
                  JANGLE_OK);
    handled_in(world, shadow, 0, 5, "INSERT INTO notes VALUES ('new')");
    assert_int_equal(checkpoint_in(world, shadow).position,
                     5); /* a reader is open, too */
    assert_result(world->file->ops->swap(world->file, shadow, NULL), JANGLE_OK);
    shadow->ops->close_file(shadow);
    close_view(world);
    assert_int_equal(count_files(world), 1);
}

static void an_interrupted_rebuild_leaves_its_shadow(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;

    assert_result(world->file->ops->rebuild(world->file, &world->spec, &shadow, NULL),
                  JANGLE_OK);
    shadow->ops->close_file(shadow);
    assert_true(exists(world, "bank.db.ledger.rebuild"));
    close_view(world);
    assert_int_equal(count_files(world), 2);
}

static void a_shadow_that_another_program_has_open_is_not_removed(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow;
    sqlite3 *handle;

    assert_result(world->file->ops->rebuild(world->file, &world->spec, &shadow, NULL),
                  JANGLE_OK);
    assert_int_equal(sqlite3_open(path_in(world, "bank.db.ledger.rebuild"), &handle),
                     SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle, "BEGIN; SELECT * FROM jangle_place", NULL, NULL, NULL),
        SQLITE_OK);
    assert_result(world->file->ops->swap(world->file, shadow, NULL), JANGLE_OK);
    shadow->ops->close_file(shadow);
    assert_true(exists(world, "bank.db.ledger.rebuild"));
    sqlite3_close(handle);
}

static void a_scratch_file_has_no_name(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *scratch;
    int before = count_files(world);

    assert_result(world->views->ops->scratch(world->views, &world->spec, &scratch, NULL),
                  JANGLE_OK);
    handled_in(world, scratch, 0, 5,
               "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
               " LIMIT 50000) INSERT INTO notes SELECT printf('%0100d', x) FROM n");
    assert_int_equal(count_files(world), before);
    scratch->ops->close_file(scratch);
}

/* ---- others on the same file ------------------------------------------------- */

static void a_batch_waits_for_another_program_and_then_is_busy(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view;
    sqlite3 *handle;

    begin(world);
    sqlite3_busy_timeout(jangle_view_sqlite(world->view), 1);
    world->file->ops->roll_back(world->file);
    assert_int_equal(sqlite3_open(path_in(world, "bank.db.ledger"), &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_result(world->file->ops->begin(world->file, &view, &world->error),
                  JANGLE_BUSY);
    assert_said(world, "bank.db.ledger");
    sqlite3_close(handle);
    handled(world, 0, 1, "SELECT 1");
}

static void more_questions_than_connections_wait_their_turn(void **state)
{
    enum { COUNT = 8 };
    struct view_world *world = *state;
    struct jangle_view *views[COUNT], *late;
    int64_t seen;

    for (int i = 0; i < COUNT; i++)
        assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 60000,
                                            &views[i], &seen, NULL),
                      JANGLE_OK);
    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 1, &late, &seen,
                                        &world->error),
                  JANGLE_TIMEOUT);
    assert_said(world, "ledger: in use by others for 1 ms");
    for (int i = 0; i < COUNT; i++)
        assert_result(world->file->ops->answered(world->file, views[i], JANGLE_OK, NULL),
                      JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 0);
}

/* Another program has moved the place meanwhile: nothing is done twice. */
static void two_programs_cannot_both_move_the_checkpoint(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_store *views = open_views(world);
    struct jangle_view_file *other = open_view(world, views);

    handled_in(world, other, 0, 1, "INSERT INTO notes VALUES ('once')");
    begin(world);
    enter(world, false);
    run(world, "INSERT INTO notes VALUES ('once')");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_CONFLICT);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
    other->ops->close_file(other);
    views->ops->close(views);
}

struct opening {
    struct view_world *world;
    enum jangle_result result;
};

static void *open_once(void *context)
{
    struct opening *opening = context;
    struct jangle_view_store *views = opening->world->views;
    struct jangle_view_file *file = NULL;

    opening->result = views->ops->open(views, &opening->world->spec, &file, NULL);
    if (file)
        file->ops->close_file(file);
    return NULL;
}

static void a_new_view_may_be_opened_by_many_at_once(void **state)
{
    enum { COUNT = 8 };
    struct view_world *world = *state;
    struct opening openings[COUNT];
    pthread_t threads[COUNT];

    world->spec.name = "wanted";
    for (int i = 0; i < COUNT; i++) {
        openings[i] = (struct opening){world, JANGLE_UNKNOWN};
        assert_int_equal(pthread_create(&threads[i], NULL, open_once, &openings[i]), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        pthread_join(threads[i], NULL);
        assert_result(openings[i].result, JANGLE_OK);
    }
    assert_result(try_open(world, NULL), JANGLE_OK);
}

/* ---- the log ----------------------------------------------------------------- */

enum { FRAME = 4096 + 24 };

static void fill_log(struct view_world *world, int64_t from, int batches)
{
    for (int64_t i = from; i < from + batches; i++)
        handled(world, i, i + 1, "INSERT INTO notes VALUES (hex(zeroblob(40000)))");
}

static void the_log_is_moved_before_it_grows_long(void **state)
{
    struct view_world *world = *state;

    fill_log(world, 0, 300); /* 20 pages each */
    assert_true(size_of(world, "bank.db.ledger-wal") < 1200 * FRAME);
    assert_true(size_of(world, "bank.db.ledger") > 4096 * 4000);
}

static void a_reader_only_delays_the_log(void **state)
{
    struct view_world *world = *state;
    struct jangle_view *view;
    int64_t seen, longest;

    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 60000, &view,
                                        &seen, NULL),
                  JANGLE_OK);
    fill_log(world, 0, 120);
    longest = size_of(world, "bank.db.ledger-wal");
    assert_true(longest > 2000 * (int64_t)FRAME);
    assert_result(world->file->ops->answered(world->file, view, JANGLE_OK, NULL),
                  JANGLE_OK);
    fill_log(world, 120, 120);
    assert_true(size_of(world, "bank.db.ledger-wal") <= longest + 100 * (int64_t)FRAME);
}

/* Readers that take turns so that there is always one: each waits for the next. */
struct relay {
    struct view_world *world;
    struct jangle_view_file *file;
    struct jn_mutex mutex;
    struct jn_cond changed;
    int64_t begun;
    bool done;
};

static void *read_in_turn(void *context)
{
    struct relay *relay = context;
    struct jangle_view_file *file = relay->file;
    bool done = false;

    while (!done) {
        struct jangle_arena arena;
        struct jangle_view *view;
        int64_t seen, mine;

        jn_arena_init(&arena, &relay->world->host.host.allocator);
        if (file->ops->ask(file, NULL, &arena, 60000, &view, &seen, NULL))
            return context;
        jn_mutex_lock(&relay->mutex);
        mine = ++relay->begun;
        jn_cond_broadcast(&relay->changed);
        while (relay->begun == mine && !relay->done)
            jn_cond_wait(&relay->changed, &relay->mutex);
        done = relay->done;
        jn_mutex_unlock(&relay->mutex);
        file->ops->answered(file, view, JANGLE_OK, NULL);
        jn_arena_finish(&arena);
    }
    return NULL;
}

static void readers_that_never_pause_do_not_let_the_log_grow_for_ever(void **state)
{
    struct view_world *world = *state;
    struct relay relay = {.world = world, .file = world->file};
    pthread_t threads[2];

    assert_result(jn_mutex_init(&relay.mutex), JANGLE_OK);
    assert_result(jn_cond_init(&relay.changed), JANGLE_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_turn, &relay), 0);
    for (int64_t i = 0; i < 120; i++)
        handled(world, i, i + 1,
                "REPLACE INTO notes (rowid, text) VALUES (1,"
                " hex(zeroblob(500000)))");
    jn_mutex_lock(&relay.mutex);
    relay.done = true;
    jn_cond_broadcast(&relay.changed);
    jn_mutex_unlock(&relay.mutex);
    for (int i = 0; i < 2; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_true(size_of(world, "bank.db.ledger-wal") < 17000 * (int64_t)FRAME);
    jn_cond_finish(&relay.changed);
    jn_mutex_finish(&relay.mutex);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(a_view_lies_beside_the_store_by_its_name),
        VIEW_TEST(a_view_may_have_a_path_of_its_own),
        VIEW_TEST(a_name_with_a_slash_needs_a_path_of_its_own),
        VIEW_TEST(its_files_are_for_its_owner_alone),
        VIEW_TEST(a_checkpoint_that_cannot_be_is_refused),
        VIEW_TEST(what_is_something_else_is_left_alone),
        VIEW_TEST(another_views_file_is_left_alone),
        VIEW_TEST(a_file_of_a_newer_format_is_left_alone),
        VIEW_TEST(a_file_without_a_checkpoint_says_what_to_do),
        VIEW_TEST(half_a_file_says_what_to_do),
        VIEW_TEST(what_is_no_database_says_what_to_do),
        VIEW_TEST(a_file_that_was_only_begun_is_filled),
        VIEW_TEST(a_schema_that_fails_leaves_no_file),
        VIEW_TEST(a_program_that_dies_leaves_what_was_committed),
        VIEW_TEST(the_log_of_a_file_that_was_removed_is_refused_and_stays),
        VIEW_TEST(a_finished_rebuild_leaves_no_files),
        VIEW_TEST(an_interrupted_rebuild_leaves_its_shadow),
        VIEW_TEST(a_shadow_that_another_program_has_open_is_not_removed),
        VIEW_TEST(a_scratch_file_has_no_name),
        VIEW_TEST(a_batch_waits_for_another_program_and_then_is_busy),
        VIEW_TEST(more_questions_than_connections_wait_their_turn),
        VIEW_TEST(two_programs_cannot_both_move_the_checkpoint),
        VIEW_TEST(a_new_view_may_be_opened_by_many_at_once),
        VIEW_TEST(the_log_is_moved_before_it_grows_long),
        VIEW_TEST(a_reader_only_delays_the_log),
        VIEW_TEST(readers_that_never_pause_do_not_let_the_log_grow_for_ever),
    };

    return view_world_run("views, as files", tests, sizeof tests / sizeof *tests,
                          &views_in_files);
}
