/* tables_older.c - the tables of a store as older schemas have them. They have no
 * checksums, or others, so that less can be shown; what agrees with the events can. */
#include "sqlite/verify/tables.h"

#include "sqlite/file/row_checksums.h"

#include <jangle/plugin/store.h>

#include <limits.h>

/* ---- schema 2: subscribers have no first name ---------------------------------- */

static const struct jn_column_check subscriber_2_columns[] = {
    JN_TEXT_COLUMN("name", 1),
    JN_FLAG_COLUMN("owned"),
    JN_FLAG_COLUMN("marked"),
};
static const struct jn_rule subscriber_2_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISSING, "checkpoints", NULL,
     "is missing, or is one too many: column marked of table subscribers says whether "
     "there is one"},
};

/* ---- schema 1: no row but an event has a checksum ------------------------------- */

static const struct jn_column_check store_1_columns[] = {
    JN_NUMBER_COLUMN("one", 1, 1),
    JN_BYTES_COLUMN("id", JANGLE_ID_SIZE),
    JN_VERSION_COLUMN("epoch"),
    JN_VERSION_COLUMN("first_position"),
};

static const struct jn_column_check stream_1_columns[] = {
    JN_TEXT_COLUMN("kind", 1),
    JN_TEXT_COLUMN("name", 1),
    JN_VERSION_COLUMN("version"),
    JN_VERSION_COLUMN("first_version"),
};
static const struct jn_rule stream_1_rules[] = {
    {JANGLE_FINDING_MISMATCH, NULL, "version",
     "is not the version of the last event of the stream: the row was changed, or events "
     "are missing"},
};

static const struct jn_column_check type_1_columns[] = {
    JN_TEXT_COLUMN("name", 1),
    JN_NUMBER_COLUMN("version", INT_MIN, INT_MAX),
};

static const struct jn_column_check command_1_columns[] = {
    JN_ANY_BYTES("command_id"),     JN_BYTES_COLUMN("fingerprint", 16),
    JN_POSITION_COLUMN("position"), JN_POSITION_COLUMN("version"),
    JN_SHORT_TEXT("reply", 64),     JN_ANY_NUMBER("at"),
};
static const struct jn_rule event_1_rules[] = {
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
};

static const struct jn_column_check subscriber_1_columns[] = {
    JN_TEXT_COLUMN("name", 1),
    JN_FLAG_COLUMN("owned"),
};

static const struct jn_column_check checkpoint_1_columns[] = {
    JN_POSITION_COLUMN("position"),
    JN_BYTES_COLUMN("event_id", JANGLE_ID_SIZE),
};
static const struct jn_rule checkpoint_1_rules[] = {
    {JANGLE_FINDING_MISMATCH, "subscribers", NULL,
     "is missing, and table checkpoints has a row of it"},
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
    {JANGLE_FINDING_MISMATCH, NULL, "event_id",
     "is not the id of the event at this position: the store was restored from an older "
     "backup, or the row is another store's"},
};

static const struct jn_column_check saga_1_columns[] = {
    JN_TEXT_COLUMN("saga", 1),
    JN_TEXT_COLUMN("id", 1),
    JN_VERSION_COLUMN("version"),
    JN_NUMBER_COLUMN("status", JANGLE_SAGA_OPEN, JANGLE_SAGA_PARKED),
    JN_ANY_BYTES("state"),
    JN_POSITION_COLUMN("turn_position"),
};
static const struct jn_rule saga_1_rules[] = {
    {JANGLE_FINDING_MISMATCH, NULL, "turn_position",
     "is behind the end of the log, or names an event that is missing"},
};

static const struct jn_column_check saga_step_1_columns[] = {
    JN_NUMBER_COLUMN("number", 1, INT32_MAX),
    JN_BYTES_COLUMN("id", 16),
    JN_TEXT_COLUMN("type", 0),
    JN_NUMBER_COLUMN("result", JANGLE_OK, JANGLE_CLOSED),
    JN_OPTIONAL_TEXT("reply"),
    JN_POSITION_COLUMN("position"),
    JN_POSITION_COLUMN("version"),
};
static const struct jn_rule saga_step_1_rules[] = {
    {JANGLE_FINDING_MISMATCH, "sagas", NULL,
     "is missing, and table saga_steps has rows of it"},
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
};

