/* matching.h - which rows of a publisher or a consumer a message goes by. */
#ifndef JN_MATCHING_H
#define JN_MATCHING_H

#include "core/filter.h"

#include <jangle/messaging.h>

/* One message on its way along the rows. A row whose filter does not want the message is
 * as if it were not there, so rows of jangle_any come next if no row of the type does. */
struct jn_matching {
    const struct jangle *jangle;
    const struct jangle_routes *routes;
    const char *type; /* of the message */
    bool outside;     /* `type` is its name outside, and not its stored name */
    struct jn_candidate candidate;
    size_t next;
    bool found; /* a row wants the message */
    bool any;   /* the rows of jangle_any are looked at */
};

/* The next row that wants the message; NULL if there are no more. INVALID and NO_MEMORY
 * as jn_filter_ask. */
enum jangle_result jn_matching_next(struct jn_matching *matching,
                                    const struct jangle_route **route,
                                    struct jangle_error *error);

#endif
