/* store.c - what the store in memory promises beyond the contract: visits hold no
 * lock, and what they are shown stays until they return; nothing is lost without
 * memory. */
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/config.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>

struct scene {
    struct test_host host;
    struct jangle_stores stores;
    struct jangle_store *store;
    struct jangle_snapshot_store *snapshots;
    int visits;
};

static enum jangle_result try_open(struct scene *scene)
{
    struct jangle_storage storage = jangle_memory();

    return storage.open(&storage, &scene->host.host, &scene->stores, NULL);
}

static int setup(void **state)
{
    static struct scene scene;

    memset(&scene, 0, sizeof scene);
    test_host_init(&scene.host);
    if (try_open(&scene))
        return 1;
    scene.store = scene.stores.store;
    scene.snapshots = scene.stores.snapshots;
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    scene->store->ops->close(scene->store);
    scene->snapshots->ops->close(scene->snapshots);
    return scene->host.memory.pieces ? 1 : 0;
}

static enum jangle_result commit_event(struct scene *scene, const char *id)
{
    struct jangle_record record = {.kind = "account",
                                   .id = id,
                                   .type = "made",
                                   .payload = "{}",
                                   .payload_size = 2,
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    return scene->store->ops->commit(scene->store, &group, NULL);
}

static enum jangle_result
commit_parked(struct scene *scene, int64_t from, const struct jangle_parked *parked)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = "printer", .from = from, .parked = parked, .parked_count = 1};
    struct jangle_group group = {.checkpoints = &checkpoint, .checkpoint_count = 1};
    enum jangle_result result = scene->store->ops->commit(scene->store, &group, NULL);

    return result ? result : checkpoint.error.result;
}

static enum jangle_result commit_saga(struct scene *scene, int64_t version)
{
    struct jangle_step step = {.type = "credit", .reply = "done"};
    struct jangle_saga_record saga = {.saga = "transfer",
                                      .id = "a",
                                      .version = version,
                                      .state = "{}",
                                      .state_size = 2,
                                      .steps = &step,
                                      .step_count = 1};
    struct jangle_group group = {.sagas = &saga, .saga_count = 1};
    enum jangle_result result = scene->store->ops->commit(scene->store, &group, NULL);

    return result ? result : saga.error.result;
}

/* ---- visits that write ------------------------------------------------------- */

static enum jangle_result commit_another(void *context,
                                         const struct jangle_record *record)
{
    struct scene *scene = context;
    int64_t head = 0;

    scene->visits++;
    assert_result(commit_event(scene, record->id), JANGLE_OK);
    assert_result(scene->store->ops->head(scene->store, &head, NULL), JANGLE_OK);
    assert_int_equal(head, 300 + scene->visits);
    assert_string_equal(record->type, "made");
    return JANGLE_OK;
}

static void a_visit_of_events_may_commit_and_sees_what_was_there_before(void **state)
{
    struct scene *scene = *state;

    for (int i = 0; i < 300; i++)
        assert_result(commit_event(scene, "a"), JANGLE_OK);
    assert_result(scene->store->ops->read_stream(scene->store, "account", "a", 100,
                                                 commit_another, scene, NULL),
                  JANGLE_OK);
    assert_int_equal(scene->visits, 200);
    assert_result(
        scene->store->ops->read_all(scene->store, 490, 100, commit_another, scene, NULL),
        JANGLE_OK);
    assert_int_equal(scene->visits, 210);
}

static enum jangle_result release(void *context, const struct jangle_parked *parked)
{
    struct scene *scene = context;
    struct jangle_parked released = {.key = parked->key, .released = true};

    scene->visits++;
    assert_result(commit_parked(scene, 0, &released), JANGLE_OK);
    assert_string_equal(parked->error, "no paper");
    assert_string_equal(parked->subscriber, "printer");
    return JANGLE_OK;
}

