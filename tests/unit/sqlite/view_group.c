/* view_group.c - the files that one view is: what they may be called, what another file
 * left of them, and many who make them at once. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "contract/view_world.h"
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(a_view_is_not_called_like_a_file_beside_another),
        VIEW_TEST(the_log_of_a_view_is_not_taken_for_another_view),
        VIEW_TEST(a_view_does_not_lie_in_the_store),
        VIEW_TEST(two_views_do_not_share_a_file),
        VIEW_TEST(a_relative_path_leads_to_where_it_led_when_views_were_opened),
        VIEW_TEST(a_directory_beside_a_view_is_refused),
        VIEW_TEST(a_shadow_that_left_a_log_is_refused_by_name),
    };

    return view_world_run("views, as groups of files", tests,
                          sizeof tests / sizeof *tests, &views_in_files);
}
