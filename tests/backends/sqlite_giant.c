/* sqlite_giant.c - giant commands make the write-ahead log grow by no more than a group
 * of config.group_bytes has, and by a giant one alone. */
#include "contract/world.h"

#include "command/commit.h"

#include <jangle/config.h>

#include <stdlib.h>
#include <sys/stat.h>

enum {
    PAGE = 4096,
    FRAME = PAGE + 24,
    HEADER = 32, /* of the WAL */
    GROUP_BYTES = 256 * 1024,
    CHECKPOINT_FRAMES = 25,
    BOUND = 4 * CHECKPOINT_FRAMES, /* at so many frames the WAL is emptied */
    /* Frames of a command beside its payload: pages that are not full, of events, indexes
     * and streams; and of a group, whatever its commands are. */
    FRAMES_OF_A_COMMAND = 6,
    FRAMES_OF_A_GROUP = 16,
    COMMANDS = 40
};

static struct jangle_storage frequent(const char *path)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames =
                                                             CHECKPOINT_FRAMES};

    return jangle_sqlite_with(path, &options);
}

/* It never makes a WAL checkpoint here, so the WAL shows what each group has written. */
static struct jangle_storage seldom(const char *path)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames =
                                                             1000000};

    return jangle_sqlite_with(path, &options);
}

static int64_t frames_in_log(struct world *world)
{
    struct stat status;
    char path[TEMP_PATH_SIZE + 8];

    snprintf(path, sizeof path, "%s-wal", world->path);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size < HEADER ? 0 : (status.st_size - HEADER) / FRAME;
}

/* ---- commands in the queue --------------------------------------------------- */

struct giant {
    struct jn_ticket ticket;
    struct jangle_record record;
    char id[16];
};

struct queue {
    struct jn_commit commit;
    struct giant giants[COMMANDS];
    size_t count;
    char *payload; /* of all of them */
};

static void begin_queue(struct queue *queue, struct world *world)
{
    const struct jn_commit_limits limits = {
        .group_count = 256, .group_bytes = GROUP_BYTES, .queue_limit = 1000};

    *queue = (struct queue){.payload = malloc(4 * GROUP_BYTES)};
    assert_non_null(queue->payload);
    memset(queue->payload, 'x', 4 * GROUP_BYTES);
    assert_result(jn_commit_init(&queue->commit, world->store, &limits,
                                 &world->host.host.allocator),
                  JANGLE_OK);
}

static void end_queue(struct queue *queue)
{
    jn_commit_finish(&queue->commit);
    free(queue->payload);
}

/* Each command is for a stream of its own. */
static void enqueue(struct queue *queue, size_t bytes)
{
    struct giant *giant = &queue->giants[queue->count++];

    assert_true(queue->count <= COMMANDS && bytes <= 4 * GROUP_BYTES);
    snprintf(giant->id, sizeof giant->id, "%zu", queue->count);
    giant->record = record_of(giant->id, 0);
    giant->record.payload = queue->payload;
    giant->record.payload_size = bytes;
    giant->ticket.append = (struct jangle_append){.records = &giant->record, .count = 1};
    jn_commit_weigh(&giant->ticket, 1);
    assert_result(jn_commit_enqueue(&queue->commit, &giant->ticket, 1, NULL), JANGLE_OK);
}

/* Returns how many commands the group had; 0: the queue is empty. */
static size_t commit_next(struct queue *queue)
{
    jn_commit_take(&queue->commit);
    jn_commit_run(&queue->commit);
    jn_commit_settle(&queue->commit);
    assert_result(queue->commit.error.result, JANGLE_OK);
    return queue->commit.group.append_count;
}

static int64_t frames_of(size_t bytes, size_t commands)
{
    return (int64_t)(bytes / PAGE + commands * FRAMES_OF_A_COMMAND + FRAMES_OF_A_GROUP);
}

/* All are stored, in the order in which they were queued. */
static void check_order(const struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        const struct jn_ticket *ticket = &queue->giants[i].ticket;

        assert_result(ticket->error.result, JANGLE_OK);
        assert_int_equal(ticket->append.receipt.position, i + 1);
    }
}

/* ---- tests ------------------------------------------------------------------- */

/* Forty commands of 60 KiB are 2.4 MB: ten groups of four, where one group would be 600
 * pages long. */
static void the_log_grows_by_one_group_at_a_time(void **state)
{
    struct world *world = *state;
    struct queue queue;
    int64_t before = frames_in_log(world);
    size_t groups = 0, count;

    begin_queue(&queue, world);
    for (size_t i = 0; i < COMMANDS; i++)
        enqueue(&queue, 60 * 1024);
    for (; (count = commit_next(&queue)); groups++) {
        int64_t now = frames_in_log(world);

        assert_true(now - before <= frames_of(GROUP_BYTES, count));
        before = now;
    }
    assert_int_equal(groups, COMMANDS / 4);
    check_order(&queue);
    end_queue(&queue);
}

/* The small commands beside it are not in its commit, so they do not wait for it to be
 * written if they came first, and do not make it larger. */
static void a_command_above_the_limit_is_a_commit_by_itself(void **state)
{
    static const size_t sizes[] = {100, 100, 4 * GROUP_BYTES, 100, 100, 100};
    static const size_t groups[] = {2, 1, 3, 0};
    struct world *world = *state;
    struct queue queue;

    begin_queue(&queue, world);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        enqueue(&queue, sizes[i]);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        int64_t before = frames_in_log(world);

        assert_int_equal(commit_next(&queue), groups[i]);
        assert_true(frames_in_log(world) - before <=
                    frames_of(groups[i] == 1 ? 4 * GROUP_BYTES : GROUP_BYTES, groups[i]));
    }
    check_order(&queue);
    end_queue(&queue);
}

/* Between groups the WAL is emptied, so its length is bounded by its own limit and one
 * group, however many giant commands wait. */
static void the_log_is_never_longer_than_its_limit_and_a_group(void **state)
{
    struct world *world = *state;
    struct queue queue;

    begin_queue(&queue, world);
    for (size_t i = 0; i < COMMANDS; i++)
        enqueue(&queue, 60 * 1024);
    while (commit_next(&queue))
        assert_true(frames_in_log(world) <= BOUND + frames_of(GROUP_BYTES, 4));
    check_order(&queue);
    end_queue(&queue);
}

int main(void)
{
    struct backend often = {.name = "sqlite", .storage = frequent, .durable = true};
    struct backend never = {.name = "sqlite", .storage = seldom, .durable = true};
#define TEST(name, backend)                                                              \
    cmocka_unit_test_prestate_setup_teardown(name, world_setup, world_teardown,          \
                                             &(backend))
    const struct CMUnitTest tests[] = {
        TEST(the_log_grows_by_one_group_at_a_time, never),
        TEST(a_command_above_the_limit_is_a_commit_by_itself, never),
        TEST(the_log_is_never_longer_than_its_limit_and_a_group, often),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
