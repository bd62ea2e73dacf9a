/* views.h - all views. Each is an SQLite file of its own, which is built from the events,
 * and can be built again from them. */
#ifndef BANK_VIEWS_H
#define BANK_VIEWS_H

#include "views/accounts_view.h"
#include "views/ledger_view.h"
#include "views/payments_view.h"

#endif
