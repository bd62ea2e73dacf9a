/* naming_default.h - the names of topics, routes and queues if the program has no naming
 * of its own. */
#ifndef JN_NAMING_DEFAULT_H
#define JN_NAMING_DEFAULT_H

#include <jangle/plugin/naming.h>

/* As the comment of struct jangle_naming says. INVALID: a name has more than 255 bytes,
 * and `error` says which. */
jangle_naming_fn jn_naming_default;
extern const struct jangle_naming jn_naming_by_default;

#endif
