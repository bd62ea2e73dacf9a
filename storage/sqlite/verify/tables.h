/* tables.h - the tables of a store and of a view, and the rules of their rows. */
#ifndef JN_VERIFY_TABLES_H
#define JN_VERIFY_TABLES_H

#include "sqlite/verify/table_check.h"

/* A list that ends with an entry without a table. Events are not in it (log_check.h). */
extern const struct jn_table_check jn_store_tables[];

/* The same for what a store says of itself since schema 4. */
extern const struct jn_table_check jn_itself_tables[];

/* The same for tables as older schemas have them. */
extern const struct jn_table_check jn_older_tables[];

/* Of the file of a view; the schema is its format. */
extern const struct jn_table_check jn_view_checks[];

/* What a file of an older schema cannot show. A list that ends with an entry without a
 * text. */
struct jn_unseen {
    int last_schema;
    const char *table;
    const char *what;
};

extern const struct jn_unseen jn_store_unseen[];

/* ---- what all entries share ------------------------------------------------------ */

/* No store ever has so many events: what is above it is damage. */
#define JN_POSITION_MAX (INT64_MAX / 2)

enum { JN_SESSION_MAX = 65535 };

#define JN_NUMBER_COLUMN(column, least, most)                                            \
    {                                                                                    \
        .name = (column), .value = JN_WHOLE, .low = (least), .high = (most)              \
    }
#define JN_ANY_NUMBER(column)      JN_NUMBER_COLUMN(column, INT64_MIN, INT64_MAX)
#define JN_POSITION_COLUMN(column) JN_NUMBER_COLUMN(column, 0, JN_POSITION_MAX)
#define JN_VERSION_COLUMN(column)  JN_NUMBER_COLUMN(column, 1, JN_POSITION_MAX)
#define JN_FLAG_COLUMN(column)     JN_NUMBER_COLUMN(column, 0, 1)
#define JN_TEXT_COLUMN(column, least)                                                    \
    {                                                                                    \
        .name = (column), .value = JN_TEXT, .low = (least), .high = INT32_MAX            \
    }
#define JN_SHORT_TEXT(column, size)                                                      \
    {                                                                                    \
        .name = (column), .value = JN_TEXT, .high = (size)-1                             \
    }
#define JN_BYTES_COLUMN(column, size)                                                    \
    {                                                                                    \
        .name = (column), .value = JN_BYTES, .low = (size), .high = (size)               \
    }
#define JN_ANY_BYTES(column)                                                             \
    {                                                                                    \
        .name = (column), .value = JN_BYTES, .high = INT32_MAX                           \
    }
#define JN_OPTIONAL_TEXT(column)                                                         \
    {                                                                                    \
        .name = (column), .value = JN_TEXT, .high = INT32_MAX, .optional = true          \
    }

#define JN_CHECKSUM_RULE                                                                 \
    {                                                                                    \
        JANGLE_FINDING_CHECKSUM, NULL, "checksum",                                       \
            "is not what was stored: its checksum differs, so one of its columns was "   \
            "altered"                                                                    \
    }

#define JN_COLUMNS(list)                                                                 \
    .columns = (list), .column_count = (int)(sizeof(list) / sizeof *(list))
#define JN_RULES(list) .rules = (list), .rule_count = (int)(sizeof(list) / sizeof *(list))

/* Is a position 0, or of an event that was archived, or of one that there is? */
#define JN_IN_LOG(position)                                                              \
    "(" position " = 0 OR " position                                                     \
    " < ?4 OR EXISTS"                                                                    \
    " (SELECT 1 FROM events AS e WHERE e.position = " position "))"

#define JN_RESTORE                                                                       \
    "restore a backup (docs/operations.md, \"When the store is damaged\"); the file is " \
    "not to be mended by hand"
#define JN_REBUILD                                                                       \
    "stop the programs, remove the view's file with its -wal and -shm, and start them: " \
    "the view is built again from the events"

#endif
