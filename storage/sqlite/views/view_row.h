/* view_row.h - read a row into a struct, each column into the member of its name. */
#ifndef JN_VIEW_ROW_H
#define JN_VIEW_ROW_H

#include "sqlite/views/view_file.h"

/* Find the member of `type` for each column of the statement. An error is kept in the
 * view. */
enum jangle_result jn_view_match(struct jangle_view *view,
                                 sqlite3_stmt *statement,
                                 const struct jangle_message *type,
                                 const struct jangle_field *fields[JN_VIEW_COLUMNS]);

/* Check that each member, except lists and nested structs, has a column. */
enum jangle_result jn_view_match_all(struct jangle_view *view,
                                     sqlite3_stmt *statement,
                                     const struct jangle_message *type,
                                     const struct jangle_field *const *fields);

/* Read the row on which the statement is. If it fails the struct is filled in part. */
enum jangle_result jn_view_read_row(struct jangle_view *view,
                                    sqlite3_stmt *statement,
                                    const struct jangle_field *const *fields,
                                    void *row);

#endif
