/* upsert.h - one row, written so that neither order nor repetition of calls matters. */
#ifndef JN_UPSERT_H
#define JN_UPSERT_H

#include "sqlite/views/view_file.h"

/* Do the tables of these upserts have the columns and the keys that they name? */
enum jangle_result jn_view_check(struct jangle_view_file *file,
                                 const struct jangle_upsert *const *upserts,
                                 size_t count,
                                 struct jangle_error *error);

#endif
