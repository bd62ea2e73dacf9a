/* sqlite_lock.c - several processes on one file: turns, ownership, and those who die. */
#include "contract/world.h"
#include "sqlite/file/lock.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct jangle_sqlite_options options;

static struct jangle_storage patient(const char *path)
{
    return jangle_sqlite_with(path, &options);
}

static const struct backend sqlite = {
    .name = "sqlite", .storage = patient, .durable = true};

static int setup(void **state)
{
    options = (struct jangle_sqlite_options){.writer_timeout_ms = 60000,
                                             .fence_timeout_ms = 60000};
    return world_setup(state);
}

static enum jangle_result try_record(struct world *world, struct jangle_record record)
{
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    enum jangle_result result;

    memset(&world->error, 0, sizeof world->error);
    result = world->store->ops->commit(world->store, &group, &world->error);
    return result ? result : append.error.result;
}

static int64_t epoch_of(struct world *world)
{
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch = 0;

    assert_result(world->store->ops->identify(world->store, id, &epoch, NULL), JANGLE_OK);
    return epoch;
}

/* ---- another process --------------------------------------------------------- */

/* It says a letter when it has come to a point, and waits there for one. */
struct other {
    pid_t process;
    int to, from;
};

static void say(int pipe)
{
    if (write(pipe, "x", 1) != 1)
        _exit(1);
}

static void hear(int pipe)
{
    char letter;

    if (read(pipe, &letter, 1) != 1)
        _exit(1);
}

static void meet(const struct other *parent)
{
    say(parent->to);
    hear(parent->from);
}

/* It is this program once more: what is open here would be open in a child, without
 * locks. */
static struct other start(const char *work, const char *path)
{
    int down[2], up[2];
    char from[16], to[16];
    struct other other;

    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    snprintf(from, sizeof from, "%d", down[0]);
    snprintf(to, sizeof to, "%d", up[1]);
    fflush(NULL);
    other.process = fork();
    assert_true(other.process >= 0);
    if (other.process == 0) {
        close(down[1]);
        close(up[0]);
        execl("/proc/self/exe", "sqlite_lock", work, path, from, to, (char *)NULL);
        _exit(1);
    }
    close(down[0]);
    close(up[1]);
    other.to = down[1];
    other.from = up[0];
    return other;
}

static void wait_for(const struct other *other)
{
    char letter;

    assert_int_equal(read(other->from, &letter, 1), 1);
}

static void go_on(const struct other *other)
{
    assert_int_equal(write(other->to, "x", 1), 1);
}

static int finish(struct other *other)
{
    int status;

    close(other->to);
    close(other->from);
    assert_int_equal(waitpid(other->process, &status, 0), other->process);
    return status;
}

/* A store of the other process's own. */
static void open_there(struct world *world, const char *path, const char *vfs)
{
    struct jangle_sqlite_options there = {.vfs = vfs};
    struct jangle_storage storage = jangle_sqlite_with(path, &there);

    memset(world, 0, sizeof *world);
    test_host_init(&world->host);
    if (storage.open(&storage, &world->host.host, &world->stores, NULL))
        _exit(1);
    world->store = world->stores.store;
}

/* ---- turns ------------------------------------------------------------------- */

enum { TURNS = 2500 };

static void write_many(const char *path, const struct other *parent)
{
    struct world world;
    char id[20];

    open_there(&world, path, NULL);
    snprintf(id, sizeof id, "%d", (int)getpid());
    meet(parent);
    for (int at = 0; at < TURNS; at++)
        if (try_record(&world, record_of(id, at + 1)))
            _exit(1);
    world_close_another(&world.stores);
}

struct changes {
    char last[20];
    int count;
};

static enum jangle_result count_changes(void *context, const struct jangle_record *record)
{
    struct changes *changes = context;

    changes->count += strcmp(changes->last, record->id) != 0;
    snprintf(changes->last, sizeof changes->last, "%s", record->id);
    return JANGLE_OK;
}

static void processes_take_turns(void **state)
{
    struct world *world = *state;
    struct changes changes = {"", 0};
    struct other others[] = {start("write_many", world->path),
                             start("write_many", world->path)};

    wait_for(&others[0]);
    wait_for(&others[1]);
    go_on(&others[0]);
    go_on(&others[1]);
    assert_int_equal(finish(&others[0]), 0);
    assert_int_equal(finish(&others[1]), 0);
    assert_int_equal(head_of(world), 2 * TURNS);
    assert_result(world->store->ops->read_all(world->store, 0, 2 * TURNS, count_changes,
                                              &changes, NULL),
                  JANGLE_OK);
    print_message("%d changes of turn\n", changes.count);
    assert_true(changes.count > 8);
}

