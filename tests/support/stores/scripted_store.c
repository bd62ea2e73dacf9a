/* scripted_store.c - a store that only commits, and answers as it is told. */
#include "support/stores/scripted_store.h"

#include "support/test.h"

#include "base/error.h"

#include <sched.h>

static void take_leave(struct scripted_store *scripted)
{
    jn_mutex_lock(&scripted->mutex);
    while (scripted->waits && !scripted->leaves)
        jn_cond_wait(&scripted->allowed, &scripted->mutex);
    scripted->leaves -= scripted->waits;
    jn_mutex_unlock(&scripted->mutex);
}

static void note_checkpoints(struct scripted_store *scripted, struct jangle_group *group)
{
    scripted->checkpoints += group->checkpoint_count;
    for (size_t i = 0; i < group->checkpoint_count; i++) {
        struct jangle_checkpoint *checkpoint = &group->checkpoints[i];

        if (!checkpoint->with)
            continue;
        scripted->with[i] = (size_t)(checkpoint->with - group->appends);
        scripted->with_count = checkpoint->with_count;
        jangle_error_set(&checkpoint->error, scripted->of_checkpoint,
                         "as told of a checkpoint");
    }
}

static enum jangle_result scripted_commit(struct jangle_store *store,
                                          struct jangle_group *group,
                                          struct jangle_error *error)
{
    struct scripted_store *scripted = (struct scripted_store *)store;

    assert_int_equal(atomic_fetch_add(&scripted->inside, 1), 0);
    atomic_fetch_add(&scripted->arrived, 1);
    take_leave(scripted);
    scripted->sizes[scripted->groups++ % SCRIPTED_GROUPS] = group->append_count;
    note_checkpoints(scripted, group);
    for (size_t i = 0; i < group->append_count; i++) {
        jangle_error_set(&group->appends[i].error, scripted->of_append,
                         "as told of a part");
        group->appends[i].receipt.position = ++scripted->position;
    }
    atomic_fetch_sub(&scripted->inside, 1);
    if (scripted->result)
        jangle_error_set(error, scripted->result, "as told");
    return scripted->result;
}

static const struct jangle_store_ops scripted_ops = {
    .abi = 1, .name = "scripted", .commit = scripted_commit};

void scripted_store_init(struct scripted_store *scripted, bool waits)
{
    *scripted = (struct scripted_store){.store = {&scripted_ops}, .waits = waits};
    assert_result(jn_mutex_init(&scripted->mutex), JANGLE_OK);
    assert_result(jn_cond_init(&scripted->allowed), JANGLE_OK);
}

void scripted_store_finish(struct scripted_store *scripted)
{
    jn_cond_finish(&scripted->allowed);
    jn_mutex_finish(&scripted->mutex);
}

void scripted_store_allow(struct scripted_store *scripted, int groups)
{
    jn_mutex_lock(&scripted->mutex);
    scripted->leaves += groups;
    jn_cond_broadcast(&scripted->allowed);
    jn_mutex_unlock(&scripted->mutex);
}

void scripted_store_await(struct scripted_store *scripted, int groups)
{
    while (atomic_load(&scripted->arrived) < groups)
        sched_yield();
}
