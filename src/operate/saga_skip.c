/* saga_skip.c - an operator skips a dead letter of a saga: the open turn that the dead
 * letter is of is closed, and will not be run again. */
#include "operate/saga_skip.h"

#include "core/engine.h"
#include "core/saga_match.h"
#include "saga/saga_close.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"

/* The event is taken into the state, unless the event or the state cannot be read. */
static enum jangle_result
close_turn(struct jn_saga *saga, struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_error reason = {0};
    enum jangle_result result = JANGLE_OK;

    if (saga->turn_position)
        result = jn_saga_decode_state(saga, &jangle->limits, &reason);
    if (!result && saga->turn_position)
        result = jn_saga_close_waiting(saga, jangle, &reason);
    if (result && result != JANGLE_INVALID)
        return jn_fail(error, result, "%s", reason.message);
    jn_saga_leave_turn(saga);
    saga->status = JANGLE_SAGA_OPEN;
    return jn_saga_save(saga, jangle, error);
}

/* Is the dead letter of the turn that is open now? The turn of an event may have been
 * closed by a timeout since, while its dead letter stayed. */
static bool is_of_open_turn(const struct jn_saga *saga, const struct jn_row *row)
{
    if (row->stored.kind == JANGLE_PARKED_TIMEOUT)
        return saga->turn_at.us && !saga->turn_position;
    return saga->turn_at.us && saga->turn_position == row->stored.position;
}

enum jangle_result jn_saga_skip(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    const char *id = jn_saga_id_of_key(row->stored.kind, row->stored.key);
    enum jangle_result result = JANGLE_OK;
    struct jangle_arena arena;
    struct jn_saga saga;

    if (!id)
        return JANGLE_OK;
    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = jn_saga_load(&saga, jangle, subscription->saga, id, &arena, error);
    if (!result && is_of_open_turn(&saga, row))
        result = close_turn(&saga, jangle, error);
    jn_arena_finish(&arena);
    return result;
}
