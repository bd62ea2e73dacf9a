/* append.c - check the events of one command, and then write them. */
#include "sqlite/store/append.h"

#include "sqlite/file/checksum.h"
#include "sqlite/file/types.h"
#include "sqlite/store/advance.h"
#include "sqlite/store/commands.h"
#include "sqlite/store/lookup.h"

bool jn_text_fits(const char *text)
{
    return text && *text && strlen(text) <= JN_BYTES_MAX;
}

/* ---- checking ---------------------------------------------------------------- */

static bool record_fits(const struct jangle_record *record)
{
    return jn_text_fits(record->kind) && jn_text_fits(record->id) &&
           jn_text_fits(record->type) && record->version >= 0 &&
           record->payload_size <= JN_BYTES_MAX &&
           (record->payload || !record->payload_size) &&
           (!record->meta || strlen(record->meta) <= JN_BYTES_MAX);
}

static bool from_fits(const struct jangle_command_from *from)
{
    return (!from->type || jn_text_fits(from->type)) && from->cause >= 0 &&
           (!from->sender || jn_text_fits(from->sender));
}

static bool append_fits(const struct jangle_append *append)
{
    for (size_t at = 0; at < append->count; at++)
        if (!record_fits(&append->records[at]))
            return false;
    for (size_t at = 0; at < append->condition_count; at++)
        if (!jn_text_fits(append->conditions[at].kind) ||
            !jn_text_fits(append->conditions[at].id) ||
            append->conditions[at].version < 0)
            return false;
    return !append->command_id ||
           (jn_text_fits(append->command_id) && from_fits(&append->from));
}

/* Was a command of this id stored before? Then the outcome has its receipt, and by the
 * fingerprint the engine sees whether it was the same command. */
static enum jangle_result find_repeated(struct jn_run *run,
                                        const struct jangle_append *append,
                                        struct jn_outcome *outcome,
                                        struct jangle_error *error)
{
    struct jangle_receipt first;
    enum jangle_result result;

    if (!append->command_id)
        return JANGLE_OK;
    result = jn_command_find(&run->file->writer, append->command_id, &first, error);
    if (result)
        return result == JANGLE_NOT_FOUND ? JANGLE_OK : result;
    outcome->receipt = first;
    outcome->repeated = true;
    return JANGLE_OK;
}

/* What was read in another epoch may be of events that are not there any more. */
static enum jangle_result check_epoch(const struct jn_run *run,
                                      const struct jangle_append *append,
                                      struct jangle_error *error)
{
    if (!append->epoch || append->epoch == run->epoch)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_CONFLICT,
                   "%s: it is in epoch %lld, and the append was decided in epoch %lld: "
                   "the store has recovered in between",
                   run->file->path, (long long)run->epoch, (long long)append->epoch);
}

static enum jangle_result check_conditions(struct jn_run *run,
                                           const struct jangle_append *append,
                                           struct jangle_error *error)
{
    run->seen.id = NULL;
    for (size_t at = 0; at < append->condition_count; at++) {
        const struct jangle_condition *condition = &append->conditions[at];
        struct jn_stream_row row;
        enum jangle_result result = jn_stream_find(&run->file->writer, condition->kind,
                                                   condition->id, &row, error);

        if (result)
            return result;
        if (row.version != condition->version)
            return jn_fail(error, JANGLE_CONFLICT,
                           "%s: %s/%s is at version %lld, not %lld", run->file->path,
                           JN_SHOWN(60, condition->kind), JN_SHOWN(60, condition->id),
                           (long long)row.version, (long long)condition->version);
        run->seen = (struct jn_stream){condition->kind, condition->id, row, false};
    }
    return JANGLE_OK;
}

static bool is_of(const struct jn_stream *stream, const struct jangle_record *record)
{
    return stream->id && strcmp(stream->id, record->id) == 0 &&
           strcmp(stream->kind, record->kind) == 0;
}

/* The stream of a record, as the records before it have left it. The last one is looked
 * at first, because most commands write one stream; and it is mostly that of the last
 * condition, whose row need not be read twice. */
static enum jangle_result find_stream(struct jn_run *run,
                                      const struct jangle_record *record,
                                      struct jn_stream **found,
                                      struct jangle_error *error)
{
    struct jn_stream *stream;

