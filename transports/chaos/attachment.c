/* attachment.c - a queue that the program receives from, and how far its logs were read.
 */
#include "chaos/attachment.h"

/* ---- a copy of a queue ----------------------------------------------------------- */

enum { TEXT_COUNT = 6 };

static void list_texts(struct jangle_queue *queue, const char **texts[TEXT_COUNT])
{
    texts[0] = &queue->name;
    texts[1] = &queue->topic;
    texts[2] = &queue->retry;
    texts[3] = &queue->retry_topic;
    texts[4] = &queue->dead;
    texts[5] = &queue->dead_topic;
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *copy_text(char **at, const char *text)
{
    char *copy = *at;

    if (!text)
        return NULL;
    *at = (char *)memcpy(copy, text, text_size(text)) + text_size(text);
    return copy;
}

static size_t count_routes(const char *const *routes)
{
    size_t count = 0;

    while (routes && routes[count])
        count++;
    return count;
}

static size_t texts_size(struct jangle_queue queue)
{
    const char **texts[TEXT_COUNT];
    size_t size = (count_routes(queue.routes) + 1) * sizeof *queue.routes;

    list_texts(&queue, texts);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        size += text_size(*texts[i]);
    for (size_t i = 0; i < count_routes(queue.routes); i++)
        size += text_size(queue.routes[i]);
    return size;
}

/* Routes and texts go behind the struct. */
static void copy_queue(struct jn_chaos_attachment *made, const struct jangle_queue *queue)
{
    const char **texts[TEXT_COUNT], **routes = (const char **)(made + 1);
    size_t count = count_routes(queue->routes);
    char *at = (char *)(routes + count + 1);

    made->queue = *queue;
    list_texts(&made->queue, texts);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        *texts[i] = copy_text(&at, *texts[i]);
    for (size_t i = 0; i < count; i++)
        routes[i] = copy_text(&at, queue->routes[i]);
    made->queue.routes = queue->routes ? routes : NULL;
}

/* ---- logs ---------------------------------------------------------------------- */

static struct jn_chaos_log *find_log(struct jn_chaos_transport *transport,
                                     struct jn_chaos_attachment *attachment,
                                     const char *name)
{
    struct jn_chaos_log *log = attachment->logs;

    while (log && strcmp(log->name, name) != 0)
        log = log->next;
    if (log)
        return log;
    log = jn_new(&transport->host.allocator, sizeof *log + text_size(name));
    if (!log)
        return NULL;
    memcpy(log->name, name, text_size(name));
    log->next = attachment->logs;
    return attachment->logs = log;
}

static void forget_read(struct jn_chaos_transport *transport, struct jn_chaos_read **at)
{
    struct jn_chaos_read *read = *at;

    *at = read->next;
    jn_free(&transport->host.allocator, read);
}

enum jangle_result jn_chaos_note_received(struct jn_chaos_transport *transport,
                                          const struct jangle_parcel *parcel)
{
    struct jn_chaos_attachment *attachment =
        jn_chaos_attachment_find(transport, parcel->queue);
    struct jn_chaos_log *log;
    struct jn_chaos_read *read, **end;

    if (!parcel->offset.log || !attachment)
        return JANGLE_OK;
    log = find_log(transport, attachment, parcel->offset.log);
    read = log ? jn_new(&transport->host.allocator, sizeof *read) : NULL;
    if (!read)
        return JANGLE_NO_MEMORY;
    read->receipt = parcel->receipt;
    read->before = log->last;
    log->last = parcel->offset.offset;
    for (end = &log->read; *end; end = &(*end)->next)
        continue;
    *end = read;
    return JANGLE_OK;
}

void jn_chaos_note_settled(struct jn_chaos_transport *transport,
                           const struct jangle_parcel *parcel)
{
    const struct jn_chaos_attachment *attachment =
        jn_chaos_attachment_find(transport, parcel->queue);
    struct jn_chaos_log *log = attachment ? attachment->logs : NULL;

    for (; log; log = log->next)
        for (struct jn_chaos_read **at = &log->read; *at; at = &(*at)->next)
            if ((*at)->receipt == parcel->receipt) {
                forget_read(transport, at);
                return;
            }
}

void jn_chaos_note_given_back(struct jn_chaos_transport *transport,
                              struct jn_chaos_attachment *attachment)
{
    struct jn_chaos_log *log;

    for (log = attachment->logs; log; log = log->next) {
        if (log->read)
            log->last = log->read->before;
        while (log->read)
            forget_read(transport, &log->read);
    }
}

/* ---- attachments --------------------------------------------------------------- */

static void free_attachment(struct jn_chaos_transport *transport,
                            struct jn_chaos_attachment *attachment)
{
    jn_chaos_note_given_back(transport, attachment);
    while (attachment->logs) {
        struct jn_chaos_log *log = attachment->logs;

        attachment->logs = log->next;
        jn_free(&transport->host.allocator, log);
    }
    jn_free(&transport->host.allocator, attachment);
}

enum jangle_result jn_chaos_attachment_add(struct jn_chaos_transport *transport,
                                           const struct jangle_queue *queue,
                                           const struct jangle_log_offset *offsets,
                                           size_t offset_count)
{
    struct jn_chaos_attachment *made =
        jn_new(&transport->host.allocator, sizeof *made + texts_size(*queue));

    if (!made)
        return JANGLE_NO_MEMORY;
    copy_queue(made, queue);
    made->attached = true;
    made->spared = jn_chaos_spares(transport, queue->name);
    for (size_t i = 0; i < offset_count; i++) {
        struct jn_chaos_log *log = find_log(transport, made, offsets[i].log);

        if (!log) {
            free_attachment(transport, made);
            return JANGLE_NO_MEMORY;
        }
        log->last = offsets[i].offset;
    }
    made->next = transport->attachments;
    transport->attachments = made;
    return JANGLE_OK;
}

struct jn_chaos_attachment *
jn_chaos_attachment_find(const struct jn_chaos_transport *transport, const char *queue)
{
    struct jn_chaos_attachment *found = transport->attachments;

    while (found && (!queue || strcmp(found->queue.name, queue) != 0))
        found = found->next;
    return found;
}

void jn_chaos_attachment_remove(struct jn_chaos_transport *transport, const char *queue)
{
    struct jn_chaos_attachment **at = &transport->attachments, *gone;

    while (*at && strcmp((*at)->queue.name, queue) != 0)
        at = &(*at)->next;
    gone = *at;
    if (!gone)
        return;
    *at = gone->next;
    free_attachment(transport, gone);
}
