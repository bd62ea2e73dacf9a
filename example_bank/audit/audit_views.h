/* audit_views.h - compares each row of each view with what the events say. */
#ifndef BANK_AUDIT_VIEWS_H
#define BANK_AUDIT_VIEWS_H

#include "audit/audit_rules.h"

/* Do the files show the bank as it was at rest, after the event `rest`? This comes first,
 * because it begins to read each file, and later reads see the same moment. */
bool audit_is_quiet(struct audit *audit, sqlite3_int64 rest);

void audit_views(struct audit *audit);

#endif
