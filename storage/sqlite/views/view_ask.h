/* view_ask.h - queries: a read-only view of one commit, with a timeout. */
#ifndef JN_VIEW_ASK_H
#define JN_VIEW_ASK_H

#include "sqlite/views/view_file.h"

jangle_view_store_ask_fn jn_view_ask;
jangle_view_store_answered_fn jn_view_answered;

#endif
