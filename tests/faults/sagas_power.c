/* sagas_power.c - the power goes at any change of the disk: what a saga acted on is there
 * afterwards, and the branch that it took stays taken. */
#include "support/domains/moves.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"

#include <sys/wait.h>
#include <unistd.h>

static void live(struct world *world, int64_t at, enum fault_loss loss, uint64_t seed)
{
    struct jangle_sqlite_options options = {.vfs = fault_vfs_register(),
                                            .wal_checkpoint_frames = 30};

    fault_vfs_reset();
    fault_vfs_stop_at(at, loss, seed);
    world->config.storage = jangle_sqlite_with(world->file, &options);
    if (!moves_open(world))
        _exit(1);
    moves_tell(world);
    if (jangle_close(world->jangle, -1))
        _exit(1);
}

/* False when all was told before the power could go. */
static bool cut(struct world *world, int64_t at, enum fault_loss loss, uint64_t seed)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        live(world, at, loss, seed);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status))
        assert_int_equal(WEXITSTATUS(status), FAULT_EXIT);
    return WEXITSTATUS(status) == FAULT_EXIT;
}

static void sweep(enum fault_loss loss, uint64_t seed)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index() - stride;
    bool cut_off = true;

    while (cut_off) {
        struct world world;

        at += stride;
        world_init(&world, true);
        cut_off = cut(&world, at, loss, seed + (uint64_t)at);
        if (!moves_open(&world))
            fail_msg("%s", world.error.message);
        moves_check(&world);
        world_finish(&world);
    }
    print_message("cut at %lld changes\n", (long long)(at / stride));
    assert_true(at > 100);
}

static void the_power_goes_and_with_it_what_was_not_synced(void **state)
{
    (void)state;
    sweep(FAULT_LOSE_ALL, 1);
}

static void the_power_goes_and_with_it_some_of_what_was_not_synced(void **state)
{
    uint64_t seed = effort_seed() * 1000;

    (void)state;
    for (int left = effort_count(EFFORT_SAGAS_POWER); left > 0; left--, seed += 100000)
        sweep(FAULT_LOSE_SOME, seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_power_goes_and_with_it_what_was_not_synced),
        cmocka_unit_test(the_power_goes_and_with_it_some_of_what_was_not_synced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
