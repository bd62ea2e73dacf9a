/* view_rebuild.h - build a view again in its shadow, and replace the view by
 * the shadow. */
#ifndef JN_VIEW_REBUILD_H
#define JN_VIEW_REBUILD_H

#include "sqlite/views/view_file.h"

jangle_view_store_rebuild_fn jn_view_rebuild;
jangle_view_store_swap_fn jn_view_swap;
jangle_view_store_close_file_fn jn_view_close;

#endif
