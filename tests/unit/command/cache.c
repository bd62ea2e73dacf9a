/* cache.c - states in their entries: held while others change, doubted, replaced,
 * evicted.
 */
#include "support/domains/jars.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include "base/host.h"
#include "command/cache.h"
#include "command/fetch.h"
#include "command/stream_lock.h"

#include <jangle/config.h>

#include <stdio.h>
#include <string.h>

struct world {
    struct failing_allocator memory;
    struct jn_host host;
    struct jn_log log;
    struct jangle_stores stores;
    struct jn_loader loader;
    struct jn_stream_locks locks;
};

static int open_world(void **state)
{
    static struct world world;
    struct jangle_storage storage = jangle_memory();
    struct jangle_host given = {.logger = jangle_logger_none()};

    memset(&world, 0, sizeof world);
    failing_allocator_init(&world.memory, 0);
    if (jn_host_init(&world.host, &given) ||
        jn_log_init(&world.log, &world.host.host.logger, &world.host.host.clock, NULL,
                    NULL) ||
        storage.open(&storage, &world.host.host, &world.stores, NULL) ||
        jn_stream_locks_init(&world.locks, &world.memory.allocator))
        return 1;
    world.loader = (struct jn_loader){.store = world.stores.store,
                                      .limits = &jn_limits_default,
                                      .allocator = &world.memory.allocator,
                                      .log = &world.log};
    jn_cache_begin(&world.locks, 10, 1024 * 1024, 1);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    jn_stream_locks_finish(&world->locks);
    assert_int_equal(world->memory.pieces, 0);
    world->stores.snapshots->ops->close(world->stores.snapshots);
    world->stores.store->ops->close(world->stores.store);
    jn_host_finish(&world->host);
    return 0;
}

/* ---- short ways ------------------------------------------------------------------- */

static struct jangle_record record_of(struct world *world, const char *jar, int amount)
{
    static char payload[64];
    struct jangle_record record = {.kind = "jar",
                                   .id = jar,
                                   .type = "pebbles_added",
                                   .type_version = 1,
                                   .at = {1},
                                   .payload = payload,
                                   .meta = "{}"};

    record.payload_size = (size_t)snprintf(
        payload, sizeof payload, "{\"amount\":%d,\"note\":\"n%d\"}", amount, amount);
    jn_host_id(&world->host, record.event_id);
    return record;
}

/* The append as it is after the commit. */
static void store_append(struct world *world, struct jangle_append *append)
{
    struct jangle_group group = {.appends = append, .append_count = 1};

    assert_result(world->stores.store->ops->commit(world->stores.store, &group, NULL),
                  JANGLE_OK);
    assert_result(append->error.result, JANGLE_OK);
}

static void store_event(struct world *world, const char *jar, int amount)
{
    struct jangle_record record = record_of(world, jar, amount);
    struct jangle_append append = {.records = &record, .count = 1};

    store_append(world, &append);
}

static struct jn_stream_lock *enter(struct world *world, const char *jar)
{
    struct jn_stream_lock *entry;

    assert_result(jn_stream_locks_acquire(&world->locks, "jar", jar, -1, &entry, NULL),
                  JANGLE_OK);
    return entry;
}

static struct jn_fetched
fetch(struct world *world, struct jn_stream_lock *entry, const char *jar)
{
    struct jn_fetched fetched;

    assert_result(jn_fetch_own(&world->loader, &world->locks, entry, &jar_aggregate, jar,
                               &fetched, NULL),
                  JANGLE_OK);
    return fetched;
}

static struct jn_fetched look(struct world *world, const char *jar)
{
    struct jn_fetched fetched;

    assert_result(
        jn_fetch_look(&world->loader, &world->locks, &jar_aggregate, jar, &fetched, NULL),
        JANGLE_OK);
    return fetched;
}

static int64_t total_of(const struct jn_shared_state *state)
{
    return ((const struct jar_state *)state->state.data)->total;
}

/* A command that reads, or has, the state, and stores nothing. Was it a hit? */
static bool visit(struct world *world, const char *jar, int64_t total)
{
    struct jn_stream_lock *entry = enter(world, jar);
    struct jn_fetched fetched = fetch(world, entry, jar);

    assert_int_equal(total_of(fetched.state), total);
    jn_shared_drop(fetched.state);
    jn_stream_locks_release(&world->locks, entry);
    return fetched.hit;
}

