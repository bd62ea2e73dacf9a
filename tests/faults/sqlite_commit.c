/* sqlite_commit.c - the disk fails while a group is committed: what is said is true, and
 * stays so. */
#include "contract/world.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>

static struct jangle_storage faulty(const char *path)
{
    static const struct jangle_sqlite_options options = {
        .vfs = "fault", .fence_timeout_ms = 200, .wal_checkpoint_frames = 50};

    return jangle_sqlite_with(path, &options);
}

static const struct backend sqlite = {
    .name = "sqlite on a faulty disk", .storage = faulty, .durable = true};

static int setup(void **state)
{
    fault_vfs_register();
    fault_vfs_reset();
    return world_setup(state);
}

static int teardown(void **state)
{
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    fault_vfs_set_room(-1);
    return world_teardown(state);
}

/* One command with one event; the group's result, or the part's. */
static enum jangle_result
send(struct world *world, const char *command_id, struct jangle_record record)
{
    struct jangle_append append = {
        .command_id = command_id, .records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    enum jangle_result result;

    memset(&world->error, 0, sizeof world->error);
    result = world->store->ops->commit(world->store, &group, &world->error);
    return result ? result : append.error.result;
}

static enum jangle_result find(struct world *world, const char *command_id)
{
    struct jangle_receipt receipt;

    memset(&world->error, 0, sizeof world->error);
    return world->store->ops->find_command(world->store, command_id, &receipt,
                                           &world->error);
}

static int64_t epoch_of(struct world *world)
{
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch = 0;

    assert_result(world->store->ops->identify(world->store, id, &epoch, NULL), JANGLE_OK);
    return epoch;
}

static void fail_log(enum fault_operation operation, int64_t times, int code)
{
    fault_vfs_fail((struct fault){
        .operation = operation, .file = "-wal", .at = 1, .times = times, .code = code});
}

/* ---- errors in the commit ---------------------------------------------------- */

static void a_sync_that_fails_is_unknown_then_the_truth_is_told(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);
    enum jangle_result truth;

    assert_result(send(world, "c-1", record_of("a", 1)), JANGLE_OK);
    fail_log(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC);
    assert_result(send(world, "c-2", record_of("a", 2)), JANGLE_UNKNOWN);
    assert_non_null(strstr(world->error.message, world->path));
    truth = find(world, "c-2");
    assert_true(truth == JANGLE_OK || truth == JANGLE_NOT_FOUND);
    assert_int_equal(epoch_of(world), epoch + 1);
    assert_result(find(world, "c-1"), JANGLE_OK);

    assert_result(send(world, "c-3", record_of("b", 1)), JANGLE_OK);
    assert_result(find(world, "c-2"), truth);
    world_reopen(world);
    assert_result(find(world, "c-2"), truth);
    assert_int_equal(version_of(world, "account", "a"), truth ? 1 : 2);
    assert_int_equal(head_of(world), truth ? 2 : 3);
}

static void as_long_as_the_disk_fails_the_store_is_busy_and_can_be_read(void **state)
{
    struct world *world = *state;
    int64_t head;

    assert_result(send(world, "c-1", record_of("a", 1)), JANGLE_OK);
    fault_vfs_fail((struct fault){FAULT_SYNC, NULL, 1, 0, SQLITE_IOERR_FSYNC});
    assert_result(send(world, "c-2", record_of("a", 2)), JANGLE_UNKNOWN);
    for (int times = 0; times < 3; times++) {
        struct counting counting = {0};

        assert_result(send(world, "c-3", record_of("b", 1)), JANGLE_BUSY);
        assert_non_null(strstr(world->error.message, world->path));
        assert_result(find(world, "c-2"), JANGLE_BUSY);
        assert_result(world->store->ops->read_all(world->store, 0, 10, count_record,
                                                  &counting, NULL),
                      JANGLE_BUSY);
        assert_int_equal(counting.count, 0);
        /* A stream can be read, and nothing is answered on what is perhaps not durable.
         */
        assert_result(world->store->ops->read_stream(world->store, "account", "a", 0,
                                                     count_record, &counting, NULL),
                      JANGLE_OK);
        assert_true(counting.count >= 1);
        assert_result(
            world->store->ops->stream_head(world->store, "account", "a", &head, NULL),
            JANGLE_BUSY);
    }
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    assert_result(send(world, "c-3", record_of("b", 1)), JANGLE_OK);
    assert_result(find(world, "c-3"), JANGLE_OK);
}

static enum jangle_result see_version(void *context,
                                      const struct jangle_saga_record *record)
{
    *(int64_t *)context = record->version;
    return JANGLE_OK;
}

