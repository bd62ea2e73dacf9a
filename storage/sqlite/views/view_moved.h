/* view_moved.h - a view's files are moved, removed or replaced while they are open: it
 * is neither written nor asked any more, for the next program would not see the same. */
#ifndef JN_VIEW_MOVED_H
#define JN_VIEW_MOVED_H

#include "sqlite/views/view_file.h"

/* Note which files are open, just after they were opened: those that the store has three
 * of, or the first alone. */
enum jangle_result
jn_view_note_group(struct jn_view_file *file, int count, struct jangle_error *error);

/* Do their names still lead there? STORAGE, for ever. All of them, after each commit and
 * before a connection is opened; the first alone, whenever one is taken to read. Costs a
 * stat each. */
enum jangle_result jn_view_check_group(struct jn_view_file *file,
                                       struct jangle_error *error);
enum jangle_result jn_view_check_path(struct jn_view_file *file,
                                      struct jangle_error *error);

/* STORAGE if that has ever failed. */
enum jangle_result jn_view_refuse_lost(struct jn_view_file *file,
                                       struct jangle_error *error);

#endif
