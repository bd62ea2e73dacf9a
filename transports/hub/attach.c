/* attach.c - a transport begins to receive from a queue, and ends it. */
#include "hub/attach.h"

#include "hub/attachment.h"
#include "hub/connection.h"
#include "hub/log.h"

struct offsets {
    const struct jangle_log_offset *items;
    size_t count;
};

static const struct jangle_log_offset *find_offset(const struct offsets *offsets,
                                                   const char *log)
{
    for (size_t i = 0; i < offsets->count; i++)
        if (offsets->items[i].log && strcmp(offsets->items[i].log, log) == 0)
            return &offsets->items[i];
    return NULL;
}

/* The offset of the last parcel that was purged is still known: a receiver that has read
 * all of them misses nothing. */
static enum jangle_result
check_offset(const struct jn_hub_log *log, int64_t offset, struct jangle_error *error)
{
    int64_t first = log->first > 1 ? log->first - 1 : 1, end = jn_hub_log_end(log);

    if (offset >= first && offset <= end)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "hub: log \"%s\" has no offset %lld: %s %lld",
                            JN_SHOWN(80, log->name), (long long)offset,
                            offset < first ? "it begins at" : "it ends at",
                            (long long)(offset < first ? first : end));
}

/* Logs of other names are no longer read by this queue. */
static enum jangle_result move_cursors(struct jn_hub_attachment *attachment,
                                       const struct offsets *offsets,
                                       struct jangle_error *error)
{
    struct jn_hub_log *log;
    struct jn_hub_binding *binding;

    if (jn_hub_attachment_extend(attachment))
        return jn_hub_full(error, "attach");
    for (size_t i = 0; jn_hub_log_of(attachment->queue, i, &log, &binding); i++) {
        const struct jangle_log_offset *given = find_offset(offsets, log->name);
        enum jangle_result result =
            given ? check_offset(log, given->offset, error) : JANGLE_OK;

        if (result)
            return result;
        attachment->cursors[i] = given ? given->offset + 1 : 1;
    }
    return JANGLE_OK;
}

/* Attaching again is like detaching first. */
static enum jangle_result attach_to(struct jn_hub_transport *transport,
                                    struct jn_hub_queue *queue,
                                    const struct offsets *offsets,
                                    struct jangle_error *error)
{
    struct jn_hub_attachment *attachment =
        jn_hub_attachment_find(transport, queue->name.text);
    enum jangle_result result = JANGLE_OK;

    if (attachment)
        jn_hub_attachment_free(transport, attachment);
    attachment = jn_hub_attachment_new(transport, queue->name.text);
    if (!attachment)
        return jn_hub_full(error, "attach");
    jn_hub_attachment_connect(attachment, queue);
    if (transport->broker->keeps_logs)
        result = move_cursors(attachment, offsets, error);
    if (result)
        jn_hub_attachment_free(transport, attachment);
    return result;
}

enum jangle_result jn_hub_attach(struct jangle_transport *base,
                                 const struct jangle_queue *queue,
                                 const struct jangle_log_offset *offsets,
                                 size_t offset_count,
                                 struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);
    struct jn_hub_queue *found;

    if (result)
        return result;
    found = jn_hub_find_queue(transport->broker, queue->name);
    if (found)
        result =
            attach_to(transport, found, &(struct offsets){offsets, offset_count}, error);
    else
        result = jangle_error_set(error, JANGLE_NOT_FOUND,
                                  "hub: queue \"%s\" does not exist: declare it first",
                                  JN_SHOWN(60, queue->name));
    jn_hub_leave(transport);
    return result;
}

enum jangle_result jn_hub_detach(struct jangle_transport *base,
                                 const char *queue,
                                 struct jangle_error *error)
{
    struct jn_hub_transport *transport = jn_hub_transport_of(base);
    enum jangle_result result = jn_hub_enter(transport, error);
    struct jn_hub_attachment *attachment;

    if (result)
        return result;
    attachment = jn_hub_attachment_find(transport, queue);
    if (attachment)
        jn_hub_attachment_free(transport, attachment);
    jn_hub_leave(transport);
    return JANGLE_OK;
}
