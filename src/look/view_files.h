/* view_files.h - the files of views, opened without the program that made them. */
#ifndef JN_VIEW_FILES_H
#define JN_VIEW_FILES_H

#include "look/look.h"

#include <jangle/plugin/view_store.h>

/* Open the file of a view to read it: the one at `path`, or if that is NULL the one
 * beside the store. `*file` is NULL, and the result OK, if there is none. Close it by its
 * operation. */
enum jangle_result jn_look_view(struct jangle_look *look,
                                const char *name,
                                const char *path,
                                struct jangle_view_file **file,
                                struct jangle_error *error);

#endif
