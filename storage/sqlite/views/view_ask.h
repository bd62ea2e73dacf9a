/* view_ask.h - questions: a view as of one commit, read only, for so long. */
#ifndef JN_VIEW_ASK_H
#define JN_VIEW_ASK_H

#include "sqlite/views/view_file.h"

enum jangle_result jn_view_ask(struct jangle_view_file *file,
                               struct jangle_view *within,
                               struct jangle_arena *arena,
                               int64_t timeout_ms,
                               struct jangle_view **view,
                               int64_t *position,
                               struct jangle_error *error);

enum jangle_result jn_view_answered(struct jangle_view_file *file,
                                    struct jangle_view *view,
                                    enum jangle_result result,
                                    struct jangle_error *error);

#endif
