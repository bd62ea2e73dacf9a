/* view_moved.c - a view's files are moved, removed or replaced while it is open: it is
 * noticed, and nothing is answered from them any more. */
#include "contract/view/world.h"

#include <stdlib.h>
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

/* ---- moved, removed, replaced ------------------------------------------------ */

static void away(struct view_world *world, const char *name)
{
    char from[TEMP_PATH_SIZE], to[TEMP_PATH_SIZE];

    temp_directory_path(from, world->directory, name);
    temp_directory_path(to, world->directory, "away");
    assert_int_equal(rename(from, to), 0);
}

static void copied_over(struct view_world *world, const char *name)
{
    char command[3 * TEMP_PATH_SIZE];

    snprintf(command, sizeof command, "cd '%s' && cp '%s' copy && mv -f copy '%s'",
             world->directory, name, name);
    assert_int_equal(system(command), 0);
}

static void removed(struct view_world *world, const char *name)
{
    assert_int_equal(unlink(path_in(world, name)), 0);
}

static void (*const troubles[])(struct view_world *world,
                                const char *name) = {away, copied_over, removed};
static const char *const parts[] = {"bank.db.ledger", "bank.db.ledger-wal",
                                    "bank.db.ledger-shm"};

static void try_trouble(struct view_world *world, size_t trouble, const char *part)
{
    struct jangle_view *view;
    int64_t seen;

    troubles[trouble](world, part);
    begin(world);
    assert_result(commit(world, 1, 2), JANGLE_STORAGE);
    assert_said(world, part);
    assert_said(world, "was moved, removed or replaced while it was open");
    for (int again = 0; again < 2; again++) {
        world->error = (struct jangle_error){0};
        assert_result(world->file->ops->begin(world->file, &view, &world->error),
                      JANGLE_STORAGE);
        assert_said(world, part);
        world->error = (struct jangle_error){0};
        assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 1000, &view,
                                            &seen, &world->error),
                      JANGLE_STORAGE);
        assert_said(world, part);
    }
}

static void a_batch_is_not_stored_in_a_file_that_is_not_there_any_more(void **state)
{
    (void)state;
    for (size_t trouble = 0; trouble < sizeof troubles / sizeof *troubles; trouble++)
        for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
            struct backend backend = views_in_files;
            void *fresh = &backend;
            struct view_world *world;

            assert_int_equal(view_world_setup(&fresh), 0);
            world = fresh;
            handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
            try_trouble(world, trouble, parts[part]);
            assert_int_equal(view_world_teardown(&fresh), 0);
        }
}

/* Else one program would answer from what is gone, and another from what is there. */
static void a_question_is_not_answered_from_a_file_that_is_gone(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_store *views = open_views(world);
    struct jangle_view_file *reader = open_view(world, views);
    struct jangle_view *view;
    int64_t seen;

    handled(world, 0, 1, "INSERT INTO notes VALUES ('x')");
    assert_int_equal(number_in(world, reader, "SELECT count(*) FROM notes"), 1);
    away(world, "bank.db.ledger");
    assert_result(
        reader->ops->ask(reader, NULL, &world->arena, 1000, &view, &seen, &world->error),
        JANGLE_STORAGE);
    assert_said(world, "bank.db.ledger");
    reader->ops->close_file(reader);
    views->ops->close(views);
}

/* The last to close a view takes its log away: not that of another file. */
static void the_log_of_a_new_file_is_left_to_it(void **state)
{
    struct view_world *world = *state;
    struct jangle_view_file *old = world->file;
    struct jangle_view_store *views = open_views(world);

    handled(world, 0, 1, "INSERT INTO notes VALUES ('old')");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        removed(world, parts[i]);
    world->file = open_view(world, views);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('new')");
    old->ops->close_file(old);
    handled(world, 1, 2, "INSERT INTO notes VALUES ('newer')");
    assert_true(exists(world, "bank.db.ledger-wal"));
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
    close_view(world);
    world->views->ops->close(world->views);
    world->views = views;
    world->file = open_view(world, views);
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {"a_batch_is_not_stored_in_a_file_that_is_not_there_any_more",
         a_batch_is_not_stored_in_a_file_that_is_not_there_any_more, NULL, NULL, NULL},
        VIEW_TEST(a_question_is_not_answered_from_a_file_that_is_gone),
        VIEW_TEST(the_log_of_a_new_file_is_left_to_it),
    };

    return view_world_run("views that are moved", tests, sizeof tests / sizeof *tests,
                          &views_in_files);
}
