/* tables_itself.c - the tables by which a store describes itself, as schema 4 has them:
 * where commands came from, who has it open, and what its programs are made of. */
#include "sqlite/verify/tables.h"

#include "sqlite/file/row_checksums.h"

#include <jangle/plugin/store.h>

#include <limits.h>

enum { REPLY_SIZE = 64 };

static const struct jn_column_check command_columns[] = {
    JN_ANY_BYTES("command_id"),
    JN_BYTES_COLUMN("fingerprint", 16),
    JN_POSITION_COLUMN("position"),
    JN_POSITION_COLUMN("version"),
    JN_SHORT_TEXT("reply", REPLY_SIZE),
    JN_ANY_NUMBER("at"),
    JN_NUMBER_COLUMN("type", 0, INT64_MAX),
    JN_POSITION_COLUMN("cause"),
    JN_NUMBER_COLUMN("sender", 0, INT64_MAX),
};
static const struct jn_rule command_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISMATCH, NULL, "position",
     "is behind the end of the log, or names an event that is missing"},
    {JANGLE_FINDING_MISMATCH, NULL, "cause",
     "is behind the end of the log, or names an event that is missing"},
    {JANGLE_FINDING_MISMATCH, "types", NULL,
     "is missing, and table commands has rows of it"},
    {JANGLE_FINDING_MISMATCH, "subscribers", NULL,
     "is missing, and table commands has rows of it"},
};

static const struct jn_column_check session_columns[] = {
    JN_NUMBER_COLUMN("id", 0, JN_SESSION_MAX),
    JN_ANY_NUMBER("opened_at"),
    JN_NUMBER_COLUMN("pid", 0, INT64_MAX),
    JN_TEXT_COLUMN("program", 0),
    JN_TEXT_COLUMN("version", 0),
};

static const struct jn_column_check catalogue_columns[] = {
    JN_NUMBER_COLUMN("kind", 1, INT_MAX),
    JN_TEXT_COLUMN("program", 1),
    JN_TEXT_COLUMN("name", 1),
    JN_NUMBER_COLUMN("version", INT_MIN, INT_MAX),
    JN_TEXT_COLUMN("facts", 1),
    JN_ANY_NUMBER("first_seen"),
    JN_ANY_NUMBER("gone_at"),
};
static const struct jn_rule checksum_rule[] = {JN_CHECKSUM_RULE};

const struct jn_table_check jn_itself_tables[] = {
    {
        .table = "commands",
        .first_schema = 4,
        .sql =
            "SELECT command_id, 0, command_id, command_id, fingerprint, position,"
            " version, reply, at, type, cause, sender,"
            " checksum IS " JN_COMMAND_CHECKSUM
            ", " JN_IN_LOG("commands.position") ", " JN_IN_LOG(
                "commands.cause") ","
                                  " type = 0 OR EXISTS (SELECT 1 FROM types AS t WHERE "
                                  "t.id = commands.type),"
                                  " sender = 0 OR EXISTS (SELECT 1 FROM subscribers AS s"
                                  "  WHERE s.id = commands.sender)"
                                  " FROM commands WHERE command_id > ?1 ORDER BY "
                                  "command_id LIMIT ?3",
        .paging = JN_READ_BY_BYTES,
        .key_count = 1,
        JN_COLUMNS(command_columns),
        JN_RULES(command_rules),
    },
    {
        .table = "sessions",
        .first_schema = 4,
        .sql = "SELECT 0, 0, id, id, opened_at, pid, program, version,"
               " checksum IS " JN_SESSION_CHECKSUM("id") " FROM sessions",
        .key_count = 1,
        JN_COLUMNS(session_columns),
        JN_RULES(checksum_rule),
    },
    {
        .table = "catalogue",
        .first_schema = 4,
        .sql = "SELECT 0, 0, program, name, kind, program, name, version, facts,"
               " first_seen, gone_at,"
               " checksum IS " JN_CATALOGUE_CHECKSUM(
                   "facts", "first_seen", "gone_at") " FROM catalogue",
        .key_count = 2,
        JN_COLUMNS(catalogue_columns),
        JN_RULES(checksum_rule),
        .advice = "nothing: only people read it, and jangle does without",
    },
    {.table = NULL},
};
