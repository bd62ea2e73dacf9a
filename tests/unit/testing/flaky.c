/* flaky.c - a storage that lets one call fail, and passes all others on. */
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/testing.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct scene {
    struct test_host host;
    struct jangle_flaky flaky;
    struct jangle_stores stores;
    struct jangle_error error;
};

static enum jangle_result open_scene(struct scene *scene)
{
    struct jangle_storage storage = jangle_storage_flaky(&scene->flaky);

    memset(&scene->error, 0, sizeof scene->error);
    return storage.open(&storage, &scene->host.host, &scene->stores, &scene->error);
}

static void close_scene(struct scene *scene)
{
    scene->stores.store->ops->close(scene->stores.store);
    scene->stores.snapshots->ops->close(scene->stores.snapshots);
    assert_int_equal(scene->host.memory.pieces, 0);
}

static void begin_scene(struct scene *scene, int64_t fail_at, enum jangle_result result)
{
    memset(scene, 0, sizeof *scene);
    test_host_init(&scene->host);
    scene->flaky.storage = jangle_memory();
    scene->flaky.fail_at = fail_at;
    scene->flaky.result = result;
}

static enum jangle_result append(struct scene *scene)
{
    struct jangle_record record = {.kind = "account", .id = "a", .type = "made"};
    struct jangle_append append = {.command_id = "c-1", .records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    memset(&scene->error, 0, sizeof scene->error);
    return scene->stores.store->ops->commit(scene->stores.store, &group, &scene->error);
}

static enum jangle_result head(struct scene *scene, int64_t *position)
{
    memset(&scene->error, 0, sizeof scene->error);
    return scene->stores.store->ops->head(scene->stores.store, position, &scene->error);
}

static enum jangle_result save(struct scene *scene)
{
    struct jangle_snapshot snapshot = {.stream = "account/a", .version = 1};

    memset(&scene->error, 0, sizeof scene->error);
    return scene->stores.snapshots->ops->save(scene->stores.snapshots, &snapshot,
                                              &scene->error);
}

static void without_a_number_nothing_fails_and_all_is_counted(void **state)
{
    struct scene scene;
    int64_t position = 0;

    (void)state;
    begin_scene(&scene, 0, JANGLE_STORAGE);
    assert_result(open_scene(&scene), JANGLE_OK);
    assert_result(append(&scene), JANGLE_OK);
    assert_result(head(&scene, &position), JANGLE_OK);
    assert_result(save(&scene), JANGLE_OK);
    scene.stores.store->ops->disown(scene.stores.store, "nobody", false);
    close_scene(&scene);
    assert_int_equal(position, 1);
    assert_int_equal(scene.flaky.calls, 4);
}

static void the_first_call_is_the_opening(void **state)
{
    struct scene scene;

    (void)state;
    begin_scene(&scene, 1, JANGLE_STORAGE);
    assert_result(open_scene(&scene), JANGLE_STORAGE);
    assert_string_equal(scene.error.message, "flaky: call 1 (open) fails as asked");
    assert_null(scene.stores.store);
    assert_null(scene.stores.snapshots);
    assert_int_equal(scene.host.memory.pieces, 0);
}

static void a_commit_that_fails_stores_nothing(void **state)
{
    struct scene scene;
    int64_t position = -1;

    (void)state;
    begin_scene(&scene, 2, JANGLE_STORAGE);
    assert_result(open_scene(&scene), JANGLE_OK);
    assert_result(append(&scene), JANGLE_STORAGE);
    assert_string_equal(scene.error.message, "flaky: call 2 (commit) fails as asked");
    assert_result(head(&scene, &position), JANGLE_OK);
    assert_int_equal(position, 0);
    assert_result(append(&scene), JANGLE_OK);
    close_scene(&scene);
}

static void a_commit_that_ends_unknown_is_stored_and_then_it_is_busy_once(void **state)
{
    struct scene scene;
    int64_t position = -1;

    (void)state;
    begin_scene(&scene, 2, JANGLE_UNKNOWN);
    assert_result(open_scene(&scene), JANGLE_OK);
    assert_result(append(&scene), JANGLE_UNKNOWN);
    assert_string_equal(scene.error.message, "flaky: call 2 (commit) fails as asked");
    assert_result(head(&scene, &position), JANGLE_BUSY);
    assert_string_equal(scene.error.message, "flaky: call 3 (head) finds it reopening");
    assert_int_equal(position, -1);
    assert_result(head(&scene, &position), JANGLE_OK);
    assert_int_equal(position, 1);
    close_scene(&scene);
}

static void a_read_that_ends_unknown_was_made(void **state)
{
    struct scene scene;
    int64_t position = -1;

    (void)state;
    begin_scene(&scene, 3, JANGLE_UNKNOWN);
    assert_result(open_scene(&scene), JANGLE_OK);
    assert_result(append(&scene), JANGLE_OK);
    assert_result(head(&scene, &position), JANGLE_UNKNOWN);
    assert_int_equal(position, 1);
    assert_result(append(&scene), JANGLE_OK);
    close_scene(&scene);
}

static void a_call_to_the_snapshots_fails_too(void **state)
{
    struct scene scene;

    (void)state;
    begin_scene(&scene, 2, JANGLE_BUSY);
    assert_result(open_scene(&scene), JANGLE_OK);
    assert_result(save(&scene), JANGLE_BUSY);
    assert_string_equal(scene.error.message, "flaky: call 2 (save) fails as asked");
    assert_result(save(&scene), JANGLE_OK);
    close_scene(&scene);
}

static void opening_without_memory_leaves_nothing_behind(void **state)
{
    struct scene scene;
    enum jangle_result result;
    int64_t at = 0;

    (void)state;
    begin_scene(&scene, 0, JANGLE_OK);
    do {
        failing_allocator_arm(&scene.host.memory, ++at);
        result = open_scene(&scene);
        failing_allocator_arm(&scene.host.memory, 0);
        if (result) {
            assert_result(result, JANGLE_NO_MEMORY);
            assert_null(scene.stores.store);
            assert_int_equal(scene.host.memory.pieces, 0);
        }
    } while (result);
    assert_true(at > 3);
    close_scene(&scene);
}

/* What a visit does that ST-6 does not allow. */
static enum jangle_result ask_for_the_head(void *context,
                                           const struct jangle_record *record)
{
    int64_t position;

    (void)record;
    return head(context, &position);
}

static void read_all_with_a_question(struct scene *scene)
{
    const struct jangle_store_ops *ops = scene->stores.store->ops;

    ops->read_all(scene->stores.store, 0, 9, ask_for_the_head, scene, &scene->error);
}

static void a_visit_of_the_log_that_calls_the_store_aborts(void **state)
{
    struct scene scene;
    int status;
    pid_t child;

    (void)state;
    begin_scene(&scene, 0, JANGLE_STORAGE);
    assert_result(open_scene(&scene), JANGLE_OK);
    assert_result(append(&scene), JANGLE_OK);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        read_all_with_a_question(&scene);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_number_nothing_fails_and_all_is_counted),
        cmocka_unit_test(the_first_call_is_the_opening),
        cmocka_unit_test(a_commit_that_fails_stores_nothing),
        cmocka_unit_test(a_commit_that_ends_unknown_is_stored_and_then_it_is_busy_once),
        cmocka_unit_test(a_read_that_ends_unknown_was_made),
        cmocka_unit_test(a_call_to_the_snapshots_fails_too),
        cmocka_unit_test(opening_without_memory_leaves_nothing_behind),
        cmocka_unit_test(a_visit_of_the_log_that_calls_the_store_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
