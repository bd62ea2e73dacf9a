/* upsert.h - one row, written so that neither order nor repetition of calls matters. */
#ifndef JN_UPSERT_H
#define JN_UPSERT_H

#include "sqlite/views/view_file.h"

/* Do the tables of these upserts have the columns and the keys that they name? */
jangle_view_store_check_fn jn_view_check;

#endif
