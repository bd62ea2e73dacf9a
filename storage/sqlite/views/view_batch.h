/* view_batch.h - one transaction for what a batch of handlers writes and the
 * checkpoint. */
#ifndef JN_VIEW_BATCH_H
#define JN_VIEW_BATCH_H

#include "sqlite/views/view_file.h"

jangle_view_store_begin_fn jn_view_begin;
jangle_view_store_enter_fn jn_view_enter;
jangle_view_store_leave_fn jn_view_leave;
jangle_view_store_commit_fn jn_view_commit;
jangle_view_store_roll_back_fn jn_view_roll_back;

#endif
