/* answers.c - many messages are sent, each of which the server answers. */
#include "nats/answers.h"
#include "nats/connection.h"
#include "nats/names.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- one answer ------------------------------------------------------------------ */

/* Where `what` stands in a text that does not end with a zero; NULL: nowhere. */
static const char *find(const char *text, size_t size, const char *what)
{
    size_t length = strlen(what);

    for (; size >= length; text++, size--)
        if (memcmp(text, what, length) == 0)
            return text + length;
    return NULL;
}

int jn_nats_answer_code(const char *text, size_t size)
{
    const char *error = find(text, size, "\"error\":");
    const char *at =
        error ? find(error, size - (size_t)(error - text), "\"err_code\":") : NULL;
    int code = 0;

    if (!error)
        return 0;
    for (; at && at < text + size && *at >= '0' && *at <= '9' && code < 1000000; at++)
        code = code * 10 + (*at - '0');
    return code ? code : -1;
}

static enum jangle_result result_of(int code)
{
    if (!code)
        return JANGLE_OK;
    if (code == JSStreamMessageExceedsMaximumErr)
        return JANGLE_INVALID;
    return code == JSStreamNotFoundErr ? JANGLE_NOT_FOUND : JANGLE_BUSY;
}

/* True: it is the answer to a message that had none. */
static bool
take_answer(const struct jn_nats *nats, struct jn_nats_answers *answers, natsMsg *message)
{
    const char *subject = natsMsg_GetSubject(message);
    uint64_t number = strtoull(subject + strlen(nats->answers_inbox) + 1, NULL, 10);
    size_t size = (size_t)natsMsg_GetDataLength(message);
    const char *data = natsMsg_GetData(message);
    struct jn_nats_answer *answer;

    if (number < answers->first || number - answers->first >= answers->count)
        return false;
    answer = &answers->items[number - answers->first];
    if (!answer->pending)
        return false;
    answer->pending = false;
    answer->code = jn_nats_answer_code(data, size);
    answer->result = result_of(answer->code);
    if (!answer->code && answers->say_where && !find(data, size, "\"seq\":"))
        answer->result = JANGLE_NOT_FOUND;
    return true;
}

/* ---- a call ---------------------------------------------------------------------- */

/* The old inbox still may get answers for a call that has ended. */
static enum jangle_result renew_inbox(struct jn_nats *nats, struct jangle_error *error)
{
    natsStatus status;

    natsSubscription_Destroy(nats->answers);
    nats->answers = NULL;
    status = jn_nats_subscribe(nats, &nats->answers, nats->answers_inbox);
    if (status)
        return jn_nats_fail(nats, "a subscription for answers", status, 0, error);
    nats->answers_are_late = false;
    return JANGLE_OK;
}

enum jangle_result jn_nats_answers_begin(struct jn_nats *nats,
                                         struct jn_nats_answers *answers,
                                         size_t count,
                                         struct jangle_error *error)
{
    *answers = (struct jn_nats_answers){.count = count, .first = nats->next_answer};
    nats->next_answer += count;
    answers->items =
        jn_new(&nats->allocator, (count ? count : 1) * sizeof *answers->items);
    if (!answers->items)
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "NATS: no memory for the answers of %zu messages", count);
    return nats->answers_are_late ? renew_inbox(nats, error) : JANGLE_OK;
}

void jn_nats_answers_finish(struct jn_nats *nats, struct jn_nats_answers *answers)
{
    jn_free(&nats->allocator, answers->items);
    answers->items = NULL;
}

void jn_nats_answers_inbox(const struct jn_nats *nats,
                           const struct jn_nats_answers *answers,
                           size_t index,
                           char subject[JN_NATS_INBOX_SIZE])
{
    char number[24];

    snprintf(number, sizeof number, "%llu", (unsigned long long)(answers->first + index));
    JN_NATS_JOIN(subject, JN_NATS_INBOX_SIZE, nats->answers_inbox, ".", number);
}

static size_t count_pending(const struct jn_nats_answers *answers)
{
    size_t count = 0;

    for (size_t i = 0; i < answers->count; i++)
        count += answers->items[i].pending;
    return count;
}

static void end_pending(struct jn_nats_answers *answers, enum jangle_result result)
{
    for (size_t i = 0; i < answers->count; i++) {
        if (!answers->items[i].pending)
            continue;
        answers->items[i].pending = false;
        answers->items[i].result = result;
    }
}

static int64_t rest_ms(int64_t until_us)
{
    int64_t rest_us = until_us - jn_monotonic_us();

    return rest_us < 1000 ? 1 : rest_us / 1000;
}

/* If nobody listens at a subject, libnats says so, and does not say at which: so it is
 * those that are left when all others are answered. */
void jn_nats_answers_wait(struct jn_nats *nats,
                          struct jn_nats_answers *answers,
                          int64_t until_us)
{
    size_t pending = count_pending(answers), nobody = 0;
    natsStatus status = NATS_OK;

    while (pending > nobody && (!status || status == NATS_NO_RESPONDERS)) {
        natsMsg *message = NULL;

        status = natsSubscription_NextMsg(&message, nats->answers, rest_ms(until_us));
        if (status == NATS_NO_RESPONDERS)
            nobody++;
        if (message && take_answer(nats, answers, message))
            pending--;
        natsMsg_Destroy(message);
    }
    nats->answers_are_late = pending > nobody;
    end_pending(answers, pending > nobody ? JANGLE_TIMEOUT : JANGLE_NOT_FOUND);
}
