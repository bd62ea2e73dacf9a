/* figures.c - what the bank's publisher and consumer have done so far, as lines. */
#include "serve/figures.h"
#include "cli/complaint.h"
#include "domain/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool
measure(struct jangle *bank, const char *name, struct jangle_endpoint_stats *stats)
{
    struct jangle_error error = {0};

    if (!jangle_measure_endpoint(bank, name, stats, &error))
        return true;
    if (error.result != JANGLE_CLOSED)
        bank_complain("%s", error.message);
    return false;
}

/* ": the broker is away", or nothing. */
static const char *colon(const struct jangle_endpoint_stats *stats)
{
    return *stats->reason ? ": " : "";
}

bool figures_write(struct jangle *bank, char text[FIGURES_SIZE])
{
    struct jangle_endpoint_stats news, counter;

    if (!measure(bank, bank_news.name, &news) ||
        !measure(bank, bank_counter.name, &counter))
        return false;
    snprintf(text, FIGURES_SIZE,
             "%s: %" PRId64 " published, %" PRId64
             " refused%s%s\n"
             "%s: %" PRId64 " received, %" PRId64 " taken, %" PRId64 " repeated, %" PRId64
             " dead%s%s\n",
             bank_news.name, news.published, news.refused, colon(&news), news.reason,
             bank_counter.name, counter.received, counter.taken, counter.repeated,
             counter.dead, colon(&counter), counter.reason);
    return true;
}
