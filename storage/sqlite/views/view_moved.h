/* view_moved.h - notice that a view's files were moved, removed or replaced while they
 * were open. From then on the view is neither written nor queried, because the next
 * program would not see the same rows. */
#ifndef JN_VIEW_MOVED_H
#define JN_VIEW_MOVED_H

#include "sqlite/views/view_file.h"

/* Note which files are open, just after they were opened: the first `count` members of
 * the group, which are three, or for a follower the file alone. */
enum jangle_result
jn_view_note_group(struct jn_view_file *file, int count, struct jangle_error *error);

/* STORAGE, from then on always, if a name no longer leads to the noted file. All names
 * are checked after each commit and before a connection is opened; the file alone
 * whenever a reader is taken. Each check of a name costs one stat. */
enum jangle_result jn_view_check_group(struct jn_view_file *file,
                                       struct jangle_error *error);
enum jangle_result jn_view_check_path(struct jn_view_file *file,
                                      struct jangle_error *error);

/* STORAGE if one of these has failed before. */
enum jangle_result jn_view_refuse_lost(struct jn_view_file *file,
                                       struct jangle_error *error);

#endif
