/* view_compare.h - two views, row by row: what is the first thing that differs? */
#ifndef JN_VIEW_COMPARE_H
#define JN_VIEW_COMPARE_H

#include "sqlite/views/view_file.h"

jangle_view_store_compare_fn jn_view_compare;

#endif
