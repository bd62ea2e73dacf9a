/* schema_look.c - the tables of older schemas appear as those of the latest one, to a
 * connection that only reads.
 *
 * A temporary view takes the place of each table that a later schema has changed. What an
 * older schema does not know gets the value that its migration would give it. A checksum
 * that was right becomes one that is right for the row as it appears. */
#include "sqlite/file/schema_look.h"

#include "sqlite/file/row_checksums.h"

#define NO_PAUSES                                                                        \
    "CREATE TEMP VIEW pauses AS"                                                         \
    " SELECT '' AS name, 0 AS paused, 0 AS at, '' AS who, '' AS why, 0 AS checksum"      \
    " WHERE 0;"

/* Schema 1 has no checksums but those of events. */
static const char *const from_1 =
    "CREATE TEMP VIEW store AS"
    " SELECT *, " JN_STORE_CHECKSUM("epoch") " AS checksum FROM (SELECT one, id, epoch,"
    "    first_position, 9223372036854775807 AS schema_1_events FROM main.store)"
    "    AS store;"
    "CREATE TEMP VIEW streams AS"
    " SELECT *, " JN_STREAM_CHECKSUM("version") " AS checksum FROM main.streams;"
    "CREATE TEMP VIEW types AS"
    " SELECT *, " JN_TYPE_CHECKSUM " AS checksum FROM main.types;"
    "CREATE TEMP VIEW commands AS"
    " SELECT *, " JN_COMMAND_CHECKSUM " AS checksum FROM main.commands;"
    NO_PAUSES;

static const char *const from_2 =
    "CREATE TEMP VIEW subscribers AS"
    " SELECT id, name, owned, marked, name AS first_name, " JN_CHECKSUM_IF_SOUND(
        "checksum",
        "jangle_checksum('subscribers', name, owned, marked)",
        JN_SUBSCRIBER_CHECKSUM("owned", "marked", "name")) " AS checksum"
    " FROM main.subscribers;"
    NO_PAUSES;

static const char *const *const shown[] = {NULL, &from_1, &from_2};

enum { SHOWN_COUNT = sizeof shown / sizeof shown[0] };

/* The connection may write its own temporary tables for this moment, and nothing else
 * uses it yet. */
enum jangle_result jn_schema_show_as_latest(struct jn_database *database,
                                            struct jangle_error *error)
{
    int64_t version = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA user_version", &version, error);

    if (result || version < 1 || version >= SHOWN_COUNT)
        return result;
    result = jn_database_run(database, "PRAGMA query_only = OFF", error);
    if (!result)
        result = jn_database_run(database, *shown[version], error);
    if (!result)
        result = jn_database_run(database, "PRAGMA query_only = ON", error);
    return result;
}
