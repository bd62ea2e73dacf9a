/* verb_check.c - let the views catch up, then look at the books. */
#include "operate/verb_check.h"
#include "app/bank.h"
#include "audit/audit.h"

int verb_check(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);
    int status;

    if (!bank)
        return 1;
    status = bank_catch_up(bank) ? 0 : 1;
    if (!bank_was_stopped())
        status |= audit_bank(options->db, options->acks);
    bank_close(bank);
    return status;
}
