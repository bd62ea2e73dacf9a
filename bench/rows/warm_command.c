/* warm_command.c - rows: one command each to streams that hold ten events, or a thousand.
 */
#include "domain.h"
#include "rows.h"

#include <stdio.h>
#include <time.h>

enum { PART = 250 }; /* events of one command that fills a stream */

/* When its folder has been the same for a tenth of a second, the store looks at no file
 * in it after a commit any more. What is counted must not depend on when that is. */
static void let_folder_settle(struct jangle *app, const char *id)
{
    static const struct timespec pause = {.tv_nsec = 200000000};

    domain_send(app, deposit, .account_id = id, .amount = 5);
    nanosleep(&pause, NULL);
    domain_send(app, deposit, .account_id = id, .amount = 5);
}

/* The last stream is for the first commands, of which one compiles SQL, and which are not
 * counted. */
static void set_up(struct bench_work *work)
{
    struct jangle *app = work->state = domain_open(work, NULL, NULL);
    char id[24];

    snprintf(id, sizeof id, "%06lld", (long long)work->room);
    let_folder_settle(app, id);
    for (int64_t i = 0; i < work->room; i++) {
        snprintf(id, sizeof id, "%06lld", (long long)i);
        for (int64_t left = work->row->size; left > 0; left -= PART)
            domain_send(app, fill, .account_id = id, .count = left < PART ? left : PART);
    }
}

static void run(struct bench_work *work)
{
    char id[24];

    for (int64_t i = 0; i < work->count; i++) {
        snprintf(id, sizeof id, "%06lld", (long long)i);
        domain_send(work->state, deposit, .account_id = id, .amount = 5);
    }
    work->sample.count = work->count;
}

static void tear_down(struct bench_work *work)
{
    domain_close(work->state);
}

const struct bench_row warm_command = {
    .name = "warm-command",
    .group = "fixed",
    .summary = "100 commands, each to a stream of ten events, after a first one",
    .unit = "commands",
    .beside = {"raw-insert"},
    .kind = BENCH_FIXED,
    .count = 100,
    .size = 10,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

const struct bench_row warm_command_1000 = {
    .name = "warm-command-1000",
    .group = "fixed",
    .summary = "20 commands, each to a stream of a thousand events, after a first one",
    .unit = "commands",
    .kind = BENCH_FIXED,
    .count = 20,
    .size = 1000,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
