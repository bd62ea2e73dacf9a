/* delivery.c - what a handler calls about the event that it is handling. */
#include "dispatch/delivery.h"

/* The first failure stays: a handler that goes on after it, and fails again for that
 * reason, must not hide why. */
static JANGLE_PRINTF(3, 0) enum jangle_result stick(struct jn_delivery *delivery,
                                                    enum jangle_result result,
                                                    const char *reason,
                                                    va_list values)
{
    if (delivery->failed_with)
        return delivery->failed_with;
    delivery->failed_with = jn_fail_reported(
        &delivery->report.error, "jangle_delivery_fail", result, reason, values);
    return delivery->failed_with;
}

enum jangle_result jangle_delivery_fail(struct jangle_delivery *delivery,
                                        enum jangle_result result,
                                        const char *reason,
                                        ...)
{
    va_list values;

    va_start(values, reason);
    result = stick((struct jn_delivery *)delivery, result, reason, values);
    va_end(values);
    return result;
}

/* A delay that is asked for after a failure is ignored, because the failure may be one
 * that is never tried again. */
enum jangle_result jangle_delivery_retry_in(struct jangle_delivery *delivery, int64_t ms)
{
    struct jn_delivery *inner = (struct jn_delivery *)delivery;

    if (inner->failed_with)
        return inner->failed_with;
    inner->report.retry_in_ms = jn_host_asked_ms(ms);
    return jangle_delivery_fail(delivery, JANGLE_RETRY,
                                "the handler asked to be called again");
}

/* A rejection makes the event a dead letter at once, so only the first failure may be
 * one. */
enum jangle_result
jangle_delivery_reject(struct jangle_delivery *delivery, const char *reason, ...)
{
    struct jn_delivery *inner = (struct jn_delivery *)delivery;
    enum jangle_result result;
    va_list values;

    if (inner->failed_with)
        return inner->failed_with;
    inner->refused = true;
    va_start(values, reason);
    result = stick(inner, JANGLE_REJECTED, reason, values);
    va_end(values);
    return result;
}
