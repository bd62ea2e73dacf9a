/* attachment.h - a transport that receives from a queue. */
#ifndef JN_HUB_ATTACHMENT_H
#define JN_HUB_ATTACHMENT_H

#include "hub/hub.h"

/* Make one that is not connected to its queue. NULL: no memory. */
struct jn_hub_attachment *jn_hub_attachment_new(struct jn_hub_transport *transport,
                                                const char *queue);

/* The attachment of a transport to a queue, or NULL. */
struct jn_hub_attachment *jn_hub_attachment_find(const struct jn_hub_transport *transport,
                                                 const char *queue);

/* Connect it to its queue, behind the others that are. */
void jn_hub_attachment_connect(struct jn_hub_attachment *attachment,
                               struct jn_hub_queue *queue);

/* Give one parcel back. The receipt stays. `near` is that of jn_hub_queue_give_back. */
void jn_hub_delivery_give_back(struct jn_hub_delivery *delivery,
                               struct jn_hub_item *near);

/* Give back what was received and is not settled, and leave the queue. */
void jn_hub_attachment_end(struct jn_hub_transport *transport,
                           struct jn_hub_attachment *attachment);

/* The same, after which the attachment does not exist. */
void jn_hub_attachment_free(struct jn_hub_transport *transport,
                            struct jn_hub_attachment *attachment);

/* The queue is being removed: what was received is gone. */
void jn_hub_attachment_remove(struct jn_hub_attachment *attachment);

/* May it receive now? Of a queue that is in order, one at a time may. */
bool jn_hub_attachment_is_active(const struct jn_hub_attachment *attachment);

/* Make sure that there is a cursor for each log of the queue. NO_MEMORY. */
enum jangle_result jn_hub_attachment_extend(struct jn_hub_attachment *attachment);

/* The log of a cursor, and its binding (NULL: it is the queue's own log). False: the
 * queue has no log of this number. */
bool jn_hub_log_of(struct jn_hub_queue *queue,
                   size_t cursor,
                   struct jn_hub_log **log,
                   struct jn_hub_binding **binding);

#endif