/* 0: there is none. */
static enum jangle_result read_version(struct world *world, int64_t *version)
{
    *version = 0;
    return world->store->ops->read_saga(world->store, "transfer", "t1", see_version,
                                        version, &world->error);
}

/* A saga's events count as handled by its record: so none is shown that the fence may
 * make go away, and after the fence it is the one that is stored. */
static void a_saga_that_may_not_be_durable_is_not_shown(void **state)
{
    struct world *world = *state;
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "t1", .version = 1, .state = "{}", .state_size = 2};
    struct jangle_group group = {.sagas = &saga, .saga_count = 1};
    int64_t version, shown;

    fault_vfs_fail((struct fault){FAULT_SYNC, NULL, 1, 0, SQLITE_IOERR_FSYNC});
    assert_result(world->store->ops->commit(world->store, &group, &world->error),
                  JANGLE_UNKNOWN);
    assert_result(read_version(world, &version), JANGLE_BUSY);
    assert_int_equal(version, 0);
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    (void)read_version(world, &version);
    assert_in_range(version, 0, 1);
    world_reopen(world);
    (void)read_version(world, &shown);
    assert_int_equal(shown, version);
}

static void a_write_that_fails_leaves_nothing_behind(void **state)
{
    struct world *world = *state;

    assert_result(send(world, "c-1", record_of("a", 1)), JANGLE_OK);
    fail_log(FAULT_WRITE, 1, SQLITE_IOERR_WRITE);
    assert_result(send(world, "c-2", record_of("a", 2)), JANGLE_UNKNOWN);
    assert_result(find(world, "c-2"), JANGLE_NOT_FOUND);
    assert_result(send(world, "c-2", record_of("a", 2)), JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/a@2");
}

static void a_checkpoint_that_fails_does_not_change_an_answer(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);
    int64_t sent = 0;

    /* The file itself is only written by checkpoints. */
    fault_vfs_fail((struct fault){FAULT_SYNC, "store.db", 1, 1, SQLITE_IOERR_FSYNC});
    while (epoch_of(world) == epoch && sent < 100) {
        char id[20];

        snprintf(id, sizeof id, "c-%d", (int)++sent);
        assert_result(send(world, id, record_of("a", sent)), JANGLE_OK);
    }
    assert_int_equal(epoch_of(world), epoch + 1);
    assert_int_equal(head_of(world), sent);
    world_reopen(world);
    assert_int_equal(head_of(world), sent);
}

static void checkpoints_alone_are_not_synced_and_commands_are(void **state)
{
    struct world *world = *state;
    int64_t syncs;

    store_events(world, "a", 3);
    syncs = fault_vfs_count(FAULT_SYNC);
    for (int position = 0; position < 3; position++)
        move_checkpoint(world, "printer", position - 1, position);
    assert_int_equal(fault_vfs_count(FAULT_SYNC), syncs);
    store_events(world, "a", 1);
    assert_int_equal(fault_vfs_count(FAULT_SYNC), syncs + 1);
}

/* ---- a full disk ------------------------------------------------------------- */

static void a_full_disk_refuses_commands_until_there_is_room(void **state)
{
    struct world *world = *state;
    int64_t epoch = epoch_of(world);
    int64_t sent = 0;
    static char payload[100 * 1000]; /* more than what failed has left room for */
    struct jangle_record large;
    enum jangle_result result = JANGLE_OK;

    fault_vfs_set_room(280 * 1000);
    while (!result && sent < 1000) {
        char id[20];

        snprintf(id, sizeof id, "c-%d", (int)sent + 1);
        result = send(world, id, record_of("a", sent + 1));
        sent += result == JANGLE_OK;
    }
    assert_result(result, JANGLE_STORAGE);
    assert_non_null(strstr(world->error.message, "the disk is full"));
    assert_true(sent > 5);
    assert_int_equal(head_of(world), sent);

    fault_vfs_set_room(0);
    large = record_of("a", sent + 1);
    large.payload = payload;
    large.payload_size = sizeof payload;
    assert_result(send(world, "again", large), JANGLE_STORAGE);
    assert_result(find(world, "again"), JANGLE_NOT_FOUND);
    fault_vfs_set_room(-1);
    assert_result(send(world, "again", large), JANGLE_OK);
    assert_int_equal(head_of(world), sent + 1);
    assert_int_equal(epoch_of(world), epoch); /* nothing was ever in doubt */
}

/* A payload that SQLite does not keep in memory until the commit. */
enum { HUGE_SIZE = 6 * 1000 * 1000 };

