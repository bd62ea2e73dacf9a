/* view_compare.h - compare two views row by row, up to the first difference. */
#ifndef JN_VIEW_COMPARE_H
#define JN_VIEW_COMPARE_H

#include "sqlite/views/view_file.h"

jangle_view_store_compare_fn jn_view_compare;

#endif
