/* view_batch.h - what handlers write and how far they have come: one transaction. */
#ifndef JN_VIEW_BATCH_H
#define JN_VIEW_BATCH_H

#include "sqlite/views/view_file.h"

enum jangle_result jn_view_begin(struct jangle_view_file *file,
                                 struct jangle_view **view,
                                 struct jangle_error *error);

enum jangle_result jn_view_enter(struct jangle_view_file *file,
                                 struct jangle_arena *arena,
                                 bool alone,
                                 struct jangle_error *error);

enum jangle_result jn_view_leave(struct jangle_view_file *file,
                                 enum jangle_result result,
                                 bool *cannot,
                                 struct jangle_error *error);

enum jangle_result jn_view_commit(struct jangle_view_file *file,
                                  const struct jangle_checkpoint *checkpoint,
                                  bool incomplete,
                                  struct jangle_error *error);

void jn_view_roll_back(struct jangle_view_file *file);

#endif
