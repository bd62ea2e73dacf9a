/* completed.c - the outcomes of events after the checkpoint. */
#include "subscription/completed.h"

/* There is one for each position that an event page may hold, found by the position
 * modulo their number: those of the next page replace those of this one. */
struct jn_answer {
    int64_t position; /* 0: of none */
    struct jn_report report;
};

static size_t answer_count(const struct jn_subscription *subscription)
{
    return (size_t)jn_jangle_of(subscription)->config.batch_count;
}

static struct jn_answer *answer_slot(const struct jn_subscription *subscription,
                                     int64_t position)
{
    return &subscription->completed[(size_t)position % answer_count(subscription)];
}

enum jangle_result jn_completed_reserve(struct jn_subscription *subscription,
                                        struct jangle_error *error)
{
    const struct jangle_allocator *allocator = jn_allocator_of(subscription);

    if (!subscription->completed)
        subscription->completed =
            jn_new(allocator, answer_count(subscription) * sizeof(struct jn_answer));
    if (subscription->completed)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NO_MEMORY, "out of memory for the outcomes of \"%s\"",
                   jn_name_of(subscription));
}

void jn_completed_put(struct jn_subscription *subscription,
                      int64_t position,
                      const struct jn_report *report)
{
    *answer_slot(subscription, position) =
        (struct jn_answer){.position = position, .report = *report};
}

const struct jn_report *jn_completed_find(const struct jn_subscription *subscription,
                                          int64_t position)
{
    const struct jn_answer *answer;

    if (!subscription->completed)
        return NULL;
    answer = answer_slot(subscription, position);
    return answer->position == position ? &answer->report : NULL;
}

bool jn_completed_is_done(const struct jn_subscription *subscription, int64_t position)
{
    const struct jn_report *report = jn_completed_find(subscription, position);

    return report && report->outcome == JN_DONE;
}

void jn_completed_forget(struct jn_subscription *subscription)
{
    jn_free(jn_allocator_of(subscription), subscription->completed);
    subscription->completed = NULL;
}

void jn_completed_forget_failures(struct jn_subscription *subscription)
{
    for (size_t i = 0; subscription->completed && i < answer_count(subscription); i++) {
        if (subscription->completed[i].report.outcome != JN_DONE)
            subscription->completed[i].position = 0;
    }
}
