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

/* A checksum over the columns of a subquery, which has the name of the table, and is
 * called `alias` where columns of two tables have the same name. */
#define WITH_CHECKSUM(table, alias, checksum, select)                                    \
    "CREATE TEMP VIEW " table " AS SELECT " alias ".*, " checksum                        \
    " AS checksum FROM (" select ") AS " alias

#define NO_CATALOGUE                                                                     \
    "CREATE TEMP VIEW catalogue AS"                                                      \
    " SELECT 1 AS kind, '' AS program, '' AS name, 0 AS version, '' AS facts,"           \
    " 0 AS first_seen, 0 AS gone_at, 0 AS checksum WHERE 0;"

#define SESSIONS_WITHOUT_NAMES                                                           \
    WITH_CHECKSUM("sessions", "s", JN_SESSION_CHECKSUM("id"),                            \
                  "SELECT id, opened_at, 0 AS pid, '' AS program, '' AS version"         \
                  " FROM main.sessions")                                                 \
    ";"

/* A command of a schema before 4 has no type, no cause and no sender. */
#define COMMANDS_OF_3                                                                    \
    "CREATE TEMP VIEW commands AS SELECT " JN_COMMAND_VALUES                             \
    ", type, cause, sender, " JN_CHECKSUM_IF_SOUND(                                      \
        "stored", "jangle_checksum('commands', " JN_COMMAND_VALUES ")",                  \
        JN_COMMAND_CHECKSUM) " AS checksum"                                              \
                             " FROM (SELECT " JN_COMMAND_VALUES                          \
                             ", 0 AS type, 0 AS cause,"                                  \
                             " 0 AS sender, checksum AS stored FROM main.commands)"      \
                             " AS commands;"

/* Schema 1 has no checksums but those of events: so what is damaged in its other tables
 * is not noticed. What it keeps in prose, in keys and in types is read as
 * schema_from_1.c reads it. */
