/* consumer_row.h - what the store knows of a consumer by its name. */
#ifndef JN_CONSUMER_ROW_H
#define JN_CONSUMER_ROW_H

#include "messaging/consumer/inbox.h"

#include <jangle/jangle.h>

/* Keep what will be declared for the consumer, before it is: so nothing is ever at the
 * broker that the store does not know of. The results are those of the store, or BUSY. */
enum jangle_result jn_consumer_row_declare(struct jangle *jangle,
                                           const struct jangle_consumer *consumer,
                                           const struct jn_inboxes *inboxes,
                                           const char *transport,
                                           struct jangle_error *error);

/* Give the consumer, whose name this process owns, a row in the store, so that it is
 * known, and a later name can take it over. If it has another name than before, all that
 * is stored under that one becomes its own. The results are those of the store. */
enum jangle_result jn_consumer_row_make(struct jangle *jangle,
                                        const struct jangle_consumer *consumer,
                                        const struct jn_inboxes *inboxes,
                                        struct jangle_error *error);

#endif
