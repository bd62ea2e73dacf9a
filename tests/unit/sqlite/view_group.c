/* view_group.c - the files that one view is: what they may be called, what another file
 * left of them, and many who make them at once. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "contract/view/world.h"
#include "support/effort.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <sched.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
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
    return access(path_in(world, name), F_OK) == 0;
}

static void close_view(struct view_world *world)
{
    world->file->ops->close_file(world->file);
    world->file = NULL;
}

static enum jangle_result
try_open(struct view_world *world, const char *name, const char *path)
{
    struct jangle_view_spec spec = world->spec;
    struct jangle_view_file *file = NULL;
    enum jangle_result result;

    spec.name = name;
    spec.file = path;
    world->error = (struct jangle_error){0};
    result = world->views->ops->open(world->views, &spec, &file, &world->error);
    if (file)
        file->ops->close_file(file);
    return result;
}

/* ---- names ------------------------------------------------------------------- */

static const char *const endings[] = {"-wal",  "-shm",     "-journal",
                                      "-lock", ".rebuild", ".new-0123456789abcdef"};

static void a_view_is_not_called_like_a_file_beside_another(void **state)
{
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char name[64], path[TEMP_PATH_SIZE];

        snprintf(name, sizeof name, "ledger%s", endings[i]);
        assert_result(try_open(world, name, NULL), JANGLE_INVALID);
        assert_said(world, name);
        assert_said(world, "choose another name");
        snprintf(name, sizeof name, "bank.db%s", endings[i]);
        temp_directory_path(path, world->directory, name);
        assert_result(try_open(world, "other", path), JANGLE_INVALID);
        assert_said(world, name);
        assert_false(exists(world, name));
    }
    /* A name that is one alone makes a file that is one, too. */
    assert_result(try_open(world, "rebuild", NULL), JANGLE_INVALID);
    assert_result(try_open(world, "new-0123456789abcdef", NULL), JANGLE_INVALID);
    assert_result(try_open(world, "wal", NULL), JANGLE_OK);
}

