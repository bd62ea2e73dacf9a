/* crash_guard.h - after a process has died: an event that it may have died of is tried
 * alone, and each attempt is stored before it is made. So a handler that ends the process
 * again and again uses up its attempts. */
#ifndef JN_CRASH_GUARD_H
#define JN_CRASH_GUARD_H

#include "subscription/subscription.h"

/* The last owner died: the events that it may have been handling will be handled one by
 * one, up to `guarded_until`. */
enum jangle_result jn_crash_guard_begin(struct jn_subscription *subscription,
                                        struct jangle_error *error);

/* Complete a row that was just read: if an attempt was stored and no outcome, the process
 * died in that attempt. */
void jn_crash_guard_read(const struct jn_subscription *subscription, struct jn_row *row);

/* Has everything been tried that the last owner may have died of? Until then a process
 * that stops leaves the subscriber as if it had died itself, because the next one must go
 * on with the guard. Under the mutex, or when no run can begin any more. */
bool jn_crash_guard_is_over(const struct jn_subscription *subscription);

/* Is the row there only because the first attempt is being made under the guard? Then
 * nothing has failed yet. */
bool jn_crash_guard_is_first(const struct jn_row *row);

/* Has the process died in the row's last attempt, and is no attempt left? */
bool jn_crash_guard_gives_up(const struct jn_subscription *subscription,
                             const struct jn_row *row);

/* Store that the row is tried now, before the handler is called; and take that back, if
 * the handler could not be called. The move is empty before, and after. */
enum jangle_result jn_crash_guard_record(struct jn_move *move,
                                         const struct jn_row *row,
                                         struct jangle_error *error);
void jn_crash_guard_take_back(struct jn_move *move, const struct jn_row *row);

#endif
