/* catch_up.c - wait until the views show what a command led to. */
#include "app/catch_up.h"
#include "app/bank.h"
#include "cli/complaint.h"

enum { WAIT_MS = 10 * 1000 };

int64_t bank_head(struct jangle *bank)
{
    struct jangle_subscriber_stats stats;

    if (jangle_measure_subscriber(bank, bank_views.items[0]->name, &stats, NULL))
        return 0;
    return stats.position + stats.lag;
}

bool bank_explain_suspension(struct jangle *bank, const char *view)
{
    struct jangle_subscriber_stats stats;

    if (jangle_measure_subscriber(bank, view, &stats, NULL) || !stats.suspended.us)
        return false;
    bank_complain("the view %s is suspended: %s; `bank replay --repair` builds it again",
                  view, stats.reason);
    return true;
}

/* A saga that failed is no reason to wait: its payment is shown as far as it has come. */
static void wait_for_sagas(struct jangle *bank)
{
    int64_t head = bank_head(bank);
    struct jangle_error error = {0};

    for (size_t i = 0; i < bank_sagas.count; i++)
        if (jangle_wait(bank, bank_sagas.items[i]->name, head, WAIT_MS, &error) ==
            JANGLE_TIMEOUT)
            bank_complain("a payment may still be on its way: %s", error.message);
}

static bool wait_for_view(struct jangle *bank, const char *view, int64_t head)
{
    struct jangle_error error = {0};

    if (!jangle_wait(bank, view, head, WAIT_MS, &error))
        return true;
    if (!bank_explain_suspension(bank, view))
        bank_complain("the views are behind: %s", error.message);
    return false;
}

bool bank_catch_up(struct jangle *bank)
{
    bool caught_up = true;
    int64_t head;

    wait_for_sagas(bank);
    head = bank_head(bank); /* the sagas' commands may have stored events */
    for (size_t i = 0; i < bank_views.count && caught_up; i++)
        caught_up = wait_for_view(bank, bank_views.items[i]->name, head);
    return caught_up;
}