static void the_log_of_a_view_is_not_taken_for_another_view(void **state)
{
    struct view_world *world = *state;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('kept')");
    assert_result(try_open(world, "ledger-wal", NULL), JANGLE_INVALID);
    handled(world, 1, 2, "INSERT INTO notes VALUES ('too')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void a_view_does_not_lie_in_the_store(void **state)
{
    struct view_world *world = *state;
    char way[TEMP_PATH_SIZE], path[2 * TEMP_PATH_SIZE];

    temp_directory_path(way, world->directory, "way");
    assert_int_equal(symlink(world->directory, way), 0);
    assert_result(try_open(world, "other", world->path), JANGLE_INVALID);
    assert_said(world, "bank.db: is the store itself");
    snprintf(path, sizeof path, "%s/bank.db", way);
    assert_result(try_open(world, "other", path), JANGLE_INVALID);
    assert_said(world, "bank.db: is the store itself");
    assert_false(exists(world, "bank.db"));
}

static void two_views_do_not_share_a_file(void **state)
{
    struct view_world *world = *state;
    char path[TEMP_PATH_SIZE];

    handled(world, 0, 1, "INSERT INTO notes VALUES ('kept')");
    temp_directory_path(path, world->directory, "bank.db.ledger");
    assert_result(try_open(world, "other", path), JANGLE_INVALID);
    assert_said(world, "is the view ledger, not other");
    handled(world, 1, 2, "INSERT INTO notes VALUES ('too')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void a_relative_path_leads_to_where_it_led_when_views_were_opened(void **state)
{
    struct view_world *world = *state;
    char before[TEMP_PATH_SIZE], elsewhere[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle_view_store *absolute = world->views;

    assert_non_null(getcwd(before, sizeof before));
    temp_directory_path(elsewhere, world->directory, "elsewhere");
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(chdir(world->directory), 0);
    memcpy(path, world->path, sizeof path);
    snprintf(world->path, sizeof world->path, "relative.db");
    world->views = open_views(world);
    assert_int_equal(chdir(elsewhere), 0);
    assert_result(try_open(world, "one", NULL), JANGLE_OK);
    assert_result(try_open(world, "two", "./two.db"), JANGLE_OK);
    world->views->ops->close(world->views);
    world->views = absolute;
    assert_int_equal(chdir(before), 0);
    assert_true(exists(world, "relative.db.one"));
    assert_true(exists(world, "two.db"));
    memcpy(world->path, path, sizeof path);
}

/* As another program leaves it, or an old copy of the file. */
static void a_view_that_is_not_written_ahead_is_so_again(void **state)
{
    struct view_world *world = *state;
    sqlite3 *handle;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('kept')");
    close_view(world);
    assert_int_equal(sqlite3_open(path_in(world, "bank.db.ledger"), &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(handle);
    world->file = open_view(world, world->views);
    assert_true(exists(world, "bank.db.ledger-wal"));
    handled(world, 1, 2, "INSERT INTO notes VALUES ('too')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

static void a_directory_beside_a_view_is_refused(void **state)
{
    struct view_world *world = *state;

    assert_int_equal(mkdir(path_in(world, "bank.db.other-wal"), 0700), 0);
    assert_result(try_open(world, "other", NULL), JANGLE_INVALID);
    assert_said(world, "bank.db.other-wal: is a directory");
    assert_false(exists(world, "bank.db.other"));
}

static void a_shadow_that_left_a_log_is_refused_by_name(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *shadow = NULL;
    FILE *file = fopen(path_in(world, "bank.db.ledger.rebuild-wal"), "w");

    assert_non_null(file);
    fputs("of another file, surely", file);
    fclose(file);
    assert_result(
        world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error),
        JANGLE_INVALID);
    assert_said(world, "bank.db.ledger.rebuild-wal");
    assert_true(exists(world, "bank.db.ledger.rebuild-wal"));
}

/* ---- many at once ------------------------------------------------------------ */

enum { PROCESSES = 6 };

/* So that the others come in between. */
static void dawdle(void *context, enum fault_operation operation, const char *name)
{
    (void)context, (void)operation, (void)name;
    for (int i = 0; i < 20; i++)
        sched_yield();
}

/* All go on together. */
static void meet(atomic_int *arrived, int round)
{
    atomic_fetch_add(arrived, 1);
    while (atomic_load(arrived) < PROCESSES * (round + 1))
        sched_yield();
}

static int open_new_views(struct view_world *world, atomic_int *arrived)
{
    int failed = 0, rounds = effort_count(EFFORT_NEW_VIEWS);

    sqlite3_vfs_register(sqlite3_vfs_find(fault_vfs_register()), 1);
    fault_vfs_watch(dawdle, NULL);
    for (int round = 0; round < rounds; round++) {
        char name[16];

        snprintf(name, sizeof name, "new%d", round);
        fault_vfs_reset();
        meet(arrived, round);
        if (try_open(world, name, NULL)) {
            fprintf(stderr, "%s\n", world->error.message);
            failed = 1;
        }
    }
    return failed;
}

/* Each round they all open one that is not there yet. */
static void several_processes_may_open_a_new_view_at_once(void **state)
{
    struct view_world *world = *state;
    pid_t children[PROCESSES];
    int failed = 0;
    atomic_int *arrived = mmap(NULL, sizeof *arrived, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(arrived, MAP_FAILED);
    close_view(world);
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(open_new_views(world, arrived));
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    munmap(arrived, sizeof *arrived);
    assert_int_equal(failed, 0);
}

/* The busy timeout is not for a statement that would change a lock: whoever has it asks
 * again. The child says when it was refused; only then it is let in. */
static void say_refused(void *context, enum fault_operation operation, const char *name)
{
    const int *pipe = context;

    (void)name;
    if (operation == FAULT_REFUSAL && write(*pipe, "r", 1) != 1)
        _exit(3);
}

static int open_while_it_is_locked(struct view_world *world, int go, int refused)
{
    char letter;

    if (read(go, &letter, 1) != 1)
        return 2;
    sqlite3_vfs_register(sqlite3_vfs_find(fault_vfs_register()), 1);
    fault_vfs_reset();
    fault_vfs_watch(say_refused, &refused);
    if (try_open(world, "locked", NULL) == JANGLE_OK)
        return 0;
    fprintf(stderr, "%s\n", world->error.message);
    return 1;
}

/* It is forked off before anything is open, for SQLite would think it was open there. */
static void a_new_view_waits_for_who_is_at_it(void **state)
{
    struct view_world *world = *state;
    int go[2], refused[2], status;
    sqlite3 *handle;
    char letter;
    pid_t child;

    close_view(world);
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(refused), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(open_while_it_is_locked(world, go[0], refused[1]));
    assert_int_equal(sqlite3_open(path_in(world, "bank.db.locked"), &handle), SQLITE_OK);
    sqlite3_busy_timeout(handle, 600000);
    assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(read(refused[0], &letter, 1), 1);
    assert_int_equal(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(waitpid(child, &status, 0), child);
    sqlite3_close(handle);
    for (int i = 0; i < 2; i++) {
        close(go[i]);
        close(refused[i]);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(a_view_is_not_called_like_a_file_beside_another),
        VIEW_TEST(the_log_of_a_view_is_not_taken_for_another_view),
        VIEW_TEST(a_view_does_not_lie_in_the_store),
        VIEW_TEST(two_views_do_not_share_a_file),
        VIEW_TEST(a_relative_path_leads_to_where_it_led_when_views_were_opened),
        VIEW_TEST(a_view_that_is_not_written_ahead_is_so_again),
        VIEW_TEST(a_directory_beside_a_view_is_refused),
        VIEW_TEST(a_shadow_that_left_a_log_is_refused_by_name),
        VIEW_TEST(several_processes_may_open_a_new_view_at_once),
        VIEW_TEST(a_new_view_waits_for_who_is_at_it),
    };

    return view_world_run("views, as groups of files", tests,
                          sizeof tests / sizeof *tests, &views_in_files);
}
