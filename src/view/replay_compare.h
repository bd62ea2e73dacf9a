/* replay_compare.h - build a view in a scratch file, in order or shuffled, and hold it
 * against the one there is. */
#ifndef JN_REPLAY_COMPARE_H
#define JN_REPLAY_COMPARE_H

#include "view/replay.h"

/* Build it in a scratch file, in whatever order, and compare. */
enum jangle_result jn_replay_compare(struct jn_replay *replay);

#endif
