/* saga_record.c - how a saga lies in the store: what the engine keeps of it, together
 * with the user's state. */
#include "saga/saga_record.h"

#include "base/error.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"

/* What the engine keeps of a saga, together with the user's state, in the bytes that the
 * store takes for the state. */
struct saga_head {
    const char *began_as;
    int64_t position;
    int64_t closed;
    int64_t loose; /* saga->reorderable: this name is in stored JSON */
    jangle_optional_time turn_event_at;
    jangle_optional_time timed_out_at;
    jangle_optional_text correlation_id;
    jangle_optional_text actor;
    jangle_optional_text trace;
    jangle_optional_text reason;
    jangle_json state;
};

static JANGLE_STRUCT(saga_head,
                     began_as,
                     position,
                     closed,
                     loose,
                     turn_event_at,
                     timed_out_at,
                     correlation_id,
                     actor,
                     trace,
                     reason,
                     state);

/* A state may be as large as a message, and so may an event's meta, which is
 * kept, too. */
static struct jn_limits head_limits(const struct jn_saga *saga)
{
    enum { HEAD_BYTES = 4096 };

    return (struct jn_limits){.message_bytes =
                                  2 * saga->limits->message_bytes + HEAD_BYTES,
                              .json_depth = saga->limits->json_depth + 1};
}

static jangle_optional_time time_or_absent(jangle_time time)
{
    return (jangle_optional_time){time.us != 0, time};
}

/* ---- reading ----------------------------------------------------------------- */

static enum jangle_result read_head(struct jn_saga *saga,
                                    const struct jangle_saga_record *record,
                                    struct jangle_error *error)
{
    struct jn_limits limits = head_limits(saga);
    struct saga_head head;
    enum jangle_result result = jn_decode(saga->arena, &saga_head, record->state,
                                          record->state_size, 1, &limits, &head, error);

    if (result)
        return result;
    if (head.closed < 0 || head.loose < 0)
        return jn_fail(error, JANGLE_INVALID,
                       "its record has a negative number of steps");
    saga->began_as = head.began_as;
    saga->position = head.position;
    saga->closed = (size_t)head.closed;
    saga->reorderable = (size_t)head.loose;
    saga->turn_event_at = head.turn_event_at.value;
    saga->timed_out_at = head.timed_out_at.value;
    saga->origin = (struct jangle_origin){.correlation_id = head.correlation_id.value,
                                          .actor = head.actor.value,
                                          .trace = head.trace.value};
    saga->reason = head.reason.value;
    saga->state_json =
        head.state.text && strcmp(head.state.text, "null") != 0 ? head.state.text : NULL;
    return JANGLE_OK;
}

/* A timeout whose open turn a row runs is stored with another due time than its turn's:
 * that is how it is known here (jn_saga_due_at). */
static enum jangle_result restore_saga(struct jn_saga *saga,
                                       const struct jangle_saga_record *record,
                                       struct jangle_error *error)
{
    saga->exists = true;
    saga->version = record->version;
    saga->status = record->status;
    saga->state_version = record->state_version;
    saga->timeout_at = record->timeout_at;
    saga->turn_at = record->turn_at;
    saga->turn_position = record->turn_position;
    saga->timeout_is_parked = record->turn_at.us && !record->turn_position &&
                              record->due_at.us != record->turn_at.us;
    for (size_t i = 0; i < record->step_count; i++)
        if (!jn_saga_add_step(saga, &record->steps[i]))
            return jn_arena_check(saga->arena, error);
    saga->stored = saga->count;
    return read_head(saga, record, error);
}

enum jangle_result jn_saga_from_record(struct jn_saga *saga,
                                       const struct jangle_saga_record *record,
                                       struct jangle_error *error)
{
    struct jangle_error reason = {0};
    enum jangle_result result = restore_saga(saga, record, &reason);

    if (!result)
        return JANGLE_OK;
    return jn_fail(error, result, "%s/%s: %s", saga->type->saga->name, saga->id,
                   reason.message);
}

/* ---- writing ----------------------------------------------------------------- */

struct jn_saga_change jn_saga_as_it_is(const struct jn_saga *saga)
{
    return (struct jn_saga_change){.count = saga->count, .timeout_at = saga->timeout_at};
}

enum jangle_result jn_saga_make_record(struct jn_saga *saga,
                                       struct jn_saga_change change,
                                       struct jangle_saga_record *record,
                                       struct jangle_error *error)
{
    struct jn_limits limits = head_limits(saga);
    struct saga_head head = {
        .began_as = saga->began_as,
        .position = saga->position,
        .closed = (int64_t)saga->closed,
        .loose = (int64_t)saga->reorderable,
        .turn_event_at = time_or_absent(saga->turn_event_at),
        .timed_out_at = time_or_absent(saga->timed_out_at),
        .correlation_id = jn_text_or_absent(saga->origin.correlation_id),
        .actor = jn_text_or_absent(saga->origin.actor),
        .trace = jn_text_or_absent(saga->origin.trace),
        .reason = jn_text_or_absent(saga->reason),
        .state = {saga->state_json},
    };
    const char *json;
    size_t size;
    enum jangle_result result = jn_encode(saga->arena, &saga_head, &head,
                                          JN_NULLS_REFUSED, &limits, &json, &size, error);

    *record = (struct jangle_saga_record){
        .saga = saga->type->saga->name,
        .id = saga->id,
        .version = saga->version + 1,
        .status = saga->status,
        .state_version = saga->state_version,
        .state = result ? NULL : json,
        .state_size = result ? 0 : size,
        .timeout_at = change.timeout_at,
        .due_at = jn_saga_due_at(saga, change.timeout_at),
        .turn_at = saga->turn_at,
        .turn_position = saga->turn_position,
        .steps = change.count > saga->stored ? &saga->steps[saga->stored] : NULL,
        .step_count = change.count - saga->stored,
    };
    return result;
}
