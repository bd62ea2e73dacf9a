/* view_locate.h - find the full path of a view's file. */
#ifndef JN_VIEW_LOCATE_H
#define JN_VIEW_LOCATE_H

#include "sqlite/views/view_file.h"

/* Set the path of `file` by the path that was chosen for it, where "" is a temporary
 * database and ":memory:" one in memory. INVALID, with a sentence, if no view can be
 * there. */
enum jangle_result
jn_view_locate(struct jn_view_file *file, const char *path, struct jangle_error *error);

#endif