static void a_visit_of_parked_keys_may_release_them(void **state)
{
    struct scene *scene = *state;
    const char *keys[] = {"a", "b", "c"};
    struct jangle_parked parked = {.position = 1, .error = "no paper"};

    for (int i = 0; i < 3; i++) {
        parked.key = keys[i];
        assert_result(commit_parked(scene, i ? 0 : -1, &parked), JANGLE_OK);
    }
    for (int i = 0; i < 2; i++)
        assert_result(scene->store->ops->read_parked(scene->store, NULL, (jangle_time){0},
                                                     9, release, scene, NULL),
                      JANGLE_OK);
    assert_int_equal(scene->visits, 3);
}

static enum jangle_result move_on(void *context, const struct jangle_saga_record *saga)
{
    struct scene *scene = context;

    scene->visits++;
    assert_result(commit_saga(scene, saga->version + 1), JANGLE_OK);
    assert_int_equal(saga->step_count, 2);
    assert_string_equal(saga->steps[1].reply, "done");
    assert_memory_equal(saga->state, "{}", 2);
    return JANGLE_OK;
}

static void a_visit_of_a_saga_may_move_it(void **state)
{
    struct scene *scene = *state;

    assert_result(commit_saga(scene, 1), JANGLE_OK);
    assert_result(commit_saga(scene, 2), JANGLE_OK);
    assert_result(
        scene->store->ops->read_saga(scene->store, "transfer", "a", move_on, scene, NULL),
        JANGLE_OK);
    assert_int_equal(scene->visits, 1);
    assert_result(commit_saga(scene, 3), JANGLE_CONFLICT);
    assert_result(commit_saga(scene, 4), JANGLE_OK);
}

static enum jangle_result rename_it(void *context,
                                    const struct jangle_checkpoint *checkpoint)
{
    struct scene *scene = context;

    scene->visits++;
    assert_result(
        scene->store->ops->rename(scene->store, checkpoint->subscriber, "plotter", NULL),
        JANGLE_OK);
    assert_string_equal(checkpoint->subscriber, "printer");
    return JANGLE_OK;
}

static void a_visit_of_checkpoints_may_rename_them(void **state)
{
    struct scene *scene = *state;
    struct jangle_parked parked = {.key = "a"};

    assert_result(commit_parked(scene, -1, &parked), JANGLE_OK);
    assert_result(
        scene->store->ops->read_checkpoints(scene->store, rename_it, scene, NULL),
        JANGLE_OK);
    assert_int_equal(scene->visits, 1);
}

static enum jangle_result replace_it(void *context,
                                     const struct jangle_snapshot *snapshot)
{
    struct scene *scene = context;
    struct jangle_snapshot newer = *snapshot;

    scene->visits++;
    newer.version++;
    newer.payload = "new";
    assert_result(scene->snapshots->ops->save(scene->snapshots, &newer, NULL), JANGLE_OK);
    assert_result(scene->snapshots->ops->forget(scene->snapshots, snapshot->stream, NULL),
                  JANGLE_OK);
    assert_memory_equal(snapshot->payload, "old", 3);
    return JANGLE_OK;
}

static void a_visit_of_a_snapshot_may_replace_and_forget_it(void **state)
{
    struct scene *scene = *state;
    struct jangle_snapshot snapshot = {
        .stream = "account/a", .version = 1, .payload = "old", .payload_size = 3};

    assert_result(scene->snapshots->ops->save(scene->snapshots, &snapshot, NULL),
                  JANGLE_OK);
    assert_result(scene->snapshots->ops->load(scene->snapshots, "account/a", replace_it,
                                              scene, NULL),
                  JANGLE_OK);
    assert_result(scene->snapshots->ops->load(scene->snapshots, "account/a", replace_it,
                                              scene, NULL),
                  JANGLE_NOT_FOUND);
    assert_int_equal(scene->visits, 1);
}

/* ---- without memory ---------------------------------------------------------- */

