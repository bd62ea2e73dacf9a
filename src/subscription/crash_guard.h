/* crash_guard.h - after a process died: an event that it may have died of is tried
 * alone, and each attempt is written down before it is made, so that a handler which
 * ends the process again and again uses up its attempts. */
#ifndef JN_CRASH_GUARD_H
#define JN_CRASH_GUARD_H

#include "subscription/subscription.h"

/* Its last owner died: what he may have been handling is handled one by one. */
enum jangle_result jn_crash_guard_begin(struct jn_subscription *subscription,
                                        struct jangle_error *error);

/* A row as it was read: did the process end in its attempt? */
void jn_crash_guard_read(const struct jn_subscription *subscription, struct jn_row *row);

/* Is the row there for an attempt that is being made, the first that is counted? Then
 * nothing has failed yet. */
bool jn_crash_guard_is_first(const struct jn_row *row);

/* Has the process ended in the row's attempts so often that the row is given up? */
bool jn_crash_guard_gives_up(const struct jn_subscription *subscription,
                             const struct jn_row *row);

/* Write down that the row is tried now, and take it back. The move is empty. */
enum jangle_result jn_crash_guard_record(struct jn_move *move,
                                         struct jn_subscription *subscription,
                                         const struct jn_row *row,
                                         struct jangle_error *error);
void jn_crash_guard_take_back(struct jn_move *move,
                              struct jn_subscription *subscription,
                              const struct jn_row *row);

#endif
