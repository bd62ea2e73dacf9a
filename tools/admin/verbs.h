/* verbs.h - the table of all verbs, from which parsing, help, the manual page,
 * completions and docs/tools.md are made. */
#ifndef ADMIN_VERBS_H
#define ADMIN_VERBS_H

#include <jangle/admin.h>

/* In the order in which help lists them. */
extern const struct jangle_verbs jn_verbs;

#endif
