/* schema_from_2.c - the migration from schema 2 to 3: the first name of a subscriber is
 * kept, and pauses are. */
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/schema.h"

#define SUBSCRIBER_CHECKSUM_OF_2 "jangle_checksum('subscribers', name, owned, marked)"

const char *const jn_schema_from_2[] = {
    /* Schema 2 does not say whether a subscriber was renamed: its name counts as the
     * first one. A row that was damaged stays so. */
    "ALTER TABLE subscribers ADD COLUMN first_name TEXT NOT NULL DEFAULT '';"
    "UPDATE subscribers SET first_name = name,"
    "    checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum",
        SUBSCRIBER_CHECKSUM_OF_2,
        JN_SUBSCRIBER_CHECKSUM("owned", "marked", "name")) ";",

    /* The name '' stands for every publisher and consumer that has no row of its own. */
    "CREATE TABLE pauses ("
    "    name TEXT PRIMARY KEY,"
    "    paused INTEGER NOT NULL,"
    "    at INTEGER NOT NULL,"
    "    who TEXT NOT NULL,"
    "    why TEXT NOT NULL,"
    "    checksum INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",

    NULL,
};
