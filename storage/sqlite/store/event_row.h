/* event_row.h - the row of an event becomes a record, which is checked. */
#ifndef JN_EVENT_ROW_H
#define JN_EVENT_ROW_H

#include "sqlite/file/checksum.h"
#include "sqlite/file/columns.h"
#include "sqlite/store/sqlite_store.h"

/* The first columns of every query for events, of which table events is `e`. What reads
 * the events of many streams selects e.stream, too, and behind it kind, name and id of
 * table streams, unless `alone` says so. */
#define JN_EVENT_COLUMNS                                                                 \
    "e.position, e.version, e.type, e.at, e.event_id, e.payload, e.meta, e.checksum,"    \
    " e.digest"

enum {
    JN_EVENT_POSITION,
    JN_EVENT_VERSION,
    JN_EVENT_TYPE,
    JN_EVENT_AT,
    JN_EVENT_ID,
    JN_EVENT_PAYLOAD,
    JN_EVENT_META,
    JN_EVENT_CHECKSUM,
    JN_EVENT_DIGEST,
    JN_EVENT_NUMBER, /* of the stream */
    JN_EVENT_KIND,
    JN_EVENT_NAME,
    JN_EVENT_STREAM
};

/* A cache of types whose names are already among the rows of this event page. A type is
 * at its number modulo JN_KNOWN_COUNT. */
enum { JN_KNOWN_COUNT = 8 };

struct jn_known_type {
    int64_t number;
    const char *name; /* NULL: none is known here */
    int version;
};

struct jn_event_row {
    struct jn_file *file;
    struct jn_columns columns; /* of the event at which the query is */
    const char *kind, *id;     /* of the stream; NULL: many streams are read */
    const struct jn_stream_values *stream; /* begins each checksum of that stream; or
                                              NULL */
    bool alone; /* the query has no columns of table streams: a stream is looked up */
    bool shows; /* nothing is kept: a record is valid until the next step */
    struct jn_known_type known[JN_KNOWN_COUNT];
};

/* Read the record, whose texts are kept in `columns.rows`, unless it is only shown. The
 * result is in `columns.result`: STORAGE if it is not what was stored. */
void jn_event_row_read(struct jn_event_row *row, struct jangle_record *record);

/* Read what there is of a record that was refused. What cannot be read is NULL or
 * zero. */
void jn_event_row_salvage(struct jn_event_row *row, struct jangle_record *record);

#endif