static void a_full_disk_in_a_savepoint_costs_its_member_only(void **state)
{
    struct world *world = *state;
    char *huge = calloc(1, HUGE_SIZE);
    struct jangle_record records[] = {record_of("a", 1), record_of("b", 1),
                                      record_of("c", 1)};
    struct jangle_append appends[] = {
        {.command_id = "c-1", .records = &records[0], .count = 1},
        {.command_id = "c-2", .records = &records[1], .count = 1},
        {.command_id = "c-3", .records = &records[2], .count = 1}};
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "t", .version = 1, .with = &appends[1]};
    struct jangle_checkpoint logs[] = {{.subscriber = "w#1",
                                        .from = -1,
                                        .position = 5,
                                        .with = appends,
                                        .with_count = 3},
                                       {.subscriber = "w#2",
                                        .from = -1,
                                        .position = 5,
                                        .with = appends,
                                        .with_count = 1}};
    struct jangle_group group = {.appends = appends,
                                 .append_count = 3,
                                 .sagas = &saga,
                                 .saga_count = 1,
                                 .checkpoints = logs,
                                 .checkpoint_count = 2};

    records[1].payload = huge;
    records[1].payload_size = HUGE_SIZE;
    fault_vfs_set_room(320 * 1000);
    commit_group(world, &group);
    assert_result(appends[0].error.result, JANGLE_OK);
    assert_result(appends[1].error.result, JANGLE_STORAGE);
    assert_non_null(strstr(appends[1].error.message, "the disk is full"));
    assert_result(saga.error.result, JANGLE_STORAGE);
    assert_string_equal(saga.error.message, appends[1].error.message);
    assert_result(logs[0].error.result, JANGLE_CONFLICT); /* each part is stored alone */
    assert_result(logs[1].error.result, JANGLE_OK);
    assert_int_equal(checkpoint_of(world, "w#1"), -1);
    assert_result(appends[2].error.result, JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/a@1 2:account/c@1");
    assert_string_equal(show_saga(world, "transfer", "t"), "NOT_FOUND");

    fault_vfs_set_room(-1);
    commit_group(world, &(struct jangle_group){.appends = &appends[1],
                                               .append_count = 1,
                                               .sagas = &saga,
                                               .saga_count = 1});
    assert_result(saga.error.result, JANGLE_OK);
    assert_int_equal(records[1].position, 3);
    free(huge);
}

/* ---- many commands, and their outcomes --------------------------------------- */

enum { COMMANDS = 12 };

/* Commands that must be stored, must not be, or may be. */
struct oracle {
    enum jangle_result results[COMMANDS];
};

static enum jangle_result find_numbered(struct world *world, int number)
{
    char id[20];

    snprintf(id, sizeof id, "c-%d", number);
    return find(world, id);
}

static void work(struct world *world, struct oracle *oracle)
{
    for (int at = 0; at < COMMANDS; at++) {
        char id[20];

        snprintf(id, sizeof id, "c-%d", at);
        oracle->results[at] = send(world, id, record_of("a", 0));
    }
}

static void check(struct world *world, const struct oracle *oracle)
{
    int64_t found = 0;

    for (int at = 0; at < COMMANDS; at++) {
        enum jangle_result result = find_numbered(world, at);

        found += result == JANGLE_OK;
        if (oracle->results[at] == JANGLE_OK)
            assert_result(result, JANGLE_OK);
        else if (oracle->results[at] == JANGLE_UNKNOWN)
            assert_true(result == JANGLE_OK || result == JANGLE_NOT_FOUND);
        else
            assert_result(result, JANGLE_NOT_FOUND);
    }
    assert_int_equal(head_of(world), found);
    assert_int_equal(version_of(world, "account", "a"), found);
}

/* ---- a full disk that tears -------------------------------------------------- */

/* Commands until the disk is full, on so many bytes of room; then there is room again.
 * Counts the UNKNOWN that was stored all the same. */
static void fill_disk(int64_t room, int *stored)
{
    struct backend backend = sqlite;
    void *fresh = &backend;
    struct oracle oracle = {{JANGLE_OK}};

    assert_int_equal(setup(&fresh), 0);
    fault_vfs_set_safe_overwrite(false);
    world_reopen(fresh); /* SQLite asks the disk when it opens a file */
    fault_vfs_set_room(room);
    work(fresh, &oracle);
    fault_vfs_set_room(-1);
    check(fresh, &oracle);
    for (int at = 0; at < COMMANDS; at++)
        if (oracle.results[at] == JANGLE_UNKNOWN)
            *stored += find_numbered(fresh, at) == JANGLE_OK;
    assert_int_equal(teardown(&fresh), 0);
}

