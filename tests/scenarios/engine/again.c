/* again.c - an instance that is opened and closed again and again, in one process: each
 * life leaves as much behind as the one before, in memory, in descriptors and on the
 * disk. And what a large commit leaves behind in an open one. */
#include "support/domains/follower.h"
#include "support/effort.h"
#include "support/failing_allocator.h"

#include "core/engine.h"

#include <jangle/testing.h>

#include <dirent.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what is open ------------------------------------------------------------ */

struct purse_events {
    int64_t events;
};

struct count_events {
    const char *purse_id;
};

static JANGLE_STRUCT(purse_events, events);
static JANGLE_QUERY(count_events, purse_id, answer(purse_events));

static enum jangle_result note(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view,
                           "INSERT INTO noted (position, purse) VALUES (?, ?)",
                           event->position, event->aggregate_id);
}

static enum jangle_result answer_count(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    const struct count_events *asked = query->data;

    return jangle_answer_row(answer, query->view,
                             "SELECT count(*) AS events FROM noted WHERE purse = ?",
                             asked->purse_id);
}

static const struct jangle_subscriber view = {
    .name = "noted",
    .handlers = JANGLE_HANDLERS({&coins_put_in, note}),
    .answerers = JANGLE_ANSWERERS({&count_events, answer_count}),
    .schema = "CREATE TABLE noted (position INTEGER PRIMARY KEY, purse TEXT)",
    .order = JANGLE_ANY_ORDER};

static struct follower seen;
static const struct jangle_subscriber side_effect = {.name = "it",
                                                     .context = &seen,
                                                     .handlers =
                                                         JANGLE_ARRAY(follower_handlers),
                                                     .start = JANGLE_FROM_FIRST};

enum { PURSES = 3, EVENTS = 9 };

static struct world world;
static struct failing_allocator memory;

static void open_it(int workers)
{
    world.config.workers = workers;
    world_open(&world, &view, &side_effect, NULL);
}

static int set_up(void **state)
{
    (void)state;
    world_init(&world, true);
    failing_allocator_init(&memory, 0);
    world.config.host.allocator = memory.allocator;
    open_it(0);
    world_put_many(&world, EVENTS, PURSES);
    world_poll(&world);
    world_close(&world);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    follower_clear(&seen);
    return 0;
}

/* ---- what a life leaves behind ------------------------------------------------ */

struct left {
    int64_t pieces;       /* of the host's allocator */
    int64_t sqlite_bytes; /* in use, in the whole process */
    int64_t descriptors;
    int64_t files, bytes; /* in the directory of the store */
};

static void count_file(struct left *left, const char *name)
{
    char path[2 * TEMP_PATH_SIZE];
    struct stat status;

    snprintf(path, sizeof path, "%s/%.200s", world.directory, name);
    assert_int_equal(stat(path, &status), 0);
    if (!S_ISREG(status.st_mode))
        return;
    left->files++;
    left->bytes += status.st_size;
}

static int64_t count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int64_t count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static struct left look(void)
{
    struct left left = {.pieces = memory.pieces,
                        .sqlite_bytes = sqlite3_memory_used(),
                        .descriptors = count_descriptors()};
    DIR *directory = opendir(world.directory);
    struct dirent *entry;

    assert_non_null(directory);
    while ((entry = readdir(directory)))
        count_file(&left, entry->d_name);
    closedir(directory);
    return left;
}

/* Everything that reads: a state, the log, a view, figures. */
static void live_once(int workers)
{
    struct jangle_answer answer = {0};

    open_it(workers);
    assert_result(jangle_drain(world.jangle, -1, NULL, &world.error), JANGLE_OK);
    assert_result(jangle_ask(world.jangle, &answer, count_events, .purse_id = "1"),
                  JANGLE_OK);
    assert_int_equal(((const struct purse_events *)answer.data)->events, EVENTS / PURSES);
    jangle_answer_free(&answer);
    assert_result(
        jangle_send(world.jangle, NULL, take_out, .purse_id = "1", .amount = 1000000),
        JANGLE_REJECTED);
    assert_int_equal(world_measure(&world, "it").position, EVENTS);
    world_close(&world);
}