const struct jn_table_check jn_older_tables[] = {
    {
        .table = "subscribers",
        .first_schema = 2,
        .last_schema = 2,
        .sql = "SELECT id, 0, name, name, owned, marked,"
               " checksum IS jangle_checksum('subscribers', name, owned, marked),"
               " marked = EXISTS (SELECT 1 FROM checkpoints AS c"
               "  WHERE c.subscriber = s.id)"
               " FROM subscribers AS s WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 1,
        JN_COLUMNS(subscriber_2_columns),
        JN_RULES(subscriber_2_rules),
    },
    {
        .table = "store",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT 0, 0, one, one, id, epoch, first_position FROM store",
        .key_count = 1,
        JN_COLUMNS(store_1_columns),
        .least = 1,
        .most = 1,
    },
    {
        .table = "streams",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT id, 0, kind, name, kind, name, version, first_version,"
               " version = ifnull((SELECT e.version FROM events AS e WHERE e.stream ="
               "  s.id ORDER BY e.version DESC LIMIT 1), 0)"
               " FROM streams AS s WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 2,
        JN_COLUMNS(stream_1_columns),
        JN_RULES(stream_1_rules),
    },
    {
        .table = "types",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT id, 0, name, version, name, version"
               " FROM types WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 2,
        JN_COLUMNS(type_1_columns),
    },
    {
        .table = "commands",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT command_id, 0, command_id, command_id, fingerprint, position,"
               " version, reply, at, " JN_IN_LOG(
                   "c.position") " FROM commands AS c WHERE command_id > ?1 ORDER BY "
                                 "command_id LIMIT ?3",
        .paging = JN_READ_BY_BYTES,
        .key_count = 1,
        JN_COLUMNS(command_1_columns),
        JN_RULES(event_1_rules),
    },
    {
        .table = "subscribers",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT id, 0, name, name, owned"
               " FROM subscribers WHERE id > ?1 ORDER BY id LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 1,
        JN_COLUMNS(subscriber_1_columns),
    },
    {
        .table = "checkpoints",
        .first_schema = 1,
        .last_schema = 1,
        .sql =
            "SELECT c.subscriber, 0, ifnull(s.name, c.subscriber), c.position,"
            " c.event_id, s.id IS NOT NULL, " JN_IN_LOG(
                "c.position") ","
                              " iif(c.position = 0, NULL, c.event_id ="
                              "  (SELECT e.event_id FROM events AS e WHERE e.position = "
                              "c.position))"
                              " FROM checkpoints AS c LEFT JOIN subscribers AS s ON s.id "
                              "= c.subscriber"
                              " WHERE c.subscriber > ?1 ORDER BY c.subscriber LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 1,
        JN_COLUMNS(checkpoint_1_columns),
        JN_RULES(checkpoint_1_rules),
    },
    {
        .table = "sagas",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT number, 0, saga, id, saga, id, version, status, state,"
               " turn_position, " JN_IN_LOG(
                   "g.turn_position") " FROM sagas AS g WHERE number > ?1 ORDER BY "
                                      "number LIMIT ?3",
        .paging = JN_READ_BY_NUMBER,
        .key_count = 2,
        JN_COLUMNS(saga_1_columns),
        JN_RULES(saga_1_rules),
    },
    {
        .table = "saga_steps",
        .first_schema = 1,
        .last_schema = 1,
        .sql = "SELECT t.saga, t.number, ifnull(g.saga, t.saga), ifnull(g.id, ''),"
               " t.number, t.number, t.id, t.type, t.result, t.reply, t.position,"
               " t.version, g.number IS NOT NULL, " JN_IN_LOG(
                   "t.position") " FROM saga_steps AS t LEFT JOIN sagas AS g ON g.number "
                                 "= t.saga"
                                 " WHERE (t.saga, t.number) > (?1, ?2)"
                                 " ORDER BY t.saga, t.number LIMIT ?3",
        .paging = JN_READ_BY_PAIR,
        .key_count = 3,
        JN_COLUMNS(saga_step_1_columns),
        JN_RULES(saga_step_1_rules),
    },
    {.table = NULL},
};

const struct jn_unseen jn_store_unseen[] = {
    {1, NULL,
     "its schema is 1, in which only events have checksums: a row of another table that "
     "was altered or removed is noticed only if it disagrees with the events"},
    {1, "parked",
     "its schema is 1, in which parked keys and steps of deliveries are not counted: "
     "they are not checked"},
    {2, "subscribers",
     "its schema is 2 or older, which does not keep the first name of a subscriber"},
    {3, "commands",
     "its schema is 3 or older, which does not keep the type of a command, what led to "
     "it and who sent it, nor what programs are made of"},
    {0, NULL, NULL},
};
