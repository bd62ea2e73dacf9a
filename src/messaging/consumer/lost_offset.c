/* lost_offset.c - a consumer that is suspended because a log lacks its offset. */
#include "messaging/consumer/lost_offset.h"

#include "messaging/consumer/offset_names.h"

enum { LOOK_US = 1000000 }; /* between two looks whether it was resumed */

static void note_lost(struct jn_consuming *consuming, const struct jn_offset *lost)
{
    jn_endpoint_note_reason(&consuming->endpoint, lost->reason);
    jn_consuming_wait(consuming, LOOK_US);
}

bool jn_lost_offset_suspend(struct jn_consuming *consuming)
{
    const struct jn_offset *lost = jn_offsets_lost(&consuming->offsets);
    const char *name = consuming->consumer->name;

    if (!lost)
        return false;
    note_lost(consuming, lost);
    JN_LOG(&consuming->endpoint.jangle->log, SUBSCRIBER_SUSPENDED,
           JN_PAIRS(JN_TEXT("consumer", name), JN_TEXT("log", lost->log)),
           "%s is suspended: %s", name, lost->reason);
    return true;
}

bool jn_lost_offset_is_suspended(struct jn_consuming *consuming)
{
    const struct jn_offset *lost = jn_offsets_lost(&consuming->offsets);
    const char *name = consuming->consumer->name;

    if (!lost)
        return false;
    if (jn_offsets_read(&consuming->offsets, NULL))
        return true; /* nobody can say otherwise */
    lost = jn_offsets_lost(&consuming->offsets);
    if (lost) {
        note_lost(consuming, lost);
        return true;
    }
    consuming->due_us = 0;
    jn_endpoint_note_reason(&consuming->endpoint, "");
    JN_LOG(&consuming->endpoint.jangle->log, SUBSCRIBER_RESUMED,
           JN_PAIRS(JN_TEXT("consumer", name)), "%s goes on", name);
    return false;
}

/* ---- an operator ---------------------------------------------------------- */

struct resuming {
    struct jangle *jangle;
    struct jangle_error *error;
};

/* A next offset of 0 says that the log is read from its first message. */
static enum jangle_result resume_log(void *context,
                                     const struct jangle_checkpoint *checkpoint)
{
    struct resuming *resuming = context;
    struct jangle_store *store = resuming->jangle->store;
    struct jangle_checkpoint first = {.subscriber = checkpoint->subscriber,
                                      .from = checkpoint->position};
    struct jangle_group group = {.checkpoints = &first, .checkpoint_count = 1};
    enum jangle_result result;

    if (checkpoint->suspended_for != JANGLE_SUSPENDED_OFFSET)
        return JANGLE_OK;
    result = store->ops->commit(store, &group, resuming->error);
    if (!result && first.error.result)
        return jn_fail(resuming->error, JANGLE_BUSY, "resume it once more: %s",
                       first.error.message);
    return result;
}

enum jangle_result jn_lost_offset_resume(struct jangle *jangle,
                                         const char *consumer,
                                         struct jangle_error *error)
{
    struct resuming resuming = {.jangle = jangle, .error = error};

    return jn_offset_names_visit(jangle, consumer, resume_log, &resuming, error);
}
