/* view_look.c - the tables that jangle keeps in an older view's file appear as those of
 * the latest format, as schema_look.c has it for a store. */
#include "sqlite/views/view_look.h"

#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_format.h"

/* What the first format keeps in prose and keys is read as view_format.c reads it. */
static const char from_1[] =
    "CREATE TEMP VIEW jangle_parked AS SELECT p.*, " JN_PARKED_CHECKSUM("p.name")
    " AS checksum FROM (SELECT key, CASE WHEN key LIKE '%/%' THEN 1 ELSE 3 END AS kind,"
    "    position, attempts, dead = 0 AND error IS 'the process ended while event '"
    "      || position || ' was handled' AS trying, next_at,"
    "    CASE dead WHEN 0 THEN 86400000 ELSE 0 END AS delay_ms, dead, error,"
    "    (SELECT name FROM main.jangle_place) AS name"
    "  FROM main.jangle_parked WHERE key <> 'suspended') AS p;"
    "CREATE TEMP VIEW jangle_place AS SELECT j.*, " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS
    " AS checksum FROM (SELECT q.*, p.key IS NOT NULL AS suspended_for,"
    "    ifnull(p.next_at, 0) AS suspended_at, ifnull(p.error, '') AS reason,"
    "    (SELECT count(*) FROM jangle_parked) AS parked_count,"
    "    (SELECT jangle_total(checksum) FROM jangle_parked) AS parked_total"
    "  FROM main.jangle_place AS q"
    "  LEFT JOIN main.jangle_parked AS p ON p.key = 'suspended') AS j;";

enum jangle_result jn_view_show_as_latest(struct jn_database *database,
                                          struct jangle_error *error)
{
    int64_t format = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA user_version", &format, error);

    if (result || format != 1)
        return result;
    result = jn_database_run(database, "PRAGMA query_only = OFF", error);
    if (!result)
        result = jn_database_run(database, from_1, error);
    return result ? result : jn_database_run(database, "PRAGMA query_only = ON", error);
}
