/* visit.c - one customer at the counter: open the bank, do one thing, close it. */
#include "app/visit.h"
#include "app/bank.h"
#include "app/catch_up.h"
#include "cli/complaint.h"
#include "cli/show.h"

struct visit visit_begin(const struct options *options)
{
    return (struct visit){.options = options, .bank = bank_open(options->db, 0)};
}

static int print_outcome(const struct jangle_outcome *outcome)
{
    if (outcome->error.result)
        return bank_complain("%s: %s", jangle_result_name(outcome->error.result),
                             outcome->error.message);
    if (*outcome->reply)
        printf("account %s\n", outcome->reply);
    else
        printf("done\n");
    return 0;
}

int visit_end(struct visit *visit)
{
    int status = visit->bank ? print_outcome(&visit->outcome) : 1;

    bank_close(visit->bank);
    return status;
}

int visit_end_payment(struct visit *visit, const char *transaction_id)
{
    int status = visit->bank ? print_outcome(&visit->outcome) : 1;

    if (!status && bank_catch_up(visit->bank))
        show_payment(visit->bank, visit->options->account, transaction_id);
    bank_close(visit->bank);
    return status;
}

int visit_show(const struct options *options, visit_show_fn *show)
{
    struct jangle *bank = bank_open(options->db, 0);
    int status = bank && bank_catch_up(bank) ? show(bank, options->account) : 1;

    bank_close(bank);
    return status;
}
