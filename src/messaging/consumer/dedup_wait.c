/* dedup_wait.c - a consumer receives nothing while its dedup is away. */
#include "messaging/consumer/dedup_wait.h"

#include "messaging/consumer/attachment.h"

/* Messages that cannot be claimed wait at the broker, which gives them to others: in
 * hand, they would hold up those. */
void jn_dedup_wait_begin(struct jn_consuming *consuming,
                         int64_t wait_us,
                         const struct jangle_error *why)
{
    jn_consuming_detach(consuming);
    jn_intake_drop(&consuming->intake);
    consuming->waits_for_dedup = true;
    if (!consuming->declared)
        consuming->declared = jn_consuming_declare(consuming);
    jn_endpoint_note_reason(&consuming->endpoint, why->message);
    jn_consuming_wait(consuming, wait_us);
}

/* What is in hand already may be handled, and waits for the store. */
bool jn_dedup_wait_is_over(struct jn_consuming *consuming)
{
    struct jangle_error error = {0};
    int64_t wait_us = 0;

    if (consuming->intake.count)
        return true;
    if (!jn_claims_may_receive(&consuming->claims, &wait_us, &error)) {
        jn_dedup_wait_begin(consuming, wait_us, &error);
        return false;
    }
    if (consuming->waits_for_dedup)
        jn_endpoint_note_reason(&consuming->endpoint, "");
    consuming->waits_for_dedup = consuming->declared = false;
    return true;
}
