/* verb_check.c - the verb check: waits until the bank is at rest, then runs the audit. */
#include "operate/verb_check.h"
#include "app/bank.h"
#include "audit/audit.h"
#include "audit/rest.h"
#include "cli/stop.h"

static int verb_check(const struct options *options)
{
    struct jangle *bank = bank_open(options->db, 0);
    bool behind;
    int64_t rest;
    int status = 1;

    if (!bank)
        return 1;
    behind = bank_come_to_rest(bank, &rest) == BANK_BEHIND;
    if (!stop_was_asked())
        status = audit_bank(options->db, options->acks, rest);
    bank_close(bank);
    return behind ? 1 : status;
}

static const struct verb verbs[] = {
    {"check", "audit the books: is every cent where the events say?", verb_check, 0,
     OPTION_ACKS},
};

const struct verb_table check_verbs = JANGLE_ARRAY(verbs);
