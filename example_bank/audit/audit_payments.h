/* audit_payments.h - checks each payment, from its beginning to its end. */
#ifndef BANK_AUDIT_PAYMENTS_H
#define BANK_AUDIT_PAYMENTS_H

#include "audit/audit_rules.h"

/* False: the events cannot be read, so nothing else can be checked. */
bool audit_payments(struct audit *audit);

#endif
