/* tables_view.c - the tables that jangle keeps in the file of a view (V9). */
#include "sqlite/verify/tables.h"

#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_format.h"

#include <jangle/plugin/checkpoint.h>

#include <limits.h>

static const struct jn_rule checksum_rule[] = {JN_CHECKSUM_RULE};

static const struct jn_column_check place_columns[] = {
    JN_NUMBER_COLUMN("one", 1, 1),
    JN_TEXT_COLUMN("name", 1),
    JN_POSITION_COLUMN("position"),
    JN_BYTES_COLUMN("event_id", JANGLE_ID_SIZE),
    JN_TEXT_COLUMN("schema", 0),
    JN_NUMBER_COLUMN("schema_version", INT_MIN, INT_MAX),
    JN_BYTES_COLUMN("types_hash", 16),
    JN_BYTES_COLUMN("store_id", JANGLE_ID_SIZE),
    JN_BYTES_COLUMN("build_id", JANGLE_ID_SIZE),
    JN_FLAG_COLUMN("incomplete"),
    JN_NUMBER_COLUMN("suspended_for", JANGLE_SUSPENDED_NOT, JANGLE_SUSPENDED_OUTAGE),
    JN_ANY_NUMBER("suspended_at"),
    JN_SHORT_TEXT("reason", JANGLE_REASON_SIZE),
    JN_NUMBER_COLUMN("parked_count", 0, INT64_MAX),
    JN_ANY_NUMBER("parked_total"),
};
static const struct jn_rule place_rules[] = {
    JN_CHECKSUM_RULE,
    {JANGLE_FINDING_MISSING, "jangle_parked", NULL,
     "has not as many rows as the checkpoint of the view counts, or not those"},
};

static const struct jn_column_check view_parked_columns[] = {
    JN_TEXT_COLUMN("key", 0),
    JN_NUMBER_COLUMN("kind", JANGLE_PARKED_STREAM, JANGLE_PARKED_TIMEOUT),
    JN_POSITION_COLUMN("position"),
    JN_NUMBER_COLUMN("attempts", 0, INT_MAX),
    JN_FLAG_COLUMN("trying"),
    JN_ANY_NUMBER("next_at"),
    JN_NUMBER_COLUMN("delay_ms", 0, INT64_MAX),
    JN_FLAG_COLUMN("dead"),
    JN_OPTIONAL_TEXT("error"),
};

const struct jn_table_check jn_view_checks[] = {
    {
        .table = "jangle_place",
        .first_schema = 2,
        .sql = "SELECT 0, 0, name, one, name, position, event_id, schema,"
               " schema_version, types_hash, store_id, build_id, incomplete,"
               " suspended_for, suspended_at, reason, parked_count, parked_total, "
               "(" JN_VIEW_CHECKPOINT_FITS ") IS 1,"
               " (SELECT count(*) = v.parked_count AND"
               "   jangle_total(p.checksum) = v.parked_total FROM jangle_parked AS p)"
               " FROM jangle_place AS v",
        .key_count = 1,
        JN_COLUMNS(place_columns),
        JN_RULES(place_rules),
        .least = 1,
        .most = 1,
        .advice = JN_REBUILD,
    },
    {
        .table = "jangle_parked",
        .first_schema = 2,
        .sql = "SELECT 0, 0, key, key, kind, position, attempts, trying, next_at,"
               " delay_ms, dead, error, checksum IS " JN_PARKED_CHECKSUM(
                   "(SELECT name FROM jangle_place)") " FROM jangle_parked",
        .key_count = 1,
        JN_COLUMNS(view_parked_columns),
        JN_RULES(checksum_rule),
        .advice = JN_REBUILD,
    },
    {.table = NULL},
};
