/* write.c - short ways to write to a store. */
#include "contract/world.h"

struct jangle_record typed_record(const char *kind, const char *id, const char *type)
{
    static const char payload[] = "{\"amount\":500}";
    struct jangle_record record = {
        .kind = kind,
        .id = id,
        .type = type,
        .type_version = 1,
        .at = {1700000000000000},
        .event_id = "an event's id",
        .payload = payload,
        .payload_size = sizeof payload - 1,
        .meta = "{}",
    };

    return record;
}

struct jangle_record record_of(const char *id, int64_t version)
{
    struct jangle_record record = typed_record("account", id, "funds_deposited");

    record.version = version;
    return record;
}

void commit_group(struct world *world, struct jangle_group *group)
{
    memset(&world->error, 0, sizeof world->error);
    assert_result(world->store->ops->commit(world->store, group, &world->error),
                  JANGLE_OK);
}

enum jangle_result commit_append(struct world *world, struct jangle_append *append)
{
    commit_group(world, &(struct jangle_group){.appends = append, .append_count = 1});
    return append->error.result;
}

enum jangle_result commit_checkpoint(struct world *world,
                                     struct jangle_checkpoint *checkpoint)
{
    commit_group(
        world, &(struct jangle_group){.checkpoints = checkpoint, .checkpoint_count = 1});
    return checkpoint->error.result;
}

enum jangle_result commit_saga(struct world *world, struct jangle_saga_record *saga)
{
    commit_group(world, &(struct jangle_group){.sagas = saga, .saga_count = 1});
    return saga->error.result;
}

void commit_step(struct world *world, struct jangle_delivery_step *step)
{
    commit_group(world, &(struct jangle_group){.steps = step, .step_count = 1});
    assert_result(step->error.result, JANGLE_OK);
}

enum jangle_result commit_record(struct world *world, struct jangle_record record)
{
    struct jangle_append append = {.records = &record, .count = 1};

    return commit_append(world, &append);
}

void store_events(struct world *world, const char *id, int count)
{
    for (int i = 0; i < count; i++)
        assert_result(commit_record(world, record_of(id, 0)), JANGLE_OK);
}

void move_checkpoint(struct world *world,
                     const char *subscriber,
                     int64_t from,
                     int64_t to)
{
    struct jangle_checkpoint checkpoint = {
        .subscriber = subscriber, .from = from, .position = to};

    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_OK);
}

void park(struct world *world, const struct jangle_parked *parked)
{
    int64_t from = checkpoint_of(world, parked->subscriber);
    struct jangle_checkpoint checkpoint = {
        .subscriber = parked->subscriber,
        .from = from,
        .position = from < 0 ? 0 : from,
        .parked = parked,
        .parked_count = 1,
    };

    assert_result(commit_checkpoint(world, &checkpoint), JANGLE_OK);
}
