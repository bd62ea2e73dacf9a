/* verb_check.c - let the views catch up, then look at the books. */
#include "operate/verb_check.h"
#include "app/bank.h"
#include "audit/audit.h"

int verb_check(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);
    bool behind;
    int64_t rest;
    int status = 1;

    if (!bank)
        return 1;
    behind = bank_come_to_rest(bank, &rest) == BANK_BEHIND;
    if (!bank_was_stopped())
        status = audit_bank(options->db, options->acks, rest);
    bank_close(bank);
    return behind ? 1 : status;
}
