/* filter.h - the filters of a program's tables: compiled once, at open, and then asked
 * about messages. */
#ifndef JN_FILTER_H
#define JN_FILTER_H

#include "base/arena.h"

#include <jangle/plugin/filter.h>
#include <jangle/plugin/format.h>
#include <jangle/plugin/json.h>
#include <jangle/plugin/store.h>

struct jangle;

/* The filter of one row, or of one subscriber. */
struct jn_filter {
    const struct jangle_filter *where; /* the member of the table */
    struct jangle_filter_program *program;
    bool by_attributes; /* FI-4 */
};

/* All filters of an instance. Any thread reads them, without a lock. */
struct jn_filters {
    struct jn_filter *items; /* in the instance's arena */
    size_t count;
};

/* Compile the filters of subscribers, publishers and consumers, whose tables are checked
 * already. What a filter's `compile` returns; the sentence names the row, and then is the
 * filter's own. NO_MEMORY. On failure there is nothing to close. */
enum jangle_result jn_filters_open(struct jangle *jangle, struct jangle_error *error);
void jn_filters_close(struct jangle *jangle);

/* A message that filters are asked about: a stored event, or what was received. */
struct jn_candidate {
    struct jangle_arena *arena;             /* of the document */
    const struct jangle_record *record;     /* NULL: it was received... */
    const struct jangle_contents *contents; /* ...and says this */
    struct jn_json_span attributes; /* read when the first filter is asked, and kept for
                                       the next; no text: not yet */
    const char *document;           /* the same; NULL: not yet */
    size_t size;
    bool mismatched; /* a filter could not judge it */
};

/* Is the message wanted? A filter of {0} wants every message. INVALID: it cannot
 * be shown to the filter, because the data, or what is stored besides, is not JSON.
 * NO_MEMORY. */
enum jangle_result jn_filter_ask(const struct jangle *jangle,
                                 const struct jangle_filter *where,
                                 struct jn_candidate *candidate,
                                 bool *wanted,
                                 struct jangle_error *error);

#endif
