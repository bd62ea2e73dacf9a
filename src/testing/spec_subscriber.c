/* spec_subscriber.c - given and when for subscribers: an event is handed to its handler
 * as the engine does, and a question to its answerer. */

#include "testing/spec_subscriber.h"

#include "core/registry_find.h"
#include "dispatch/deliver.h"
#include "dispatch/dispatch.h"
#include "message/describe.h"
#include "testing/spec_commands.h"
#include "testing/spec_record.h"

/* ---- open and close ---------------------------------------------------------- */

static enum jangle_result send_from_handler(const struct jn_recipient *recipient,
                                            struct jangle_outcome *outcome,
                                            const struct jangle_message *type,
                                            const void *data)
{
    return jn_spec_answer_command(((const struct jn_spec_subscriber *)recipient)->spec,
                                  outcome, type, data);
}

/* No aggregate of the spec's instance emits these events, so they are declared as those
 * of other programs. The table may be wrong: jangle_open says what is wrong with it. */
static enum jangle_result allow_all_events(struct jangle_spec *spec,
                                           struct jangle_error *error)
{
    const struct jangle_handlers *handlers = &spec->subscriber.table.handlers;
    size_t count = handlers->items ? handlers->count : 0;
    const struct jangle_message **events =
        jangle_alloc(&spec->stubs.arena, (count + 1) * sizeof *events);

    if (!events)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        events[i] = handlers->items[i].event;
    if (count)
        spec->subscriber.table.elsewhere = (struct jangle_events){events, count};
    return JANGLE_OK;
}

enum jangle_result jn_spec_subscriber_init(struct jangle_spec *spec,
                                           const struct jangle_subscriber *subscriber,
                                           struct jangle_error *error)
{
    struct jn_spec_subscriber *tried = &spec->subscriber;
    struct jangle_config config = {
        .subscribers = JANGLE_SUBSCRIBERS(&tried->table),
        .storage = jangle_memory(),
        .host = spec->host.host,
    };

    /* The subscriber sees the time of the spec, and its database stays in memory. */
    config.host.clock = jangle_clock_fixed(&spec->now);
    tried->recipient.send = send_from_handler;
    tried->spec = spec;
    tried->table = *subscriber;
    tried->table.file = NULL;
    if (allow_all_events(spec, error))
        return error->result;
    tried->jangle = jangle_open(&config, error);
    if (!tried->jangle)
        return error->result;
    tried->subscription = jn_subscription_find(tried->jangle, tried->table.name);
    return JANGLE_OK;
}

void jn_spec_subscriber_finish(struct jangle_spec *spec)
{
    jangle_answer_free(&spec->subscriber.answer);
    jangle_close(spec->subscriber.jangle, -1);
    jn_arena_finish(&spec->subscriber.arena);
}

void jangle_spec_program(struct jangle_spec *spec, void *program)
{
    struct jangle_here here = {spec, "jangle_spec_program", 0};

    if (jn_spec_is(here, JN_SPEC_SUBSCRIBER, "jangle_spec_program"))
        spec->subscriber.jangle->config.context = program;
}

/* ---- one event --------------------------------------------------------------- */

/* A view's file keeps what the handler wrote, and the checkpoint; if the handler failed,
 * the checkpoint alone. */
static enum jangle_result commit_view(struct jn_spec_subscriber *tried,
                                      struct jangle_error *error)
{
    struct jangle_view_file *file = tried->subscription->file;
    struct jangle_checkpoint checkpoint = {.subscriber = tried->table.name,
                                           .from = tried->committed,
                                           .position = tried->spec->event.position};
    enum jangle_result result;

    if (!file)
        return JANGLE_OK;
    memcpy(checkpoint.event_id, tried->spec->event.event_id, sizeof checkpoint.event_id);
    result = file->ops->commit(file, &checkpoint, false, error);
    if (!result)
        tried->committed = checkpoint.position;
    return result;
}

/* What the filter does not want, or cannot judge, counts as processed. An event that
 * cannot be read is left to the delivery, which says what is wrong with it. */
static enum jangle_result
ask_filter(struct jangle_spec *spec, bool *wanted, struct jangle_error *error)
{
    struct jn_spec_subscriber *tried = &spec->subscriber;
    struct jn_candidate candidate = {.arena = &tried->arena, .record = &spec->event};
    enum jangle_result result;

    jn_arena_reset(&tried->arena);
    result = jn_filter_ask(tried->jangle, &tried->table.where, &candidate, wanted, error);
    if (result != JANGLE_INVALID)
        return result;
    jn_error_clear(error);
    return JANGLE_OK;
}

