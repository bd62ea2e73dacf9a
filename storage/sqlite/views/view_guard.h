/* view_guard.h - which SQL a schema, a handler and a query may run. */
#ifndef JN_VIEW_GUARD_H
#define JN_VIEW_GUARD_H

#include "sqlite/views/view_file.h"

/* An authorizer of SQLite. A refusal is kept as the error of the view. */
int jn_view_authorize(void *view,
                      int action,
                      const char *first,
                      const char *second,
                      const char *database,
                      const char *trigger);

#endif
