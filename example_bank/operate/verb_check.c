/* verb_check.c - the verb check: waits until the bank is at rest, then runs the audit. */
#include "operate/verb_check.h"
#include "app/bank.h"
#include "audit/audit.h"
#include "audit/rest.h"
#include "cli/complaint.h"
#include "cli/stop.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A mistyped name must not look like a mistake in the books. The file is not opened here,
 * because a pipe can be opened only once. */
static bool can_read_acks(const char *acks)
{
    struct stat status;

    if (access(acks, R_OK) || stat(acks, &status)) {
        bank_complain("--acks: %s cannot be read: %s", acks, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        bank_complain("--acks: %s cannot be read: %s", acks, strerror(EISDIR));
        return false;
    }
    return true;
}

static int verb_check(const struct options *options)
{
    struct jangle *bank;
    bool behind;
    int64_t rest;
    int status = 1;

    if (options->acks && !can_read_acks(options->acks))
        return WRONG_USE;
    bank = bank_open(options->db, 0);
    if (!bank)
        return 1;
    behind = bank_come_to_rest(bank, &rest) == BANK_BEHIND;
    if (!stop_was_asked())
        status = audit_all(options->db, options->acks, rest);
    bank_close(bank);
    return behind ? 1 : status;
}

static const struct verb verbs[] = {
    {"check", "audit the books: is every cent where the events say?", verb_check, 0,
     OPTION_ACKS},
};

const struct verb_table check_verbs = JANGLE_ARRAY(verbs);
