/* tables.c - the tables of a store as the schemas from 2 on have them: what each column
 * holds, and the rules of a row. V1 and so on are the rules in docs/operations.md. What
 * schema 4 has changed is in tables_itself.c. */
#include "sqlite/verify/tables.h"

#include "sqlite/file/row_checksums.h"

#include <jangle/plugin/checkpoint.h>
#include <jangle/plugin/store.h>

#include <limits.h>

enum { REPLY_SIZE = 64 };

/* ---- which store it is -------------------------------------------------------- */

static const struct jn_column_check store_columns[] = {
    JN_NUMBER_COLUMN("one", 1, 1),
    JN_BYTES_COLUMN("id", JANGLE_ID_SIZE),
    JN_VERSION_COLUMN("epoch"),
    JN_VERSION_COLUMN("first_position"),
    JN_POSITION_COLUMN("schema_1_events"),
};
static const struct jn_rule checksum_rule[] = {JN_CHECKSUM_RULE};

/* ---- streams and types (V3) ---------------------------------------------------- */

static const struct jn_column_check stream_columns[] = {
    JN_TEXT_COLUMN("kind", 1),
    JN_TEXT_COLUMN("name", 1),
    JN_VERSION_COLUMN("version"),
    JN_VERSION_COLUMN("first_version"),
};
static const struct jn_rule stream_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISMATCH, NULL, "version",
     "is not the version of the last event of the stream: the row was changed, or events "
     "are missing"},
};

static const struct jn_column_check type_columns[] = {
    JN_TEXT_COLUMN("name", 1),
    JN_NUMBER_COLUMN("version", INT_MIN, INT_MAX),
};

/* ---- receipts of commands (V5) ------------------------------------------------ */

static const struct jn_column_check command_columns[] = {
    JN_ANY_BYTES("command_id"),         JN_BYTES_COLUMN("fingerprint", 16),
    JN_POSITION_COLUMN("position"),     JN_POSITION_COLUMN("version"),
    JN_SHORT_TEXT("reply", REPLY_SIZE), JN_ANY_NUMBER("at"),
};
static const struct jn_rule command_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
};

/* ---- subscribers (V6, V7) ------------------------------------------------------ */

static const struct jn_column_check subscriber_columns[] = {
    JN_TEXT_COLUMN("name", 1),
    JN_NUMBER_COLUMN("owned", 0, JN_SESSION_MAX),
    JN_FLAG_COLUMN("marked"),
    JN_TEXT_COLUMN("first_name", 0),
};
static const struct jn_rule subscriber_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISSING, "checkpoints", NULL,
     "is missing, or is one too many: column marked of table subscribers says whether "
     "there is one"},
};

static const struct jn_column_check pause_columns[] = {
    JN_TEXT_COLUMN("name", 0),
    JN_FLAG_COLUMN("paused"),
    JN_ANY_NUMBER("at"),
    JN_SHORT_TEXT("who", JANGLE_WHO_SIZE),
    JN_SHORT_TEXT("why", JANGLE_REASON_SIZE),
};

static const struct jn_column_check checkpoint_columns[] = {
    JN_NUMBER_COLUMN("subscriber", 1, INT64_MAX),
    JN_POSITION_COLUMN("position"),
    JN_BYTES_COLUMN("event_id", JANGLE_ID_SIZE),
    JN_NUMBER_COLUMN("suspended_for", JANGLE_SUSPENDED_NOT, JANGLE_SUSPENDED_OFFSET),
    JN_ANY_NUMBER("suspended_at"),
    JN_SHORT_TEXT("reason", JANGLE_REASON_SIZE),
    JN_NUMBER_COLUMN("parked_count", 0, INT64_MAX),
    JN_ANY_NUMBER("parked_total"),
};
static const struct jn_rule checkpoint_rules[] = {
    {JANGLE_FINDING_MISMATCH, "subscribers", NULL,
     "is missing, and table checkpoints has a row of it"},
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
    {JANGLE_FINDING_MISMATCH, NULL, "event_id",
     "is not the id of the event at this position: the store was restored from an older "
     "backup, or the row is another store's"},
    {JANGLE_FINDING_MISSING, "parked", NULL,
     "has not as many rows of this subscriber as its checkpoint counts, or not those"},
};

/* The name of a checkpoint of a log has a '#': its position is an offset of that log. */
#define OF_ANOTHER_LOG "instr(s.name, '#') > 0"