static void take_the_turn_and_keep_it(const char *path, const struct other *parent)
{
    struct test_host host;
    struct jn_group group;
    struct jn_lock lock;
    bool unclean;

    test_host_init(&host);
    if (jn_group_init(&group, path, &host.host.allocator) ||
        jn_lock_open(&lock, &group, true, NULL) ||
        jn_lock_take_writer(&lock, 1000, &unclean, NULL))
        _exit(1);
    meet(parent);
}

static void
a_turn_that_does_not_come_is_busy_and_a_dead_holder_gives_it_back(void **state)
{
    struct world *world;
    struct other other;
    int64_t epoch;

    options.writer_timeout_ms = 30;
    assert_int_equal(world_setup(state), 0);
    world = *state;
    epoch = epoch_of(world);
    store_events(world, "a", 1);
    other = start("take_the_turn_and_keep_it", world->path);
    wait_for(&other);
    assert_result(try_record(world, record_of("a", 2)), JANGLE_BUSY);
    assert_non_null(strstr(world->error.message, "-lock"));
    assert_int_equal(version_of(world, "account", "a"), 1);

    kill(other.process, SIGKILL);
    assert_true(WIFSIGNALED(finish(&other)));
    assert_result(try_record(world, record_of("a", 2)), JANGLE_OK);
    assert_int_equal(epoch_of(world), epoch + 1); /* he may have been writing */
}

static enum jangle_result own(struct world *world, struct jangle_store *store)
{
    bool unclean;

    memset(&world->error, 0, sizeof world->error);
    return store->ops->own(store, "printer", &unclean, &world->error);
}

/* Else all who wait for an owner's end would be in the way of those who write. */
static void what_another_owns_is_refused_without_a_turn(void **state)
{
    struct world *world;
    struct jangle_stores other;
    struct other holder;

    options.writer_timeout_ms = 30;
    assert_int_equal(world_setup(state), 0);
    world = *state;
    assert_result(own(world, world->store), JANGLE_OK);
    other = world_open_another(world, world->path);
    holder = start("take_the_turn_and_keep_it", world->path);
    wait_for(&holder);
    assert_result(own(world, other.store), JANGLE_BUSY);
    assert_non_null(strstr(world->error.message, "another process runs subscriber"));
    world->store->ops->disown(world->store, "printer", false);
    assert_result(own(world, other.store), JANGLE_BUSY);
    assert_non_null(strstr(world->error.message, "writer lock"));
    go_on(&holder);
    assert_int_equal(finish(&holder), 0);
    assert_result(own(world, other.store), JANGLE_OK);
    world_close_another(&other);
}

/* ---- those who die, or do not know ------------------------------------------- */

static void die_in_a_commit(const char *path, const struct other *parent)
{
    struct world world;

    fault_vfs_register();
    fault_vfs_reset();
    open_there(&world, path, "fault");
    meet(parent);
    fault_vfs_stop_at(2, FAULT_LOSE_NOTHING, 0);
    try_record(&world, record_of("b", 1));
}

static void who_lives_notices_who_died_writing(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);
    struct other other = start("die_in_a_commit", world->path);

    wait_for(&other);
    store_events(world, "a", 1);
    assert_int_equal(epoch_of(world), epoch);
    go_on(&other);
    assert_int_equal(WEXITSTATUS(finish(&other)), FAULT_EXIT);
    store_events(world, "a", 1);
    assert_int_equal(epoch_of(world), epoch + 1);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
    store_events(world, "a", 1);
    assert_int_equal(epoch_of(world), epoch + 1);
}

static void let_go(struct jangle_stores *stores)
{
    stores->store->ops->disown(stores->store, "printer", false);
}

/* To let go of something is no time for a fence. But then nothing may be written either,
 * nor the dead one's checkpoint be wiped out: whoever writes next must find it. */
static void assert_doubt_is_left(struct world *world,
                                 void (*leave)(struct jangle_stores *stores))
{
    struct jangle_stores leaving = world_open_another(world, world->path);
    struct other dead = start("die_in_a_commit", world->path);
    int64_t epoch;

    assert_result(own(world, leaving.store), JANGLE_OK);
    wait_for(&dead);
    epoch = epoch_of(world);
    go_on(&dead);
    assert_int_equal(WEXITSTATUS(finish(&dead)), FAULT_EXIT);
    leave(&leaving);
    assert_int_equal(epoch_of(world), epoch);
    store_events(world, "a", 1);
    assert_int_equal(epoch_of(world), epoch + 1);
    if (leave == let_go)
        world_close_another(&leaving);
}

