/* stream_names.h - the names of streams by their numbers, as one connection that reads
 * has found them, so that the events of a log are named without a look into table
 * streams.
 *
 * What is kept here is no proof: a number may be another stream's by now, if the commit
 * that gave it went away at a fence. Whoever uses a name compares the checksum of the
 * event, which covers the names, and looks the stream up if it differs. Who has the
 * connection has its names, so nobody locks them. */
#ifndef JN_STREAM_NAMES_H
#define JN_STREAM_NAMES_H

#include "sqlite/file/checksum.h"

#include <jangle/plugin/support.h>

#include <stdbool.h>

struct jn_stream_name {
    int64_t number;
    struct jn_stream_values values; /* of the two names, in the checksum of an event */
    const char *id;                 /* in `kind`, behind it */
    char kind[];
};

enum { JN_STREAM_NAMES_BLOCKS = 128 };

/* Zeroed: none is known. */
struct jn_stream_names {
    struct jn_stream_name **blocks[JN_STREAM_NAMES_BLOCKS];
    int trust;         /* grows with each event whose stream is known, and falls faster */
    unsigned in_place; /* how often a name came to a place that another one has */
};

/* The names that are kept for a number, or NULL. They stay until the next call of one of
 * the functions below. */
const struct jn_stream_name *jn_stream_names_find(const struct jn_stream_names *names,
                                                  int64_t number);

/* Note whether the stream of an event was known. Are they known so often that a query
 * need not ask for all of them? To look a few up, one by one, costs as much as to ask for
 * five times as many together with their events. */
void jn_stream_names_note(struct jn_stream_names *names, bool known);
bool jn_stream_names_suffice(const struct jn_stream_names *names);

/* Keep the names of a number. They take the place of another number's each fourth time
 * only, so that a log of very many streams does not make and free names for nothing. If
 * there is no memory, or if they are long, they are not kept. */
void jn_stream_names_keep(struct jn_stream_names *names,
                          const struct jangle_allocator *allocator,
                          int64_t number,
                          const char *kind,
                          const char *id);

/* Forget all, because the connection is closed. */
void jn_stream_names_clear(struct jn_stream_names *names,
                           const struct jangle_allocator *allocator);

#endif
