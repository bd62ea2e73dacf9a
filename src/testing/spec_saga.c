/* spec_saga.c - given and when for sagas: turns, without a store. */

#include "testing/spec_saga.h"

#include "core/registry_find.h"
#include "core/saga_match.h"
#include "message/describe.h"
#include "message/event.h"
#include "saga/saga_run.h"
#include "testing/spec_commands.h"
#include "testing/spec_record.h"

enum jangle_result jn_spec_saga_init(struct jangle_spec *spec,
                                     const struct jangle_saga *saga,
                                     struct jangle_error *error)
{
    return jn_saga_init(&spec->saga.record, NULL,
                        jn_map_find(&spec->registry.sagas, saga->name), spec->id,
                        &spec->stubs.arena, error);
}

/* ---- what a store would do --------------------------------------------------- */

/* Each attempt reads the event again, as it would from a store. */
static bool read_event(struct jangle_here here,
                       const struct jangle_message *type,
                       const struct jangle_record *record,
                       struct jangle_event *event)
{
    struct jangle_error error = {0};

    if (!jn_event_read(event, &here.spec->stubs.arena, record, type, &jn_limits_default,
                       &error))
        return true;
    jn_spec_complain(here, "%s", error.message);
    return false;
}

/* ---- turns ------------------------------------------------------------------- */

/* The turn failed: as in dispatch, steps that are not recorded are forgotten. The turn
 * stays open, unless jangle itself failed. */
static void
keep_failed_turn(struct jn_spec_saga *tried, struct jn_turn *turn, bool was_open)
{
    struct jn_saga *saga = turn->saga;

    saga->count = saga->stored;
    if (turn->mismatch)
        saga->status = JANGLE_SAGA_PARKED;
    else if (turn->event &&
             (was_open || jangle_result_is(turn->failed_with, JANGLE_RESULT_OURS)))
        return;
    saga->timeout_at = turn->timeout_at;
    jn_spec_save_saga(tried, saga);
}

/* `was_open`: an attempt at this turn failed before, or it is a timeout's. */
static void run_turn(struct jangle_spec *spec,
                     struct jn_saga *saga,
                     const struct jangle_event *event,
                     bool was_open)
{
    struct jn_spec_saga *tried = &spec->saga;
    struct jn_turn turn = {
        .base = {.attempt = spec->attempt, .at = saga->turn_at},
        .saga = saga,
        .send = jn_spec_send_from_turn,
        .context = spec,
        .step_limit = spec->step_limit,
        .event = event,
    };

    spec->result = jn_turn_run(&turn);
    spec->error = turn.error;
    tried->ran = true;
    tried->waits = spec->result != JANGLE_OK;
    spec->retry_in_ms = turn.retry_in_ms;
    if (spec->result)
        keep_failed_turn(tried, &turn, was_open);
    else
        jn_spec_save_saga(tried, saga);
}

/* The turn runs on a copy of the saga, so that nothing of a failed attempt stays but what
 * keep_failed_turn keeps. A turn that was open goes on with the time of its first run. */
static void run_last_event(struct jangle_here here)
{
    struct jn_spec_saga *tried = &here.spec->saga;
    struct jangle_event event;
    struct jn_saga saga;
    bool was_open;

    if (!jn_spec_load_saga(here, &saga) ||
        !read_event(here, tried->type, &here.spec->event, &event))
        return;
    was_open = saga.turn_at.us != 0;
    if (!was_open) {
        saga.turn_at = here.spec->now;
        saga.turn_position = event.position;
    }
    run_turn(here.spec, &saga, &event, was_open);
}

/* ---- which events ------------------------------------------------------------ */

enum address {
    OURS, /* the event is for the saga of the spec */
    NOTE, /* the event is a note of the saga */
    WRONG /* neither: the spec complained */
};

/* A note is for no saga by its id: the saga itself makes it. */
static enum address find_address(struct jangle_here here,
                                 const struct jangle_event *event)
{
    const struct jn_saga_type *type = here.spec->saga.record.type;
    const char *name = event->type->name, *id = NULL;
    bool applies = jn_saga_applier(type, event->type) != NULL;
    bool reacts =
        jn_row_reaction(&type->saga->reactions, jn_type_name(event->type)) != NULL;
    bool has_id = jn_saga_has_id(type->saga, event->type);

    if (applies || reacts)
        id = has_id ? jn_saga_id_of(type, event) : NULL;
    if (id && !strcmp(id, here.spec->id))
        return OURS;
    if (!applies && !reacts)
        jn_spec_complain(here, "%s does not listen to %s", type->saga->name, name);
    else if (id)
        jn_spec_complain(here, "%s is for %s, and this is about %s", name, id,
                         here.spec->id);
    else if (!has_id || (type->saga->id_of && !reacts))
        return NOTE;
    else
        jn_spec_complain(here, "%s is for no saga: it has no id", name);
    return WRONG;
}

/* False: the spec complained. */
static bool take_event(struct jangle_here here,
                       const struct jn_spec_message *message,
                       struct jangle_record *record,
                       enum address *address)
{
    const struct jangle_message *type = message->type;
    struct jangle_event event;

    jn_spec_record(here.spec, message, record);
    if (!read_event(here, type, record, &event))
        return false;
    *address = find_address(here, &event);
    if (*address != WRONG && here.spec->saga.waits)
        jn_spec_complain(here, "%s waits: the turn before it is still open", type->name);
    return *address != WRONG && !here.spec->saga.waits;
}

