/* sqlite_chain.c - the disk fails while a chain is committed: all of it is stored, or
 * none, and no other part of the group is harmed. */
#include "contract/world.h"
#include "support/stores/fault_vfs.h"

#include <jangle/config.h>

#include <sqlite3.h>
#include <stdlib.h>

static struct jangle_storage faulty(const char *path)
{
    static const struct jangle_sqlite_options options = {.vfs = "fault",
                                                         .fence_timeout_ms = 200};

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

/* An append, a chain of three, and an append. */
enum { APPENDS = 5, FIRST = 1, END = 4 };

struct five {
    struct jangle_record records[APPENDS];
    struct jangle_append appends[APPENDS];
};

static const char *const ids[APPENDS] = {"c-0", "c-1", "c-2", "c-3", "c-4"};

static void make_five(struct five *five)
{
    memset(five, 0, sizeof *five);
    for (size_t i = 0; i < APPENDS; i++) {
        five->records[i] = record_of(i >= FIRST && i < END ? "a" : ids[i], 0);
        five->appends[i] = (struct jangle_append){.command_id = ids[i],
                                                  .records = &five->records[i],
                                                  .count = 1,
                                                  .tied = i > FIRST && i < END};
    }
}

static enum jangle_result commit_five(struct world *world, struct five *five)
{
    struct jangle_group group = {.appends = five->appends, .append_count = APPENDS};

    memset(&world->error, 0, sizeof world->error);
    return world->store->ops->commit(world->store, &group, &world->error);
}

/* A payload that SQLite does not keep in memory until the commit. */
enum { HUGE_SIZE = 6 * 1000 * 1000 };

static void a_full_disk_at_any_append_costs_the_chain_alone(void **state)
{
    char *huge = calloc(1, HUGE_SIZE);

    (void)state;
    for (size_t large = FIRST; large < END; large++) {
        struct backend backend = sqlite;
        void *fresh = &backend;
        struct five five;

        assert_int_equal(setup(&fresh), 0);
        make_five(&five);
        five.records[large].payload = huge;
        five.records[large].payload_size = HUGE_SIZE;
        fault_vfs_set_room(320 * 1000);
        assert_result(commit_five(fresh, &five), JANGLE_OK);
        for (size_t i = FIRST; i < END; i++) {
            assert_result(five.appends[i].error.result, JANGLE_STORAGE);
            assert_non_null(strstr(five.appends[i].error.message, "the disk is full"));
            assert_int_equal(position_of_command(fresh, ids[i]), -1);
        }
        assert_string_equal(show_all(fresh, 0, 9), "1:account/c-0@1 2:account/c-4@1");
        fault_vfs_set_room(-1);
        make_five(&five);
        five.appends[0].command_id = five.appends[APPENDS - 1].command_id = NULL;
        assert_result(commit_five(fresh, &five), JANGLE_OK);
        assert_string_equal(show_stream(fresh, "a", 0),
                            "4:account/a@1 5:account/a@2 6:account/a@3");
        assert_int_equal(teardown(&fresh), 0);
    }
    free(huge);
}

static void what_a_chain_takes_back_is_not_remembered(void **state)
{
    struct world *world = *state;
    struct jangle_record records[] = {typed_record("account", "a", "opened"),
                                      typed_record("account", "b", "closed"),
                                      typed_record("account", "c", "moved")};
    struct jangle_append appends[] = {{.records = &records[0], .count = 1},
                                      {.records = &records[1], .count = 1, .tied = true},
                                      {.records = &records[2], .count = 1}};
    struct jangle_group group = {.appends = appends, .append_count = 3};

    /* The chain makes streams and types, and takes them back; what comes behind it is
     * given the same numbers. */
    records[1].version = 7;
    commit_group(world, &group);
    assert_result(appends[0].error.result, JANGLE_CONFLICT);
    assert_result(appends[1].error.result, JANGLE_CONFLICT);
    assert_result(appends[2].error.result, JANGLE_OK);
    records[0].version = records[1].version = 0;
    group.append_count = 2;
    commit_group(world, &group);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/c@1 2:account/a@1 3:account/b@1");
    assert_string_equal(show_stream(world, "a", 0), "2:account/a@1");
    world_reopen(world);
    assert_string_equal(show_all(world, 0, 9),
                        "1:account/c@1 2:account/a@1 3:account/b@1");
}

/* ---- every operation, once --------------------------------------------------- */

static bool is_stored(struct world *world, size_t at)
{
    return position_of_command(world, ids[at]) > 0;
}

/* A chain is there or it is not; and what was answered is so. */
static void check_five(struct world *world, const struct five *five, bool known)
{
    int64_t found = 0;

    for (size_t i = 0; i < APPENDS; i++) {
        bool stored = is_stored(world, i);

        found += stored;
        if (i > FIRST && i < END)
            assert_int_equal(stored, is_stored(world, FIRST));
        if (known)
            assert_int_equal(stored, five->appends[i].error.result == JANGLE_OK);
    }
    assert_int_equal(head_of(world), found);
    assert_int_equal(version_of(world, "account", "a"),
                     is_stored(world, FIRST) ? END - FIRST : 0);
}

/* So many changes from the at-th on fail. False if there were fewer changes than that. */
static bool fail_changes(int64_t at, int64_t times, int code)
{
    struct backend backend = sqlite;
    void *fresh = &backend;
    enum jangle_result result;
    struct five five;
    int64_t changes;

    assert_int_equal(setup(&fresh), 0);
    make_five(&five);
    changes = fault_vfs_count(FAULT_ANY_CHANGE);
    fault_vfs_fail((struct fault){FAULT_ANY_CHANGE, NULL, at, times, code});
    result = commit_five(fresh, &five);
    changes = fault_vfs_count(FAULT_ANY_CHANGE) - changes;
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
    world_reopen(fresh);
    if (result)
        for (size_t i = 0; i < APPENDS; i++)
            five.appends[i].error.result = result;
    check_five(fresh, &five, result != JANGLE_UNKNOWN);
    assert_int_equal(teardown(&fresh), 0);
    return at <= changes;
}

static void whatever_change_fails_a_chain_is_whole(void **state)
{
    static const int codes[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL,
                                SQLITE_NOMEM};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        for (int64_t times = 1; times <= 3; times++) {
            int64_t at = 1;

            while (fail_changes(at, times, codes[i]))
                at++;
            assert_true(at > 3);
        }
}

int main(void)
{
    struct backend backend = sqlite;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_at_any_append_costs_the_chain_alone),
        cmocka_unit_test_prestate_setup_teardown(
            what_a_chain_takes_back_is_not_remembered, setup, teardown, &backend),
        cmocka_unit_test(whatever_change_fails_a_chain_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