static const char *const from_1[] = {
    WITH_CHECKSUM("store",
                  "store",
                  JN_STORE_CHECKSUM("epoch"),
                  "SELECT one, id, epoch, first_position,"
                  " 9223372036854775807 AS schema_1_events FROM main.store") ";"
    WITH_CHECKSUM("streams",
                  "s",
                  JN_STREAM_CHECKSUM("version"),
                  "SELECT * FROM main.streams") ";"
    WITH_CHECKSUM("types", "t", JN_TYPE_CHECKSUM, "SELECT * FROM main.types") ";"
    WITH_CHECKSUM("commands",
                  "commands",
                  JN_COMMAND_CHECKSUM,
                  "SELECT *, 0 AS type, 0 AS cause, 0 AS sender FROM main.commands") ";"
    WITH_CHECKSUM("subscribers",
                  "s",
                  JN_SUBSCRIBER_CHECKSUM("owned", "marked", "first_name"),
                  "SELECT id, name, owned, EXISTS (SELECT 1 FROM main.checkpoints AS c"
                  " WHERE c.subscriber = subscribers.id) AS marked, name AS first_name"
                  " FROM main.subscribers") ";"

    ,
    /* The rows of events, and those of timeouts, which stand in the sagas. */
    "CREATE TEMP VIEW parked_of_1 AS"
    " SELECT p.subscriber,"
    "    CASE WHEN p.key NOT LIKE '%/%' THEN 3"
    "      WHEN p.key LIKE 'saga/%' AND (EXISTS (SELECT 1 FROM main.sagas AS g"
    "          WHERE g.saga = s.name AND g.id = substr(p.key, 6))"
    "        OR NOT EXISTS (SELECT 1 FROM main.streams AS t"
    "          WHERE t.kind = 'saga' AND t.name = substr(p.key, 6))) THEN 2"
    "      ELSE 1 END AS kind, p.key, p.position, p.attempts,"
    "    p.dead = 0 AND p.error IS 'the process ended while event ' || p.position"
    "      || ' was handled' AS trying,"
    "    p.next_at, CASE p.dead WHEN 0 THEN 86400000 ELSE 0 END AS delay_ms, p.dead,"
    "    p.error, s.name AS subscriber_name"
    " FROM main.parked AS p JOIN main.subscribers AS s ON s.id = p.subscriber"
    " WHERE p.key <> 'suspended';"
    "CREATE TEMP VIEW timeouts_of_1 AS"
    " SELECT s.id AS subscriber, 4 AS kind, 'timeout/' || g.id AS key,"
    "    json_extract(CAST(g.state AS TEXT), '$.position') AS position, g.attempts,"
    "    json_extract(CAST(g.state AS TEXT), '$.reason')"
    "      IS 'the process ended while its timeout was dealt with' AS trying,"
    "    g.retry_at AS next_at, 86400000 AS delay_ms, 0 AS dead,"
    "    json_extract(CAST(g.state AS TEXT), '$.reason') AS error,"
    "    s.name AS subscriber_name"
    " FROM main.sagas AS g JOIN main.subscribers AS s ON s.name = g.saga"
    " WHERE g.status = 0 AND g.turn_at <> 0 AND g.turn_position = 0"
    " UNION ALL SELECT p.subscriber, 4, 'timeout/' || g.id, p.position, p.attempts, 0,"
    "    p.next_at, 0, 1, CASE WHEN p.error LIKE 'its timeout: %'"
    "      THEN substr(p.error, 14) ELSE p.error END, s.name"
    " FROM main.sagas AS g JOIN main.subscribers AS s ON s.name = g.saga"
    " JOIN main.parked AS p ON p.subscriber = s.id AND p.key = 'saga/' || g.id"
    " WHERE g.status = 2 AND g.turn_at <> 0 AND g.turn_position = 0 AND p.dead = 1;"
    WITH_CHECKSUM(
        "parked",
        "p",
        JN_PARKED_CHECKSUM("p.subscriber_name"),
        "SELECT q.subscriber, q.kind, q.key, q.position,"
        " CASE WHEN t.key IS NULL THEN q.attempts ELSE 0 END AS attempts, q.trying,"
        " q.next_at, q.delay_ms, CASE WHEN t.key IS NULL THEN q.dead ELSE 0 END AS dead,"
        " CASE WHEN t.key IS NULL THEN q.error END AS error, q.subscriber_name"
        " FROM parked_of_1 AS q LEFT JOIN timeouts_of_1 AS t ON q.kind = 2"
        "    AND q.dead = 1 AND t.dead = 1 AND t.subscriber = q.subscriber"
        "    AND t.key = 'timeout/' || substr(q.key, 6)"
        " UNION ALL SELECT * FROM timeouts_of_1") ";"

    ,
    "CREATE TEMP VIEW checkpoints AS SELECT c.*, " JN_CHECKPOINT_CHECKSUM("c.name")
    " AS checksum FROM (SELECT k.subscriber, k.position, k.event_id,"
    "    p.key IS NOT NULL AS suspended_for, ifnull(p.next_at, 0) AS suspended_at,"
    "    ifnull(p.error, '') AS reason,"
    "    (SELECT count(*) FROM parked AS q WHERE q.subscriber = k.subscriber)"
    "      AS parked_count,"
    "    (SELECT jangle_total(q.checksum) FROM parked AS q"
    "      WHERE q.subscriber = k.subscriber) AS parked_total, s.name AS name"
    " FROM main.checkpoints AS k JOIN main.subscribers AS s ON s.id = k.subscriber"
    " LEFT JOIN main.parked AS p ON p.subscriber = k.subscriber AND p.key = 'suspended')"
    " AS c;"

    WITH_CHECKSUM(
        "sagas",
        "g",
        JN_SAGA_CHECKSUM("saga"),
        "SELECT number, saga, id, version, status, state_version, state, timeout_at,"
        " CASE WHEN status = 0 AND timeout_at <> 0"
        "   AND (turn_at = 0 OR turn_position <> 0) THEN timeout_at END AS due_at,"
        " turn_at, turn_position, (SELECT count(*) FROM main.saga_steps AS t"
        "   WHERE t.saga = sagas.number) AS step_count FROM main.sagas") ";"
    WITH_CHECKSUM(
        "saga_steps",
        "t",
        JN_SAGA_STEP_CHECKSUM("t.saga_name", "t.saga_id"),
        "SELECT u.saga, u.number, u.id,"
        " CASE WHEN u.type LIKE 'note:%' THEN 2 WHEN u.type LIKE 'version:%' THEN 3"
        "   WHEN u.type = 'finished by hand' THEN 4 ELSE 1 END AS kind,"
        " CASE WHEN u.type LIKE 'note:%' THEN substr(u.type, 6)"
        "   WHEN u.type LIKE 'version:%' THEN substr(u.type, 9) ELSE u.type END AS type,"
        " u.result, u.reply, u.position, u.version, g.saga AS saga_name,"
        " g.id AS saga_id FROM main.saga_steps AS u"
        " JOIN main.sagas AS g ON g.number = u.saga") ";"
    NO_PAUSES NO_CATALOGUE SESSIONS_WITHOUT_NAMES,
    NULL};

static const char *const from_2[] = {
    "CREATE TEMP VIEW subscribers AS"
    " SELECT id, name, owned, marked, name AS first_name, " JN_CHECKSUM_IF_SOUND(
        "checksum",
        "jangle_checksum('subscribers', name, owned, marked)",
        JN_SUBSCRIBER_CHECKSUM("owned", "marked", "name")) " AS checksum"
    " FROM main.subscribers;"
    NO_PAUSES COMMANDS_OF_3 NO_CATALOGUE SESSIONS_WITHOUT_NAMES,
    NULL};

static const char *const from_3[] = {COMMANDS_OF_3 NO_CATALOGUE SESSIONS_WITHOUT_NAMES,
                                     NULL};

static const char *const *const shown[] = {NULL, from_1, from_2, from_3};

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
    for (const char *const *sql = shown[version]; !result && *sql; sql++)
        result = jn_database_run(database, *sql, error);
    if (!result)
        result = jn_database_run(database, "PRAGMA query_only = ON", error);
    return result;
}
