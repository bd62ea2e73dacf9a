/* replay_progress.h - how far a replay has come is reported, and it is stopped. */
#ifndef JN_REPLAY_PROGRESS_H
#define JN_REPLAY_PROGRESS_H

#include "view/replay.h"

/* Report how far the replay has come, if it is time to, or at once if `now`. CANCELLED or
 * CLOSED if it must stop. */
enum jangle_result jn_replay_tell(struct jn_replay *replay, bool now);

#endif
