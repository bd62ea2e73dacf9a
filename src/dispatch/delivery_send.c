/* delivery_send.c - commands that a handler sends: each is decided once. If the event is
 * delivered again, the handler gets the recorded answer. */

#include "dispatch/delivery.h"

#include "base/ids.h"
#include "command/command.h"
#include "command/commands.h"
#include "command/post.h"
#include "message/describe.h"

#include <stdio.h>

/* ---- ids --------------------------------------------------------------------- */

/* The id of the command that the handler sends now, by its number in this delivery: a
 * UUID of version 8 (RFC 9562). */
static void make_command_id(unsigned char id[JN_HASH_SIZE],
                            const struct jn_delivery *delivery,
                            const char *subscriber)
{
    char number[16];

    snprintf(number, sizeof number, "%d", delivery->sent);
    jn_id_derive(id, (const char *const[]){subscriber, delivery->event.id, number, NULL});
}

/* ---- what was recorded ------------------------------------------------------- */

struct recorded {
    unsigned char id[JN_HASH_SIZE];
    unsigned char former_id[JN_HASH_SIZE]; /* by the subscriber's former name */
    struct jangle_outcome *outcome;
    struct jangle_arena *arena;
    const char *type; /* NULL: nothing was recorded */
};

static enum jangle_result visit_step(void *context,
                                     const struct jangle_delivery_step *sent)
{
    struct recorded *recorded = context;
    struct jangle_outcome *outcome = recorded->outcome;
    const struct jangle_step *step = &sent->step;
    const char *reply = step->reply ? step->reply : "";

    if (memcmp(step->id, recorded->id, sizeof step->id) != 0 &&
        memcmp(step->id, recorded->former_id, sizeof step->id) != 0)
        return JANGLE_OK;
    recorded->type = jangle_text(recorded->arena, "%s", step->type);
    jn_id_to_text(step->id, outcome->command_id);
    outcome->repeated = true;
    outcome->position = step->position;
    outcome->version = step->version;
    if (step->result)
        jn_fail(&outcome->error, step->result, "%s", reply);
    else
        jn_text_copy(outcome->reply, sizeof outcome->reply, reply);
    return JANGLE_OK;
}

static enum jangle_result find_step(struct jn_delivery *delivery,
                                    struct recorded *recorded)
{
    const struct jangle_subscriber *subscriber = delivery->subscription->subscriber;
    struct jangle *jangle = jn_jangle_of(delivery->subscription);
    struct jangle_store *store = jangle->store;
    struct jangle_error error = {0};
    enum jangle_result result;

    delivery->sent++;
    make_command_id(recorded->id, delivery, subscriber->name);
    make_command_id(recorded->former_id, delivery,
                    subscriber->formerly ? subscriber->formerly : subscriber->name);
    jn_id_to_text(recorded->id, recorded->outcome->command_id);
    result =
        store->ops->read_delivery(store, subscriber->name, delivery->record->position,
                                  visit_step, recorded, &error);
    if (result)
        recorded->outcome->error = error;
    return result;
}

/* ---- sending ----------------------------------------------------------------- */

/* A refusal, and an OK without events, is stored by itself, before the handler gets it:
 * else it could act on an answer that would be another one after a crash. */
static enum jangle_result record(struct jn_delivery *delivery,
                                 struct jangle_delivery_step *sent,
                                 struct jangle_outcome *outcome)
{
    struct jangle *jangle = jn_jangle_of(delivery->subscription);
    struct jangle_append nothing = {0};
    struct jn_attachments attachments = {.step = sent};
    struct jangle_step *step = &sent->step;
    struct jangle_error error = {0};
    enum jangle_result result;

    step->result = outcome->error.result;
    step->reply = step->result ? outcome->error.message : outcome->reply;
    step->position = outcome->position;
    step->version = outcome->version;
    result = jn_committer_send(&jangle->commands->committer, &nothing, &attachments, -1,
                               &error);
    if (result)
        outcome->error = error;
    return result ? result : step->result;
}

static enum jangle_result hand_over_to(const struct jn_delivery *delivery,
                                       struct jangle_outcome *outcome,
                                       const struct jangle_envelope *envelope,
                                       const struct jangle_message *type,
                                       const void *data,
                                       const struct jn_sender *sender)
{
    struct jangle *jangle = jn_jangle_of(delivery->subscription);

    if (delivery->recipient)
        return delivery->recipient->send(delivery->recipient, outcome, type, data);
    if (delivery->publisher)
        return jn_post(jangle, outcome, envelope, delivery->publisher, type, data,
                       sender);
    return jn_send(jangle, outcome, envelope, type, data, sender);
}