    for (size_t at = run->stream_count; at > 0; at--) {
        stream = &run->streams[at - 1];
        if (is_of(stream, record)) {
            *found = stream;
            return JANGLE_OK;
        }
    }
    stream = &run->streams[run->stream_count++];
    *stream = (struct jn_stream){.kind = record->kind, .id = record->id};
    *found = stream;
    if (is_of(&run->seen, record)) {
        stream->row = run->seen.row;
        return JANGLE_OK;
    }
    return jn_stream_find(&run->file->writer, record->kind, record->id, &stream->row,
                          error);
}

/* Refuse a record whose version does not follow the stream's. INVALID if the record
 * before it in the same append set that version, because no retry can change it; else
 * CONFLICT, because another append was faster. */
static enum jangle_result misfit(const struct jn_run *run,
                                 const struct jangle_record *record,
                                 const struct jn_stream *stream,
                                 struct jangle_error *error)
{
    return jn_fail(error, stream->is_given ? JANGLE_INVALID : JANGLE_CONFLICT,
                   "%s: %s/%s is at version %lld: version %lld does not follow it",
                   run->file->path, JN_SHOWN(60, record->kind), JN_SHOWN(60, record->id),
                   (long long)stream->row.version, (long long)record->version);
}

/* Give every record its position and version, or refuse the append. */
static enum jangle_result assign_positions(struct jn_run *run,
                                           const struct jangle_append *append,
                                           struct jn_assigned *assigned,
                                           struct jangle_error *error)
{
    run->stream_count = 0;
    for (size_t at = 0; at < append->count; at++) {
        const struct jangle_record *record = &append->records[at];
        struct jn_stream *stream;
        enum jangle_result result = find_stream(run, record, &stream, error);

        if (result)
            return result;
        if (record->version && record->version != stream->row.version + 1)
            return misfit(run, record, stream, error);
        stream->is_given = record->version != 0;
        assigned[at].version = ++stream->row.version;
        assigned[at].position = run->head + (int64_t)at + 1;
    }
    return JANGLE_OK;
}

/* ---- writing ------------------------------------------------------------------ */

static enum jangle_result insert_stream(struct jn_database *writer,
                                        struct jn_stream *stream,
                                        int64_t checksum,
                                        struct jangle_error *error)
{
    enum jangle_result result = jn_database_write(
        writer,
        "INSERT INTO streams (kind, name, version, first_version, checksum)"
        " VALUES (?, ?, ?, ?, ?)",
        JN_WITH(JN_BIND_TEXT(stream->kind), JN_BIND_TEXT(stream->id),
                JN_BIND_NUMBER(stream->row.version),
                JN_BIND_NUMBER(stream->row.first_version), JN_BIND_NUMBER(checksum)),
        error);

    stream->row.number = sqlite3_last_insert_rowid(writer->handle);
    return result;
}

/* The checksum is computed here and not in SQL, which is cheaper for a row that every
 * command writes. */
static enum jangle_result
write_stream(struct jn_run *run, struct jn_stream *stream, struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    struct jn_stream_row *row = &stream->row;
    int64_t checksum;

    if (!row->number)
        row->first_version = 1;
    checksum =
        jn_stream_checksum(stream->kind, stream->id, row->version, row->first_version);
    if (!row->number)
        return insert_stream(writer, stream, checksum, error);
    return jn_database_write(
        writer, "UPDATE streams SET version = ?, checksum = ? WHERE id = ?",
        JN_WITH(JN_BIND_NUMBER(row->version), JN_BIND_NUMBER(checksum),
                JN_BIND_NUMBER(row->number)),
        error);
}

