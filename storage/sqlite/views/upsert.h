/* upsert.h - write a row so that neither the order nor a repetition of calls matters. */
#ifndef JN_UPSERT_H
#define JN_UPSERT_H

#include "sqlite/views/view_file.h"

jangle_view_store_check_fn jn_view_check;

#endif
