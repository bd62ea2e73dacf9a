/* advance.c - one statement checks and moves on the stream of an append. advance.h says
 * which appends go this way, and which look first. */
#include "sqlite/store/advance.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/stream_numbers.h"
#include "sqlite/store/lookup.h"

/* Are all records for the stream of the only condition, and numbered from its version on?
 * Members that run one by one look first, because one of them may have met damage that
 * only the long way can name.
 * So does an append with attachments that nobody has looked at, because they may refuse
 * it. In a chain the condition is compared with what the append before it has written. */
static bool goes_short(const struct jn_run *run, const struct jangle_append *append)
{
    const struct jangle_condition *condition = append->conditions;
    int64_t version;

    if (run->one_by_one || run->has_attachments || append->condition_count != 1 ||
        !append->count || !condition->version || condition->version > JN_NUMBER_MAX)
        return false;
    version = condition->version;
    for (size_t at = 0; at < append->count; at++) {
        const struct jangle_record *record = &append->records[at];

        version++;
        if ((record->version && record->version != version) ||
            strcmp(record->id, condition->id) != 0 ||
            strcmp(record->kind, condition->kind) != 0)
            return false;
    }
    return true;
}

static enum jangle_result write_row(struct jn_run *run,
                                    const char *sql,
                                    const struct jn_parameter *parameters,
                                    int count,
                                    bool *advanced,
                                    struct jangle_error *error)
{
    struct jn_database *writer = &run->file->writer;
    enum jangle_result result = jn_database_write(writer, sql, parameters, count, error);

    *advanced = !result && sqlite3_changes(writer->handle) == 1;
    return result;
}

/* The whole row must be what its checksum was made of, because the number may be of
 * another row by now; and the last event must be there, as jn_stream_find wants it. A
 * later one is found by UNIQUE when the event is inserted. */
static enum jangle_result update_row(struct jn_run *run,
                                     const struct jangle_condition *condition,
                                     const struct jn_stream_row *row,
                                     bool *advanced,
                                     struct jangle_error *error)
{
    static const char sql[] =
        "UPDATE streams SET version = ?1, checksum = ?2"
        " WHERE id = ?3 AND version = ?4 AND checksum = ?5 AND first_version = ?6"
        " AND kind = ?7 AND name = ?8"
        " AND EXISTS (SELECT 1 FROM events WHERE stream = ?3 AND version = ?4)";
    const char *kind = condition->kind, *id = condition->id;
    int64_t old = jn_stream_checksum(kind, id, condition->version, row->first_version);
    int64_t new = jn_stream_checksum(kind, id, row->version, row->first_version);

    return write_row(run, sql,
                     JN_WITH(JN_BIND_NUMBER(row->version), JN_BIND_NUMBER(new),
                             JN_BIND_NUMBER(row->number),
                             JN_BIND_NUMBER(condition->version), JN_BIND_NUMBER(old),
                             JN_BIND_NUMBER(row->first_version), JN_BIND_TEXT(kind),
                             JN_BIND_TEXT(id)),
                     advanced, error);
}

/* The same, if this connection has compared the row, and nobody has written since but
 * this connection, which leaves row and last event in order: then the number is that of
 * the stream, and the last event is there. What the disk alone has changed since is not
 * covered up, because the checksum that is stored is that of the row as it must be. */
static enum jangle_result update_own_row(struct jn_run *run,
                                         const struct jangle_condition *condition,
                                         const struct jn_stream_row *row,
                                         bool *advanced,
                                         struct jangle_error *error)
{
    static const char sql[] =
        "UPDATE streams SET version = ?1, checksum = ?2"
        " WHERE id = ?3 AND version = ?4 AND checksum = ?5";
    const char *kind = condition->kind, *id = condition->id;
    int64_t old = jn_stream_checksum(kind, id, condition->version, row->first_version);
    int64_t new = jn_stream_checksum(kind, id, row->version, row->first_version);

    return write_row(run, sql,
                     JN_WITH(JN_BIND_NUMBER(row->version), JN_BIND_NUMBER(new),
                             JN_BIND_NUMBER(row->number),
                             JN_BIND_NUMBER(condition->version), JN_BIND_NUMBER(old)),
                     advanced, error);
}

enum jangle_result jn_stream_advance(struct jn_run *run,
                                     const struct jangle_append *append,
                                     struct jn_assigned *assigned,
                                     bool *advanced,
                                     struct jangle_error *error)
{
    const struct jangle_condition *condition = append->conditions;
    struct jn_stream_number known;
    struct jn_stream *stream = run->streams;
    enum jangle_result result;

    *advanced = false;
    if (!goes_short(run, append))
        return JANGLE_OK;
    known = jn_stream_numbers_find(run->file, condition->kind, condition->id);
    if (!known.number)
        return JANGLE_OK;
    *stream =
        (struct jn_stream){.kind = condition->kind,
                           .id = condition->id,
                           .row = {.number = known.number,
                                   .version = condition->version + (int64_t)append->count,
                                   .first_version = known.first_version}};
    result = known.interruptions == run->file->interruptions
                 ? update_own_row(run, condition, &stream->row, advanced, error)
                 : update_row(run, condition, &stream->row, advanced, error);
    if (!*advanced)
        return result;
    run->stream_count = 1;
    for (size_t at = 0; at < append->count; at++)
        assigned[at] =
            (struct jn_assigned){.position = run->head + (int64_t)at + 1,
                                 .version = condition->version + (int64_t)at + 1};
    return JANGLE_OK;
}

void jn_stream_keep_numbers(const struct jn_run *run)
{
    for (size_t at = 0; at < run->group->append_count; at++) {
        const struct jangle_append *append = &run->group->appends[at];
        const struct jn_stream_row *row = &run->outcomes[at].found;

        if (!append->error.result && row->number)
            jn_stream_numbers_keep(
                run->file, append->records->kind, append->records->id,
                (struct jn_stream_number){.number = row->number,
                                          .first_version = row->first_version,
                                          .interruptions = run->file->interruptions});
    }
}
