/* scan.h - all events of a store, read by one statement of SQLite. */
#ifndef BENCH_SCAN_H
#define BENCH_SCAN_H

#include "rows/alone.h"

/* What a loop of C gets to see of an event. */
struct scan_row {
    int64_t position, stream, version, type, at;
    const void *event_id, *payload, *meta;
    size_t payload_size, meta_size;
};

/* Columns of the table `events`, in the order of a scan_row. */
#define SCAN_COLUMNS "position, stream, version, type, at, event_id, payload, meta"

struct scan_row scan_columns(sqlite3_stmt *statement);

#endif
