/* calls.c - the operations that only the end of a connection disturbs. */
#include "chaos/calls.h"

#include "chaos/attachment.h"
#include "chaos/connection.h"

/* Make the inner call, unless the connection ends first. */
#define CALL(is_spared, call)                                                            \
    do {                                                                                 \
        struct jn_chaos_transport *transport = jn_chaos_of(base);                        \
        struct jangle_transport *inner = transport->inner;                               \
        enum jangle_result result = jn_chaos_enter(transport, is_spared, error);         \
                                                                                         \
        return result ? result : inner->ops->call;                                       \
    } while (0)

enum jangle_result jn_chaos_declare_topic(struct jangle_transport *base,
                                          const char *topic,
                                          struct jangle_error *error)
{
    CALL(jn_chaos_spares(transport, topic), declare_topic(inner, topic, error));
}

enum jangle_result jn_chaos_declare_queue(struct jangle_transport *base,
                                          const struct jangle_queue *queue,
                                          struct jangle_error *error)
{
    CALL(jn_chaos_spares(transport, queue->name), declare_queue(inner, queue, error));
}

enum jangle_result jn_chaos_tend(struct jangle_transport *base,
                                 struct jangle_error *error)
{
    CALL(jn_chaos_receives_spared(transport), tend(inner, error));
}

enum jangle_result jn_chaos_count(struct jangle_transport *base,
                                  const char *queue,
                                  int64_t *count,
                                  struct jangle_error *error)
{
    CALL(jn_chaos_spares(transport, queue), count(inner, queue, count, error));
}

enum jangle_result jn_chaos_purge(struct jangle_transport *base,
                                  const char *queue,
                                  struct jangle_error *error)
{
    CALL(jn_chaos_spares(transport, queue), purge(inner, queue, error));
}

enum jangle_result jn_chaos_remove_queue(struct jangle_transport *base,
                                         const struct jangle_queue *queue,
                                         struct jangle_error *error)
{
    CALL(jn_chaos_spares(transport, queue->name), remove_queue(inner, queue, error));
}

enum jangle_result jn_chaos_remove_topic(struct jangle_transport *base,
                                         const char *topic,
                                         struct jangle_error *error)
{
    CALL(jn_chaos_spares(transport, topic), remove_topic(inner, topic, error));
}

void jn_chaos_wake(struct jangle_transport *base)
{
    struct jangle_transport *inner = jn_chaos_of(base)->inner;

    inner->ops->wake(inner);
}

const char *jn_chaos_standing_by(struct jangle_transport *base)
{
    struct jangle_transport *inner = jn_chaos_of(base)->inner;

    return inner->ops->standing_by ? inner->ops->standing_by(inner) : NULL;
}

/* ---- attach and detach --------------------------------------------------------- */

/* What the inner transport attached is detached again if it cannot be noted. */
enum jangle_result jn_chaos_attach(struct jangle_transport *base,
                                   const struct jangle_queue *queue,
                                   const struct jangle_log_offset *offsets,
                                   size_t offset_count,
                                   struct jangle_error *error)
{
    struct jn_chaos_transport *transport = jn_chaos_of(base);
    struct jangle_transport *inner = transport->inner;
    bool spared = jn_chaos_spares(transport, queue->name);
    enum jangle_result result = jn_chaos_enter(transport, spared, error);

    if (!result)
        result = inner->ops->attach(inner, queue, offsets, offset_count, error);
    if (result)
        return result;
    jn_chaos_drop_held(transport, queue->name);
    jn_chaos_attachment_remove(transport, queue->name);
    if (!jn_chaos_attachment_add(transport, queue, offsets, offset_count))
        return JANGLE_OK;
    inner->ops->detach(inner, queue->name, NULL);
    return jn_chaos_full(error);
}

enum jangle_result jn_chaos_detach(struct jangle_transport *base,
                                   const char *queue,
                                   struct jangle_error *error)
{
    struct jn_chaos_transport *transport = jn_chaos_of(base);
    struct jangle_transport *inner = transport->inner;
    bool spared = jn_chaos_spares(transport, queue);
    enum jangle_result result = jn_chaos_enter(transport, spared, error);

    if (!result)
        result = inner->ops->detach(inner, queue, error);
    if (result)
        return result;
    jn_chaos_drop_held(transport, queue);
    jn_chaos_attachment_remove(transport, queue);
    return JANGLE_OK;
}
