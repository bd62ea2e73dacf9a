/* replay_progress.h - how far a replay is, and whether it is to go on. */
#ifndef JN_REPLAY_PROGRESS_H
#define JN_REPLAY_PROGRESS_H

#include "view/replay.h"

/* Tell how far it is, if it is time or `now`; CANCELLED or CLOSED if it is to stop. */
enum jangle_result jn_replay_tell(struct jn_replay *replay, bool now);

#endif
