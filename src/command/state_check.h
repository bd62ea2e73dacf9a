/* state_check.h - in builds that check states (JANGLE_CHECK_STATES): does anybody change
 * a state who must not, and is a state in memory what its events make of it? What is
 * found ends the process, with the name of the culprit, because every later answer would
 * be wrong. In other builds nothing happens here.
 *
 * The memory for this is the system's, so that an allocator that is told to fail fails
 * where it would in other builds. What cannot be compared is let pass. */
#ifndef JN_STATE_CHECK_H
#define JN_STATE_CHECK_H

#include "command/shared_state.h"

/* A state as it was at some moment, encoded. */
struct jn_seen_state {
    struct jangle_arena arena;
    const char *json; /* NULL: it could not be encoded */
    size_t size;
};

#ifdef JANGLE_CHECK_STATES

void jn_state_see(struct jn_seen_state *seen, const struct jn_state *state);

/* Is the state still what was seen, after that command was decided? Frees what was seen.
 */
void jn_state_check_seen(struct jn_seen_state *seen,
                         const struct jn_state *state,
                         const char *command);

/* Is the state what a fresh load to its version gives? */
void jn_state_check_cached(const struct jn_state *state);

#else

static inline void jn_state_see(struct jn_seen_state *seen, const struct jn_state *state)
{
    (void)seen, (void)state;
}

static inline void jn_state_check_seen(struct jn_seen_state *seen,
                                       const struct jn_state *state,
                                       const char *command)
{
    (void)seen, (void)state, (void)command;
}

static inline void jn_state_check_cached(const struct jn_state *state)
{
    (void)state;
}

#endif

/* Does this build check? Then more is read than a command needs. */
bool jn_states_are_checked(void);

#endif
