/* cached_epochs.c - an event that was seen is gone after a fence, and another one has its
 * version: nothing is decided on it, whatever is in memory. And an outcome is UNKNOWN.
 *
 * The store here shows readers of jar "a" a ghost behind its first event, as a disk does
 * that has not written what the system shows. Then a fence is passed: the ghost is gone,
 * the epoch is higher, and another program stores an event that has its version. */
#include "support/domains/jars.h"
#include "support/stores/lying_store.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

enum { APPENDS_MAX = 8 };

/* ---- a store with a ghost -------------------------------------------------------- */

static struct {
    int64_t epoch;
    bool haunted;
    bool seen;    /* the ghost was read */
    int reads;    /* of streams */
    bool unknown; /* the next commit is UNKNOWN, and stores nothing */
    struct jangle_store *honest;
} disk;

static const char first_payload[] = "{\"amount\":1,\"note\":\"first\"}";
static const char other_payload[] = "{\"amount\":5,\"note\":\"other\"}";
static const char ghost_payload[] = "{\"amount\":1000,\"note\":\"ghost\"}";

static struct jangle_record record_with(const char *payload, int64_t version)
{
    struct jangle_record record = {.position = version,
                                   .kind = "jar",
                                   .id = "a",
                                   .version = version,
                                   .type = "pebbles_added",
                                   .type_version = 1,
                                   .at = {1},
                                   .payload = payload,
                                   .payload_size = strlen(payload),
                                   .meta = "{}"};

    memcpy(record.event_id, payload + strlen(payload) - 9, 8);
    return record;
}

static bool is_haunted(const char *id)
{
    return disk.haunted && strcmp(id, "a") == 0;
}

static enum jangle_result read_stream(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct jangle_record ghost = record_with(ghost_payload, 2);
    enum jangle_result result;

    disk.reads++;
    store = honest_store(store);
    result = store->ops->read_stream(store, kind, id, version, visit, context, error);
    if (result || !is_haunted(id) || version > 1)
        return result;
    disk.seen = true;
    return visit(context, &ghost);
}

static enum jangle_result stream_head(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->stream_head(store, kind, id, version, error);
    *version += is_haunted(id);
    return result;
}

static enum jangle_result identify(struct jangle_store *store,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    enum jangle_result result;

    disk.honest = store = honest_store(store);
    result = store->ops->identify(store, store_id, epoch, error);
    *epoch = disk.epoch;
    return result;
}

/* ST-31, for the epochs of this disk. */
static void
take_current(struct jangle_group *group, struct jangle_append *current, size_t *count)
{
    for (size_t i = 0; i < group->append_count; i++) {
        struct jangle_append *append = &group->appends[i];

        append->error = (struct jangle_error){0};
        if (append->epoch && append->epoch != disk.epoch)
            jangle_error_set(&append->error, JANGLE_CONFLICT, "of another epoch");
        else
            current[(*count)++] = *append;
    }
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_append current[APPENDS_MAX];
    struct jangle_group rest = *group;
    const struct jangle_append *next = current;
    enum jangle_result result;

    if (disk.unknown) {
        disk.unknown = false;
        return jangle_error_set(error, JANGLE_UNKNOWN, "the disk failed");
    }
    rest.appends = current;
    rest.append_count = 0;
    assert_true(group->append_count <= APPENDS_MAX);
    take_current(group, current, &rest.append_count);
    for (size_t i = 0; i < rest.append_count; i++)
        current[i].epoch = 0;
    store = honest_store(store);
    result = store->ops->commit(store, &rest, error);
    group->epoch = disk.epoch;
    for (size_t i = 0; !result && i < group->append_count; i++) {
        int64_t epoch = group->appends[i].epoch;

        if (group->appends[i].error.result)
            continue;
        group->appends[i] = *next++;
        group->appends[i].epoch = epoch;
    }
    return result;
}

static const struct lie haunts = {.store = {.read_stream = read_stream,
                                            .stream_head = stream_head,
                                            .identify = identify,
                                            .commit = commit}};

/* ---- a world ------------------------------------------------------------------------
 */

static struct lying lying;
static struct jangle *jangle;
static struct jangle_outcome outcome;

