/* manual.h - the manual page, in mdoc. */
#ifndef ADMIN_MANUAL_H
#define ADMIN_MANUAL_H

#include "admin/bytes.h"
#include "admin/verb_set.h"

void jn_manual_put(struct jn_bytes *out, const struct jn_verb_set *set);

#endif
