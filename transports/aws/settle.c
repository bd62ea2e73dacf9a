/* settle.c - what becomes of messages that were received.
 *
 * A dead letter is first sent into the dead-letter queue and then deleted from its own:
 * a crash in between leaves it in both. */
#include "aws/settle.h"
#include "aws/batch.h"
#include "aws/clock.h"
#include "aws/dead.h"
#include "aws/delivery.h"

#include <assert.h>

struct settling {
    struct jn_aws *aws;
    struct jangle_settlement *settlements;
    struct jn_aws_step *steps; /* one of each settlement */
    size_t count;
    int64_t until_us;
    struct jangle_error *error;
};

static bool is_held(const struct jn_aws *aws, const struct jn_aws_delivery *delivery)
{
    const struct jn_aws_delivery *each = aws->held.head.next;

    while (each != &aws->held.head && each != delivery)
        each = each->next;
    return each == delivery;
}

/* When it shall come again: at the next whole second, because SQS knows no others, and no
 * later than Amazon allows since it was received. */
static int64_t delay_of(const struct settling *settling,
                        const struct jangle_settlement *settlement,
                        const struct jn_aws_delivery *delivery)
{
    int64_t retry_ms = delivery->attached->retry_ms;
    int64_t delay_ms = retry_ms ? retry_ms : settlement->delay_ms;
    int64_t passed = (jn_aws_now_us(settling->aws) - delivery->received_us) / 1000000 + 1;
    int64_t most = JN_AWS_VISIBILITY_MAX_S - passed;
    int64_t seconds = delay_ms > 0 ? delay_ms / 1000 + (delay_ms % 1000 > 0) : 0;

    most = most < 0 ? 0 : most;
    return seconds < most ? seconds : most;
}

/* ---- one settlement ------------------------------------------------------------ */

static void plan_again(const struct settling *settling, size_t i)
{
    struct jn_aws_step *step = &settling->steps[i];
    const struct jangle_settlement *settlement = &settling->settlements[i];

    jn_aws_delivery_count(settling->aws, step->delivery, settlement->attempts);
    step->doing = JN_AWS_SHOW;
    step->seconds = delay_of(settling, settlement, step->delivery);
}

/* If the copy is not certain, the message comes again, after a while. */
static enum jangle_result plan_dead(const struct settling *settling, size_t i)
{
    struct jn_aws_step *step = &settling->steps[i];
    struct jangle_settlement *settlement = &settling->settlements[i];
    struct jangle_error why = {0};
    enum jangle_result result = jn_aws_dead_send(
        settling->aws, settlement, step->delivery, settling->until_us, &why);

    settlement->result = result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
    step->doing = result ? JN_AWS_SHOW : JN_AWS_DELETE;
    step->seconds = JN_AWS_GIVE_BACK_S;
    if (settlement->result == JANGLE_BUSY || result == JANGLE_NO_MEMORY)
        return jangle_error_set(settling->error, settlement->result, "%s", why.message);
    return JANGLE_OK;
}

static enum jangle_result plan(const struct settling *settling, size_t i)
{
    struct jn_aws_step *step = &settling->steps[i];
    struct jangle_settlement *settlement = &settling->settlements[i];

    step->delivery = settlement->parcel->receipt;
    assert(is_held(settling->aws, step->delivery));
    settlement->result = JANGLE_OK;
    if (!jn_aws_delivery_is_ours(settling->aws, step->delivery)) {
        settlement->result = JANGLE_CONFLICT;
        return JANGLE_OK;
    }
    switch (settlement->disposition) {
    case JANGLE_TAKEN:
        step->doing = JN_AWS_DELETE;
        return JANGLE_OK;
    case JANGLE_AGAIN:
        plan_again(settling, i);
        return JANGLE_OK;
    case JANGLE_DEAD:
        return plan_dead(settling, i);
    }
    settlement->result = JANGLE_INVALID;
    step->doing = JN_AWS_SHOW;
    return JANGLE_OK;
}

/* ---- all of them --------------------------------------------------------------- */

/* After BUSY no other copy is tried: each would wait as long. */
static enum jangle_result plan_all(const struct settling *settling)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; i < settling->count; i++) {
        if (result && settling->settlements[i].disposition == JANGLE_DEAD) {
            settling->steps[i].delivery = settling->settlements[i].parcel->receipt;
            settling->settlements[i].result = JANGLE_BUSY;
        } else {
            enum jangle_result planned = plan(settling, i);

            result = result ? result : planned;
        }
    }
    return result;
}

static enum jangle_result settle(const struct settling *settling)
{
    enum jangle_result first = plan_all(settling);
    enum jangle_result result =
        jn_aws_batch_do(settling->aws, settling->steps, settling->count,
                        settling->until_us, settling->error);

    for (size_t i = 0; i < settling->count; i++) {
        struct jangle_settlement *settlement = &settling->settlements[i];

        if (settlement->result == JANGLE_OK)
            settlement->result = settling->steps[i].result;
        jn_aws_delivery_free(settling->aws, settling->steps[i].delivery);
    }
    first = first ? first : result;
    return first == JANGLE_BUSY || first == JANGLE_NO_MEMORY ? first : JANGLE_OK;
}

/* Without memory for the steps nothing is told to SQS, and all come again. */
static enum jangle_result give_up(const struct settling *settling)
{
    for (size_t i = 0; i < settling->count; i++) {
        settling->settlements[i].result = JANGLE_NO_MEMORY;
        jn_aws_delivery_free(settling->aws, settling->settlements[i].parcel->receipt);
    }
    return jangle_error_set(settling->error, JANGLE_NO_MEMORY, "no memory to settle");
}

enum jangle_result jn_aws_settle(struct jangle_transport *transport,
                                 struct jangle_settlement *settlements,
                                 size_t count,
                                 struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    struct settling settling = {.aws = aws,
                                .settlements = settlements,
                                .count = count,
                                .until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS),
                                .error = error};
    enum jangle_result result;

    if (!count)
        return JANGLE_OK;
    settling.steps = jn_new(&aws->allocator, count * sizeof *settling.steps);
    if (!settling.steps)
        return give_up(&settling);
    result = settle(&settling);
    jn_free(&aws->allocator, settling.steps);
    return result;
}
