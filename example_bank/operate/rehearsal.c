/* rehearsal.c - builds all views again from the events, and compares. */
#include "operate/rehearsal.h"
#include "app/bank.h"
#include "audit/rest.h"
#include "cli/complaint.h"
#include "cli/progress.h"
#include "cli/stop.h"

#include <inttypes.h>

/* All views together. */
struct rehearsal {
    struct jangle *bank;
    struct jangle_replay_options how;
    struct progress progress;
    int64_t events;
    int64_t tables, rows; /* of this view, that were compared */
    int64_t all_tables, all_rows;
    int views, differing, failed;
};

static bool watch_replay(void *context, const struct jangle_progress *progress)
{
    struct rehearsal *rehearsal = context;

    rehearsal->progress.total = progress->total;
    progress_show(&rehearsal->progress, progress->done);
    rehearsal->tables = progress->tables;
    rehearsal->rows = progress->rows;
    return !stop_was_asked();
}

/* A view that depends on the order of its events would differ, without being wrong. */
static bool may_be_rehearsed(const struct rehearsal *rehearsal,
                             const struct jangle_subscriber *view)
{
    if (!rehearsal->how.shuffled || view->order == JANGLE_ANY_ORDER)
        return true;
    printf("  %-10s not shuffled: it does not say JANGLE_ANY_ORDER\n", view->name);
    return false;
}

static void rehearse_view(struct rehearsal *rehearsal, const char *view)
{
    struct jangle_error error = {0};
    enum jangle_result result;
    double seconds;

    rehearsal->tables = rehearsal->rows = 0;
    progress_begin(&rehearsal->progress, "events", 0);
    result = jangle_replay(rehearsal->bank, view, &rehearsal->how, &error);
    seconds = progress_end(&rehearsal->progress);
    rehearsal->views++;
    rehearsal->all_tables += rehearsal->tables;
    rehearsal->all_rows += rehearsal->rows;
    if (result == JANGLE_INVALID) {
        rehearsal->differing++;
        printf("  %-10s DIFFERS: %s\n", view, error.message);
    } else if (result) {
        rehearsal->failed++;
        printf("  %-10s FAILED: %s\n", view, error.message);
    } else if (rehearsal->how.compare) {
        printf("  %-10s identical: %" PRId64 " tables, %" PRId64 " rows, in %.2f s\n",
               view, rehearsal->tables, rehearsal->rows, seconds);
    } else {
        printf("  %-10s built again in %.2f s\n", view, seconds);
    }
}

static int sum_up(const struct rehearsal *rehearsal)
{
    printf("\n");
    if (rehearsal->failed)
        return bank_complain("%d of %d views could not be built again", rehearsal->failed,
                             rehearsal->views);
    if (rehearsal->differing)
        return bank_complain(
            "%d of %d views are not as the events say;"
            " `bank replay --repair` builds them again",
            rehearsal->differing, rehearsal->views);
    if (!rehearsal->how.compare) {
        printf("%d views were built again from %" PRId64 " events.\n", rehearsal->views,
               rehearsal->events);
        return 0;
    }
    if (rehearsal->events == 0 || rehearsal->all_rows == 0)
        return bank_complain("nothing was compared: %" PRId64 " events, %" PRId64 " rows",
                             rehearsal->events, rehearsal->all_rows);
    printf("%d views are identical in %d %s: %" PRId64 " tables and %" PRId64
           " rows compared.\n",
           rehearsal->views, rehearsal->how.rounds,
           rehearsal->how.rounds == 1 ? "round" : "rounds", rehearsal->all_tables,
           rehearsal->all_rows);
    return 0;
}

/* A view can only be compared when it shows all that has happened. */
static bool is_at_rest(struct jangle *bank)
{
    int64_t rest;
    enum bank_rest found = bank_come_to_rest(bank, &rest);

    if (found == BANK_DISTURBED)
        bank_complain("the views are behind: others go on using the bank");
    return found == BANK_RESTS;
}

int rehearse_all(struct jangle *bank,
                 const char *path,
                 const struct jangle_replay_options *how)
{
    struct rehearsal rehearsal = {.how = *how, .bank = bank};
    struct jangle_stats stats = {0};

    if (how->compare && !is_at_rest(bank))
        return 1;
    jangle_measure(bank, &stats);
    rehearsal.events = stats.position;
    rehearsal.how.progress = watch_replay;
    rehearsal.how.context = &rehearsal;
    printf("Building the views of %s again from %" PRId64 " events.\n\n", path,
           stats.position);
    for (size_t i = 0; i < bank_views.count && !stop_was_asked(); i++)
        if (may_be_rehearsed(&rehearsal, bank_views.items[i]))
            rehearse_view(&rehearsal, bank_views.items[i]->name);
    return stop_was_asked() ? 1 : sum_up(&rehearsal);
}
