/* views.c - a view's file on a disk that fails, with power that goes, in a program that
 * stops: its rows and its place are of one commit, always. */
#include "base/failpoint.h"
#include "contract/view/world.h"
#include "sqlite/views/view_file.h"
#include "sqlite/views/view_store.h"
#include "support/effort.h"
#include "support/stores/fault_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a view on the faulty disk ----------------------------------------------- */

static enum jangle_result open_faulty(const struct jangle_storage *storage,
                                      const struct jangle_host *host,
                                      struct jangle_stores *stores,
                                      struct jangle_error *error)
{
    return jn_sqlite_views_open(storage->location, "fault", storage->follower, host,
                                &stores->views, error);
}

static struct jangle_storage faulty(const char *path)
{
    return (struct jangle_storage){.location = path, .open = open_faulty};
}

static const struct backend on_a_faulty_disk = {
    .name = "views on a faulty disk",
    .storage = faulty,
    .durable = true,
};

/* The view is not opened: each test does so in a world of its own making. */
static int setup(void **state)
{
    struct view_world *world;
    int failed;

    fault_vfs_register();
    fault_vfs_reset();
    failed = view_world_setup(state);
    world = failed ? NULL : *state;
    if (world) {
        world->file->ops->close_file(world->file);
        world->file = NULL;
    }
    return failed;
}

static int teardown(void **state)
{
    jn_failpoint_set(NULL, NULL);
    fault_vfs_stop_at(0, FAULT_LOSE_NOTHING, 0);
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    fault_vfs_set_room(-1);
    fault_vfs_watch(NULL, NULL);
    return view_world_teardown(state);
}

#define FAULT_TEST(name)                                                                 \
    {                                                                                    \
#name, name, setup, teardown, NULL                                               \
    }

/* ---- what is done to it ------------------------------------------------------ */

enum { BATCHES = 3, PADDING = 1500 };

/* Each batch moves the place by one and adds two notes. */
static enum jangle_result add_batch(struct view_world *world,
                                    struct jangle_view_file *file,
                                    int64_t from,
                                    bool alone)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = "ledger", .from = from, .position = from + 1};
    struct jangle_parked parked = {
        .kind = JANGLE_PARKED_STREAM, .key = "a", .position = from, .released = from % 2};
    struct jangle_view *view;
    enum jangle_result result = file->ops->begin(file, &view, &world->error);

    checkpoint.parked = &parked;
    checkpoint.parked_count = 1;
    for (int i = 0; !result && i < 2; i++) {
        result = file->ops->enter(file, &world->arena, alone, &world->error);
        if (result)
            break;
        jangle_view_run(view, "INSERT INTO notes VALUES (hex(zeroblob(?)))", PADDING);
        result = file->ops->leave(file, JANGLE_OK, &(bool){false}, &world->error);
    }
    if (!result)
        return file->ops->commit(file, &checkpoint, false, &world->error);
    file->ops->roll_back(file);
    return result;
}

static enum jangle_result
add_batches(struct view_world *world, struct jangle_view_file *file, int64_t to)
{
    struct jangle_view_checkpoint place;
    enum jangle_result result = file->ops->checkpoint(file, &place, &world->error);

    for (int64_t i = place.position; !result && i < to; i++)
        result = add_batch(world, file, i, i % 2);
    return result;
}

static enum jangle_result rebuild(struct view_world *world)
{
    struct jangle_view_file *shadow;
    enum jangle_result result =
        world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error);

    if (result)
        return result;
    result = add_batches(world, shadow, 2 * BATCHES);
    if (!result)
        result = world->file->ops->swap(world->file, shadow, &world->error);
    shadow->ops->close_file(shadow);
    return result;
}

/* Open it, if need be, write to it, build it again. */
static enum jangle_result play(struct view_world *world)
{
    enum jangle_result result = JANGLE_OK;

