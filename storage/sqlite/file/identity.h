/* identity.h - the one row in which a store says which one it is. */
#ifndef JN_IDENTITY_H
#define JN_IDENTITY_H

#include "sqlite/file/sqlite_file.h"

/* STORAGE if that row is damaged, or is not the only one. */
enum jangle_result jn_identity_read(struct jn_database *database,
                                    struct jn_store_identity *identity,
                                    struct jangle_error *error);

/* Read it, once, when the file was opened. */
enum jangle_result jn_file_identify(struct jn_file *file, struct jangle_error *error);

#endif
