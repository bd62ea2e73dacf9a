/* view_ask.h - questions: a view as of one commit, read only, for so long. */
#ifndef JN_VIEW_ASK_H
#define JN_VIEW_ASK_H

#include "sqlite/views/view_file.h"

jangle_view_store_ask_fn jn_view_ask;
jangle_view_store_answered_fn jn_view_answered;

#endif
