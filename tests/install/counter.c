/* counter.c - its two rules: count upwards, and no further than 100. */
#include "counter.h"

struct counter_state {
    int64_t total;
};

JANGLE_COMMAND(count_up, counter_id, by);
JANGLE_EVENT(counted_up, by, total);
static JANGLE_STRUCT(counter_state, total);

static enum jangle_result decide_count_up(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct counter_state *counter = state;
    const struct count_up *count = command->data;

    if (count->by < 1 || counter->total + count->by > 100)
        return jangle_reject(decision, "it counts upwards, to 100");
    return jangle_emit(decision, counted_up, .by = count->by,
                       .total = counter->total + count->by);
}

static void apply_counted_up(void *state, const struct jangle_event *event)
{
    const struct counted_up *counted = event->data;
    struct counter_state *counter = state;

    counter->total = counted->total;
}

const struct jangle_aggregate counter_aggregate = {
    .name = "counter",
    .state = &counter_state,
    .commands = JANGLE_DECIDERS({&count_up, decide_count_up}),
    .events = JANGLE_APPLIERS({&counted_up, apply_counted_up}),
};
