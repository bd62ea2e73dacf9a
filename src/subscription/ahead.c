/* ahead.c - what came of events that the checkpoint is not past: those of a subscription
 * that several threads share. */
#include "subscription/ahead.h"

/* One for each position that a page may hold; the next page's take their places. */
struct jn_answer {
    int64_t position; /* 0: of none */
    struct jn_report report;
};

static size_t answer_count(const struct jn_subscription *subscription)
{
    return (size_t)jn_jangle_of(subscription)->config.batch_count;
}

static struct jn_answer *slot_of(const struct jn_subscription *subscription,
                                 int64_t position)
{
    return &subscription->ahead[(size_t)position % answer_count(subscription)];
}

enum jangle_result jn_ahead_reserve(struct jn_subscription *subscription,
                                    struct jangle_error *error)
{
    const struct jangle_allocator *allocator =
        &jn_jangle_of(subscription)->host.host.allocator;

    if (!subscription->ahead)
        subscription->ahead =
            jn_new(allocator, answer_count(subscription) * sizeof(struct jn_answer));
    if (subscription->ahead)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NO_MEMORY, "out of memory for what \"%s\" does ahead",
                   jn_subscriber_of(subscription)->name);
}

void jn_ahead_put(struct jn_subscription *subscription,
                  int64_t position,
                  const struct jn_report *report)
{
    *slot_of(subscription, position) =
        (struct jn_answer){.position = position, .report = *report};
}

const struct jn_report *jn_ahead_find(const struct jn_subscription *subscription,
                                      int64_t position)
{
    const struct jn_answer *answer;

    if (!subscription->ahead)
        return NULL;
    answer = slot_of(subscription, position);
    return answer->position == position ? &answer->report : NULL;
}

bool jn_ahead_is_done(const struct jn_subscription *subscription, int64_t position)
{
    const struct jn_report *report = jn_ahead_find(subscription, position);

    return report && report->outcome == JN_DONE;
}

void jn_ahead_forget(struct jn_subscription *subscription)
{
    jn_free(&jn_jangle_of(subscription)->host.host.allocator, subscription->ahead);
    subscription->ahead = NULL;
}

void jn_ahead_forget_failures(struct jn_subscription *subscription)
{
    for (size_t i = 0; subscription->ahead && i < answer_count(subscription); i++) {
        if (subscription->ahead[i].report.outcome != JN_DONE)
            subscription->ahead[i].position = 0;
    }
}
