/* schema_from_1.c - the migration from schema 1 to 2: facts that schema 1 kept in prose,
 * in keys and in types get columns. Only this file still reads them from there.
 *
 * The column `marked` of subscribers says that a subscriber has a checkpoint: it is an
 * older word for it, which stays because it is part of the schema. */
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/schema.h"

/* Schema 2 knew no first names. */
#define SUBSCRIBER_CHECKSUM "jangle_checksum('subscribers', name, owned, marked)"

const char *const jn_schema_from_1[] = {
    /* A suspension was a parked row of its own. */
    "ALTER TABLE checkpoints ADD COLUMN suspended_for INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE checkpoints ADD COLUMN suspended_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE checkpoints ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
    "UPDATE checkpoints SET suspended_for = 1,"
    "    suspended_at = p.next_at, reason = ifnull(p.error, '')"
    " FROM parked AS p"
    " WHERE p.subscriber = checkpoints.subscriber AND p.key = 'suspended';",

    "CREATE TABLE new_parked ("
    "    subscriber INTEGER NOT NULL,"
    "    kind INTEGER NOT NULL,"
    "    key TEXT NOT NULL,"
    "    position INTEGER NOT NULL,"
    "    attempts INTEGER NOT NULL,"
    "    trying INTEGER NOT NULL,"
    "    next_at INTEGER NOT NULL,"
    "    delay_ms INTEGER NOT NULL,"
    "    dead INTEGER NOT NULL,"
    "    error TEXT,"
    "    PRIMARY KEY (subscriber, key)"
    ") STRICT, WITHOUT ROWID;",

    /* A stream may be of a kind called \"saga\". Schema 1 does not say how long a retry was
     * put off: a day at most. */
    "INSERT INTO new_parked"
    " SELECT p.subscriber,"
    "    CASE WHEN p.key NOT LIKE '%/%' THEN 3"
    "      WHEN p.key LIKE 'saga/%' AND (EXISTS (SELECT 1 FROM sagas AS g"
    "          WHERE g.saga = s.name AND g.id = substr(p.key, 6))"
    "        OR NOT EXISTS (SELECT 1 FROM streams AS t"
    "          WHERE t.kind = 'saga' AND t.name = substr(p.key, 6))) THEN 2"
    "      ELSE 1 END,"
    "    p.key, p.position, p.attempts,"
    "    p.dead = 0 AND p.error IS 'the process ended while event ' || p.position"
    "      || ' was handled',"
    "    p.next_at, CASE p.dead WHEN 0 THEN 86400000 ELSE 0 END, p.dead, p.error"
    " FROM parked AS p JOIN subscribers AS s ON s.id = p.subscriber"
    " WHERE p.key <> 'suspended';",

    /* The turns of timeouts that wait for a retry or were given up. An event that waits
     * behind one that was given up had no row of its own. */
    "INSERT INTO new_parked"
    " SELECT s.id, 4, 'timeout/' || g.id,"
    "    json_extract(CAST(g.state AS TEXT), '$.position'), g.attempts,"
    "    json_extract(CAST(g.state AS TEXT), '$.reason')"
    "      IS 'the process ended while its timeout was dealt with',"
    "    g.retry_at, 86400000, 0, json_extract(CAST(g.state AS TEXT), '$.reason')"
    " FROM sagas AS g JOIN subscribers AS s ON s.name = g.saga"
    " WHERE g.status = 0 AND g.turn_at <> 0 AND g.turn_position = 0;"
    "INSERT INTO new_parked"
    " SELECT p.subscriber, 4, 'timeout/' || g.id, p.position, p.attempts, 0, p.next_at,"
    "    0, 1, CASE WHEN p.error LIKE 'its timeout: %' THEN substr(p.error, 14)"
    "      ELSE p.error END"
    " FROM sagas AS g JOIN subscribers AS s ON s.name = g.saga"
    " JOIN parked AS p ON p.subscriber = s.id AND p.key = 'saga/' || g.id"
    " WHERE g.status = 2 AND g.turn_at <> 0 AND g.turn_position = 0 AND p.dead = 1;"
    "UPDATE new_parked SET dead = 0, attempts = 0, error = NULL"
    " WHERE kind = 2 AND dead = 1 AND EXISTS (SELECT 1 FROM new_parked AS t"
    "    WHERE t.subscriber = new_parked.subscriber AND t.kind = 4 AND t.dead = 1"
    "    AND t.key = 'timeout/' || substr(new_parked.key, 6));"
    "DROP TABLE parked;"
    "ALTER TABLE new_parked RENAME TO parked;"
    "CREATE INDEX parked_due ON parked (subscriber, dead, next_at);",

    "CREATE TABLE new_sagas ("
    "    number INTEGER PRIMARY KEY,"
    "    saga TEXT NOT NULL,"
    "    id TEXT NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    status INTEGER NOT NULL,"
    "    state_version INTEGER NOT NULL,"
    "    state BLOB NOT NULL,"
    "    timeout_at INTEGER NOT NULL,"
    "    due_at INTEGER," /* NULL: never */
    "    turn_at INTEGER NOT NULL,"
    "    turn_position INTEGER NOT NULL,"
    "    UNIQUE (saga, id)"
    ") STRICT;"
    "INSERT INTO new_sagas"
    " SELECT number, saga, id, version, status, state_version, state, timeout_at,"
    "    CASE WHEN status = 0 AND timeout_at <> 0"
    "      AND (turn_at = 0 OR turn_position <> 0) THEN timeout_at END,"
    "    turn_at, turn_position FROM sagas;"
    "DROP TABLE sagas;"
    "ALTER TABLE new_sagas RENAME TO sagas;"
    "CREATE INDEX sagas_by_status ON sagas (saga, status, id);"
    "CREATE INDEX sagas_due ON sagas (due_at) WHERE due_at IS NOT NULL;",

    "CREATE TABLE new_saga_steps ("
    "    saga INTEGER NOT NULL,"
    "    number INTEGER NOT NULL,"
    "    id BLOB NOT NULL,"
    "    kind INTEGER NOT NULL,"
    "    type TEXT NOT NULL,"
    "    result INTEGER NOT NULL,"
    "    reply TEXT,"
    "    position INTEGER NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    PRIMARY KEY (saga, number)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO new_saga_steps"
    " SELECT saga, number, id,"
    "    CASE WHEN type LIKE 'note:%' THEN 2 WHEN type LIKE 'version:%' THEN 3"
    "      WHEN type = 'finished by hand' THEN 4 ELSE 1 END,"
    "    CASE WHEN type LIKE 'note:%' THEN substr(type, 6)"
    "      WHEN type LIKE 'version:%' THEN substr(type, 9) ELSE type END,"
    "    result, reply, position, version FROM saga_steps;"
    "DROP TABLE saga_steps;"
    "ALTER TABLE new_saga_steps RENAME TO saga_steps;",

    /* A delivery step gets the position of its command's events, as a saga's step has. */
    "CREATE TABLE new_delivery_steps ("
    "    number INTEGER PRIMARY KEY,"
    "    subscriber INTEGER NOT NULL,"
    "    event_position INTEGER NOT NULL,"
    "    id BLOB NOT NULL,"
    "    kind INTEGER NOT NULL,"
    "    type TEXT NOT NULL,"
    "    result INTEGER NOT NULL,"
    "    reply TEXT,"
    "    position INTEGER NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    UNIQUE (subscriber, event_position, id)"
    ") STRICT;"
    "INSERT INTO new_delivery_steps"
    " SELECT d.number, d.subscriber, d.position, d.id, 1, d.type, d.result, d.reply,"
    "    ifnull(c.position, 0), ifnull(c.version, 0)"
    " FROM delivery_steps AS d LEFT JOIN commands AS c ON d.result = 0"
    "    AND c.command_id = CAST(lower(substr(hex(d.id), 1, 8) || '-'"
    "      || substr(hex(d.id), 9, 4) || '-' || substr(hex(d.id), 13, 4) || '-'"
    "      || substr(hex(d.id), 17, 4) || '-' || substr(hex(d.id), 21)) AS BLOB);"
    "DROP TABLE delivery_steps;"
    "ALTER TABLE new_delivery_steps RENAME TO delivery_steps;",

    /* Snapshots get a hash. They are deleted, because they are made again from the events. */
    "DROP TABLE snapshots;"
    "CREATE TABLE snapshots ("
    "    stream TEXT PRIMARY KEY,"
    "    version INTEGER NOT NULL,"
    "    state_version INTEGER NOT NULL,"
    "    state_hash BLOB NOT NULL,"
    "    store_id BLOB NOT NULL,"
    "    event_id BLOB NOT NULL,"
    "    payload BLOB NOT NULL,"
    "    hash BLOB NOT NULL"
    ") STRICT;",

    /* How many steps a saga has, how many keys a subscriber has parked, and whether it has
     * a checkpoint: so a missing row is noticed. */
    "ALTER TABLE sagas ADD COLUMN step_count INTEGER NOT NULL DEFAULT 0;"
    "UPDATE sagas SET step_count ="
    "    (SELECT count(*) FROM saga_steps AS t WHERE t.saga = sagas.number);"
    "ALTER TABLE subscribers ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;"
    "UPDATE subscribers SET marked ="
    "    EXISTS (SELECT 1 FROM checkpoints AS c WHERE c.subscriber = subscribers.id);"
    "ALTER TABLE checkpoints ADD COLUMN parked_count INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE checkpoints ADD COLUMN parked_total INTEGER NOT NULL DEFAULT 0;",

    /* Events up to this position keep the checksums of schema 1. */
    "ALTER TABLE store ADD COLUMN schema_1_events INTEGER NOT NULL DEFAULT 0;"
    "UPDATE store SET schema_1_events ="
    "    (SELECT coalesce(max(position), 0) FROM events);",

    "ALTER TABLE store ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE store SET checksum = " JN_STORE_CHECKSUM("epoch") ";"
    "ALTER TABLE streams ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE streams SET checksum = " JN_STREAM_CHECKSUM("version") ";"
    "ALTER TABLE types ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE types SET checksum = " JN_TYPE_CHECKSUM ";"
    "ALTER TABLE commands ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE commands SET checksum = jangle_checksum('commands', " JN_COMMAND_VALUES ");"
    "ALTER TABLE sagas ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE sagas SET checksum = " JN_SAGA_CHECKSUM("saga") ";",

    "ALTER TABLE saga_steps ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE saga_steps AS t SET checksum = " JN_SAGA_STEP_CHECKSUM("g.saga", "g.id")
    " FROM sagas AS g WHERE g.number = t.saga;"
    "ALTER TABLE subscribers ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE subscribers SET checksum = " SUBSCRIBER_CHECKSUM ";"
    "ALTER TABLE delivery_steps ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE delivery_steps AS d SET checksum = " JN_DELIVERY_STEP_CHECKSUM("s.name")
    " FROM subscribers AS s WHERE s.id = d.subscriber;"
    "ALTER TABLE parked ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE parked AS p SET checksum = " JN_PARKED_CHECKSUM("s.name")
    " FROM subscribers AS s WHERE s.id = p.subscriber;",

    "ALTER TABLE checkpoints ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE checkpoints SET (parked_count, parked_total) ="
    "    (SELECT count(*), jangle_total(p.checksum) FROM parked AS p"
    "      WHERE p.subscriber = checkpoints.subscriber);"
    "UPDATE checkpoints AS c SET checksum = " JN_CHECKPOINT_CHECKSUM("s.name")
    " FROM subscribers AS s WHERE s.id = c.subscriber;",

    NULL,
};
