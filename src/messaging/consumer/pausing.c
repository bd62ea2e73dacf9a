/* pausing.c - a consumer that an operator has paused gives back what it has in hand. */
#include "messaging/consumer/pausing.h"

#include "messaging/consumer/attachment.h"
#include "subscription/subscription.h"

enum { PAUSED_US = 1000000 }; /* it sleeps so long, or until it is woken */

/* What is in hand is given back, so that others can have it. */
static void pause_consumer(struct jn_consuming *consuming, const struct jn_pause *pause)
{
    const char *name = consuming->consumer->name;
    char reason[JN_PAUSE_REASON_SIZE];

    consuming->paused = true;
    jn_consuming_detach(consuming);
    jn_intake_drop(&consuming->intake);
    jn_offsets_save(&consuming->offsets, NULL); /* or what is copied would be so again */
    jn_pause_reason(reason, pause);
    jn_endpoint_note_reason(&consuming->endpoint, reason);
    JN_LOG(&consuming->endpoint.jangle->log, PAUSED,
           JN_PAIRS(JN_TEXT("consumer", name), JN_TEXT("who", pause->who)), "%s is %s",
           name, reason);
}

static void unpause_consumer(struct jn_consuming *consuming)
{
    const char *name = consuming->consumer->name;

    consuming->paused = false;
    consuming->due_us = 0;
    jn_endpoint_note_reason(&consuming->endpoint, "");
    JN_LOG(&consuming->endpoint.jangle->log, RESUMED, JN_PAIRS(JN_TEXT("consumer", name)),
           "%s is paused no longer", name);
}

bool jn_consuming_is_paused(struct jn_consuming *consuming)
{
    struct jn_pause pause;

    jn_pause_find(consuming->endpoint.jangle->dispatch, consuming->consumer->name,
                  &pause);
    if (pause.paused && !consuming->paused)
        pause_consumer(consuming, &pause);
    else if (!pause.paused && consuming->paused)
        unpause_consumer(consuming);
    if (pause.paused)
        jn_consuming_wait(consuming, PAUSED_US);
    return pause.paused;
}
