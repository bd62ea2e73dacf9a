/* sqlite_power.c - the process is killed, or the power goes, at each change of the disk:
 * what was answered is true afterwards. */
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/config.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

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
    struct jangle_store *store;
};

static void make_place(struct place *place)
{
    memset(place, 0, sizeof *place);
    assert_true(temp_directory_make(place->directory));
    temp_directory_path(place->path, place->directory, "store.db");
}

static enum jangle_result open_store(struct place *place, const char *vfs)
{
    struct jangle_sqlite_options options = {.vfs = vfs, .wal_checkpoint_frames = 30};
    struct jangle_storage storage = jangle_sqlite_with(place->path, &options);
    struct jangle_error error = {0};
    enum jangle_result result;

    test_host_init(&place->host);
    result = storage.open(&storage, &place->host.host, &place->stores, &error);
    place->store = place->stores.store;
    if (result)
        print_error("%s\n", error.message);
    return result;
}

static void close_store(struct place *place)
{
    place->stores.views->ops->close(place->stores.views);
    place->stores.snapshots->ops->close(place->stores.snapshots);
    place->stores.store->ops->close(place->stores.store);
}

static enum jangle_result
send(struct place *place, int number, const char *stream, int64_t version)
{
    char id[20];
    struct jangle_record records[2] = {
        {.kind = "account", .id = stream, .version = version, .type = "deposited"},
        {.kind = "ledger",
         .id = "all",
         .type = "booked",
         .payload = "1",
         .payload_size = 1},
    };
    struct jangle_append append = {.command_id = id, .records = records, .count = 2};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    enum jangle_result result;

    snprintf(id, sizeof id, "c-%d", number);
    result = place->store->ops->commit(place->store, &group, NULL);
    return result ? result : append.error.result;
}

static enum jangle_result find(struct place *place, int number)
{
    struct jangle_receipt receipt;
    char id[20];

    snprintf(id, sizeof id, "c-%d", number);
    return place->store->ops->find_command(place->store, id, &receipt, NULL);
}

static void checkpoint(struct place *place, int64_t from)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = from, .position = from + 1};
    struct jangle_group group = {.checkpoints = &checkpoint, .checkpoint_count = 1};

    place->store->ops->commit(place->store, &group, NULL);
}

/* ---- what a child tells its parent ------------------------------------------- */

struct told {
    int number; /* of a command */
    enum jangle_result result;
};

static void tell(int pipe, int number, enum jangle_result result)
{
    struct told told = {number, result};

    if (write(pipe, &told, sizeof told) != (ssize_t)sizeof told)
        _exit(1);
}