/* There a commit may be whole in the log when the copy of its last frame finds
 * no room. */
static void on_a_disk_that_tears_a_full_one_is_no_refusal(void **state)
{
    int stored = 0;

    (void)state;
    for (int64_t room = 0; room < 40000; room += 512 * TEST_STRIDE)
        fill_disk(room, &stored);
    assert_true(stored > 0);
}

/* ---- owners ------------------------------------------------------------------ */

/* It is not known whether it owns it, so it does not. */
static void who_could_not_write_that_he_owns_does_not(void **state)
{
    struct world *world = *state;
    struct jangle_stores other = world_open_another(world, world->path);
    bool unclean;

    move_checkpoint(world, "printer", -1, 0);
    fail_log(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC);
    assert_true(world->store->ops->own(world->store, "printer", &unclean, NULL) != 0);
    assert_result(other.store->ops->own(other.store, "printer", &unclean, &world->error),
                  JANGLE_OK);
    assert_result(world->store->ops->own(world->store, "printer", &unclean, NULL),
                  JANGLE_BUSY);
    world_close_another(&other);
}

/* What it would write lies behind the hole of the commit that failed. */
static void who_is_in_doubt_lets_go_without_a_write(void **state)
{
    struct world *world = *state;
    int64_t changes;
    bool unclean;

    assert_result(world->store->ops->own(world->store, "printer", &unclean, NULL),
                  JANGLE_OK);
    fail_log(FAULT_SYNC, 1, SQLITE_IOERR_FSYNC);
    assert_result(send(world, "c-1", record_of("a", 1)), JANGLE_UNKNOWN);
    changes = fault_vfs_count(FAULT_ANY_CHANGE);
    world->store->ops->disown(world->store, "printer", false);
    assert_int_equal(fault_vfs_count(FAULT_ANY_CHANGE), changes);
    assert_result(world->store->ops->own(world->store, "printer", &unclean, NULL),
                  JANGLE_OK);
    assert_true(unclean); /* the note could not be wiped out: look closely */
}

/* ---- numbers that were given and taken back ---------------------------------- */

static void what_a_conflict_takes_back_is_not_remembered(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {typed_record("account", "a", "opened"),
                                      typed_record("account", "b", "closed")};
    struct jangle_append appends[] = {{.records = &records[0], .count = 1},
                                      {.records = &records[1], .count = 1}};
    struct jangle_saga_record late = {
        .saga = "transfer", .id = "t", .version = 7, .with = &appends[0]};
    struct jangle_group group = {
        .appends = appends, .append_count = 2, .sagas = &late, .saga_count = 1, 0};

    /* The first append makes a stream and a type, which its saga takes back; the second
     * is given the same numbers. */
    commit_group(world, &group);
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_result(late.error.result, JANGLE_CONFLICT);
    assert_result(appends[1].error.result, JANGLE_OK);
    records[0].version = 0;
    assert_result(commit_append(world, &appends[0]), JANGLE_OK);
    assert_string_equal(show_all(world, 0, 9), "1:account/b@1 2:account/a@1");
    assert_string_equal(show_stream(world, "a", 0), "2:account/a@1");
    assert_string_equal(show_stream(world, "b", 0), "1:account/b@1");
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9), "1:account/b@1 2:account/a@1");
}

/* ---- every operation, once --------------------------------------------------- */

/* Each change of the disk fails in its turn with this error, once and for good. */
static void fail_each_change(int code)
{
    int64_t struck = 0;

    for (int64_t times = 0; times < 2; times++)
        for (int64_t at = 1;; at += 1 + at / 20) {
            struct oracle oracle = {{JANGLE_OK}};
            struct backend backend = sqlite;
            void *fresh = &backend;
            int64_t before;

            assert_int_equal(setup(&fresh), 0);
            before = fault_vfs_count(FAULT_ANY_CHANGE);
            fault_vfs_fail((struct fault){FAULT_ANY_CHANGE, NULL, at, times, code});
            work(fresh, &oracle);
            before = fault_vfs_count(FAULT_ANY_CHANGE) - before;
            fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
            check(fresh, &oracle);
            world_reopen(fresh);
            check(fresh, &oracle);
            assert_int_equal(teardown(&fresh), 0);
            if (before < at)
                break;
            struck++;
        }
    assert_true(struck > 50);
}

static void whatever_write_fails_every_answer_is_true(void **state)
{
    (void)state;
    fail_each_change(SQLITE_IOERR_WRITE);
}

