/* view_rebuild.h - a view built anew in its shadow, and put in the old one's stead. */
#ifndef JN_VIEW_REBUILD_H
#define JN_VIEW_REBUILD_H

#include "sqlite/views/view_file.h"

enum jangle_result jn_view_rebuild(struct jangle_view_file *file,
                                   const struct jangle_view_spec *spec,
                                   struct jangle_view_file **shadow,
                                   struct jangle_error *error);

enum jangle_result jn_view_swap(struct jangle_view_file *file,
                                struct jangle_view_file *shadow,
                                struct jangle_error *error);

void jn_view_close(struct jangle_view_file *file);

#endif