static enum jangle_result send_recorded(struct jn_delivery *delivery,
                                        const struct jangle_message *type,
                                        const void *data,
                                        const unsigned char id[JN_HASH_SIZE],
                                        struct jangle_outcome *outcome)
{
    const struct jn_subscription *subscription = delivery->subscription;
    struct jn_sent_attachments sent_with = {.reply = ""};
    struct jangle_envelope envelope = {.command_id = outcome->command_id,
                                       .origin = delivery->event.origin};
    struct jangle_delivery_step sent = {
        .subscriber = jn_name_of(subscription),
        .event_position = delivery->record->position,
        .step = {.kind = JANGLE_STEP_COMMAND,
                 .type = jn_type_name(type),
                 .reply = sent_with.reply},
    };
    const struct jn_sender sender = {
        .name = sent.subscriber, .cause = sent.event_position, .with = &sent_with};
    enum jangle_result result;

    memcpy(sent.step.id, id, sizeof sent.step.id);
    sent_with.attachments.step = &sent;
    envelope.origin.causation_id = delivery->event.id;
    JN_FAILPOINT("delivery.before_send");
    result = hand_over_to(delivery, outcome, &envelope, type, data, &sender);
    JN_FAILPOINT("delivery.after_send");
    if (!result && outcome->position && !outcome->repeated)
        return JANGLE_OK; /* recorded with its events */
    return jangle_result_final(result) ? record(delivery, &sent, outcome) : result;
}

/* The recorded answer, if it is one to a command of this type. */
static enum jangle_result answer_sender(struct jn_delivery *delivery,
                                        const struct recorded *recorded,
                                        const char *type)
{
    if (!strcmp(recorded->type, type))
        return recorded->outcome->error.result;
    return jangle_delivery_fail(&delivery->base, JANGLE_INVALID,
                                "command %d of this delivery is recorded as %s, and now "
                                "the handler sends %s",
                                delivery->sent, recorded->type, type);
}

static enum jangle_result send_or_recall(struct jn_delivery *delivery,
                                         const struct jangle_message *type,
                                         const void *data)
{
    struct jangle_outcome made = {0}; /* `data` may point into the old outcome */
    struct recorded recorded = {.outcome = &made, .arena = delivery->arena};
    enum jangle_result result = find_step(delivery, &recorded);

    if (!result && recorded.type)
        result = answer_sender(delivery, &recorded, jn_type_name(type));
    else if (!result)
        result = send_recorded(delivery, type, data, recorded.id, &made);
    delivery->base.outcome = made;
    if (jangle_result_final(result))
        return result;
    return jangle_delivery_fail(&delivery->base, result, "%s: %s", jn_type_name(type),
                                made.error.message);
}

static enum jangle_result send_or_post(struct jangle_delivery *delivery,
                                       const struct jangle_publisher *publisher,
                                       const struct jangle_message *type,
                                       const void *data)
{
    struct jn_delivery *inner = (struct jn_delivery *)delivery;

    inner->publisher = publisher;
    if (!inner->failed_with && inner->view)
        jangle_delivery_fail(delivery, JANGLE_INVALID, "%s: a view cannot %s",
                             jn_type_name(type),
                             publisher ? "post messages" : "send commands");
    if (!inner->failed_with && inner->take_sent)
        inner->take_sent(inner, type, data);
    else if (!inner->failed_with)
        send_or_recall(inner, type, data);
    if (!inner->failed_with)
        return delivery->outcome.error.result;
    delivery->outcome = (struct jangle_outcome){.error = inner->report.error};
    return inner->failed_with;
}

enum jangle_result jangle_delivery_send_(struct jangle_delivery *delivery,
                                         const struct jangle_message *type,
                                         const void *data)
{
    return send_or_post(delivery, NULL, type, data);
}

enum jangle_result jangle_delivery_post_(struct jangle_delivery *delivery,
                                         const struct jangle_publisher *publisher,
                                         const struct jangle_message *type,
                                         const void *data)
{
    if (publisher)
        return send_or_post(delivery, publisher, type, data);
    return jangle_delivery_fail(delivery, JANGLE_INVALID, "%s: the publisher is NULL",
                                jn_type_name(type));
}