static const struct jn_column_check parked_columns[] = {
    JN_NUMBER_COLUMN("subscriber", 1, INT64_MAX),
    JN_NUMBER_COLUMN("kind", 0, JANGLE_PARKED_TIMEOUT),
    JN_TEXT_COLUMN("key", 0),
    JN_POSITION_COLUMN("position"),
    JN_NUMBER_COLUMN("attempts", 0, INT_MAX),
    JN_FLAG_COLUMN("trying"),
    JN_ANY_NUMBER("next_at"),
    JN_NUMBER_COLUMN("delay_ms", 0, INT64_MAX),
    JN_FLAG_COLUMN("dead"),
    JN_OPTIONAL_TEXT("error"),
};
static const struct jn_rule parked_rules[] = {
    {JANGLE_FINDING_MISMATCH, "subscribers", NULL,
     "is missing, and table parked has rows of it"},
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
    {JANGLE_FINDING_MISMATCH, NULL, "key",
     "is not the stream of the event at this position"},
};

/* Only the key of kind STREAM is that of its event (plugin/checkpoint.h). */
#define IS_ITS_STREAM(parked)                                                            \
    "CASE WHEN " parked ".kind = 1 THEN " parked                                         \
    ".key = (SELECT t.kind || '/' ||"                                                    \
    " t.name FROM events AS e JOIN streams AS t ON t.id = e.stream"                      \
    " WHERE e.position = " parked ".position) END"

/* ---- steps and sagas (V8) -------------------------------------------------------- */

#define STEP_COLUMNS                                                                     \
    JN_BYTES_COLUMN("id", 16), JN_NUMBER_COLUMN("kind", 0, JANGLE_STEP_BY_HAND),         \
        JN_TEXT_COLUMN("type", 0), JN_NUMBER_COLUMN("result", JANGLE_OK, JANGLE_CLOSED), \
        JN_OPTIONAL_TEXT("reply"), JN_POSITION_COLUMN("position"),                       \
        JN_POSITION_COLUMN("version")

#define STEP_RULE                                                                        \
    {                                                                                    \
        JANGLE_FINDING_MISMATCH, NULL, "position",                                       \
            "is behind the end of the log, or names an event that is missing"            \
    }

static const struct jn_column_check delivery_step_columns[] = {
    JN_NUMBER_COLUMN("subscriber", 1, INT64_MAX),
    JN_POSITION_COLUMN("event_position"),
    STEP_COLUMNS,
};
static const struct jn_rule delivery_step_rules[] = {
    {JANGLE_FINDING_MISMATCH, "subscribers", NULL,
     "is missing, and table delivery_steps has rows of it"},
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISMATCH, NULL, "event_position",
     "is behind the end of the log, or names an event that is missing"},
    STEP_RULE,
};

static const struct jn_column_check saga_columns[] = {
    JN_TEXT_COLUMN("saga", 1),
    JN_TEXT_COLUMN("id", 1),
    JN_VERSION_COLUMN("version"),
    JN_NUMBER_COLUMN("status", JANGLE_SAGA_OPEN, JANGLE_SAGA_PARKED),
    JN_NUMBER_COLUMN("state_version", INT_MIN, INT_MAX),
    JN_ANY_BYTES("state"),
    JN_ANY_NUMBER("timeout_at"),
    {.name = "due_at", .low = INT64_MIN, .high = INT64_MAX, .optional = true},
    JN_ANY_NUMBER("turn_at"),
    JN_POSITION_COLUMN("turn_position"),
    JN_NUMBER_COLUMN("step_count", 0, INT32_MAX),
};
static const struct jn_rule saga_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISSING, "saga_steps", NULL,
     "has not as many rows of this saga as the saga counts, or their numbers have a gap"},
    {JANGLE_FINDING_MISMATCH, NULL, "turn_position",
     "is behind the end of the log, or names an event that is missing"},
};

static const struct jn_column_check saga_step_columns[] = {
    JN_NUMBER_COLUMN("saga", INT64_MIN, INT64_MAX),
    JN_NUMBER_COLUMN("number", 1, INT32_MAX),
    STEP_COLUMNS,
};
static const struct jn_rule saga_step_rules[] = {
    {JANGLE_FINDING_MISMATCH, "sagas", NULL,
     "is missing, and table saga_steps has rows of it"},
    JN_CHECKSUM_RULE,
    STEP_RULE,
};

/* ---- sessions and snapshots ------------------------------------------------------ */

static const struct jn_column_check session_columns[] = {
    JN_NUMBER_COLUMN("id", 0, JN_SESSION_MAX),
    JN_ANY_NUMBER("opened_at"),
};

