/* world.c - opening and closing what the contracts are tried on. */
#include "contract/world.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct jangle_storage recipe(const struct world *world, const char *path)
{
    struct jangle_storage storage = world->backend->storage(path);

    storage.program = "teller";
    return storage;
}

static enum jangle_result try_open(struct world *world)
{
    struct jangle_storage storage = recipe(world, world->path);
    enum jangle_result result =
        storage.open(&storage, &world->host.host, &world->stores, &world->error);

    world->store = world->stores.store;
    world->snapshots = world->stores.snapshots;
    return result;
}

void world_close_another(struct jangle_stores *stores)
{
    if (stores->views)
        stores->views->ops->close(stores->views);
    if (stores->snapshots)
        stores->snapshots->ops->close(stores->snapshots);
    if (stores->store)
        stores->store->ops->close(stores->store);
    memset(stores, 0, sizeof *stores);
}

static void world_free(struct world *world)
{
    world_close_another(&world->stores);
    temp_directory_remove(world->directory);
    free(world);
}

int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    if (!world || !temp_directory_make(world->directory))
        return 1;
    world->backend = *state;
    temp_directory_path(world->path, world->directory, "store.db");
    test_host_init(&world->host);
    if (try_open(world)) {
        print_error("%s\n", world->error.message);
        world_free(world);
        return 1;
    }
    *state = world;
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    int64_t pieces;

    world_close_another(&world->stores);
    pieces = world->host.memory.pieces;
    world_free(world);
    if (pieces)
        print_error("%lld pieces of memory were left\n", (long long)pieces);
    return pieces ? 1 : 0;
}

int world_run(const char *title,
              const struct CMUnitTest *tests,
              size_t count,
              const struct backend *backend)
{
    struct backend tried = *backend;
    struct CMUnitTest *here = calloc(count, sizeof *here);
    char group[64];
    int failed;

    if (!here)
        return 1;
    memcpy(here, tests, count * sizeof *here);
    for (size_t i = 0; i < count; i++)
        here[i].initial_state = &tried;
    snprintf(group, sizeof group, "%s: %s", backend->name, title);
    failed = _cmocka_run_group_tests(group, here, count, NULL, NULL);
    free(here);
    return failed;
}

void world_reopen(struct world *world)
{
    if (!world->backend->durable)
        return;
    world_close_another(&world->stores);
    assert_result(try_open(world), JANGLE_OK);
}

struct jangle_stores world_open_another(struct world *world, const char *path)
{
    struct jangle_storage storage = recipe(world, path);
    struct jangle_stores stores = {0};

    assert_result(storage.open(&storage, &world->host.host, &stores, &world->error),
                  JANGLE_OK);
    return stores;
}

void world_damage(struct world *world, int64_t position)
{
    world_close_another(&world->stores);
    world->backend->damage(world->path, position);
    assert_result(try_open(world), JANGLE_OK);
}

/* What a child does, as a test of its own, so that an assertion ends the child. */
struct errand {
    struct world *world;
    void (*work)(struct world *world);
};

static void run_errand(void **state)
{
    const struct errand *errand = *state;

    enum jangle_result result = try_open(errand->world);

    if (result)
        print_error("in another process: %s\n", errand->world->error.message);
    assert_result(result, JANGLE_OK);
    errand->work(errand->world);
}

static pid_t send_out(struct errand *errand)
{
    const struct CMUnitTest test = {"in another process", run_errand, NULL, NULL, errand};
    pid_t child = fork();

    if (child == 0)
        _exit(!freopen("/dev/null", "w", stdout) ||
              _cmocka_run_group_tests("errand", &test, 1, NULL, NULL) != 0);
    assert_true(child > 0);
    return child;
}

static void assert_worked(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void world_in_other_processes(struct world *world,
                              int count,
                              void (*work)(struct world *world))
{
    struct errand errand = {world, work};
    pid_t children[8];

    assert_true(count <= (int)(sizeof children / sizeof *children));
    world_close_another(&world->stores);
    fflush(NULL);
    for (int i = 0; i < count; i++)
        children[i] = send_out(&errand);
    for (int i = 0; i < count; i++)
        assert_worked(children[i]);
    assert_result(try_open(world), JANGLE_OK);
}

/* ---- a child that dies when it is told to ------------------------------------- */

/* It is forked off while the store is closed, because a child of a process that has it
 * open must not open it. */
struct world_mortal world_beside_a_mortal(struct world *world,
                                          void (*work)(struct world *world))
{
    struct errand errand = {world, work};
    const struct CMUnitTest test = {"in another process", run_errand, NULL, NULL,
                                    &errand};
    struct world_mortal mortal;
    int ends[2];
    char letter;

    world_close_another(&world->stores);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    mortal = (struct world_mortal){.child = fork(), .go = ends[1]};
    if (mortal.child == 0)
        _exit(read(ends[0], &letter, 1) != 1 || !freopen("/dev/null", "w", stdout) ||
              _cmocka_run_group_tests("errand", &test, 1, NULL, NULL) != 0);
    close(ends[0]);
    assert_true(mortal.child > 0);
    assert_result(try_open(world), JANGLE_OK);
    return mortal;
}

void world_let_die(struct world_mortal *mortal)
{
    assert_int_equal(write(mortal->go, "x", 1), 1);
    close(mortal->go);
    assert_worked(mortal->child);
}

/* ---- a child that outlives its parent ---------------------------------------- */

static struct {
    void (*work)(struct world *world);
    void (*abandon)(struct world *world);
    int done[2], life[2];
} outliving;

static void leave_a_child(struct world *world)
{
    char letter;
    pid_t child;

    outliving.work(world);
    close(outliving.life[1]);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        outliving.abandon(world);
        if (write(outliving.done[1], "x", 1) == 1)
            (void)!read(outliving.life[0], &letter, 1);
        _exit(0);
    }
    assert_int_equal(read(outliving.done[0], &letter, 1), 1);
}

int world_outlive(struct world *world,
                  void (*work)(struct world *world),
                  void (*abandon)(struct world *world))
{
    outliving.work = work;
    outliving.abandon = abandon;
    assert_int_equal(pipe(outliving.done), 0);
    assert_int_equal(pipe(outliving.life), 0);
    world_in_other_processes(world, 1, leave_a_child);
    close(outliving.done[0]);
    close(outliving.done[1]);
    close(outliving.life[0]);
    return outliving.life[1];
}
