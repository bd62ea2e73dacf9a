/* schema_look.h - the tables of older schemas appear as those of the latest one. */
#ifndef JN_SCHEMA_LOOK_H
#define JN_SCHEMA_LOOK_H

#include "sqlite/file/database.h"

/* On a connection that only reads: let the tables of an older schema appear as those of
 * the latest one, by temporary views of the same names. Nothing is changed in the file.
 */
enum jangle_result jn_schema_show_as_latest(struct jn_database *database,
                                            struct jangle_error *error);

#endif
