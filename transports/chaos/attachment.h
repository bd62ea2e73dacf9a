/* attachment.h - a queue that the program receives from, and how far its logs were read.
 */
#ifndef JN_CHAOS_ATTACHMENT_H
#define JN_CHAOS_ATTACHMENT_H

#include "chaos/chaos.h"

/* Note that the program is attached now. NO_MEMORY. */
enum jangle_result jn_chaos_attachment_add(struct jn_chaos_transport *transport,
                                           const struct jangle_queue *queue,
                                           const struct jangle_log_offset *offsets,
                                           size_t offset_count);

/* NULL: there is none. */
struct jn_chaos_attachment *
jn_chaos_attachment_find(const struct jn_chaos_transport *transport, const char *queue);

/* Forget it, if there is one. */
void jn_chaos_attachment_remove(struct jn_chaos_transport *transport, const char *queue);

/* Note that a parcel of a log was received, or that it was settled. A parcel that comes
 * from no log needs no note. Received: NO_MEMORY. */
enum jangle_result jn_chaos_note_received(struct jn_chaos_transport *transport,
                                          const struct jangle_parcel *parcel);
void jn_chaos_note_settled(struct jn_chaos_transport *transport,
                           const struct jangle_parcel *parcel);

/* What was not settled was given back: note that it will be read again. */
void jn_chaos_note_given_back(struct jn_chaos_transport *transport,
                              struct jn_chaos_attachment *attachment);

#endif