    world->error = (struct jangle_error){0};
    if (!world->file)
        result = world->views->ops->open(world->views, &world->spec, &world->file,
                                         &world->error);
    if (!result)
        result = add_batches(world, world->file, BATCHES);
    if (!result)
        result = rebuild(world);
    return result;
}

/* ---- what must hold ---------------------------------------------------------- */

static void assert_sound(struct view_world *world)
{
    int64_t at = position(world);

    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 2 * at);
    assert_int_equal(number(world, "SELECT count(*) FROM jangle_parked"), at % 2);
}

static void assert_whole(struct view_world *world)
{
    struct jangle_view *view;

    begin(world);
    view = world->view;
    assert_int_equal(sqlite3_exec(jangle_view_sqlite(view), "PRAGMA integrity_check",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    world->file->ops->roll_back(world->file);
}

/* Open it on a sound disk, look at it, and finish what was begun. */
static void assert_can_go_on(struct view_world *world)
{
    if (!world->file)
        world->file = open_view(world, world->views);
    assert_sound(world);
    assert_whole(world);
    if (play(world))
        fail_msg("%s", world->error.message);
    assert_sound(world);
    assert_int_equal(position(world), 2 * BATCHES);
}

static void start_anew(struct view_world *world)
{
    char path[TEMP_PATH_SIZE];

    if (world->file)
        world->file->ops->close_file(world->file);
    world->file = NULL;
    world->views->ops->close(world->views);
    temp_directory_remove(world->directory);
    assert_true(temp_directory_make(world->directory));
    temp_directory_path(path, world->directory, "bank.db");
    memcpy(world->path, path, sizeof path);
    fault_vfs_reset();
    world->views = open_views(world);
}

/* ---- the program stops, the power goes --------------------------------------- */

/* In another process; true if it was stopped. */
static bool
is_stopped(struct view_world *world, void (*arm)(void *context), void *context)
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fault_vfs_reset();
        arm(context);
        _exit(play(world) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_EXIT);
    return WEXITSTATUS(status) == FAULT_EXIT;
}

struct stop {
    int64_t at;
    enum fault_loss loss;
    uint64_t seed;
};

static void arm_disk(void *context)
{
    const struct stop *stop = context;

    fault_vfs_stop_at(stop->at, stop->loss, stop->seed);
}

static void
stop_at_every_change(struct view_world *world, enum fault_loss loss, uint64_t seed)
{
    struct stop stop = {.at = 1, .loss = loss};

    start_anew(world);
    for (; stop.seed = seed + (uint64_t)stop.at, is_stopped(world, arm_disk, &stop);
         stop.at += TEST_STRIDE) {
        /* What the next program finds is read by SQLite's own VFS. */
        world->backend = &views_in_files;
        world->views->ops->close(world->views);
        world->views = open_views(world);
        assert_can_go_on(world);
        world->backend = &on_a_faulty_disk;
        start_anew(world);
    }
    assert_true(stop.at > 40);
}

static void a_program_that_stops_anywhere_leaves_one_commit(void **state)
{
    stop_at_every_change(*state, FAULT_LOSE_NOTHING, 0);
}

static void a_power_cut_anywhere_leaves_one_commit(void **state)
{
    stop_at_every_change(*state, FAULT_LOSE_ALL, 0);
}

static void a_power_cut_that_keeps_some_sectors_leaves_one_commit(void **state)
{
    uint64_t seed = effort_seed() * 1000;

    for (int left = effort_count(EFFORT_VIEW_POWER); left > 0; left--, seed += 1000)
        stop_at_every_change(*state, FAULT_LOSE_SOME, seed);
}

/* ---- failpoints -------------------------------------------------------------- */

static void stop_there(void *context, const char *name)
{
    if (strcmp(name, context) == 0)
        _exit(FAULT_EXIT);
}

static void arm_failpoint(void *context)
{
    jn_failpoint_set(stop_there, context);
}

static void a_program_that_stops_at_a_failpoint_leaves_one_commit(void **state)
{
    static const char *const names[] = {"view.commit.before", "view.commit.after",
                                        "view.swap.before", "view.swap.copied",
                                        "view.swap.after"};
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[40];

        snprintf(name, sizeof name, "%s", names[i]);
        start_anew(world);
        assert_true(is_stopped(world, arm_failpoint, name));
        world->backend = &views_in_files;
        world->views->ops->close(world->views);
        world->views = open_views(world);
        assert_can_go_on(world);
        world->backend = &on_a_faulty_disk;
    }
}

