/* survey.c - what other rooms may know of a subscription: copies, made under
 * the mutex. */
#include "subscription/survey.h"

/* Everything is copied: the caller reads the survey after the mutex is released. */
void jn_survey_locked(const struct jn_subscription *subscription,
                      struct jn_survey *survey)
{
    *survey = (struct jn_survey){
        .has_file = subscription->kind->has_own_checkpoint,
        .owned = subscription->owned,
        .state = jn_subscription_state_of(subscription),
        .hold = subscription->hold,
        .paused = subscription->pause.paused,
        .position = subscription->position,
        .waiting = subscription->parked.waiting,
        .dead = subscription->parked.dead,
        .mismatched = subscription->mismatched,
        .suspension = subscription->suspension,
    };
    memcpy(survey->last_failure, subscription->last_failure, sizeof survey->last_failure);
}

void jn_survey(const struct jn_subscription *subscription, struct jn_survey *survey)
{
    jn_subscription_lock(subscription);
    jn_survey_locked(subscription, survey);
    jn_subscription_unlock(subscription);
}

bool jn_survey_stands_before(const struct jn_survey *survey, int64_t position)
{
    return survey->suspension.before.position == position && position > survey->position;
}

void jn_survey_rows(const struct jn_subscription *subscription,
                    struct jn_survey *survey,
                    jangle_parked_fn *visit,
                    void *context)
{
    enum jangle_result result = JANGLE_OK;
    const struct jn_parked *parked;

    jn_subscription_lock(subscription);
    jn_survey_locked(subscription, survey);
    for (size_t at = 0;
         !result && (parked = jn_map_next(&subscription->parked.map, &at));) {
        struct jangle_parked row =
            jn_row_to_stored(&parked->row, jn_name_of(subscription));

        if (!row.released)
            result = visit(context, &row);
    }
    jn_subscription_unlock(subscription);
}

bool jn_survey_row(const struct jn_subscription *subscription,
                   const char *key,
                   struct jn_row *row)
{
    const struct jn_parked *parked;

    jn_subscription_lock(subscription);
    parked = jn_parked_find(&subscription->parked, key);
    if (parked) {
        *row = parked->row;
        row->stored.key = key;
    }
    jn_subscription_unlock(subscription);
    return parked != NULL;
}

const struct jn_row *
jn_survey_row_at(const struct jn_subscription *subscription, int64_t position, bool dead)
{
    const struct jn_parked *parked;

    jn_subscription_lock(subscription);
    parked = jn_parked_at(&subscription->parked, position, dead);
    jn_subscription_unlock(subscription);
    return parked ? &parked->row : NULL;
}

const char *jangle_subscriber_state_text(enum jangle_subscriber_state state)
{
    static const char *const texts[] = {
#define X(name, text) text,
        JANGLE_SUBSCRIBER_STATES(X)
#undef X
    };

    return (size_t)state < sizeof texts / sizeof *texts ? texts[state] : "no such state";
}