/* A command that stores one event and folds it. */
static void add(struct world *world, const char *jar, int amount)
{
    struct jn_stream_lock *entry = enter(world, jar);
    struct jn_fetched fetched = fetch(world, entry, jar);
    struct jangle_record record = record_of(world, jar, amount);
    struct jangle_append append = {.records = &record, .count = 1};

    record.version = fetched.state->state.version + 1;
    store_append(world, &append);
    jn_fetch_fold(&world->locks, entry, fetched.state, &append);
    jn_stream_locks_release(&world->locks, entry);
}

static struct jn_cache_figures figures(struct world *world)
{
    struct jn_cache_figures measured;

    jn_cache_measure(&world->locks, &measured);
    return measured;
}

/* ---- folding ------------------------------------------------------------------------
 */

static void a_state_that_nobody_holds_is_folded_where_it_is(void **state)
{
    struct world *world = *state;
    struct jn_shared_state *before, *after;

    add(world, "a", 1);
    before = jn_cache_peek(&world->locks, "jar", "a");
    jn_shared_drop(before);
    add(world, "a", 2);
    after = jn_cache_peek(&world->locks, "jar", "a");
    assert_ptr_equal(after, before);
    assert_int_equal(total_of(after), 3);
    jn_shared_drop(after);
}

static void a_state_that_somebody_holds_stays_as_it_is(void **state)
{
    struct world *world = *state;
    struct jn_fetched held;

    add(world, "a", 1);
    held = look(world, "a");
    assert_true(held.hit);
    add(world, "a", 2);
    assert_int_equal(total_of(held.state), 1);
    assert_int_equal(held.state->state.version, 1);
    assert_true(visit(world, "a", 3));
    jn_shared_drop(held.state);
    assert_true(visit(world, "a", 3));
}

static void events_of_other_streams_are_not_folded(void **state)
{
    struct world *world = *state;
    struct jn_stream_lock *entry = enter(world, "a");
    struct jn_fetched fetched = fetch(world, entry, "a");
    struct jangle_record records[] = {record_of(world, "b", 5), record_of(world, "a", 5),
                                      record_of(world, "a", 5)};
    struct jangle_append append = {.records = records, .count = 3};

    store_append(world, &append);
    jn_fetch_fold(&world->locks, entry, fetched.state, &append);
    jn_stream_locks_release(&world->locks, entry);
    assert_true(visit(world, "a", 10));
    assert_false(visit(world, "b", 5));
}

/* A store that says a version which does not follow is not believed. */
static void a_version_that_does_not_follow_is_not_folded(void **state)
{
    struct world *world = *state;
    struct jn_stream_lock *entry = enter(world, "a");
    struct jn_fetched fetched = fetch(world, entry, "a");
    struct jangle_record record = record_of(world, "a", 5);
    struct jangle_append append = {.records = &record, .count = 1};

    store_append(world, &append);
    record.version = 2;
    jn_fetch_fold(&world->locks, entry, fetched.state, &append);
    jn_stream_locks_release(&world->locks, entry);
    assert_false(visit(world, "a", 5));
}

static void what_cannot_be_folded_for_want_of_memory_is_read_again(void **state)
{
    struct world *world = *state;
    int64_t total = 1, failed = 0;

    add(world, "a", 1);
    for (int64_t at = 1; at < 40; at++) {
        struct jn_fetched held = {0};
        struct jn_stream_lock *entry = enter(world, "a");
        struct jn_fetched fetched = fetch(world, entry, "a");
        struct jangle_record records[] = {record_of(world, "a", 1),
                                          record_of(world, "a", 1)};
        struct jangle_append append = {.records = records, .count = 2};

        if (at % 2)
            held = look(world, "a");
        store_append(world, &append);
        failing_allocator_arm(&world->memory, at / 2 % 5 + 1);
        jn_fetch_fold(&world->locks, entry, fetched.state, &append);
        failed += world->memory.failed;
        failing_allocator_arm(&world->memory, 0);
        jn_stream_locks_release(&world->locks, entry);
        jn_shared_drop(held.state);
        total += 2;
        visit(world, "a", total);
        assert_true(visit(world, "a", total));
    }
    assert_true(failed > 10);
}

/* ---- doubt ----------------------------------------------------------------------------
 */

