/* view_compare.h - two views, row by row: what is the first thing that differs? */
#ifndef JN_VIEW_COMPARE_H
#define JN_VIEW_COMPARE_H

#include "sqlite/views/view_file.h"

enum jangle_result jn_view_compare(struct jangle_view_file *file,
                                   struct jangle_view_file *other,
                                   struct jangle_view_comparison *comparison,
                                   struct jangle_error *error);

#endif
