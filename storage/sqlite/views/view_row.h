/* view_row.h - a row becomes a struct: columns meet members by name. */
#ifndef JN_VIEW_ROW_H
#define JN_VIEW_ROW_H

#include "sqlite/views/view_file.h"

/* Which member of `type` each column of the statement goes to. Errors stick. */
enum jangle_result jn_view_match(struct jangle_view *view,
                                 sqlite3_stmt *statement,
                                 const struct jangle_message *type,
                                 const struct jangle_field *fields[JN_VIEW_COLUMNS]);

/* Has each member its column, but for lists and nested structs? */
enum jangle_result jn_view_match_all(struct jangle_view *view,
                                     sqlite3_stmt *statement,
                                     const struct jangle_message *type,
                                     const struct jangle_field *const *fields);

/* Read the row on which the statement stands. On failure the struct is filled in part. */
enum jangle_result jn_view_read_row(struct jangle_view *view,
                                    sqlite3_stmt *statement,
                                    const struct jangle_field *const *fields,
                                    void *row);

#endif