/* A shadow that was swapped in but not emptied is no beginning for the next rebuild. */
static void a_stop_between_swap_and_emptying_is_no_half_done_rebuild(void **state)
{
    static const struct {
        const char *name;
        int64_t live, shadow;
    } cases[] = {
        {"view.swap.before", BATCHES, 2 * BATCHES},
        {"view.swap.after", 2 * BATCHES, 0},
    };
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_view_file *shadow;
        char name[40];

        snprintf(name, sizeof name, "%s", cases[i].name);
        world->backend = &on_a_faulty_disk;
        start_anew(world);
        assert_true(is_stopped(world, arm_failpoint, name));
        world->backend = &views_in_files;
        world->views->ops->close(world->views);
        world->views = open_views(world);
        world->file = open_view(world, world->views);
        assert_int_equal(position(world), cases[i].live);
        assert_result(
            world->file->ops->rebuild(world->file, &world->spec, &shadow, &world->error),
            JANGLE_OK);
        assert_int_equal(checkpoint_in(world, shadow).position, cases[i].shadow);
        shadow->ops->close_file(shadow);
    }
}

/* The shadow is gone by then: the view must not be the old one. */
static void a_swap_is_on_the_disk_when_its_shadow_is_gone(void **state)
{
    struct view_world *world = *state;
    pid_t child;
    int status;

    start_anew(world);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fault_vfs_reset();
        if (play(world))
            _exit(1);
        fault_vfs_cut_power(FAULT_LOSE_ALL, 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == FAULT_EXIT);
    world->backend = &views_in_files;
    world->views->ops->close(world->views);
    world->views = open_views(world);
    world->file = open_view(world, world->views);
    assert_int_equal(position(world), 2 * BATCHES);
    assert_sound(world);
}

/* ---- who moves the log ------------------------------------------------------- */

static void count_changes(void *context, enum fault_operation operation, const char *name)
{
    int64_t *changes = context;

    if (operation != FAULT_READ && operation != FAULT_REFUSAL &&
        strstr(name, "bank.db.ledger"))
        ++*changes;
}

/* As a program that runs the view in vain: it opens it, asks, and closes it. */
static void look_and_close(struct view_world *world, bool follower)
{
    struct jangle_storage storage = world->backend->storage(world->path);
    struct jangle_stores stores = {0};
    struct jangle_view_file *file = NULL;

    storage.follower = follower;
    assert_result(storage.open(&storage, &world->host.host, &stores, NULL), JANGLE_OK);
    assert_result(stores.views->ops->open(stores.views, &world->spec, &file, NULL),
                  JANGLE_OK);
    assert_true(number_in(world, file, "SELECT count(*) FROM notes") > 0);
    file->ops->close_file(file);
    stores.views->ops->close(stores.views);
}

static void write_and_leave_a_log(struct view_world *world)
{
    world->file = open_view(world, world->views);
    assert_result(add_batches(world, world->file, BATCHES), JANGLE_OK);
}

/* While others have a view open, only its writer moves the log; who is alone and may
 * write moves it when it leaves. */
static void only_the_writer_of_a_view_moves_its_log(void **state)
{
    struct view_world *world = *state;
    int64_t changes = 0;

    write_and_leave_a_log(world);
    fault_vfs_watch(count_changes, &changes);
    look_and_close(world, false);
    look_and_close(world, true);
    assert_int_equal(changes, 0);
    assert_result(add_batches(world, world->file, 2 * BATCHES), JANGLE_OK);
    assert_true(changes > 0);
}