static void store_by_another(const char *payload, int64_t version)
{
    struct jangle_record record = record_with(payload, version);
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    assert_result(disk.honest->ops->commit(disk.honest, &group, NULL), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

static void open_haunted(int64_t cache_count)
{
    struct jangle_error error = {0};
    struct jangle_config config = {.aggregates = jar_aggregates,
                                   .cache_count = cache_count,
                                   .conflict_retries = 1,
                                   .host = {.logger = jangle_logger_none()}};

    memset(&disk, 0, sizeof disk);
    disk.epoch = 7;
    lying = (struct lying){.storage = jangle_memory(), .lie = &haunts};
    config.storage = lying_storage(&lying);
    jangle = jangle_open(&config, &error);
    if (!jangle)
        fail_msg("%s", error.message);
    store_by_another(first_payload, 1);
    disk.haunted = true;
}

/* A state that has the ghost is in memory. */
static int set_up(void **state)
{
    (void)state;
    open_haunted(0);
    assert_string_equal(jars_count(jangle, "a"), "1001 first ghost");
    return 0;
}

static int set_up_without_cache(void **state)
{
    (void)state;
    open_haunted(-1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    return 0;
}

static void pass_fence(void)
{
    assert_true(disk.seen);
    disk.haunted = false;
    disk.epoch++;
    store_by_another(other_payload, 2);
}

static enum jangle_result take(int64_t amount)
{
    return jangle_send(jangle, &outcome, take_pebbles, .jar_id = "a", .amount = amount);
}

static void assert_only(int64_t amount)
{
    char says[40];

    snprintf(says, sizeof says, "there are only %d", (int)amount);
    assert_string_equal(outcome.error.message, says);
}

static int64_t conflicts(void)
{
    struct jangle_stats stats;

    jangle_measure(jangle, &stats);
    return stats.conflicts;
}

/* ---- what is in memory ----------------------------------------------------------------
 */

static void nothing_is_stored_on_a_ghost(void **state)
{
    (void)state;
    pass_fence();
    assert_result(take(500), JANGLE_REJECTED);
    assert_only(6);
    assert_int_equal(conflicts(), 1);
    assert_result(jars_add(jangle, "a", 1, "own"), JANGLE_OK);
    assert_string_equal(jars_count(jangle, "a"), "7 first other own");
}

static void no_refusal_is_of_a_ghost(void **state)
{
    (void)state;
    pass_fence();
    assert_result(take(2000), JANGLE_REJECTED);
    assert_only(6);
}

static void no_ok_without_events_is_of_a_ghost(void **state)
{
    (void)state;
    pass_fence();
    assert_string_equal(jars_count(jangle, "a"), "6 first other");
}

static void nobody_looks_at_a_ghost(void **state)
{
    (void)state;
    pass_fence();
    assert_result(
        jangle_send(jangle, &outcome, match_pebbles, .jar_id = "b", .other = "a"),
        JANGLE_OK);
    assert_string_equal(outcome.reply, "6 first other");
}

/* Any group tells of the fence; then nothing that is in memory is used. */
static void a_fence_that_a_group_tells_of_empties_the_cache(void **state)
{
    (void)state;
    assert_result(jars_add(jangle, "b", 1, "own"), JANGLE_OK);
    pass_fence();
    assert_result(jars_add(jangle, "c", 1, "own"), JANGLE_OK); /* it is told here */
    assert_int_equal(conflicts(), 1);
    disk.reads = 0;
    assert_result(take(500), JANGLE_REJECTED);
    assert_only(6);
    assert_result(jars_add(jangle, "b", 1, "own"), JANGLE_OK);
    assert_int_equal(disk.reads, 2);
    assert_int_equal(conflicts(), 1);
}

static void an_unknown_outcome_empties_the_cache(void **state)
{
    struct jangle_stats stats;

    (void)state;
    disk.haunted = false;
    assert_result(jars_add(jangle, "b", 1, "own"), JANGLE_OK);
    disk.unknown = true;
    assert_result(jars_add(jangle, "b", 1, "own"), JANGLE_UNKNOWN);
    jangle_measure(jangle, &stats);
    assert_int_equal(stats.cache_bytes, 0);
    disk.reads = 0;
    assert_string_equal(jars_count(jangle, "a"), "1 first");
    assert_string_equal(jars_count(jangle, "b"), "1 own");
    assert_int_equal(disk.reads, 2);
}

/* ---- what was just read
 * ------------------------------------------------------------------ */

/* The ghost is read and decided on, and is gone before the commit. */
static void what_was_just_read_may_be_a_ghost_too(void **state)
{
    (void)state;
    jars_meanwhile = pass_fence;
    assert_result(take(500), JANGLE_REJECTED);
    assert_only(6);
    assert_string_equal(jars_count(jangle, "a"), "6 first other");
}

static void a_refusal_of_what_was_just_read_too(void **state)
{
    (void)state;
    jars_meanwhile = pass_fence;
    assert_result(take(2000), JANGLE_REJECTED);
    assert_only(6);
}

static void a_look_at_what_was_just_read_too(void **state)
{
    (void)state;
    jars_meanwhile = pass_fence;
    assert_result(
        jangle_send(jangle, &outcome, match_pebbles, .jar_id = "b", .other = "a"),
        JANGLE_OK);
    assert_string_equal(outcome.reply, "6 first other");
}

#define CACHED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define UNCACHED(name)                                                                   \
    cmocka_unit_test_setup_teardown(name, set_up_without_cache, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CACHED(nothing_is_stored_on_a_ghost),
        CACHED(no_refusal_is_of_a_ghost),
        CACHED(no_ok_without_events_is_of_a_ghost),
        CACHED(nobody_looks_at_a_ghost),
        CACHED(a_fence_that_a_group_tells_of_empties_the_cache),
        CACHED(an_unknown_outcome_empties_the_cache),
        UNCACHED(what_was_just_read_may_be_a_ghost_too),
        UNCACHED(a_refusal_of_what_was_just_read_too),
        UNCACHED(a_look_at_what_was_just_read_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
