/* event_row.h - a row of table events becomes a record, which is compared with its
 * checksum. */
#ifndef JN_EVENT_ROW_H
#define JN_EVENT_ROW_H

#include "sqlite/file/checksum.h"
#include "sqlite/file/columns.h"
#include "sqlite/file/sqlite_file.h"

/* The first columns of a query for events, `e`, in the order of the enum. */
#define JN_EVENT_COLUMNS                                                                 \
    "e.position, e.version, e.type, e.at, e.event_id, e.payload, e.meta, e.checksum,"    \
    " e.digest"

enum jn_event_column {
    JN_EVENT_POSITION,
    JN_EVENT_VERSION,
    JN_EVENT_TYPE,
    JN_EVENT_AT,
    JN_EVENT_ID,
    JN_EVENT_PAYLOAD,
    JN_EVENT_META,
    JN_EVENT_CHECKSUM,
    JN_EVENT_DIGEST,
    /* if events of any stream are read: */
    JN_EVENT_STREAM,
    /* and of the row of that stream, if it is asked for: */
    JN_EVENT_KIND,
    JN_EVENT_NAME,
    JN_EVENT_STREAM_FOUND
};

/* A cache of types whose names are already among the rows of this event page. A type is
 * at its number modulo JN_KNOWN_TYPES. */
enum { JN_KNOWN_TYPES = 8 };

struct jn_known_type {
    int64_t number;
    const char *name; /* NULL: none is known here */
    int version;
};

/* What the rows of one event page are read with. */
struct jn_event_rows {
    struct jn_file *file;
    struct jn_columns columns;     /* of the event at which the query is */
    struct jn_stream_names *names; /* of the reader */
    bool joined; /* the query asks for the row of each event's stream, too */
    struct jn_known_type known[JN_KNOWN_TYPES];
};

/* A stream whose events are read one after the other. */
struct jn_event_stream {
    const char *kind, *id;
    const struct jn_stream_values *values;
};

/* Begin a page: forget all that was kept of the one before it. */
void jn_event_rows_begin(struct jn_event_rows *rows, struct jn_database *reader);

/* The record of a row of that stream, kept in `columns.rows`. Whether it is sound is in
 * `columns.result`. */
void jn_event_keep(struct jn_event_rows *rows, const struct jn_event_stream *stream);

/* The record of a row of any stream, at that position. It points into the statement, and
 * is valid until the next step. Whether it is sound is in `columns.result`. */
void jn_event_show(struct jn_event_rows *rows,
                   int64_t position,
                   struct jangle_record *record);

#endif
