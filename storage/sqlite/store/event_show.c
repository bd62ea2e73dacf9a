/* event_show.c - events of any stream are shown in the order of the log: by names of
 * their streams that the reader knows, or the plain way, which says what is wrong. */
#include "sqlite/store/event_show.h"

void jn_event_show_begin(struct jn_event_row *row, const struct jn_stream_names *names)
{
    row->shows = true;
    row->alone = jn_stream_names_suffice(names);
}

/* The names that the reader knows of the row's stream, or NULL. A damaged number, which
 * may be anything, is left to the table. */
static const struct jn_stream_name *find_known(const struct jn_event_row *row,
                                               const struct jn_stream_names *names)
{
    sqlite3_value *number = sqlite3_column_value(row->columns.statement, JN_EVENT_NUMBER);

    return sqlite3_value_type(number) == SQLITE_INTEGER
               ? jn_stream_names_find(names, sqlite3_value_int64(number))
               : NULL;
}

/* By names that are known. False, without a sentence, if the record is not what was
 * stored under these: either the number is of another stream, or something is damaged. */
static bool show_known(struct jn_event_row *row,
                       const struct jn_stream_name *name,
                       struct jangle_record *record)
{
    struct jangle_error *error = row->columns.error;

    row->columns.error = NULL;
    row->kind = name->kind;
    row->id = name->id;
    row->stream = &name->values;
    jn_event_row_read(row, record);
    row->kind = row->id = NULL;
    row->stream = NULL;
    row->columns.error = error;
    return !row->columns.result;
}

/* Names are known from then on if the checksum of an event proves them. */
void jn_event_show(struct jn_event_row *row,
                   struct jn_stream_names *names,
                   struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns;
    const struct jn_stream_name *name = find_known(row, names);

    jn_stream_names_note(names, name != NULL);
    if (row->alone && name && show_known(row, name, record))
        return;
    columns->result = JANGLE_OK;
    jn_event_row_read(row, record);
    if (!columns->result && (!name || row->alone))
        jn_stream_names_keep(names, columns->rows->allocator,
                             sqlite3_column_int64(columns->statement, JN_EVENT_NUMBER),
                             record->kind, record->id);
}
