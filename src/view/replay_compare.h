/* replay_compare.h - a view is built in a scratch file, in order or shuffled, and
 * compared with the view that there is. */
#ifndef JN_REPLAY_COMPARE_H
#define JN_REPLAY_COMPARE_H

#include "view/replay_progress.h"

/* Build it in a scratch file, in the order that the options ask for, and compare. INVALID
 * names the first difference. */
enum jangle_result jn_replay_compare(struct jn_replay *replay);

#endif