/* ---- tests -------------------------------------------------------------------- */

/* The second life is the measure, because the first one may still make what stays. */
static void each_life_leaves_as_much_as_the_one_before(void **state)
{
    struct left first, last;

    (void)state;
    live_once(1);
    live_once(2);
    first = look();
    for (int life = effort_count(EFFORT_LIVES); life; life--)
        live_once(life % 3);
    last = look();
    assert_int_equal(first.pieces, 0);
    assert_int_equal(last.pieces, 0);
    assert_int_equal(last.sqlite_bytes, first.sqlite_bytes);
    assert_int_equal(last.descriptors, first.descriptors);
    assert_int_equal(last.files, first.files);
    assert_int_equal(last.bytes, first.bytes);
}

/* 0 if the child is told that its parent has the store open. */
static int open_in_a_child(void)
{
    struct jangle_error error = {0};
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit(jangle_open(&world.config, &error) || error.result != JANGLE_INVALID ||
              !strstr(error.message, "was open when this process was forked off"));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A process has room to note that 256 files are open (forks.c). If each life left its
 * note behind, there would be no room for that of another store. */
static void after_many_lives_a_child_is_still_told_what_is_open(void **state)
{
    enum { NOTES = 256 };

    (void)state;
    for (int life = 0; life < NOTES; life++) {
        open_it(0);
        world_close(&world);
    }
    temp_directory_path(world.file, world.directory, "other.db");
    open_it(0);
    assert_int_equal(open_in_a_child(), 0);
    world_close(&world);
}

/* ---- what a large commit leaves behind ------------------------------------------- */

enum {
    MIB = 1024 * 1024,
    LARGE_COUNT = 128,
    LARGE_SIZE = 200000,
    WRITER_BYTES = 18 * MIB, /* the pages, and what SQLite keeps of each */
    READER_BYTES = 5 * MIB / 2
};

/* One commit of 24 MiB. */
static void store_large(void)
{
    static char payload[LARGE_SIZE + 1];
    struct jangle_store *store = world.jangle->store;
    struct jangle_record records[LARGE_COUNT];
    struct jangle_append append = {.records = records, .count = LARGE_COUNT};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    snprintf(payload, sizeof payload, "{\"amount\":1}%*s", LARGE_SIZE - 12, "");
    for (size_t i = 0; i < LARGE_COUNT; i++) {
        records[i] = (struct jangle_record){.kind = "purse",
                                            .id = "large",
                                            .type = "coins_put_in",
                                            .type_version = 1,
                                            .payload = payload,
                                            .payload_size = LARGE_SIZE,
                                            .meta = "{}"};
        jn_host_id(&world.jangle->host, records[i].event_id);
    }
    assert_result(store->ops->commit(store, &group, &world.error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

/* operations.md says: 16 MiB of pages for the connection that writes the store, and 2 MiB
 * for each other one. Here one reads it, and one writes the view. */
static void a_large_commit_leaves_no_more_pages_than_a_connection_keeps(void **state)
{
    int64_t before, taken;

    (void)state;
    open_it(0);
    world_poll(&world);
    before = sqlite3_memory_used();
    taken = memory.bytes;
    store_large();
    assert_true(sqlite3_memory_used() - before < WRITER_BYTES);
    world_poll(&world);
    assert_int_equal(world_measure(&world, "it").position, EVENTS + LARGE_COUNT);
    assert_true(sqlite3_memory_used() - before < WRITER_BYTES + 2 * READER_BYTES);
    assert_true(memory.bytes - taken < LARGE_SIZE);
    world_close(&world);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_life_leaves_as_much_as_the_one_before),
        TEST(after_many_lives_a_child_is_still_told_what_is_open),
        TEST(a_large_commit_leaves_no_more_pages_than_a_connection_keeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
