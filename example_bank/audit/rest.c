/* rest.c - wait until the whole bank is at rest: nothing is under way in it. */
#include "audit/rest.h"
#include "app/bank.h"
#include "app/catch_up.h"
#include "cli/complaint.h"
#include "cli/stop.h"

#include <inttypes.h>

enum { REST_MS = 10 * 60 * 1000, LOOK_MS = 2000 };

/* ---- why it does not rest ---------------------------------------------------- */

static void explain_view(struct jangle *bank, const char *name)
{
    struct jangle_subscriber_stats stats;

    if (bank_explain_suspension(bank, name) ||
        jangle_measure_subscriber(bank, name, &stats, NULL))
        return;
    if (stats.parked || stats.dead)
        bank_complain("the view %s failed: %s", name, stats.reason);
}

static void explain_saga(struct jangle *bank, const char *name)
{
    struct jangle_subscriber_stats stats;

    if (jangle_measure_subscriber(bank, name, &stats, NULL))
        return;
    if (stats.suspended.us || stats.parked || stats.dead)
        bank_complain("the saga %s %s: %s; `bank sagas` and `bank dead` say more", name,
                      stats.suspended.us ? "is suspended" : "waits", stats.reason);
}

static void explain_what_is_left(struct jangle *bank, const struct jangle_left *left)
{
    if (left->parked || left->dead)
        bank_complain("%" PRId64 " events wait for another attempt, %" PRId64
                      " for an operator",
                      left->parked, left->dead);
    for (size_t i = 0; i < bank_views.count; i++)
        explain_view(bank, bank_views.items[i]->name);
    for (size_t i = 0; i < bank_sagas.count; i++)
        explain_saga(bank, bank_sagas.items[i]->name);
}

/* ---- waiting ----------------------------------------------------------------- */

/* The head is read first: an event that this program stores in between can only make the
 * number smaller, and so is never taken for an event of another program. */
int64_t bank_stored_by_others(struct jangle *bank)
{
    int64_t head = bank_head(bank);
    struct jangle_stats stats;

    jangle_measure(bank, &stats);
    return head - stats.events;
}

/* Process all that is stored. Give up when others store more and more. */
static enum jangle_result
drain_bank(struct jangle *bank, struct jangle_left *left, struct jangle_error *error)
{
    int64_t others = bank_stored_by_others(bank);
    enum jangle_result result = JANGLE_TIMEOUT;

    for (int64_t ms = 0; result == JANGLE_TIMEOUT && ms < REST_MS; ms += LOOK_MS) {
        if (stop_was_asked() || bank_stored_by_others(bank) > others)
            break;
        result = jangle_drain(bank, LOOK_MS, left, error);
    }
    return result;
}

enum bank_rest bank_come_to_rest(struct jangle *bank, int64_t *rest)
{
    int64_t others = bank_stored_by_others(bank);
    struct jangle_left left = {0};
    struct jangle_error error = {0};
    enum jangle_result result = drain_bank(bank, &left, &error);
    int64_t head = bank_head(bank);
    bool disturbed = bank_stored_by_others(bank) > others;

    *rest = disturbed ? BANK_NO_REST : head;
    if (stop_was_asked())
        return BANK_BEHIND;
    if (result == JANGLE_TIMEOUT && disturbed)
        return BANK_DISTURBED;
    if (result)
        bank_complain("the views are behind: %s", error.message);
    if (!result && !left.parked && !left.dead && !left.suspended)
        return BANK_RESTS;
    explain_what_is_left(bank, &left);
    return BANK_BEHIND;
}
