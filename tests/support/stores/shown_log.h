/* shown_log.h - all that a store shows of its events, as text that tests can compare. */
#ifndef SHOWN_LOG_H
#define SHOWN_LOG_H

#include "contract/world.h"

/* A line for each record, and one for the sentence of an error. Free `text`. */
struct shown_log {
    char *text;
    size_t size;
    FILE *file;
    size_t count; /* of records */
};

struct shown_log show_log(struct jangle_store *store, int64_t position, size_t limit);
struct shown_log
show_log_of_stream(struct jangle_store *store, const char *kind, const char *id);

/* From now on the reader of a single thread believes that it knows nearly all streams: a
 * page is read without the rows of streams, and one that is not known is looked up. */
void trust_names(struct jangle_store *store);

/* The whole log, by a handle of the same file that was just opened, and knows no stream.
 */
struct shown_log show_log_cold(struct world *world, bool trusts);

#endif
