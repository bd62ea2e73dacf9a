/* show.c - what is in a store, as text that tests can compare. */
#include "contract/world.h"

/* Adds a word to what is shown. */
static void JANGLE_PRINTF(2, 3) say(struct world *world, const char *format, ...)
{
    size_t used = strlen(world->shown);
    size_t left = sizeof world->shown - used;
    va_list values;
    int length;

    if (used) {
        world->shown[used++] = ' ';
        left--;
    }
    va_start(values, format);
    length = vsnprintf(world->shown + used, left, format, values);
    va_end(values);
    assert_true(length >= 0 && (size_t)length < left);
}

static void begin(struct world *world)
{
    world->shown[0] = '\0';
    memset(&world->error, 0, sizeof world->error);
}

static const char *shown(struct world *world, enum jangle_result result)
{
    if (result)
        say(world, "%s", jangle_result_name(result));
    return world->shown;
}

/* ---- events ------------------------------------------------------------------ */

static enum jangle_result say_record(void *context, const struct jangle_record *record)
{
    say(context, "%lld:%s/%s@%lld", (long long)record->position, record->kind, record->id,
        (long long)record->version);
    return JANGLE_OK;
}

const char *show_stream(struct world *world, const char *id, int64_t version)
{
    begin(world);
    return shown(world,
                 world->store->ops->read_stream(world->store, "account", id, version,
                                                say_record, world, &world->error));
}

const char *show_all(struct world *world, int64_t position, size_t limit)
{
    begin(world);
    return shown(world, world->store->ops->read_all(world->store, position, limit,
                                                    say_record, world, &world->error));
}

int64_t head_of(struct world *world)
{
    int64_t position = -1;

    assert_result(world->store->ops->head(world->store, &position, &world->error),
                  JANGLE_OK);
    return position;
}

int64_t version_of(struct world *world, const char *kind, const char *id)
{
    int64_t version = -1;

    assert_result(
        world->store->ops->stream_head(world->store, kind, id, &version, &world->error),
        JANGLE_OK);
    return version;
}

int64_t position_of_command(struct world *world, const char *command_id)
{
    struct jangle_receipt receipt = {.position = -2};
    enum jangle_result result = world->store->ops->find_command(world->store, command_id,
                                                                &receipt, &world->error);

    if (result == JANGLE_NOT_FOUND)
        return -1;
    assert_result(result, JANGLE_OK);
    return receipt.position;
}

/* ---- deliveries -------------------------------------------------------------- */

static enum jangle_result say_parked(void *context, const struct jangle_parked *parked)
{
    say(context, "%s@%lld%s", parked->key, (long long)parked->position,
        parked->dead ? "!" : "");
    return JANGLE_OK;
}

const char *
show_parked(struct world *world, const char *subscriber, int64_t now, size_t limit)
{
    begin(world);
    return shown(world, world->store->ops->read_parked(world->store, subscriber,
                                                       (jangle_time){now}, limit,
                                                       say_parked, world, &world->error));
}

static enum jangle_result say_checkpoint(void *context,
                                         const struct jangle_checkpoint *checkpoint)
{
    say(context, "%s=%lld", checkpoint->subscriber, (long long)checkpoint->position);
    return JANGLE_OK;
}

const char *show_checkpoints(struct world *world)
{
    begin(world);
    return shown(world, world->store->ops->read_checkpoints(world->store, say_checkpoint,
                                                            world, &world->error));
}

int64_t checkpoint_of(struct world *world, const char *subscriber)
{
    struct jangle_checkpoint checkpoint = {.position = -2};
    enum jangle_result result = world->store->ops->find_checkpoint(
        world->store, subscriber, &checkpoint, &world->error);

    if (result == JANGLE_NOT_FOUND)
        return -1;
    assert_result(result, JANGLE_OK);
    return checkpoint.position;
}

static enum jangle_result say_pause(void *context, const struct jangle_pause *pause)
{
    say(context, "%s=%s(%s: %s)", pause->name, pause->paused ? "paused" : "goes on",
        pause->who, pause->why);
    return JANGLE_OK;
}

const char *show_pauses(struct world *world)
{
    begin(world);
    return shown(world, world->store->ops->read_pauses(world->store, say_pause, world,
                                                       &world->error));
}

static enum jangle_result say_step(void *context, const struct jangle_delivery_step *sent)
{
    say(context, "%s=%s(%s)", sent->step.type, jangle_result_name(sent->step.result),
        sent->step.reply ? sent->step.reply : "");
    return JANGLE_OK;
}

const char *show_delivery(struct world *world, const char *subscriber, int64_t position)
{
    begin(world);
    return shown(world,
                 world->store->ops->read_delivery(world->store, subscriber, position,
                                                  say_step, world, &world->error));
}

/* ---- sagas ------------------------------------------------------------------- */

static enum jangle_result say_saga(void *context, const struct jangle_saga_record *saga)
{
    say(context, "%s/%s@%lld", saga->saga, saga->id, (long long)saga->version);
    for (size_t i = 0; i < saga->step_count; i++)
        say(context, "%s=%s", saga->steps[i].type,
            jangle_result_name(saga->steps[i].result));
    return JANGLE_OK;
}

const char *show_saga(struct world *world, const char *saga, const char *id)
{
    begin(world);
    return shown(world, world->store->ops->read_saga(world->store, saga, id, say_saga,
                                                     world, &world->error));
}

const char *show_due(struct world *world, int64_t now, size_t limit)
{
    begin(world);
    return shown(
        world, world->store->ops->read_due_sagas(world->store, (jangle_time){now}, limit,
                                                 say_saga, world, &world->error));
}

const char *show_sagas(struct world *world,
                       const char *saga,
                       enum jangle_saga_status status,
                       const char *id,
                       size_t limit)
{
    begin(world);
    return shown(world,
                 world->store->ops->read_sagas(world->store, saga, status, id, limit,
                                               say_saga, world, &world->error));
}

/* ---- counting ---------------------------------------------------------------- */

static enum jangle_result count(struct counting *counting)
{
    counting->count++;
    return counting->stop_after == counting->count ? JANGLE_CANCELLED : JANGLE_OK;
}

enum jangle_result count_record(void *context, const struct jangle_record *record)
{
    (void)record;
    return count(context);
}

enum jangle_result count_parked(void *context, const struct jangle_parked *parked)
{
    (void)parked;
    return count(context);
}

enum jangle_result count_checkpoint(void *context,
                                    const struct jangle_checkpoint *checkpoint)
{
    (void)checkpoint;
    return count(context);
}

enum jangle_result count_step(void *context, const struct jangle_delivery_step *step)
{
    (void)step;
    return count(context);
}

enum jangle_result count_saga(void *context, const struct jangle_saga_record *saga)
{
    (void)saga;
    return count(context);
}