static void write_and_stop(void *context)
{
    write_and_leave_a_log(context);
    _exit(0);
}

static void who_only_reads_a_view_leaves_its_log(void **state)
{
    struct view_world *world = *state;
    int64_t changes = 0;

    assert_false(is_stopped(world, write_and_stop, world));
    fault_vfs_reset();
    fault_vfs_watch(count_changes, &changes);
    look_and_close(world, true);
    assert_int_equal(changes, 0);
    look_and_close(world, false);
    assert_true(changes > 0);
}

/* ---- errors ------------------------------------------------------------------ */

static void fail_every(struct view_world *world, enum fault_operation operation, int code)
{
    int64_t at = 1;
    bool failed = true;

    for (; failed; at += TEST_STRIDE) {
        enum jangle_result result;

        start_anew(world);
        fault_vfs_fail((struct fault){operation, NULL, at, 1, code});
        result = play(world);
        failed = result != JANGLE_OK;
        if (failed) {
            assert_true(result == JANGLE_STORAGE || result == JANGLE_INVALID);
            assert_true(world->error.message[0] != 0);
        }
        fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
        assert_can_go_on(world);
        view_world_reopen(world);
        assert_sound(world);
        /* An error in passing, as of a checkpoint, need not be one for the caller. */
        failed = failed || at < fault_vfs_count(operation);
    }
    assert_true(at > 3);
}

static void a_write_that_fails_anywhere_can_be_tried_again(void **state)
{
    fail_every(*state, FAULT_WRITE, SQLITE_IOERR_WRITE);
}

static void a_disk_that_is_full_anywhere_can_be_tried_again(void **state)
{
    fail_every(*state, FAULT_WRITE, SQLITE_FULL);
}

static void a_sync_that_fails_anywhere_can_be_tried_again(void **state)
{
    fail_every(*state, FAULT_SYNC, SQLITE_IOERR_FSYNC);
}

static void a_view_that_may_not_grow_says_why(void **state)
{
    static const int numbers[] = {EFBIG, EDQUOT};
    struct view_world *world = *state;

    world->file = open_view(world, world->views);
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++) {
        world->error = (struct jangle_error){0};
        fault_vfs_set_errno(numbers[at]);
        fault_vfs_fail((struct fault){FAULT_WRITE, "-wal", 1, 1, SQLITE_IOERR_WRITE});
        assert_result(add_batch(world, world->file, 0, false), JANGLE_STORAGE);
        assert_said(world, "the disk is full");
    }
    assert_result(add_batches(world, world->file, BATCHES), JANGLE_OK);
}

/* An error in the very last step of making a file is one, too: else the file would never
 * be written ahead, and nobody would know. */
static void a_view_is_written_ahead_or_is_not_made(void **state)
{
    struct view_world *world = *state;
    bool failed = true;

    for (int64_t at = 1; failed; at++) {
        char header[20] = "", path[TEMP_PATH_SIZE];
        FILE *file;

        start_anew(world);
        fault_vfs_fail((struct fault){FAULT_WRITE, NULL, at, 1, SQLITE_IOERR_WRITE});
        failed = world->views->ops->open(world->views, &world->spec, &world->file,
                                         &world->error) != JANGLE_OK;
        if (failed)
            continue;
        temp_directory_path(path, world->directory, "bank.db.ledger");
        file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fread(header, 1, sizeof header, file), sizeof header);
        fclose(file);
        assert_int_equal(header[18], 2);
        failed = at < fault_vfs_count(FAULT_WRITE);
    }
}

static void a_read_that_fails_anywhere_can_be_tried_again(void **state)
{
    fail_every(*state, FAULT_READ, SQLITE_IOERR_READ);
}

