/* main.c - the program `bank`: all that it can be told to do stands in these tables.
 *
 * Chapter one of README.md is the way to read it: this file, app/teller.c,
 * domain/messages.h, domain/account.c, domain/account_ids.c, domain/transfer_saga.c,
 * views/ledger_view.c, app/bank.c, in this order. Chapter two adds debts, deletion and
 * requests. Everything else is tooling around the bank, and may be skipped. */
#include "app/process.h"
#include "app/teller.h"
#include "app/teller_more.h"
#include "cli/verbs.h"
#include "demo/verb_demo.h"
#include "operate/verb_admin.h"
#include "operate/verb_backup.h"
#include "operate/verb_check.h"
#include "operate/verb_dead.h"
#include "operate/verb_replay.h"
#include "operate/verb_sagas.h"
#include "serve/verb_endpoints.h"
#include "serve/verb_redrive.h"
#include "serve/verb_serve.h"
#include "shell/shell.h"
#include "simulate/verb_simulate.h"

#include <string.h>

static const struct verb_table *const tables[] = {
    &teller_verbs, &teller_more_verbs,                  /* the bank */
    &demo_verbs,   &shell_verbs,       &simulate_verbs, /* to try it */
    &check_verbs,  &replay_verbs,      &saga_verbs,     /* to operate it */
    &dead_verbs,   &backup_verbs,      &admin_verbs,
    &serve_verbs,  &endpoints_verbs,   &redrive_verbs, /* to talk to other programs */
    NULL,
};

int main(int argc, char **argv)
{
    bank_set_up_process();
    if (argc > 1 && !strcmp(argv[1], "admin"))
        return bank_admin(argc - 1, argv + 1);
    return verbs_run(tables, argc, argv);
}
