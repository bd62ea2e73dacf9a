/* survey.c - what other rooms may know of a subscription: copies, made under the mutex.
 */
#include "subscription/survey.h"

/* Everything is copied: the caller reads the survey after the mutex is released. */
void jn_survey_locked(const struct jn_subscription *subscription,
                      struct jn_survey *survey)
{
    *survey = (struct jn_survey){
        .owned = subscription->owned,
        .hold = subscription->hold,
        .position = subscription->position,
        .waiting = subscription->parked.waiting,
        .dead = subscription->parked.dead,
        .suspension = subscription->suspension,
    };
    memcpy(survey->last_failure, subscription->last_failure, sizeof survey->last_failure);
}

void jn_survey(const struct jn_subscription *subscription, struct jn_survey *survey)
{
    jn_dispatch_lock(subscription->dispatch);
    jn_survey_locked(subscription, survey);
    jn_dispatch_unlock(subscription->dispatch);
}

bool jn_survey_stands_before(const struct jn_survey *survey, int64_t position)
{
    return survey->suspension.before.position == position && position > survey->position;
}

void jn_survey_rows(const struct jn_subscription *subscription,
                    struct jn_survey *survey,
                    jn_row_fn *visit,
                    void *context)
{
    const struct jn_parked *parked;

    jn_dispatch_lock(subscription->dispatch);
    jn_survey_locked(subscription, survey);
    for (size_t at = 0; (parked = jn_map_next(&subscription->parked.map, &at));) {
        if (!parked->row.stored.released && !visit(context, &parked->row))
            break;
    }
    jn_dispatch_unlock(subscription->dispatch);
}

bool jn_survey_row(const struct jn_subscription *subscription,
                   const char *key,
                   struct jangle_arena *arena,
                   struct jn_row *row)
{
    const struct jn_parked *parked;

    jn_dispatch_lock(subscription->dispatch);
    parked = jn_parked_find(&subscription->parked, key);
    if (parked) {
        *row = parked->row;
        row->stored.key = jn_arena_copy_text(arena, key);
    }
    jn_dispatch_unlock(subscription->dispatch);
    return parked != NULL;
}

const struct jn_row *
jn_survey_row_at(const struct jn_subscription *subscription, int64_t position, bool dead)
{
    const struct jn_parked_set *set = &subscription->parked;
    const struct jn_parked *parked;

    jn_dispatch_lock(subscription->dispatch);
    parked = dead ? jn_parked_dead_at(set, position) : jn_parked_at(set, position);
    jn_dispatch_unlock(subscription->dispatch);
    return parked ? &parked->row : NULL;
}
