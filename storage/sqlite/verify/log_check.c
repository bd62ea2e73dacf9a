/* log_check.c - check the events, in the order of their positions.
 *
 * This is where the time of a verification goes, so that it is C and not a row of
 * tables.c. Events never change, and no position comes back, so that pages of different
 * commits make one whole. */
#include "sqlite/verify/log_check.h"

#include "sqlite/file/checksum.h"
#include "sqlite/verify/log_names.h"
#include "sqlite/verify/row_check.h"
#include "sqlite/verify/tables.h"

#include <jangle/plugin/json.h>
#include <jangle/plugin/store.h>

enum { PAGE_COUNT = 1000 };

static const char sql[] =
    "SELECT position, stream, version, type, at, event_id, payload, meta, checksum,"
    " digest FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?";

enum { POSITION, STREAM, VERSION, TYPE, AT, EVENT_ID, PAYLOAD, META, CHECKSUM, DIGEST };

static const struct jn_column_check columns[] = {
    JN_VERSION_COLUMN("position"),
    JN_ANY_NUMBER("stream"),
    JN_VERSION_COLUMN("version"),
    JN_ANY_NUMBER("type"),
    JN_ANY_NUMBER("at"),
    JN_BYTES_COLUMN("event_id", JANGLE_ID_SIZE),
    {.name = "payload", .value = JN_BYTES, .high = INT32_MAX, .optional = true},
    JN_OPTIONAL_TEXT("meta"),
    JN_ANY_NUMBER("checksum"),
    {.name = "digest",
     .value = JN_BYTES,
     .low = JN_DIGEST_SIZE,
     .high = JN_DIGEST_SIZE,
     .optional = true},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

/* Where the log is read. */
struct log_walk {
    struct jn_verify *verify;
    struct jn_log_names names;
    struct jn_checked_row row;
    int64_t schema_1_events;
    int64_t at;   /* the last position that was read, or behind which is gone on */
    int64_t head; /* the last one to read */
    int64_t step; /* 0, or how far to go on behind what cannot be read */
    int lost_code;
    int64_t lost_from;
};

/* ---- gaps ------------------------------------------------------------------------ */

/* One finding for all events in (from, before), which are not there or cannot be read. */
static void tell_gap(struct log_walk *walk, int64_t from, int64_t before, int code)
{
    int64_t count = before - from - 1;
    char row[JN_FINDING_ROW_SIZE];

    if (count == 1)
        jn_text_format(row, sizeof row, "%lld", (long long)from + 1);
    else
        jn_text_format(row, sizeof row, "%lld to %lld", (long long)from + 1,
                       (long long)before - 1);
    if (code)
        jn_findings_add_code(walk->verify, code, row, count);
    else
        jn_findings_add(walk->verify,
                        &(struct jangle_finding){
                            .kind = JANGLE_FINDING_MISSING,
                            .row = row,
                            .affected = count,
                            .what = count == 1 ? "is missing: positions have no gaps"
                                               : "are missing: positions have no gaps",
                        });
}

/* The events between the last one and this position. */
static void look_between(struct log_walk *walk, int64_t position)
{
    if (walk->step)
        tell_gap(walk, walk->lost_from, position, walk->lost_code);
    else if (position != walk->at + 1)
        tell_gap(walk, walk->at, position, 0);
    walk->step = 0;
}

/* ---- a record -------------------------------------------------------------------- */

static void
refuse(struct log_walk *walk, enum jangle_finding_kind kind, int column, const char *what)
{
    jn_row_refuse(&walk->row, kind, NULL, columns[column].name, what);
}

static void read_record(sqlite3_stmt *statement, struct jangle_record *record)
{
    *record = (struct jangle_record){
        .position = sqlite3_column_int64(statement, POSITION),
        .version = sqlite3_column_int64(statement, VERSION),
        .at = {sqlite3_column_int64(statement, AT)},
        .payload = sqlite3_column_blob(statement, PAYLOAD),
        .payload_size = (size_t)sqlite3_column_bytes(statement, PAYLOAD),
        .meta = (const char *)sqlite3_column_text(statement, META),
    };
    memcpy(record->event_id, sqlite3_column_blob(statement, EVENT_ID), JANGLE_ID_SIZE);
}

/* The digest of the payload, or the one that an erased payload has left. False if there
 * is not exactly one of them. */
static bool find_digest(struct log_walk *walk,
                        const struct jangle_record *record,
                        unsigned char digest[JN_DIGEST_SIZE])
{
    sqlite3_stmt *statement = walk->row.statement;
    bool erased = sqlite3_column_type(statement, PAYLOAD) == SQLITE_NULL;
    bool kept = sqlite3_column_type(statement, DIGEST) != SQLITE_NULL;

    if (erased && kept)
        memcpy(digest, sqlite3_column_blob(statement, DIGEST), JN_DIGEST_SIZE);
    else if (!erased && !kept)
        jn_digest(digest, record->payload, record->payload_size);
    else if (erased)
        refuse(walk, JANGLE_FINDING_VALUE, PAYLOAD,
               "is gone, and has not left the digest of an erased payload");
    else
        refuse(walk, JANGLE_FINDING_VALUE, DIGEST,
               "holds the digest of an erased payload, and the payload is there");
    return erased == kept;
}

/* The checksum that the record must have. False if its stream is not known. */
static bool compute(struct log_walk *walk,
                    struct jangle_record *record,
                    const unsigned char digest[JN_DIGEST_SIZE],
                    int64_t *checksum)
{
    int64_t stream = sqlite3_column_int64(walk->row.statement, STREAM);
    struct jn_stream_values values;

    if (record->position <= walk->schema_1_events) {
        if (!jn_log_names_stream_texts(&walk->names, stream, &record->kind, &record->id))
            return false;
        *checksum = jn_checksum_of_schema_1(record, digest);
        sqlite3_reset(walk->names.stream);
        return true;
    }
    if (!jn_log_names_stream(&walk->names, stream, &values))
        return false;
    *checksum = jn_checksum(&values, record, digest);
    return true;
}

static bool name_type(struct log_walk *walk, struct jangle_record *record)
{
    const struct jn_known_type *type =
        jn_log_names_type(&walk->names, sqlite3_column_int64(walk->row.statement, TYPE));

    if (!type)
        return false;
    record->type = type->name;
    record->type_version = type->version;
    return true;
}

static void check_record(struct log_walk *walk, struct jangle_record *record)
{
    unsigned char digest[JN_DIGEST_SIZE];
    int64_t checksum;

    if (!name_type(walk, record))
        refuse(walk, JANGLE_FINDING_MISMATCH, TYPE,
               "is the number of no row in table types");
    else if (!find_digest(walk, record, digest))
        return;
    else if (!compute(walk, record, digest, &checksum))
        refuse(walk, JANGLE_FINDING_MISMATCH, STREAM,
               "is the number of no row in table streams");
    else if (checksum != sqlite3_column_int64(walk->row.statement, CHECKSUM))
        refuse(walk, JANGLE_FINDING_CHECKSUM, CHECKSUM,
               "is not what was stored: its checksum differs, so one of its columns, or "
               "the name of its stream or type, was altered");
}

/* ---- JSON -------------------------------------------------------------------------- */

static void check_json(struct log_walk *walk, int column, const char *text, size_t size)
{
    const struct jangle_verify_options *options = &walk->verify->call->options;
    struct jn_json_span value;
    struct jn_json json;
    char what[JN_FINDING_WHAT_SIZE];

    if (size > (size_t)options->message_bytes) {
        jn_text_format(what, sizeof what, "has %zu bytes, more than %lld (message_bytes)",
                       size, (long long)options->message_bytes);
        refuse(walk, JANGLE_FINDING_JSON, column, what);
        return;
    }
    jn_json_init(&json, text, size, options->json_depth);
    if (jn_json_peek(&json) == JN_JSON_OBJECT && jn_json_skip(&json, &value) &&
        jn_json_finish(&json))
        return;
    jn_text_format(what, sizeof what, "is not a JSON object: at byte %zu, %s",
                   (size_t)(json.at - text),
                   json.fault ? json.fault : "an object was expected");
    refuse(walk, JANGLE_FINDING_JSON, column, what);
}

static void check_texts(struct log_walk *walk, const struct jangle_record *record)
{
    if (record->payload)
        check_json(walk, PAYLOAD, record->payload, record->payload_size);
    if (record->meta)
        check_json(walk, META, record->meta, strlen(record->meta));
}

/* ---- pages ------------------------------------------------------------------------- */

static void check_event(struct log_walk *walk)
{
    struct jangle_record record;
    int64_t position = sqlite3_column_int64(walk->row.statement, POSITION);

    look_between(walk, position);
    walk->at = position;
    walk->verify->call->totals->events++;
    if (!jn_row_check(&walk->row, 0, columns, COLUMN_COUNT))
        return;
    read_record(walk->row.statement, &record);
    check_record(walk, &record);
    if (walk->verify->call->options.deep)
        check_texts(walk, &record);
}

/* Go on behind what cannot be read: see table_check.c. */
static void skip(struct log_walk *walk, int code)
{
    if (jn_sqlite_result(code) != JANGLE_STORAGE) {
        jn_findings_add_code(walk->verify, code, NULL, 0);
        walk->head = walk->at;
        return;
    }
    if (!walk->step) {
        walk->lost_from = walk->at;
        walk->lost_code = code;
    }
    walk->step = walk->step ? 2 * walk->step : 1;
    walk->at = walk->step < walk->head - walk->at ? walk->at + walk->step : walk->head;
}

/* The last events may be gone by now, because they were never durable and the store has
 * recovered meanwhile (a fence): then the log ends earlier, and its epoch says so. */
static bool has_recovered(struct log_walk *walk)
{
    static const char ask[] =
        "SELECT ifnull((SELECT max(position) FROM events), 0), epoch FROM store";
    sqlite3_stmt *statement = NULL;
    bool recovered = false;

    if (!sqlite3_prepare_v2(walk->verify->database->handle, ask, -1, &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW)
        recovered = sqlite3_column_int64(statement, 1) != walk->verify->epoch &&
                    sqlite3_column_int64(statement, 0) <= walk->at;
    sqlite3_finalize(statement);
    if (recovered)
        walk->head = walk->at;
    return recovered;
}

static void read_page(struct log_walk *walk)
{
    sqlite3_stmt *statement = walk->row.statement;
    int count = 0;
    int code;

    sqlite3_bind_int64(statement, 1, walk->at);
    sqlite3_bind_int64(statement, 2, walk->head);
    sqlite3_bind_int64(statement, 3, PAGE_COUNT);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && !walk->verify->result) {
        check_event(walk);
        count++;
    }
    sqlite3_reset(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        skip(walk, code);
    else if (count < PAGE_COUNT && !walk->verify->result && walk->at < walk->head &&
             !has_recovered(walk)) {
        look_between(walk, walk->head + 1);
        walk->at = walk->head;
    }
}

static void read_pages(struct log_walk *walk)
{
    while (walk->at < walk->head && !walk->verify->result) {
        read_page(walk);
        if (jn_findings_visit(walk->verify))
            jn_verify_goes_on(walk->verify, "events", walk->at, walk->head);
    }
    if (walk->step && !walk->verify->result)
        look_between(walk, walk->head + 1);
}

bool jn_log_check(struct jn_verify *verify, int64_t head, int64_t schema_1_events)
{
    struct log_walk walk = {
        .verify = verify,
        .row = {.verify = verify, .key_count = 1},
        .schema_1_events = schema_1_events,
        .at = verify->first_position - 1,
        .head = head,
    };
    int code =
        sqlite3_prepare_v2(verify->database->handle, sql, -1, &walk.row.statement, NULL);

    jn_findings_begin(verify, "events", JN_RESTORE);
    if (code)
        jn_findings_add_code(verify, code, NULL, 0);
    else if (jn_log_names_begin(&walk.names, verify))
        read_pages(&walk);
    if (walk.names.verify)
        jn_log_names_finish(&walk.names);
    sqlite3_finalize(walk.row.statement);
    return jn_findings_end(verify);
}
