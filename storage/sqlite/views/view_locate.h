/* view_locate.h - where the file of a view is. */
#ifndef JN_VIEW_LOCATE_H
#define JN_VIEW_LOCATE_H

#include "sqlite/views/view_file.h"

/* Where `file` is, by the path that was chosen for it: INVALID, with a sentence, if there
 * can be no view. "" and ":memory:" are no paths. */
enum jangle_result
jn_view_locate(struct jn_view_file *file, const char *path, struct jangle_error *error);

#endif
