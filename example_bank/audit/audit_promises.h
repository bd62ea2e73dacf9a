/* audit_promises.h - compares each answer that was noted with what is stored. */
#ifndef BANK_AUDIT_PROMISES_H
#define BANK_AUDIT_PROMISES_H

#include "audit/audit_rules.h"

/* `acks` is the file of noted answers (simulate/acks.h). */
void audit_promises(struct audit *audit, const char *acks);

#endif