static void whatever_sync_fails_every_answer_is_true(void **state)
{
    (void)state;
    fail_each_change(SQLITE_IOERR_FSYNC);
}

static void wherever_the_disk_is_full_every_answer_is_true(void **state)
{
    (void)state;
    fail_each_change(SQLITE_FULL);
}

static void wherever_memory_runs_out_every_answer_is_true(void **state)
{
    (void)state;
    fail_each_change(SQLITE_NOMEM);
}

/* ---- many threads ------------------------------------------------------------ */

enum { SENDERS = 4, SENT = 60 };

struct sender {
    struct jangle_store *store;
    int number;
    pthread_t thread;
    enum jangle_result results[SENT];
};

static void name_command(char id[20], const struct sender *sender, int at)
{
    snprintf(id, 20, "c-%d-%d", sender->number, at);
}

/* Each sends to its own stream, reads another's, and lets the disk fail now and then. */
static void *send_many(void *context)
{
    struct sender *sender = context;
    struct jangle_store *store = sender->store;
    char stream[20], other[20], id[20];

    snprintf(stream, sizeof stream, "%d", sender->number);
    snprintf(other, sizeof other, "%d", (sender->number + 1) % SENDERS);
    for (int at = 0; at < SENT; at++) {
        struct jangle_record record = record_of(stream, 0);
        struct jangle_append append = {.command_id = id, .records = &record, .count = 1};
        struct jangle_group group = {.appends = &append, .append_count = 1};
        struct counting counting = {0};

        name_command(id, sender, at);
        if (at % 10 == 9)
            fail_log(at % 20 == 9 ? FAULT_SYNC : FAULT_WRITE, 1, SQLITE_IOERR);
        sender->results[at] = store->ops->commit(store, &group, NULL);
        if (!sender->results[at])
            sender->results[at] = append.error.result;
        store->ops->read_stream(store, "account", other, 0, count_record, &counting,
                                NULL);
    }
    return NULL;
}

static void whatever_fails_every_thread_is_told_the_truth(void **state)
{
    struct world *world = *state;
    struct sender senders[SENDERS];
    int64_t found = 0, unknown = 0;

    for (int at = 0; at < SENDERS; at++) {
        senders[at] = (struct sender){.store = world->store, .number = at};
        assert_int_equal(
            pthread_create(&senders[at].thread, NULL, send_many, &senders[at]), 0);
    }
    for (int at = 0; at < SENDERS; at++)
        assert_int_equal(pthread_join(senders[at].thread, NULL), 0);
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    for (int at = 0; at < SENDERS * SENT; at++) {
        const struct sender *sender = &senders[at / SENT];
        enum jangle_result told = sender->results[at % SENT];
        char id[20];
        enum jangle_result truth;

        name_command(id, sender, at % SENT);
        truth = find(world, id);
        found += truth == JANGLE_OK;
        unknown += told == JANGLE_UNKNOWN;
        if (told != JANGLE_UNKNOWN)
            assert_int_equal(truth == JANGLE_OK, told == JANGLE_OK);
    }
    assert_int_equal(head_of(world), found);
    assert_true(unknown > 0);
}

int main(void)
{
    struct backend backend = sqlite;
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_prestate_setup_teardown(name, setup, teardown, &backend)
        TEST(a_sync_that_fails_is_unknown_then_the_truth_is_told),
        TEST(as_long_as_the_disk_fails_the_store_is_busy_and_can_be_read),
        TEST(a_saga_that_may_not_be_durable_is_not_shown),
        TEST(a_write_that_fails_leaves_nothing_behind),
        TEST(a_checkpoint_that_fails_does_not_change_an_answer),
        TEST(checkpoints_alone_are_not_synced_and_commands_are),
        TEST(a_full_disk_refuses_commands_until_there_is_room),
        TEST(a_full_disk_in_a_savepoint_costs_its_member_only),
        cmocka_unit_test(on_a_disk_that_tears_a_full_one_is_no_refusal),
        TEST(who_could_not_write_that_he_owns_does_not),
        TEST(who_is_in_doubt_lets_go_without_a_write),
        TEST(what_a_conflict_takes_back_is_not_remembered),
        TEST(whatever_fails_every_thread_is_told_the_truth),
        cmocka_unit_test(whatever_write_fails_every_answer_is_true),
        cmocka_unit_test(whatever_sync_fails_every_answer_is_true),
        cmocka_unit_test(wherever_the_disk_is_full_every_answer_is_true),
        cmocka_unit_test(wherever_memory_runs_out_every_answer_is_true),
    };

    return SHARD_RUN(tests);
}
