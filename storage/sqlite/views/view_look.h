/* view_look.h - the tables that jangle keeps in an older view's file appear as those of
 * the latest format. */
#ifndef JN_VIEW_LOOK_H
#define JN_VIEW_LOOK_H

#include "sqlite/file/database.h"

/* On a connection that only reads, before its hooks are set: as jn_schema_show_as_latest.
 */
enum jangle_result jn_view_show_as_latest(struct jn_database *database,
                                          struct jangle_error *error);

#endif