/* The checkpoint of a view is committed after each event, so the next event begins with
 * what this one wrote. */
static void deliver_event(struct jangle_spec *spec)
{
    struct jn_spec_subscriber *tried = &spec->subscriber;
    struct jn_delivery delivery = {.subscription = tried->subscription,
                                   .record = &spec->event,
                                   .handler = tried->handler,
                                   .arena = &tried->arena,
                                   .attempt = spec->attempt,
                                   .recipient = &tried->recipient,
                                   .report = {.retry_in_ms = JN_BY_POLICY}};
    struct jangle_error error = {0};
    bool wanted;
    enum jangle_result result = ask_filter(spec, &wanted, &error);

    if (!result && wanted)
        result = jn_deliver_singly(&delivery, &error);
    if (!result && wanted)
        result = commit_view(tried, &error);
    tried->outcome = result ? JN_OURS : delivery.report.outcome;
    spec->retry_in_ms = result ? JN_BY_POLICY : delivery.report.retry_in_ms;
    spec->error = result ? error : delivery.report.error;
    spec->result = spec->error.result;
}

/* False: the spec complained. */
static bool take_handled(struct jangle_here here, const struct jn_spec_message *message)
{
    struct jn_spec_subscriber *tried = &here.spec->subscriber;
    const struct jangle_handler *handler = jn_registry_handler(
        &tried->jangle->registry, &tried->table, jn_type_name(message->type));
    char reason[JN_REASON_SIZE];

    if (!handler) {
        jn_spec_complain(here, "%s does not handle %s", tried->table.name,
                         message->type->name);
        return false;
    }
    jn_spec_record(here.spec, message, &here.spec->event);
    tried->handler = handler;
    here.spec->attempt = 1;
    if (!jn_is_too_new(&here.spec->event, handler, reason))
        return true;
    tried->handler = NULL;
    jn_spec_complain(here, "%s", reason);
    return false;
}

void jn_spec_handle(struct jangle_here here, const struct jn_spec_message *message)
{
    if (take_handled(here, message))
        deliver_event(here.spec);
}

/* A failure is complained of here, and commands are taken as named: a `then` is for what
 * a `when` caused. */
void jn_spec_handle_before(struct jangle_here here, const struct jn_spec_message *message)
{
    struct jangle_spec *spec = here.spec;

    if (!take_handled(here, message))
        return;
    deliver_event(spec);
    if (spec->result)
        jn_spec_complain(here, "%s was given, and ended with %s: %s", message->type->name,
                         jangle_result_name(spec->result), spec->error.message);
    spec->result_named = true;
    spec->named = spec->emissions.count;
}

/* Only a failed attempt is counted. An event that was handled or given up, or that met a
 * failure of jangle itself, comes again with the same number. */
void jn_spec_handle_again(struct jangle_here here)
{
    struct jangle_spec *spec = here.spec;
    struct jn_spec_subscriber *tried = &spec->subscriber;

    spec->attempt += tried->outcome == JN_FAILED;
    jn_spec_begin(here);
    if (tried->handler)
        deliver_event(spec);
    else
        jn_spec_complain(here, "there was no event that could come again");
}

/* ---- questions --------------------------------------------------------------- */

/* A question goes through jangle_ask, as in a program, so its check runs, too. */
void jangle_when_asked_(struct jangle_here here,
                        const struct jangle_message *type,
                        const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jn_spec_subscriber *tried = &spec->subscriber;

    if (!jn_spec_is(here, JN_SPEC_SUBSCRIBER, "jangle_when_asked"))
        return;
    jn_spec_begin(here);
    spec->result = jangle_ask_(tried->jangle, &tried->answer, type, data);
    spec->error = tried->answer.error;
    tried->asked = true;
}

void jangle_then_answer_(struct jangle_here here,
                         const struct jangle_message *type,
                         const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jn_spec_subscriber *tried = &spec->subscriber;
    const struct jangle_answer *answer = &tried->answer;

    if (!jn_spec_is(here, JN_SPEC_SUBSCRIBER, "jangle_then_answer"))
        return;
    tried->answer_named = true;
    if (!tried->asked)
        jn_spec_complain(here, "%s is no answer: nothing was asked", type->name);
    else if (spec->result)
        jangle_then_result_(here, JANGLE_OK, "");
    else if (answer->type != type)
        jn_spec_complain(here, "the answer is a %s, not a %s", answer->type->name,
                         type->name);
    else
        jn_spec_compare(here, type, answer->data, data);
}
