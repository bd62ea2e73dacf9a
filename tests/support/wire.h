/* wire.h - a format at work in a test: what it writes, and what it reads of anything. */
#ifndef WIRE_H
#define WIRE_H

#include "base/arena.h"
#include "support/failing_allocator.h"

#include <jangle/messaging.h>

struct parcels {
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_error error;
};

void parcels_init(struct parcels *parcels);

/* Fails the test if memory is left. */
void parcels_finish(struct parcels *parcels);

/* Contents that say nothing but what every format needs. */
struct jangle_contents contents_of(const char *type, const char *data);

/* Write them, which must succeed; and what is written, as a text of a test: the content
 * type, the headers and the body, a line each. */
struct jangle_parcel parcel_written(struct parcels *parcels,
                                    const struct jangle_format *format,
                                    const struct jangle_contents *contents);
const char *parcel_shown(struct parcels *parcels, const struct jangle_parcel *parcel);

/* A parcel of these. The headers are pairs of texts, and the list ends with NULL. The
 * body is copied to a piece of memory of its own, so that ASan sees a look beyond its
 * end. */
struct jangle_parcel parcel_of(struct parcels *parcels,
                               const char *content_type,
                               const char *const *headers,
                               const char *body);

/* Read a parcel, which must succeed; or must not, and then the sentence is the one that
 * is expected. */
struct jangle_contents contents_read(struct parcels *parcels,
                                     const struct jangle_format *format,
                                     const struct jangle_parcel *parcel);
void expect_refused(struct parcels *parcels,
                    const struct jangle_format *format,
                    const struct jangle_parcel *parcel,
                    const char *sentence);
void expect_foreign(struct parcels *parcels,
                    const struct jangle_format *format,
                    const struct jangle_parcel *parcel);
void expect_unwritable(struct parcels *parcels,
                       const struct jangle_format *format,
                       const struct jangle_contents *contents,
                       const char *sentence);

/* Compares all members; an origin that is NULL equals one that is "". */
void expect_contents(const struct jangle_contents *contents,
                     const struct jangle_contents *expected);

#endif