static const struct jn_column_check snapshot_columns[] = {
    JN_TEXT_COLUMN("stream", 1),
    JN_VERSION_COLUMN("version"),
    JN_NUMBER_COLUMN("state_version", INT_MIN, INT_MAX),
    JN_BYTES_COLUMN("state_hash", 16),
    JN_BYTES_COLUMN("store_id", JANGLE_ID_SIZE),
    JN_BYTES_COLUMN("event_id", JANGLE_ID_SIZE),
    JN_ANY_BYTES("payload"),
    JN_BYTES_COLUMN("hash", 16),
};
static const struct jn_rule snapshot_rules[] = {
    {JANGLE_FINDING_CHECKSUM, NULL, "hash",
     "is not what was saved: its hash differs, so one of its columns was altered"},
};

const struct jn_table_check jn_store_tables[] = {
    {
        .table = "store",
        .first_schema = 2,
        .sql = "SELECT 0, 0, one, one, id, epoch, first_position, schema_1_events,"
               " checksum IS " JN_STORE_CHECKSUM("epoch") " FROM store",
        .key_count = 1,
        JN_COLUMNS(store_columns),
        JN_RULES(checksum_rule),
        .least = 1,
        .most = 1,
    },
    {
        .table = "streams",
        .first_schema = 2,
        .sql = "SELECT id, 0, kind, name, kind, name, version, first_version,"
               " checksum IS " JN_STREAM_CHECKSUM(
                   "version") ","
                              " version = ifnull((SELECT e.version FROM events AS e "
                              "WHERE e.stream ="
                              "  s.id ORDER BY e.version DESC LIMIT 1), 0)"
                              " FROM streams AS s WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 2,
        JN_COLUMNS(stream_columns),
        JN_RULES(stream_rules),
    },
    {
        .table = "types",
        .first_schema = 2,
        .sql = "SELECT id, 0, name, version, name, version, checksum IS " JN_TYPE_CHECKSUM
               " FROM types WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 2,
        JN_COLUMNS(type_columns),
        JN_RULES(checksum_rule),
    },
    {
        .table = "commands",
        .first_schema = 2,
        .last_schema = 3,
        .sql = "SELECT command_id, 0, command_id, command_id, fingerprint, position,"
               " version, reply, at,"
               " checksum IS jangle_checksum('commands', " JN_COMMAND_VALUES ")"
               ", " JN_IN_LOG("c.position") " FROM commands AS c WHERE command_id > ?1 "
                                            "ORDER BY command_id LIMIT ?3",
        .paging = JN_READ_BY_BYTES,
        .key_count = 1,
        JN_COLUMNS(command_columns),
        JN_RULES(command_rules),
    },
    {
        .table = "subscribers",
        .first_schema = 3,
        .sql =
            "SELECT id, 0, name, name, owned, marked, first_name,"
            " checksum IS " JN_SUBSCRIBER_CHECKSUM(
                "owned",
                "marked",
                "first_name") ","
                              " marked = EXISTS (SELECT 1 FROM checkpoints AS c"
                              "  WHERE c.subscriber = s.id)"
                              " FROM subscribers AS s WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 1,
        JN_COLUMNS(subscriber_columns),
        JN_RULES(subscriber_rules),
    },
    {
        .table = "pauses",
        .first_schema = 3,
        .sql = "SELECT 0, 0, name, name, paused, at, who, why,"
               " checksum IS " JN_PAUSE_CHECKSUM("name") " FROM pauses",
        .key_count = 1,
        JN_COLUMNS(pause_columns),
        JN_RULES(checksum_rule),
    },
    {
        .table = "checkpoints",
        .first_schema = 2,
        .sql =
            "SELECT c.subscriber, 0, ifnull(s.name, c.subscriber), c.subscriber,"
            " c.position, c.event_id, c.suspended_for, c.suspended_at, c.reason,"
            " c.parked_count, c.parked_total,"
            " s.id IS NOT NULL,"
            " iif(s.id IS NULL, NULL, c.checksum IS " JN_CHECKPOINT_CHECKSUM(
                "s.name") "), " OF_ANOTHER_LOG
                          " OR " JN_IN_LOG(
                              "c.position") ","
                                            " iif(" OF_ANOTHER_LOG
                                            " OR c.position = 0, NULL, c.event_id ="
                                            "  (SELECT e.event_id FROM events AS e WHERE "
                                            "e.position = c.position)),"
                                            " (SELECT count(*) = c.parked_count AND"
                                            "   jangle_total(p.checksum) = c.parked_total"
                                            "  FROM parked AS p WHERE p.subscriber = "
                                            "c.subscriber)"
                                            " FROM checkpoints AS c LEFT JOIN "
                                            "subscribers AS s ON s.id = c.subscriber"
                                            " WHERE c.subscriber > ?1 ORDER BY "
                                            "c.subscriber LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 1,
        JN_COLUMNS(checkpoint_columns),
        JN_RULES(checkpoint_rules),
    },
    {
        .table = "parked",
        .first_schema = 2,
        .sql = "SELECT p.subscriber, p.key, ifnull(s.name, p.subscriber), p.key,"
               " p.subscriber, p.kind, p.key, p.position, p.attempts, p.trying,"
               " p.next_at, p.delay_ms, p.dead, p.error,"
               " s.id IS NOT NULL,"
               " iif(s.id IS NULL, NULL, p.checksum IS " JN_PARKED_CHECKSUM(
                   "s.name") "), " OF_ANOTHER_LOG
                             " OR " JN_IN_LOG("p.position") ", " IS_ITS_STREAM(
                                 "p") " FROM parked AS p LEFT JOIN subscribers AS s ON "
                                      "s.id = p.subscriber"
                                      " WHERE (p.subscriber, p.key) > (?1, ?2)"
                                      " ORDER BY p.subscriber, p.key LIMIT ?3",
        .paging = JN_READ_BY_PAIR,
        .key_count = 2,
        JN_COLUMNS(parked_columns),
        JN_RULES(parked_rules),
    },
    {
        .table = "delivery_steps",
        .first_schema = 2,
        .sql = "SELECT d.number, 0, ifnull(s.name, d.subscriber), d.event_position,"
               " hex(d.id), d.subscriber, d.event_position, d.id, d.kind, d.type,"
               " d.result, d.reply, d.position, d.version,"
               " s.id IS NOT NULL,"
               " iif(s.id IS NULL, NULL, d.checksum IS " JN_DELIVERY_STEP_CHECKSUM(
                   "s.name") "), " OF_ANOTHER_LOG
                             " OR " JN_IN_LOG("d.event_position") ", " JN_IN_LOG(
                                 "d.position") " FROM delivery_steps AS d LEFT JOIN "
                                               "subscribers AS s"
                                               "  ON s.id = d.subscriber"
                                               " WHERE d.number > ?1 ORDER BY d.number "
                                               "LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 3,
        JN_COLUMNS(delivery_step_columns),
        JN_RULES(delivery_step_rules),
    },
    {
        .table = "sagas",
        .first_schema = 2,
        .sql =
            "SELECT number, 0, saga, id, saga, id, version, status, state_version,"
            " state, timeout_at, due_at, turn_at, turn_position, step_count,"
            " checksum IS " JN_SAGA_CHECKSUM(
                "saga") ","
                        " (SELECT count(*) = g.step_count AND ifnull(max(t.number), 0) ="
                        "   g.step_count FROM saga_steps AS t WHERE t.saga = "
                        "g.number), " JN_IN_LOG(
                            "g.turn_position") " FROM sagas AS g WHERE number > ?1 ORDER "
                                               "BY number LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 2,
        JN_COLUMNS(saga_columns),
        JN_RULES(saga_rules),
    },
    {
        .table = "saga_steps",
        .first_schema = 2,
        .sql =
            "SELECT t.saga, t.number, ifnull(g.saga, t.saga), ifnull(g.id, ''),"
            " t.number, t.saga, t.number, t.id, t.kind, t.type, t.result, t.reply,"
            " t.position, t.version,"
            " g.number IS NOT NULL,"
            " iif(g.number IS NULL, NULL, t.checksum IS " JN_SAGA_STEP_CHECKSUM(
                "g.saga",
                "g.id") "), " JN_IN_LOG("t.position") " FROM saga_steps AS t LEFT JOIN "
                                                      "sagas AS g ON g.number = t.saga"
                                                      " WHERE (t.saga, t.number) > (?1, "
                                                      "?2)"
                                                      " ORDER BY t.saga, t.number LIMIT "
                                                      "?3",
        .paging = JN_READ_BY_PAIR,
        .key_count = 3,
        JN_COLUMNS(saga_step_columns),
        JN_RULES(saga_step_rules),
    },
    {
        .table = "sessions",
        .first_schema = 1,
        .last_schema = 3,
        .sql = "SELECT 0, 0, id, id, opened_at FROM sessions",
        .key_count = 1,
        JN_COLUMNS(session_columns),
    },
    {
        .table = "snapshots",
        .first_schema = 2,
        .sql = "SELECT rowid, 0, stream, stream, version, state_version, state_hash,"
               " store_id, event_id, payload, hash,"
               " hash = jangle_snapshot_hash(stream, version, state_version, state_hash,"
               "  store_id, event_id, payload)"
               " FROM snapshots WHERE rowid > ?1 ORDER BY rowid LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 1,
        JN_COLUMNS(snapshot_columns),
        JN_RULES(snapshot_rules),
        .advice = "nothing: jangle refuses the snapshot and builds the state from the "
                  "events; look at the disk",
    },
    {.table = NULL},
};
