/* connection.c - how a connection ends, and is made again. The inner transport has no
 * fault: it is detached from all queues, which gives back what is not settled, as the end
 * of a connection does. */
#include "chaos/connection.h"

#include "chaos/attachment.h"

void jn_chaos_return(struct jn_chaos_transport *transport,
                     const struct jangle_parcel *parcel,
                     int attempts)
{
    struct jangle_settlement settlement = {
        .parcel = parcel, .disposition = JANGLE_AGAIN, .attempts = attempts};

    jn_chaos_note_settled(transport, parcel);
    transport->inner->ops->settle(transport->inner, &settlement, 1, NULL);
}

/* They belong to nobody any more, so settling them only frees their receipts. If that is
 * wrong, because the queue could not be detached, they come again. */
void jn_chaos_drop_held(struct jn_chaos_transport *transport, const char *queue)
{
    size_t kept = 0;

    for (size_t i = 0; i < transport->held_count; i++) {
        struct jn_chaos_held *held = &transport->held[i];

        if (strcmp(held->parcel.queue, queue) == 0)
            jn_chaos_return(transport, &held->parcel,
                            jn_chaos_attempts_before(&held->parcel));
        else
            transport->held[kept++] = *held;
    }
    transport->held_count = kept;
}

/* A queue that cannot be detached, because the broker is away in truth, is detached when
 * it is attached again. */
static void give_back(struct jn_chaos_transport *transport,
                      struct jn_chaos_attachment *attachment)
{
    transport->inner->ops->detach(transport->inner, attachment->queue.name, NULL);
    attachment->attached = false;
    jn_chaos_note_given_back(transport, attachment);
    jn_chaos_drop_held(transport, attachment->queue.name);
}

enum jangle_result jn_chaos_enter(struct jn_chaos_transport *transport,
                                  bool spared,
                                  struct jangle_error *error)
{
    struct jn_chaos_attachment *attachment = transport->attachments;

    if (spared || !jn_chaos_roll(&transport->dice, transport->chaos.disconnect))
        return JANGLE_OK;
    for (; attachment; attachment = attachment->next)
        give_back(transport, attachment);
    return jangle_error_set(error, JANGLE_BUSY,
                            "chaos: the connection has ended, as it shall now and then");
}

bool jn_chaos_receives_spared(const struct jn_chaos_transport *transport)
{
    const struct jn_chaos_attachment *attachment = transport->attachments;

    while (attachment && attachment->spared)
        attachment = attachment->next;
    return transport->attachments && !attachment;
}

/* ---- a new connection ---------------------------------------------------------- */

static size_t list_offsets(const struct jn_chaos_attachment *attachment,
                           struct jangle_log_offset *offsets)
{
    size_t count = 0;

    for (const struct jn_chaos_log *log = attachment->logs; log; log = log->next) {
        if (offsets && log->last)
            offsets[count] = (struct jangle_log_offset){log->name, log->last};
        count += log->last != 0;
    }
    return count;
}

/* Read on behind what was settled. */
static enum jangle_result attach_one(struct jn_chaos_transport *transport,
                                     struct jn_chaos_attachment *attachment,
                                     struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &transport->host.allocator;
    size_t count = list_offsets(attachment, NULL);
    struct jangle_log_offset *offsets = jn_new(allocator, (count + 1) * sizeof *offsets);
    enum jangle_result result;

    if (!offsets)
        return jn_chaos_full(error);
    list_offsets(attachment, offsets);
    result = transport->inner->ops->attach(transport->inner, &attachment->queue, offsets,
                                           count, error);
    jn_free(allocator, offsets);
    attachment->attached = !result;
    if (result == JANGLE_NOT_FOUND)
        jn_chaos_attachment_remove(transport, attachment->queue.name);
    return result;
}

enum jangle_result jn_chaos_attach_again(struct jn_chaos_transport *transport,
                                         struct jangle_error *error)
{
    struct jn_chaos_attachment *attachment = transport->attachments, *next;
    enum jangle_result result = JANGLE_OK;

    for (; attachment && !result; attachment = next) {
        next = attachment->next;
        if (attachment->attached)
            continue;
        give_back(transport, attachment);
        result = attach_one(transport, attachment, error);
    }
    return result;
}
