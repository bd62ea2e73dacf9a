/* scan.c - all events of a store, read by one statement of SQLite. */
#include "rows/scan.h"

struct scan_row scan_columns(sqlite3_stmt *statement)
{
    return (struct scan_row){
        .position = sqlite3_column_int64(statement, 0),
        .stream = sqlite3_column_int64(statement, 1),
        .version = sqlite3_column_int64(statement, 2),
        .type = sqlite3_column_int64(statement, 3),
        .at = sqlite3_column_int64(statement, 4),
        .event_id = sqlite3_column_blob(statement, 5),
        .payload = sqlite3_column_blob(statement, 6),
        .payload_size = (size_t)sqlite3_column_bytes(statement, 6),
        .meta = sqlite3_column_text(statement, 7),
        .meta_size = (size_t)sqlite3_column_bytes(statement, 7),
    };
}
