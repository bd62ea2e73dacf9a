/* commands.h - the parts of an instance that decide and store its commands. */
#ifndef JN_COMMANDS_H
#define JN_COMMANDS_H

#include "command/committer.h"
#include "command/snapshotter.h"
#include "command/state.h"
#include "command/stream_lock.h"
#include "core/engine.h"

struct jn_commands {
    struct jn_loader loader;
    struct jn_stream_locks locks;
    struct jn_committer committer;
    struct jn_snapshotter snapshotter;
};

/* Sets jangle->commands. The listener is called after every group that was committed.
 * NO_MEMORY; on failure there is nothing to close. */
enum jangle_result jn_commands_open(struct jangle *jangle,
                                    struct jn_commit_listener listener,
                                    struct jangle_error *error);

/* In a child that fork made: free the states that are cached. All else may be in the
 * hands of threads that are not there, and is left as it is. */
void jn_commands_abandon(struct jangle *jangle);

/* No thread may send a command any more. */
void jn_commands_close(struct jangle *jangle);

#endif
