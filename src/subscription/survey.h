/* survey.h - what other rooms may know of a subscription: copies, made under the mutex.
 * Only subscription/ and dispatch/ read the structs themselves. */
#ifndef JN_SURVEY_H
#define JN_SURVEY_H

#include "subscription/subscription.h"

struct jn_survey {
    bool has_file; /* a view */
    bool owned;    /* this process runs it; if not, what follows means nothing */
    enum jn_subscription_state state;
    enum jn_hold hold;
    bool paused;
    int64_t position;   /* its checkpoint */
    int64_t waiting;    /* parked keys that are tried again */
    int64_t dead;       /* and those that were given up */
    int64_t mismatched; /* events that its filter could not judge */
    struct jn_suspension suspension;
    char last_failure[JN_REASON_SIZE];
};

/* Copy what may be known of the subscription. */
void jn_survey(const struct jn_subscription *subscription, struct jn_survey *survey);

/* Copy it as jn_survey does, for a caller that holds the mutex already. */
void jn_survey_locked(const struct jn_subscription *subscription,
                      struct jn_survey *survey);

/* Is the subscription suspended before the event at that position, which was tried, and
 * is not parked? */
bool jn_survey_stands_before(const struct jn_survey *survey, int64_t position);

/* Copy it as jn_survey does, and visit its parked rows as the store would show them,
 * until another result than OK is returned: under one hold of the mutex, so that both are
 * of one moment. */
void jn_survey_rows(const struct jn_subscription *subscription,
                    struct jn_survey *survey,
                    jangle_parked_fn *visit,
                    void *context);

/* Copy the row of a key; the copy has the key that was given. False if the key is not
 * parked. */
bool jn_survey_row(const struct jn_subscription *subscription,
                   const char *key,
                   struct jn_row *row);

/* The row of the event at that position: a dead one, or with `dead` false any; NULL if
 * there is none. It is the subscription's own row, valid only while that is held. */
const struct jn_row *
jn_survey_row_at(const struct jn_subscription *subscription, int64_t position, bool dead);

#endif