static void who_lets_go_of_a_subscriber_leaves_the_doubt_to_who_writes(void **state)
{
    assert_doubt_is_left(*state, let_go);
}

static void who_closes_leaves_the_doubt_to_who_writes(void **state)
{
    assert_doubt_is_left(*state, world_close_another);
}

/* It lives on, but does not know what became of its commit. */
static void come_to_doubt(const char *path, const struct other *parent)
{
    struct world world;

    fault_vfs_register();
    fault_vfs_reset();
    open_there(&world, path, "fault");
    fault_vfs_fail((struct fault){FAULT_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC});
    if (try_record(&world, record_of("b", 1)) != JANGLE_UNKNOWN)
        _exit(1);
    meet(parent);
    if (try_record(&world, record_of("b", 0)) != JANGLE_OK)
        _exit(1);
    world_close_another(&world.stores);
}

static void the_doubt_of_another_is_cleared_before_anything_is_written(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);
    struct other other = start("come_to_doubt", world->path);

    wait_for(&other);
    assert_int_equal(epoch_of(world), epoch);
    store_events(world, "a", 1);
    assert_int_equal(epoch_of(world), epoch + 1);
    go_on(&other);
    assert_int_equal(finish(&other), 0);
    assert_int_equal(version_of(world, "account", "a"), 1);
}

/* ---- readers in the way of the fence ----------------------------------------- */

static void read_without_end(const char *path, const struct other *parent)
{
    sqlite3 *handle;

    if (sqlite3_open(path, &handle) ||
        sqlite3_exec(handle, "BEGIN; SELECT count(*) FROM events", NULL, NULL, NULL))
        _exit(1);
    meet(parent);
    sqlite3_close(handle);
}

static void until_readers_are_gone_a_doubtful_store_is_only_read(void **state)
{
    struct world *world = *state;
    struct other dead = start("die_in_a_commit", world->path);
    struct other reader;

    wait_for(&dead);
    store_events(world, "a", 1);
    reader = start("read_without_end", world->path);
    wait_for(&reader);
    store_events(world, "a", 1);
    go_on(&dead);
    assert_int_equal(WEXITSTATUS(finish(&dead)), FAULT_EXIT);

    options.fence_timeout_ms = 50;
    world_reopen(world);
    assert_result(try_record(world, record_of("a", 3)), JANGLE_BUSY);
    assert_non_null(strstr(world->error.message, "readers"));
    assert_string_equal(show_stream(world, "a", 0), "1:account/a@1 2:account/a@2");

    go_on(&reader);
    assert_int_equal(finish(&reader), 0);
    assert_result(try_record(world, record_of("a", 3)), JANGLE_OK);
    assert_int_equal(head_of(world), 3);
}

static const struct {
    const char *name;
    void (*work)(const char *path, const struct other *parent);
} works[] = {
    {"write_many", write_many},
    {"take_the_turn_and_keep_it", take_the_turn_and_keep_it},
    {"die_in_a_commit", die_in_a_commit},
    {"come_to_doubt", come_to_doubt},
    {"read_without_end", read_without_end},
};

/* WORK PATH FROM TO */
static int be_the_other(char **arguments)
{
    struct other parent = {.from = (int)strtol(arguments[3], NULL, 10),
                           .to = (int)strtol(arguments[4], NULL, 10)};

    for (size_t at = 0; at < sizeof works / sizeof *works; at++)
        if (strcmp(works[at].name, arguments[1]) == 0) {
            works[at].work(arguments[2], &parent);
            _exit(0); /* as it is: what is open stays so */
        }
    return 1;
}

int main(int count, char **arguments)
{
    struct backend backend = sqlite;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, setup, world_teardown, &backend)
        TEST(processes_take_turns),
        cmocka_unit_test_prestate_setup_teardown(
            a_turn_that_does_not_come_is_busy_and_a_dead_holder_gives_it_back, NULL,
            world_teardown, &backend),
        cmocka_unit_test_prestate_setup_teardown(
            what_another_owns_is_refused_without_a_turn, NULL, world_teardown, &backend),
        TEST(who_lives_notices_who_died_writing),
        TEST(who_lets_go_of_a_subscriber_leaves_the_doubt_to_who_writes),
        TEST(who_closes_leaves_the_doubt_to_who_writes),
        TEST(the_doubt_of_another_is_cleared_before_anything_is_written),
        TEST(until_readers_are_gone_a_doubtful_store_is_only_read),
    };

    if (count == 5)
        return be_the_other(arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