static void opening_without_memory_leaves_nothing_behind(void **state)
{
    static struct scene scene;
    enum jangle_result result;
    int64_t at = 0;

    (void)state;
    test_host_init(&scene.host);
    do {
        failing_allocator_arm(&scene.host.memory, ++at);
        result = try_open(&scene);
        failing_allocator_arm(&scene.host.memory, 0);
        if (result) {
            assert_result(result, JANGLE_NO_MEMORY);
            assert_null(scene.stores.store);
            assert_int_equal(scene.host.memory.pieces, 0);
        }
    } while (result);
    assert_true(at > 2);
    scene.stores.store->ops->close(scene.stores.store);
    scene.stores.snapshots->ops->close(scene.stores.snapshots);
    assert_int_equal(scene.host.memory.pieces, 0);
}

static enum jangle_result count(void *context, const struct jangle_parked *parked)
{
    (void)parked;
    ++*(int *)context;
    return JANGLE_OK;
}

static int parked_count(struct scene *scene, const char *subscriber)
{
    int counted = 0;

    assert_result(scene->store->ops->read_parked(scene->store, subscriber,
                                                 (jangle_time){0}, 99, count, &counted,
                                                 NULL),
                  JANGLE_OK);
    return counted;
}

static void renaming_without_memory_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const char *keys[] = {"a", "b", "c"};
    enum jangle_result result;
    struct jangle_error error;
    int64_t at = 0;

    for (int i = 0; i < 3; i++) {
        struct jangle_parked parked = {.key = keys[i]};

        assert_result(commit_parked(scene, i ? 0 : -1, &parked), JANGLE_OK);
    }
    do {
        memset(&error, 0, sizeof error);
        failing_allocator_arm(&scene->host.memory, ++at);
        result = scene->store->ops->rename(scene->store, "printer", "plotter", &error);
        failing_allocator_arm(&scene->host.memory, 0);
        assert_int_equal(parked_count(scene, "printer"), result ? 3 : 0);
        assert_int_equal(parked_count(scene, "plotter"), result ? 0 : 3);
        if (result)
            assert_string_equal(error.message,
                                "memory store: no room to rename a subscriber");
    } while (result);
    assert_true(at > 6);
}

static void reading_without_memory_visits_nothing_and_says_so(void **state)
{
    struct scene *scene = *state;
    struct jangle_parked parked = {.key = "a"};
    struct jangle_error error = {0};
    int counted = 0;

    assert_result(commit_parked(scene, -1, &parked), JANGLE_OK);
    failing_allocator_arm(&scene->host.memory, 1);
    assert_result(scene->store->ops->read_parked(scene->store, NULL, (jangle_time){0}, 9,
                                                 count, &counted, &error),
                  JANGLE_NO_MEMORY);
    failing_allocator_arm(&scene->host.memory, 0);
    assert_int_equal(counted, 0);
    assert_string_equal(error.message, "memory store: no room to read what is parked");
}

/* ---- cost -------------------------------------------------------------------- */

/* Requests for memory by so many commits. */
static int64_t requests_of(struct scene *scene, int commits)
{
    int64_t before = scene->host.memory.calls;

    for (int i = 0; i < commits; i++)
        assert_result(commit_event(scene, "a"), JANGLE_OK);
    return scene->host.memory.calls - before;
}

static void a_commit_does_not_cost_more_when_much_is_stored(void **state)
{
    struct scene *scene = *state;
    int64_t first = requests_of(scene, 1000), last;

    requests_of(scene, 50000);
    last = requests_of(scene, 1000);
    assert_true(last <= first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_visit_of_events_may_commit_and_sees_what_was_there_before),
        TEST(a_visit_of_parked_keys_may_release_them),
        TEST(a_visit_of_a_saga_may_move_it),
        TEST(a_visit_of_checkpoints_may_rename_them),
        TEST(a_visit_of_a_snapshot_may_replace_and_forget_it),
        cmocka_unit_test(opening_without_memory_leaves_nothing_behind),
        TEST(renaming_without_memory_changes_nothing),
        TEST(reading_without_memory_visits_nothing_and_says_so),
        TEST(a_commit_does_not_cost_more_when_much_is_stored),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
