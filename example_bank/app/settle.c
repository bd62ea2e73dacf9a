/* settle.c - wait for what commands lead to, whoever has sent them. */
#include "app/settle.h"
#include "app/bank.h"
#include "cli/complaint.h"

enum { WAIT_MS = 10 * 1000 };

/* A saga that waits for another attempt is told of where it is shown. */
static void wait_for_sagas(struct jangle *bank)
{
    int64_t head = bank_head(bank);
    struct jangle_error error = {0};

    for (size_t i = 0; i < bank_sagas.count; i++)
        if (jangle_wait(bank, bank_sagas.items[i]->name, head, WAIT_MS, &error) ==
            JANGLE_TIMEOUT)
            bank_complain("a payment may be on its way still: %s", error.message);
}

static bool wait_for_view(struct jangle *bank, const char *view, int64_t head)
{
    struct jangle_subscriber_stats stats = {0};
    struct jangle_error error = {0};

    if (!jangle_wait(bank, view, head, WAIT_MS, &error))
        return true;
    if (jangle_measure_subscriber(bank, view, &stats, NULL) || !stats.suspended.us)
        bank_complain("the views are behind: %s", error.message);
    else
        bank_complain(
            "the view %s is suspended: %s; `bank replay --repair` builds it"
            " anew",
            view, stats.reason);
    return false;
}

bool settle(struct jangle *bank)
{
    bool settled = true;
    int64_t head;

    wait_for_sagas(bank);
    head = bank_head(bank);
    for (size_t i = 0; i < bank_views.count && settled; i++)
        settled = wait_for_view(bank, bank_views.items[i]->name, head);
    return settled;
}