/* A saga begins with one type of events, or with any that it handles. */
static bool may_run(const struct jn_saga *saga, const struct jangle_message *type)
{
    return saga->exists || jn_saga_begins(saga->type, type);
}

/* ---- given ------------------------------------------------------------------- */

/* As if the saga had reacted to the event without taking any step. */
static void apply_given(struct jangle_here here,
                        const struct jangle_message *type,
                        struct jangle_record *record,
                        bool is_note)
{
    struct jangle_error error = {0};
    struct jangle_event event;
    struct jn_saga saga;

    if (is_note)
        record->id = here.spec->id;
    if (!jn_spec_load_saga(here, &saga) || !read_event(here, type, record, &event))
        return;
    saga.turn_position = is_note ? 0 : record->position;
    if (jn_saga_close_turn(&saga, &event, &error) || jn_arena_check(saga.arena, &error))
        jn_spec_complain(here, "%s", error.message);
    else
        jn_spec_save_saga(&here.spec->saga, &saga);
}

void jn_spec_apply(struct jangle_here here, const struct jn_spec_message *message)
{
    const struct jangle_message *type = message->type;
    const struct jn_saga *saga = &here.spec->saga.record;
    struct jangle_record record;
    enum address address;

    if (!take_event(here, message, &record, &address))
        return;
    if (address == NOTE ? !saga->exists : !may_run(saga, type))
        jn_spec_complain(here, "%s comes before %s has begun", type->name,
                         saga->type->saga->name);
    else if (saga->status != JANGLE_SAGA_FINISHED)
        apply_given(here, type, &record, address == NOTE);
}

/* ---- when -------------------------------------------------------------------- */

/* An event that comes before the saga has begun, or after its end, runs no turn; that is
 * no complaint, because dispatch skips such events, too. */
void jn_spec_react(struct jangle_here here, const struct jn_spec_message *message)
{
    const struct jangle_message *type = message->type;
    struct jn_spec_saga *tried = &here.spec->saga;
    struct jangle_record record;
    enum address address;

    if (!take_event(here, message, &record, &address))
        return;
    if (address == NOTE) {
        jn_spec_complain(here, "%s is a note: %s tells it itself", type->name,
                         tried->record.type->saga->name);
        return;
    }
    tried->type = type;
    here.spec->event = record;
    here.spec->attempt = 1;
    tried->ran = true;
    if (may_run(&tried->record, type) && tried->record.status != JANGLE_SAGA_FINISHED)
        run_last_event(here);
}

/* A failure of jangle itself is no attempt, so the attempt before it is made again. A
 * turn that was over has nothing to run: its event only comes again. */
void jn_spec_turn_again(struct jangle_here here)
{
    struct jn_spec_saga *tried = &here.spec->saga;
    struct jn_saga saga;

    here.spec->attempt +=
        tried->waits && !jangle_result_is(here.spec->result, JANGLE_RESULT_OURS);
    jn_spec_begin(here);
    if (tried->record.status == JANGLE_SAGA_PARKED) /* then a person wants it */
        tried->record.status = JANGLE_SAGA_OPEN;
    if (!tried->ran)
        jn_spec_complain(here, "there was no turn that could be run again");
    else if (tried->waits && tried->type)
        run_last_event(here);
    else if (tried->waits && jn_spec_load_saga(here, &saga))
        run_turn(here.spec, &saga, NULL, true);
}

/* False: the spec complained. */
static bool can_time_out(struct jangle_here here)
{
    const struct jn_saga *saga = &here.spec->saga.record;
    const char *name = saga->type->saga->name;

    if (saga->status == JANGLE_SAGA_PARKED)
        jn_spec_complain(here, "%s is parked, and its timeout with it", name);
    else if (saga->turn_at.us && !saga->turn_position)
        jn_spec_complain(here, "%s has timed out, and that turn is still open", name);
    else if (!saga->timeout_at.us)
        jn_spec_complain(here, "%s has no timeout%s", name,
                         saga->status == JANGLE_SAGA_FINISHED ? ": it is over" : "");
    else
        return true;
    return false;
}

/* A turn that failed is closed where it stands. */
static bool close_failed_turn(struct jangle_here here, struct jn_saga *saga)
{
    const struct jn_spec_saga *tried = &here.spec->saga;
    struct jangle_error error = {0};
    struct jangle_event event;

    if (!saga->turn_position)
        return true;
    if (!read_event(here, tried->type, &here.spec->event, &event))
        return false;
    if (!jn_saga_close_turn(saga, &event, &error))
        return true;
    jn_spec_complain(here, "%s", error.message);
    return false;
}

/* A timeout comes as in dispatch: an open turn is closed where it stands, and the turn of
 * the timeout is the next. */
void jangle_when_timed_out_(struct jangle_here here)
{
    struct jangle_spec *spec = here.spec;
    struct jn_spec_saga *tried = &spec->saga;
    struct jn_saga saga;

    if (!jn_spec_is(here, JN_SPEC_SAGA, "jangle_when_timed_out"))
        return;
    jn_spec_begin(here);
    if (!can_time_out(here) || !jn_spec_load_saga(here, &saga) ||
        !close_failed_turn(here, &saga))
        return;
    if (spec->now.us < saga.timeout_at.us)
        spec->now = saga.timeout_at;
    saga.turn_at = spec->now;
    saga.timeout_at = (jangle_time){0};
    tried->type = NULL;
    spec->attempt = 1;
    run_turn(spec, &saga, NULL, true);
}
