/* query.h - the memory of an answer. */
#ifndef JN_QUERY_H
#define JN_QUERY_H

#include "core/engine.h"

/* Give a zeroed answer an arena, with an allocator of its own, because the answer may
 * outlive the instance. jangle_answer_free frees it. NO_MEMORY. */
enum jangle_result jn_answer_hold(struct jangle *jangle, struct jangle_answer *answer);

#endif