/* Positions and versions are known now, so the checksum can be computed. */
static enum jangle_result insert_event(struct jn_run *run,
                                       const struct jangle_record *record,
                                       int64_t stream,
                                       int64_t type,
                                       struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    unsigned char digest[JN_DIGEST_SIZE];
    struct jn_stream_values values;
    sqlite3_stmt *statement;
    enum jangle_result result =
        jn_database_prepare(writer,
                            "INSERT INTO events (position, stream, version, type, at,"
                            " event_id, payload, meta, checksum)"
                            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            &statement, error);

    if (result)
        return result;
    jn_digest(digest, record->payload, record->payload_size);
    jn_checksum_begin(&values, record->kind, record->id);
    sqlite3_bind_int64(statement, 1, record->position);
    sqlite3_bind_int64(statement, 2, stream);
    sqlite3_bind_int64(statement, 3, record->version);
    sqlite3_bind_int64(statement, 4, type);
    sqlite3_bind_int64(statement, 5, record->at.us);
    jn_bind_bytes(statement, 6, record->event_id, sizeof record->event_id);
    jn_bind_bytes(statement, 7, record->payload, record->payload_size);
    jn_bind_text(statement, 8, record->meta);
    sqlite3_bind_int64(statement, 9, jn_checksum(&values, record, digest));
    return jn_database_step(writer, statement, error);
}

static enum jangle_result write_record(struct jn_run *run,
                                       const struct jangle_record *given,
                                       const struct jn_assigned *assigned,
                                       struct jangle_error *error)
{
    struct jangle_record record = *given;
    struct jn_stream *stream;
    int64_t type;
    enum jangle_result result = find_stream(run, given, &stream, error);

    record.position = assigned->position;
    record.version = assigned->version;
    if (!result)
        result = jn_types_number(run->file, record.type, record.type_version,
                                 &run->types_made, &type, error);
    return result ? result : insert_event(run, &record, stream->row.number, type, error);
}

/* Streams come first, because events have their numbers. */
static enum jangle_result write_streams(struct jn_run *run, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && at < run->stream_count; at++)
        result = write_stream(run, &run->streams[at], error);
    return result;
}

static enum jangle_result write_events(struct jn_run *run,
                                       const struct jangle_append *append,
                                       const struct jn_outcome *outcome,
                                       struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && at < append->count; at++)
        result = write_record(run, &append->records[at], &outcome->assigned[at], error);
    if (!result && append->command_id)
        result = jn_command_write(run, append, &outcome->receipt, error);
    return result;
}

/* The long way: look at all streams that the append depends on or writes. */
static enum jangle_result look_first(struct jn_run *run,
                                     const struct jangle_append *append,
                                     struct jn_assigned *assigned,
                                     struct jangle_error *error)
{
    enum jangle_result result = check_conditions(run, append, error);

    return result ? result : assign_positions(run, append, assigned, error);
}

/* The number of the only stream is kept after the COMMIT. */
static enum jangle_result write_all(struct jn_run *run,
                                    const struct jangle_append *append,
                                    bool advanced,
                                    struct jn_outcome *outcome,
                                    struct jangle_error *error)
{
    enum jangle_result result = advanced ? JANGLE_OK : write_streams(run, error);

    if (!result && run->stream_count == 1)
        outcome->found = run->streams[0].row;
    return result ? result : write_events(run, append, outcome, error);
}

/* Has the append been stored, or was it decided on what is not there any more? */
static enum jangle_result check_append(struct jn_run *run,
                                       const struct jangle_append *append,
                                       struct jn_outcome *outcome,
                                       struct jangle_error *error)
{
    enum jangle_result result;

    if (!append_fits(append))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: an append cannot be stored: a text of it is missing or too "
                       "long, or a version is below zero",
                       run->file->path);
    result = find_repeated(run, append, outcome, error);
    if (result || outcome->repeated)
        return result;
    return check_epoch(run, append, error);
}

enum jangle_result
jn_append_write(struct jn_run *run, size_t index, struct jangle_error *error)
{
    const struct jangle_append *append = &run->group->appends[index];
    struct jn_outcome *outcome = &run->outcomes[index];
    bool advanced = false;
    enum jangle_result result;

    outcome->receipt = append->receipt;
    outcome->receipt.position = 0;
    outcome->repeated = false;
    outcome->found = (struct jn_stream_row){.number = 0};
    result = check_append(run, append, outcome, error);
    if (result || outcome->repeated)
        return result;
    result = jn_stream_advance(run, append, outcome->assigned, &advanced, error);
    if (!result && !advanced)
        result = look_first(run, append, outcome->assigned, error);
    if (result || (!append->count && !append->remember_at.us))
        return result;

    if (append->count)
        outcome->receipt.position = outcome->assigned[append->count - 1].position;
    result = write_all(run, append, advanced, outcome, error);
    run->broken = run->broken || result;
    run->head += (int64_t)append->count;
    return result;
}