/* Runs it in a child; its status. All that it told before it died is in `told`. */
static int run(void (*work)(struct place *place, int pipe),
               struct place *place,
               struct told *told,
               size_t *count)
{
    size_t most = *count;
    int ends[2];
    int status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work(place, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    *count = 0;
    while (*count < most &&
           read(ends[0], &told[*count], sizeof *told) == (ssize_t)sizeof *told)
        ++*count;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- what must be true ------------------------------------------------------- */

enum { COMMANDS = 14 };

struct seen {
    int64_t positions;
    int64_t ledger;
};

static enum jangle_result look(void *context, const struct jangle_record *record)
{
    struct seen *seen = context;

    if (record->position != ++seen->positions)
        return JANGLE_CANCELLED;
    seen->ledger += strcmp(record->kind, "ledger") == 0;
    return JANGLE_OK;
}

/* Acknowledged is there; refused is not; half of a command never is. */
static void check(struct place *place, const struct told *told, size_t count)
{
    struct seen seen = {0};
    int64_t version;
    int found = 0;

    for (int number = 0; number < COMMANDS; number++)
        found += find(place, number) == JANGLE_OK;
    for (size_t at = 0; at < count; at++)
        if (told[at].result == JANGLE_OK)
            assert_result(find(place, told[at].number), JANGLE_OK);
        else if (told[at].result != JANGLE_UNKNOWN)
            assert_result(find(place, told[at].number), JANGLE_NOT_FOUND);
    assert_result(place->store->ops->read_all(place->store, 0, 1000, look, &seen, NULL),
                  JANGLE_OK);
    assert_int_equal(seen.positions, 2 * found);
    assert_int_equal(seen.ledger, found);
    assert_result(
        place->store->ops->stream_head(place->store, "ledger", "all", &version, NULL),
        JANGLE_OK);
    assert_int_equal(version, found);
}

/* ---- at each change of the disk ---------------------------------------------- */

static int64_t stop_at;
static enum fault_loss loss;
static uint64_t seed;

/* Every third command is refused; a checkpoint goes between, unsynced. */
static void work(struct place *place, int pipe)
{
    fault_vfs_register();
    fault_vfs_reset();
    fault_vfs_stop_at(stop_at, loss, seed);
    if (open_store(place, "fault"))
        _exit(1);
    for (int number = 0; number < COMMANDS; number++) {
        char stream[8];

        snprintf(stream, sizeof stream, "%d", number);
        tell(pipe, number, send(place, number, stream, number % 3 == 2 ? 7 : 1));
        checkpoint(place, number - 1);
    }
    close_store(place);
}

/* False when the work was done before it could be stopped. */
static bool stop_and_check(void)
{
    struct place place;
    struct told told[COMMANDS];
    size_t count = COMMANDS;
    int status;

    make_place(&place);
    status = run(work, &place, told, &count);
    assert_true(status == 0 || status == FAULT_EXIT);
    assert_result(open_store(&place, NULL), JANGLE_OK);
    check(&place, told, count);
    assert_result(send(&place, 1000, "next", 1), JANGLE_OK);
    close_store(&place);
    temp_directory_remove(place.directory);
    return status == FAULT_EXIT;
}

static void sweep(enum fault_loss kind, uint64_t from, int64_t by)
{
    int64_t stops = 0;

    loss = kind;
    for (stop_at = 1, seed = from; stop_and_check(); stop_at += by * TEST_STRIDE, seed++)
        stops++;
    print_message("%lld stops\n", (long long)stops);
    assert_true(stops > 50 / (by * TEST_STRIDE));
}

static void killed_at_any_change_of_the_disk(void **state)
{
    (void)state;
    sweep(FAULT_LOSE_NOTHING, 1, 1);
}

static void without_power_at_any_change_of_the_disk(void **state)
{
    (void)state;
    sweep(FAULT_LOSE_ALL, 1, 1);
}

static void without_power_and_with_some_of_what_was_written(void **state)
{
    uint64_t first = effort_seed() * 1000;

    (void)state;
    for (int i = effort_count(EFFORT_STORE_POWER) - 1; i >= 0; i--)
        if (shard_takes(i))
            sweep(FAULT_LOSE_SOME, first + 1000 * (uint64_t)i, 1);
}

/* ---- visible is not durable -------------------------------------------------- */

/* Two commands are safe; the third dies in its sync, written and not yet on the disk. */
static void die_in_a_sync(struct place *place, int pipe)
{
    fault_vfs_register();
    fault_vfs_reset();
    if (open_store(place, "fault"))
        _exit(1);
    tell(pipe, 0, send(place, 0, "a", 1));
    tell(pipe, 1, send(place, 1, "a", 2));
    fault_vfs_stop_at(stop_at, FAULT_LOSE_NOTHING, 0);
    tell(pipe, 2, send(place, 2, "a", 3));
}

static int lost_command;

/* The next one looks, goes on, and has no power. */
static void go_on_and_lose_power(struct place *place, int pipe)
{
    fault_vfs_register();
    fault_vfs_reset();
    if (open_store(place, "fault"))
        _exit(1);
    tell(pipe, lost_command, find(place, lost_command));
    tell(pipe, 3, send(place, 3, "b", 1));
    fault_vfs_cut_power(FAULT_LOSE_ALL, 0);
}

static void what_was_seen_after_a_crash_survives_a_power_cut(void **state)
{
    int finished = 0;
    int seen = 0;

    (void)state;
    for (stop_at = 1; !finished; stop_at += TEST_STRIDE) {
        struct place place;
        struct told told[8];
        size_t count = 8;

        make_place(&place);
        finished = run(die_in_a_sync, &place, told, &count) == 0;
        count = 8;
        lost_command = 2;
        assert_int_equal(run(go_on_and_lose_power, &place, told, &count), FAULT_EXIT);
        assert_int_equal(count, 2);
        seen += told[0].result == JANGLE_OK;
        assert_result(told[1].result, JANGLE_OK);
        assert_result(open_store(&place, NULL), JANGLE_OK);
        assert_result(find(&place, 0), JANGLE_OK);
        assert_result(find(&place, 1), JANGLE_OK);
        assert_result(find(&place, 2), told[0].result);
        assert_result(find(&place, 3), JANGLE_OK);
        close_store(&place);
        temp_directory_remove(place.directory);
    }
    assert_true(seen > 0); /* or nothing was tried */
}

/* A sync fails, and the system forgets what it could not write: a hole in the log, which
 * the next sync, which succeeds, does not fill. What is acknowledged then must not lie
 * behind it. */
static void meet_a_hole(struct place *place, int pipe)
{
    fault_vfs_register();
    fault_vfs_reset();
    if (open_store(place, "fault"))
        _exit(1);
    tell(pipe, 0, send(place, 0, "a", 1));
    checkpoint(place, -1);
    fault_vfs_fail((struct fault){FAULT_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC});
    tell(pipe, 1, send(place, 1, "a", 2));
}

static void go_on_behind_a_hole(struct place *place, int pipe)
{
    meet_a_hole(place, pipe);
    tell(pipe, 2, find(place, 1));
    tell(pipe, 3, send(place, 3, "b", 1));
    fault_vfs_cut_power(FAULT_LOSE_ALL, 0);
}

static void die_at_a_hole(struct place *place, int pipe)
{
    meet_a_hole(place, pipe);
    fault_vfs_cut_power(FAULT_LOSE_NOTHING, 0);
}

static void check_behind_a_hole(struct place *place, const struct told *told)
{
    assert_result(told[1].result, JANGLE_OK);
    assert_result(open_store(place, NULL), JANGLE_OK);
    assert_result(find(place, 0), JANGLE_OK);
    assert_result(find(place, 1), told[0].result);
    assert_result(find(place, 3), JANGLE_OK);
    close_store(place);
    temp_directory_remove(place->directory);
}

static void what_follows_a_failed_sync_survives_a_power_cut(void **state)
{
    struct place place;
    struct told told[8];
    size_t count = 8;

    (void)state;
    make_place(&place);
    assert_int_equal(run(go_on_behind_a_hole, &place, told, &count), FAULT_EXIT);
    assert_int_equal(count, 4);
    assert_result(told[1].result, JANGLE_UNKNOWN);
    check_behind_a_hole(&place, &told[2]);
}

/* The same, but that he to whom it happened is dead. */
static void what_follows_a_dead_process_survives_a_power_cut(void **state)
{
    struct place place;
    struct told told[8];
    size_t count = 8;

    (void)state;
    make_place(&place);
    assert_int_equal(run(die_at_a_hole, &place, told, &count), FAULT_EXIT);
    assert_int_equal(count, 2);
    assert_result(told[1].result, JANGLE_UNKNOWN);
    count = 8;
    lost_command = 1;
    assert_int_equal(run(go_on_and_lose_power, &place, told, &count), FAULT_EXIT);
    assert_int_equal(count, 2);
    check_behind_a_hole(&place, told);
}

/* Another connection keeps the index of the log alive. It knows of a checkpoint that the
 * disk does not have, because its sync failed: the fence itself must empty the log. */
static void go_on_beside_another(struct place *place, int pipe)
{
    struct place other = *place;

    fault_vfs_register();
    fault_vfs_reset();
    if (open_store(&other, "fault") || open_store(place, "fault"))
        _exit(1);
    tell(pipe, 0, send(place, 0, "a", 1));
    checkpoint(place, -1);
    fault_vfs_fail((struct fault){FAULT_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC});
    tell(pipe, 1, send(place, 1, "a", 2));
    tell(pipe, 2, find(place, 1));
    tell(pipe, 3, send(place, 3, "b", 1));
    fault_vfs_cut_power(FAULT_LOSE_ALL, 0);
}

static void what_follows_a_failed_sync_beside_another_store_survives(void **state)
{
    struct place place;
    struct told told[8];
    size_t count = 8;

    (void)state;
    make_place(&place);
    assert_int_equal(run(go_on_beside_another, &place, told, &count), FAULT_EXIT);
    assert_int_equal(count, 4);
    assert_result(told[1].result, JANGLE_UNKNOWN);
    check_behind_a_hole(&place, &told[2]);
}

/* ---- what is stored without events ------------------------------------------- */

/* Nothing comes after it that would sync it, too. */
static void store_and_lose_power(struct place *place, struct jangle_group *group)
{
    fault_vfs_register();
    fault_vfs_reset();
    if (open_store(place, "fault") || send(place, 0, "a", 1) ||
        place->store->ops->commit(place->store, group, NULL))
        _exit(1);
    fault_vfs_cut_power(FAULT_LOSE_ALL, 0);
}

static void store_saga(struct place *place, int pipe)
{
    struct jangle_saga_record saga = {
        .saga = "transfer", .id = "t", .version = 1, .state = "{}", .state_size = 2};

    (void)pipe;
    store_and_lose_power(place, &(struct jangle_group){.sagas = &saga, .saga_count = 1});
}

static void store_step(struct place *place, int pipe)
{
    struct jangle_delivery_step step = {
        .subscriber = "printer",
        .event_position = 1,
        .step = {.kind = JANGLE_STEP_COMMAND, .type = "credit", .reply = "done"}};

    (void)pipe;
    store_and_lose_power(place, &(struct jangle_group){.steps = &step, .step_count = 1});
}

static enum jangle_result count_saga(void *context,
                                     const struct jangle_saga_record *record)
{
    (void)record;
    ++*(int *)context;
    return JANGLE_OK;
}

static enum jangle_result count_step(void *context,
                                     const struct jangle_delivery_step *step)
{
    (void)step;
    ++*(int *)context;
    return JANGLE_OK;
}

static void a_sagas_record_alone_survives_a_power_cut(void **state)
{
    struct place place;
    size_t none = 0;
    int found = 0;

    (void)state;
    make_place(&place);
    assert_int_equal(run(store_saga, &place, NULL, &none), FAULT_EXIT);
    assert_result(open_store(&place, NULL), JANGLE_OK);
    place.store->ops->read_saga(place.store, "transfer", "t", count_saga, &found, NULL);
    assert_int_equal(found, 1);
    close_store(&place);
    temp_directory_remove(place.directory);
}

static void a_handlers_step_alone_survives_a_power_cut(void **state)
{
    struct place place;
    size_t none = 0;
    int found = 0;

    (void)state;
    make_place(&place);
    assert_int_equal(run(store_step, &place, NULL, &none), FAULT_EXIT);
    assert_result(open_store(&place, NULL), JANGLE_OK);
    place.store->ops->read_delivery(place.store, "printer", 1, count_step, &found, NULL);
    assert_int_equal(found, 1);
    close_store(&place);
    temp_directory_remove(place.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_change_of_the_disk),
        cmocka_unit_test(without_power_at_any_change_of_the_disk),
        cmocka_unit_test(what_was_seen_after_a_crash_survives_a_power_cut),
        cmocka_unit_test(what_follows_a_failed_sync_survives_a_power_cut),
        cmocka_unit_test(what_follows_a_dead_process_survives_a_power_cut),
        cmocka_unit_test(what_follows_a_failed_sync_beside_another_store_survives),
        cmocka_unit_test(a_sagas_record_alone_survives_a_power_cut),
        cmocka_unit_test(a_handlers_step_alone_survives_a_power_cut),
    };

    const struct CMUnitTest in_each_shard[] = {
        cmocka_unit_test(without_power_and_with_some_of_what_was_written),
    };
    int failed = SHARD_RUN(tests);

    return cmocka_run_group_tests(in_each_shard, NULL, NULL) || failed;
}
