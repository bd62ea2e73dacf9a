/* identity.h - read the one row that says which store a file is. */
#ifndef JN_IDENTITY_H
#define JN_IDENTITY_H

#include "sqlite/file/sqlite_file.h"

/* STORAGE if that row is damaged, or is not the only one. */
enum jangle_result jn_identity_read(struct jn_database *database,
                                    struct jn_store_identity *identity,
                                    struct jangle_error *error);

/* Read it into `file`, once, after the file was opened. */
enum jangle_result jn_file_identify(struct jn_file *file, struct jangle_error *error);

#endif
