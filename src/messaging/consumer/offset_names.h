/* offset_names.h - the names of the checkpoints of logs. Each begins with the name of its
 * consumer and a '#', which no name of a table may hold:
 *
 *     watch#orders/3            of the queue that has the consumer's own name
 *     watch##5#store#orders/3   of another queue: how many bytes its name has, and which
 *
 * So a consumer that is renamed, and with it its queue, goes on with the same logs. */
#ifndef JN_OFFSET_NAMES_H
#define JN_OFFSET_NAMES_H

#include "base/arena.h"
#include "core/engine.h"
#include "messaging/consumer/inbox.h"

#include <jangle/plugin/store.h>

/* What such a name says. */
struct jn_offset_name {
    const char *queue; /* not terminated */
    size_t queue_size;
    const char *log;
};

/* Make a name in the arena. The name is of no use if the arena says that it has failed.
 */
const char *jn_offset_name_make(struct jangle_arena *arena,
                                const char *consumer,
                                const char *queue,
                                const char *log);

/* False if it is no name of a log of that consumer. */
bool jn_offset_name_read(const char *name,
                         const char *consumer,
                         struct jn_offset_name *read);

/* Visit the checkpoints of all logs of a consumer. They are read first, so that the visit
 * may change them. NO_MEMORY; or the result of the store, or of the visit. */
enum jangle_result jn_offset_names_visit(struct jangle *jangle,
                                         const char *consumer,
                                         jangle_checkpoint_fn *visit,
                                         void *context,
                                         struct jangle_error *error);

/* Give what is stored under the consumer's former name to it. It comes before the
 * consumer's own row: if the process ends between the two, this is done again. */
enum jangle_result jn_offset_names_take_over(struct jangle *jangle,
                                             const struct jangle_consumer *consumer,
                                             const struct jn_inboxes *inboxes,
                                             struct jangle_error *error);

/* Forget how far that consumer has read its logs. */
enum jangle_result jn_offset_names_forget(struct jangle *jangle,
                                          const char *consumer,
                                          struct jangle_error *error);

#endif