static void when_there_is_room_again_work_goes_on(void **state)
{
    struct view_world *world = *state;

    for (int64_t room = 30000; room < 90000; room += 10000) {
        enum jangle_result result;

        start_anew(world);
        fault_vfs_set_room(room);
        result = play(world);
        assert_result(result, JANGLE_STORAGE);
        assert_said(world, "full");
        if (world->file)
            assert_sound(world);
        fault_vfs_set_room(-1);
        assert_can_go_on(world);
    }
}

/* ---- SQLite's memory --------------------------------------------------------- */

static sqlite3_mem_methods real_memory;
static int64_t fail_at, asked; /* one thread */
static bool fails_for_good;

static bool is_out_of_memory(void)
{
    asked++;
    return fail_at && (asked == fail_at || (fails_for_good && asked > fail_at));
}

static void *ask_for(int size)
{
    return is_out_of_memory() ? NULL : real_memory.xMalloc(size);
}

static void *ask_for_more(void *memory, int size)
{
    return is_out_of_memory() ? NULL : real_memory.xRealloc(memory, size);
}

/* Before SQLite is used at all. */
static void stand_behind_memory(void)
{
    sqlite3_mem_methods methods;
    int failed = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);

    methods = real_memory;
    methods.xMalloc = ask_for;
    methods.xRealloc = ask_for_more;
    failed |= sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    if (failed)
        abort();
}

/* Every one at first, when a file is made, then fewer and fewer. */
static void run_out_everywhere(struct view_world *world)
{
    bool failed = true;

    for (int64_t at = 1; failed; at += TEST_STRIDE * (1 + at / 100)) {
        enum jangle_result result;

        start_anew(world);
        asked = 0;
        fail_at = at;
        result = play(world);
        failed = asked >= at;
        fail_at = 0;
        if (result) {
            assert_result(result, JANGLE_NO_MEMORY);
            assert_true(world->error.message[0] != 0);
        }
        assert_can_go_on(world);
    }
}

static void memory_that_runs_out_anywhere_leaves_one_commit(void **state)
{
    fails_for_good = false;
    run_out_everywhere(*state);
}

static void memory_that_runs_out_for_good_leaves_one_commit(void **state)
{
    fails_for_good = true;
    run_out_everywhere(*state);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FAULT_TEST(a_program_that_stops_anywhere_leaves_one_commit),
        FAULT_TEST(a_power_cut_anywhere_leaves_one_commit),
        FAULT_TEST(a_power_cut_that_keeps_some_sectors_leaves_one_commit),
        FAULT_TEST(a_program_that_stops_at_a_failpoint_leaves_one_commit),
        FAULT_TEST(a_stop_between_swap_and_emptying_is_no_half_done_rebuild),
        FAULT_TEST(a_swap_is_on_the_disk_when_its_shadow_is_gone),
        FAULT_TEST(only_the_writer_of_a_view_moves_its_log),
        FAULT_TEST(who_only_reads_a_view_leaves_its_log),
        FAULT_TEST(a_write_that_fails_anywhere_can_be_tried_again),
        FAULT_TEST(a_disk_that_is_full_anywhere_can_be_tried_again),
        FAULT_TEST(a_sync_that_fails_anywhere_can_be_tried_again),
        FAULT_TEST(a_read_that_fails_anywhere_can_be_tried_again),
        FAULT_TEST(a_view_that_may_not_grow_says_why),
        FAULT_TEST(a_view_is_written_ahead_or_is_not_made),
        FAULT_TEST(when_there_is_room_again_work_goes_on),
        FAULT_TEST(memory_that_runs_out_anywhere_leaves_one_commit),
        FAULT_TEST(memory_that_runs_out_for_good_leaves_one_commit),
    };

    stand_behind_memory();
    return view_world_run("views, faults", tests, sizeof tests / sizeof *tests,
                          &on_a_faulty_disk);
}
