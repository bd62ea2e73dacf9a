/* audit_books.h - puts what the events say into temporary tables, and checks them. */
#ifndef BANK_AUDIT_BOOKS_H
#define BANK_AUDIT_BOOKS_H

#include "audit/audit_rules.h"

/* False: the events cannot be read, so nothing else can be checked. */
bool audit_books(struct audit *audit);

#endif