static void a_state_that_is_behind_is_brought_up_from_its_last_event(void **state)
{
    struct world *world = *state;

    add(world, "a", 1);
    store_event(world, "a", 2);
    assert_true(visit(world, "a", 1)); /* nobody has told it */
    jn_cache_note(&world->locks, "jar", "a", 2);
    assert_false(visit(world, "a", 3));
    assert_true(visit(world, "a", 3));
    jn_cache_note(&world->locks, "jar", "a", 2); /* it is there */
    assert_true(visit(world, "a", 3));
    jn_cache_doubt(&world->locks, "jar", "a");
    assert_false(visit(world, "a", 3));
    assert_true(visit(world, "a", 3));
}

/* What makes it doubtful while it is brought up is in nothing that was read. */
static void a_doubt_that_comes_meanwhile_stays(void **state)
{
    struct world *world = *state;
    struct jn_stream_lock *entry;
    struct jn_fetched fetched;

    add(world, "a", 1);
    entry = enter(world, "a");
    jn_cache_doubt(&world->locks, "jar", "a");
    fetched = fetch(world, entry, "a");
    assert_false(fetched.hit);
    jn_cache_doubt(&world->locks, "jar", "a");
    jn_shared_drop(fetched.state);
    jn_stream_locks_release(&world->locks, entry);
    assert_false(visit(world, "a", 1));
}

static void spoil(struct world *world, bool other_event)
{
    struct jn_shared_state *state = jn_cache_peek(&world->locks, "jar", "a");

    ((struct jar_state *)state->state.data)->total += 100;
    if (other_event)
        state->state.event_id[0] ^= 1;
    jn_shared_drop(state);
    jn_cache_doubt(&world->locks, "jar", "a");
}

/* If its last event is another one, it is of another history, and is not gone on with. */
static void a_state_of_another_event_is_read_whole(void **state)
{
    struct world *world = *state;

    add(world, "a", 1);
    add(world, "a", 2);
    spoil(world, false);
    visit(world, "a", 103); /* that it is gone on with shows that it would be */
    spoil(world, true);
    visit(world, "a", 3);
}

static void who_looks_brings_up_a_copy(void **state)
{
    struct world *world = *state;
    struct jn_fetched before, after;

    add(world, "a", 1);
    before = look(world, "a");
    store_event(world, "a", 2);
    jn_cache_doubt(&world->locks, "jar", "a");
    after = look(world, "a");
    assert_false(after.hit);
    assert_int_equal(total_of(after.state), 3);
    assert_int_equal(total_of(before.state), 1);
    assert_true(visit(world, "a", 3)); /* it was put in the place of the old one */
    jn_shared_drop(before.state);
    jn_shared_drop(after.state);
}

/* ---- what is kept
 * ----------------------------------------------------------------------- */

static void what_was_read_without_the_lock_is_kept_if_nobody_has_it(void **state)
{
    struct world *world = *state;
    struct jn_stream_lock *entry;

    store_event(world, "a", 1);
    store_event(world, "b", 1);
    entry = enter(world, "a");
    jn_shared_drop(look(world, "a").state);
    jn_shared_drop(look(world, "b").state);
    assert_int_equal(figures(world).count, 1);
    jn_stream_locks_release(&world->locks, entry);
    assert_false(visit(world, "a", 1));
    assert_true(visit(world, "b", 1));
}

static void an_older_state_takes_no_newer_ones_place(void **state)
{
    struct world *world = *state;
    struct jn_shared_state *old;

    store_event(world, "a", 1);
    old = jn_shared_make(&world->loader, &jar_aggregate, "a", NULL);
    assert_non_null(old);
    jn_cache_stamp(&world->locks, old);
    assert_result(jn_state_load(&old->state, NULL), JANGLE_OK);
    add(world, "a", 2);
    jn_cache_offer(&world->locks, old);
    assert_true(visit(world, "a", 3));
    jn_shared_drop(old);
}

static void nothing_of_an_earlier_generation_is_kept_or_used(void **state)
{
    struct world *world = *state;
    struct jn_stream_lock *entry;
    struct jn_fetched fetched;

    add(world, "a", 1);
    entry = enter(world, "a");
    fetched = fetch(world, entry, "a");
    jn_cache_note_epoch(&world->locks, 2);
    jn_cache_put(&world->locks, entry, fetched.state);
    assert_int_equal(figures(world).count, 0);
    jn_shared_drop(fetched.state);
    jn_stream_locks_release(&world->locks, entry);
    assert_false(visit(world, "a", 1));
    assert_true(visit(world, "a", 1));
    jn_cache_note_epoch(&world->locks, 2); /* the same: no news */
    jn_cache_note_epoch(&world->locks, 0); /* a store that does not say */
    assert_true(visit(world, "a", 1));
    jn_cache_empty(&world->locks);
    assert_int_equal(figures(world).bytes, 0);
    assert_false(visit(world, "a", 1));
}

