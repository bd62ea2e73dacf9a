/* view_guard.h - what a callback must not do to the connection that it was lent. */
#ifndef JN_VIEW_GUARD_H
#define JN_VIEW_GUARD_H

#include "sqlite/views/view_file.h"

/* An authorizer; what it denies sticks to the view. */
int jn_view_authorize(void *view,
                      int action,
                      const char *first,
                      const char *second,
                      const char *database,
                      const char *trigger);

#endif
