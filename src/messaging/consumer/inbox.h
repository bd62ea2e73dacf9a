/* inbox.h - the queues of a consumer, as they are declared at its broker. */
#ifndef JN_INBOX_H
#define JN_INBOX_H

#include "base/arena.h"

#include <jangle/messaging.h>

/* A naming says "" if there is no name, and a transport takes NULL. */
static inline const char *jn_name_or_null(const char *name)
{
    return *name ? name : NULL;
}

/* One queue, and all that belongs to it. */
struct jn_inbox {
    struct jangle_names names;
    const char **routes; /* ends with NULL; NULL: all */
    struct jangle_queue queue;
};

struct jn_inboxes {
    struct jn_inbox *items;
    size_t count;
};

/* Find out which queues the rows of the consumer have; rows that get the same name share
 * a queue. What is made lies in the arena. INVALID: the
 * naming has no name for a row. NO_MEMORY. */
enum jangle_result jn_inboxes_make(struct jn_inboxes *inboxes,
                                   const struct jangle_consumer *consumer,
                                   struct jangle_arena *arena,
                                   const struct jangle_naming *naming,
                                   struct jangle_error *error);

/* Declare the queue, and the topic that it is bound to. The results are those of the
 * transport. */
enum jangle_result jn_inbox_declare(const struct jn_inbox *inbox,
                                    struct jangle_transport *transport,
                                    struct jangle_error *error);

#endif
