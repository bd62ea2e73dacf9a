/* views.h - what the bank shows: each view is a database of its own, built from events.
 */
#ifndef BANK_VIEWS_H
#define BANK_VIEWS_H

#include <jangle/subscriber.h>

extern const struct jangle_subscriber accounts_view; /* who has how much */
extern const struct jangle_subscriber ledger_view;   /* how it came to that */
extern const struct jangle_subscriber payments_view; /* transfers and requests */

#endif