/* It is in an entry that a command has: it goes when the command does. */
static void what_a_command_has_is_of_no_use_to_the_next_one_after_a_fence(void **state)
{
    struct world *world = *state;
    struct jn_stream_lock *entry;
    struct jn_fetched fetched;

    add(world, "a", 1);
    entry = enter(world, "a");
    fetched = fetch(world, entry, "a");
    jn_cache_note_epoch(&world->locks, 2);
    assert_int_equal(total_of(fetched.state), 1);
    jn_shared_drop(fetched.state);
    fetched = fetch(world, entry, "a");
    assert_false(fetched.hit);
    assert_int_equal(fetched.state->epoch, 2);
    jn_shared_drop(fetched.state);
    jn_stream_locks_release(&world->locks, entry);
    assert_int_equal(figures(world).count, 1);
}

static void what_is_in_use_is_not_evicted(void **state)
{
    struct world *world = *state;
    struct jn_fetched held;

    jn_cache_begin(&world->locks, 1, 1024 * 1024, 1);
    add(world, "a", 1);
    held = look(world, "a");
    add(world, "b", 1);
    assert_int_equal(figures(world).evictions, 1);
    assert_false(visit(world, "b", 1));
    assert_true(visit(world, "a", 1));
    jn_shared_drop(held.state);
    visit(world, "b", 1);
    assert_false(visit(world, "a", 1));
}

static void whole_blocks_count(void **state)
{
    struct world *world = *state;

    add(world, "a", 1);
    assert_true(figures(world).bytes >= 1024);
    assert_true(figures(world).bytes <= world->memory.bytes);
}

static void a_snapshot_is_remembered_with_the_state(void **state)
{
    struct world *world = *state;

    add(world, "a", 1);
    assert_int_equal(jn_cache_snapshot_version(&world->locks, "jar", "a"), 0);
    jn_cache_note_snapshot(&world->locks, "jar", "a", 7);
    jn_cache_note_snapshot(&world->locks, "jar", "a", 5);
    jn_cache_note_snapshot(&world->locks, "jar", "unknown", 5);
    add(world, "a", 1);
    assert_int_equal(jn_cache_snapshot_version(&world->locks, "jar", "a"), 7);
}

/* ---- in a child
 * -------------------------------------------------------------------------- */

static void a_child_frees_all_unless_another_thread_was_in_there(void **state)
{
    struct world *world = *state;

    add(world, "a", 1);
    jn_mutex_lock(&world->locks.mutex);
    jn_cache_abandon(&world->locks); /* it waits for nobody */
    jn_mutex_unlock(&world->locks.mutex);
    assert_int_equal(figures(world).count, 1);
    jn_cache_abandon(&world->locks);
    assert_int_equal(figures(world).count, 0);
    assert_int_equal(figures(world).bytes, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_state_that_nobody_holds_is_folded_where_it_is),
        TEST(a_state_that_somebody_holds_stays_as_it_is),
        TEST(events_of_other_streams_are_not_folded),
        TEST(a_version_that_does_not_follow_is_not_folded),
        TEST(what_cannot_be_folded_for_want_of_memory_is_read_again),
        TEST(a_state_that_is_behind_is_brought_up_from_its_last_event),
        TEST(a_doubt_that_comes_meanwhile_stays),
        TEST(a_state_of_another_event_is_read_whole),
        TEST(who_looks_brings_up_a_copy),
        TEST(what_was_read_without_the_lock_is_kept_if_nobody_has_it),
        TEST(an_older_state_takes_no_newer_ones_place),
        TEST(nothing_of_an_earlier_generation_is_kept_or_used),
        TEST(what_a_command_has_is_of_no_use_to_the_next_one_after_a_fence),
        TEST(what_is_in_use_is_not_evicted),
        TEST(whole_blocks_count),
        TEST(a_snapshot_is_remembered_with_the_state),
        TEST(a_child_frees_all_unless_another_thread_was_in_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
