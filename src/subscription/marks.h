/* marks.h - places that wait to be written: handed to commits, forgotten when stored. */
#ifndef JN_MARKS_H
#define JN_MARKS_H

#include "subscription/subscription.h"

/* What commits take marks from. */
struct jn_mark_source jn_marks_source(struct jn_dispatch *dispatch);

/* Is anything of it not stored? Under the mutex. */
bool jn_marks_are_left(const struct jn_subscription *subscription);

/* Write what is left now. BUSY, STORAGE and the like if it could not be. */
enum jangle_result jn_marks_write(const struct jn_subscription *subscription,
                                  struct jangle_error *error);

/* Write what is left, as jn_marks_write does, if the subscription marks at once or is far
 * ahead of its mark: until that is done, nothing more is delivered. */
enum jangle_result jn_marks_write_at_once(const struct jn_subscription *subscription,
                                          struct jangle_error *error);

#endif
