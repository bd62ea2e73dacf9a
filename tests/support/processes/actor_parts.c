/* actor_parts.c - what an actor's instance is made of: purses, a view, a handler; each
 * can be stopped in the middle. */
#include "support/processes/actor_life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct actor_self actor_self;

static void stop_at(enum actor_place checkpoint)
{
    char line[ACTOR_LINE];

    if (actor_self.stop != checkpoint)
        return;
    actor_self.stop = NOWHERE;
    if (!actor_write_line(actor_self.to, "stopped") ||
        !actor_read_line(actor_self.from, line) || strcmp(line, "go") != 0)
        _exit(1);
}

/* The purse's deciders, of which one can be stopped. */
static jangle_decide_fn *take_from_purse;
static struct jangle_decider deciders[16];
static struct jangle_aggregate purse;
const struct jangle_aggregates actor_aggregates =
    JANGLE_AGGREGATES(&purse, &guild_aggregate, &names_aggregate, &mint_aggregate);

static enum jangle_result decide_take(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    stop_at(IN_DECIDE);
    return take_from_purse(decision, state, command);
}

void actor_make_purse(void)
{
    purse = purse_aggregate;
    purse.commands.items = deciders;
    for (size_t i = 0; i < purse_aggregate.commands.count; i++) {
        deciders[i] = purse_aggregate.commands.items[i];
        if (deciders[i].command != &take_out)
            continue;
        take_from_purse = deciders[i].decide;
        deciders[i].decide = decide_take;
    }
}

/* ---- its subscribers --------------------------------------------------------- */

JANGLE_STRUCT(row_counts, rows, different);
JANGLE_QUERY(get_rows, purse_id, answer(row_counts));

/* A second row of the same event would be let in. */
static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    enum jangle_result result = jangle_view_run(
        delivery->view, "INSERT INTO shown (position) VALUES (?)", event->position);

    stop_at(IN_VIEW);
    return result;
}

static enum jangle_result answer_rows(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    struct row_counts counts;
    enum jangle_result result =
        jangle_view_row(query->view, &counts, row_counts,
                        "SELECT count(*) AS rows, count(DISTINCT position) AS different "
                        "FROM shown");

    return result ? result
                  : jangle_answer_with(answer, row_counts, .rows = counts.rows,
                                       .different = counts.different);
}

static enum jangle_result write_diary(char what, int64_t position)
{
    char line[64];
    int size =
        snprintf(line, sizeof line, "%c %" PRId64 " %d\n", what, position, (int)getpid());

    return write(actor_self.diary, line, (size_t)size) == size ? JANGLE_OK
                                                               : JANGLE_INVALID;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)delivery;
    if (write_diary('b', event->position))
        return JANGLE_INVALID;
    stop_at(IN_HANDLER);
    return write_diary('e', event->position);
}

static const struct jangle_subscriber shown = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS(
        {&coins_put_in, show}, {&coins_taken_out, show}, {&coin_struck, show}),
    .answerers = JANGLE_ANSWERERS({&get_rows, answer_rows}),
    .schema = "CREATE TABLE shown (position INTEGER)"};

static const struct jangle_subscriber it = {
    .name = "it",
    .handlers = JANGLE_HANDLERS(
        {&coins_put_in, handle}, {&coins_taken_out, handle}, {&coin_struck, handle}),
    .start = JANGLE_FROM_FIRST};

const struct jangle_subscribers actor_subscribers = JANGLE_SUBSCRIBERS(&shown, &it);
