/* settle.c - parcels are settled. DEAD is a copy in the dead-letter queue, which the
 * server has confirmed, before the parcel leaves its own. So is AGAIN if other attempts
 * count than the server has seen; else the server is told the delay.
 *
 * The server takes what it is told of a consumer in the order in which it is sent. So
 * only the last of a call asks for a confirm, which is that of all before it. */
#include "nats/settle.h"
#include "nats/answers.h"
#include "nats/connection.h"
#include "nats/delivery.h"
#include "nats/publish.h"

#include <limits.h>
#include <stdio.h>

enum { SETTLE_MS = 8000, HEADERS_MORE = 3, NUMBER_SIZE = 12 };

/* A settlement on its way. */
struct settling {
    struct jangle_settlement *settlement;
    struct jn_nats_delivery *delivery;
    struct jangle_parcel copy;
    struct jangle_header *headers; /* of the copy */
    char attempts[NUMBER_SIZE];
    size_t posted;  /* its number among those that are posted, plus one; 0: it is not */
    size_t confirm; /* the index of the one that asks for a confirm */
    bool told;
};

static enum jangle_result conflict(const struct jn_nats_delivery *delivery,
                                   struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_CONFLICT,
                            "NATS: a parcel of queue \"%s\" is no longer ours: its time "
                            "was over, or the connection has ended",
                            JN_SHOWN(60, delivery->parcel.queue));
}

/* ---- copies ---------------------------------------------------------------------- */

static bool says_why(const char *name)
{
    return strcmp(name, "jangle-reason") == 0 || strcmp(name, "jangle-queue") == 0 ||
           strcmp(name, "jangle-attempts") == 0;
}

/* With the headers of the last death alone. */
static bool add_headers(struct jn_nats *nats, struct settling *settling)
{
    const struct jangle_parcel *parcel = &settling->delivery->parcel;
    struct jangle_parcel *copy = &settling->copy;
    const char *reason = settling->settlement->reason;
    int attempts = settling->settlement->attempts;
    size_t count = 0;

    settling->headers = jn_new(&nats->allocator, (parcel->header_count + HEADERS_MORE) *
                                                     sizeof *settling->headers);
    if (!settling->headers)
        return false;
    for (size_t i = 0; i < parcel->header_count; i++)
        if (!says_why(parcel->headers[i].name))
            settling->headers[count++] = parcel->headers[i];
    snprintf(settling->attempts, sizeof settling->attempts, "%d",
             attempts > parcel->attempt ? attempts : parcel->attempt);
    settling->headers[count++] =
        (struct jangle_header){"jangle-reason", reason ? reason : ""};
    settling->headers[count++] = (struct jangle_header){"jangle-queue", parcel->queue};
    settling->headers[count++] =
        (struct jangle_header){"jangle-attempts", settling->attempts};
    copy->headers = settling->headers;
    copy->header_count = count;
    return true;
}

static enum jangle_result
copy_dead(struct jn_nats *nats, struct settling *settling, struct jangle_error *error)
{
    const struct jn_nats_attached *attached = settling->delivery->attached;

    if (!attached->queue.dead)
        return jangle_error_set(error, JANGLE_NOT_FOUND,
                                "NATS: queue \"%s\" has no dead-letter queue",
                                JN_SHOWN(60, attached->queue.name));
    settling->copy.queue = attached->queue.dead;
    settling->copy.attempt = 0;
    if (add_headers(nats, settling))
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_NO_MEMORY, "NATS: no memory for a dead letter");
}

static int64_t delay_of(const struct settling *settling)
{
    int64_t given_ms = settling->settlement->delay_ms;
    int64_t fixed_ms = settling->delivery->attached->queue.retry_ms;

    if (fixed_ms)
        given_ms = fixed_ms;
    if (given_ms > JN_NATS_DELAY_MAX_MS)
        return JN_NATS_DELAY_MAX_MS;
    return given_ms < 0 ? 0 : given_ms;
}

/* Is a copy needed? Then make it ready. */
static bool prepare_copy(struct jn_nats *nats,
                         struct settling *settling,
                         struct jn_nats_posted *posted,
                         struct jangle_error *error)
{
    const struct jangle_settlement *settlement = settling->settlement;
    const struct jangle_parcel *parcel = &settling->delivery->parcel;
    enum jangle_result result = JANGLE_OK;

    settling->copy = *parcel;
    settling->copy.topic = NULL;
    settling->copy.result = JANGLE_UNKNOWN;
    *posted = (struct jn_nats_posted){.parcel = &settling->copy, .delay_ms = -1};
    if (settlement->disposition == JANGLE_DEAD) {
        result = copy_dead(nats, settling, error);
    } else if (settlement->disposition == JANGLE_AGAIN &&
               settlement->attempts != parcel->attempt) {
        settling->copy.attempt =
            settlement->attempts < INT_MAX ? settlement->attempts + 1 : INT_MAX;
        posted->delay_ms = delay_of(settling);
    } else {
        return false;
    }
    settling->settlement->result = result;
    return !result;
}

/* Post all copies. Those that are not confirmed are given back afterwards. */
static void post_copies(struct jn_nats *nats,
                        struct settling *all,
                        struct jn_nats_posted *posted,
                        size_t count,
                        int64_t until_us,
                        struct jangle_error *error)
{
    size_t copies = 0;

    for (size_t i = 0; i < count; i++)
        if (!all[i].settlement->result &&
            prepare_copy(nats, &all[i], &posted[copies], error))
            all[i].posted = ++copies;
    jn_nats_post(nats, posted, copies, until_us, error);
    for (size_t i = 0; i < count; i++)
        if (all[i].posted)
            all[i].settlement->result = all[i].copy.result;
}

/* ---- what the server is told ------------------------------------------------------ */

static void write_word(const struct settling *settling, char *word, size_t size)
{
    int64_t delay_ms = delay_of(settling);

    if (settling->settlement->disposition == JANGLE_TAKEN)
        jn_text_copy(word, size, "+ACK");
    else if (settling->posted)
        jn_text_copy(word, size, "+TERM");
    else if (delay_ms > 0)
        snprintf(word, size, "-NAK {\"delay\":%lld}", (long long)delay_ms * 1000000);
    else
        jn_text_copy(word, size, "-NAK");
}

static bool is_of_same_consumer(const struct settling *one, const struct settling *other)
{
    size_t size = one->delivery->consumer_size;

    return other->delivery->consumer_size == size &&
           memcmp(natsMsg_GetReply(one->delivery->message),
                  natsMsg_GetReply(other->delivery->message), size) == 0;
}

/* The confirm of the next one of the same consumer, which stands close behind. */
static void choose_confirm(struct settling *all, size_t index, size_t count)
{
    for (size_t i = index + 1; i < count; i++)
        if (!all[i].settlement->result && is_of_same_consumer(&all[index], &all[i])) {
            all[index].confirm = all[i].confirm;
            return;
        }
    all[index].confirm = index;
}

static void tell_one(struct jn_nats *nats,
                     struct settling *settling,
                     struct jn_nats_answers *answers,
                     size_t index)
{
    const char *subject = natsMsg_GetReply(settling->delivery->message);
    char word[64], reply[JN_NATS_INBOX_SIZE];

    write_word(settling, word, sizeof word);
    answers->items[index].result = JANGLE_BUSY;
    if (!jn_nats_is_connected(nats))
        return;
    if (settling->confirm != index) {
        settling->told = !natsConnection_PublishString(nats->connection, subject, word);
        return;
    }
    jn_nats_answers_inbox(nats, answers, index, reply);
    settling->told = answers->items[index].pending =
        !natsConnection_PublishRequestString(nats->connection, subject, reply, word);
}

/* NOT_FOUND: the consumer was removed, and with it the parcel. No answer: nobody knows
 * whether it comes again. */
static enum jangle_result result_of(const struct settling *settling,
                                    const struct jn_nats_answers *answers)
{
    const struct jn_nats_answer *answer = &answers->items[settling->confirm];

    if (!settling->told || answer->pending || answer->result == JANGLE_TIMEOUT)
        return JANGLE_BUSY;
    return answer->result == JANGLE_NOT_FOUND ? JANGLE_CONFLICT : answer->result;
}

/* What cannot be told has its result; `result` is why nothing can be. */
static void prepare_to_tell(struct jn_nats *nats,
                            struct settling *all,
                            size_t index,
                            size_t count,
                            enum jangle_result result,
                            struct jangle_error *error)
{
    if (result)
        all[index].settlement->result = result;
    else if (!jn_nats_delivery_is_ours(nats, all[index].delivery))
        all[index].settlement->result = conflict(all[index].delivery, error);
    else
        choose_confirm(all, index, count);
}

static enum jangle_result tell_all(struct jn_nats *nats,
                                   struct settling *all,
                                   size_t count,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    struct jn_nats_answers answers;
    enum jangle_result result = jn_nats_answers_begin(nats, &answers, count, error);

    for (size_t i = count; i-- > 0;)
        if (!all[i].settlement->result)
            prepare_to_tell(nats, all, i, count, result, error);
    for (size_t i = 0; i < count; i++)
        if (!all[i].settlement->result)
            tell_one(nats, &all[i], &answers, i);
    if (!result && jn_nats_is_connected(nats))
        jn_nats_answers_wait(nats, &answers, until_us);
    for (size_t i = 0; i < count; i++)
        if (!all[i].settlement->result)
            all[i].settlement->result = result_of(&all[i], &answers);
    jn_nats_answers_finish(nats, &answers);
    return result;
}

/* ---- a call ---------------------------------------------------------------------- */

static enum jangle_result
check(struct jn_nats *nats, const struct settling *settling, struct jangle_error *error)
{
    enum jangle_disposition disposition = settling->settlement->disposition;

    if (disposition < JANGLE_TAKEN || disposition > JANGLE_DEAD)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: a settlement names no disposition");
    if (!jn_nats_delivery_is_ours(nats, settling->delivery))
        return conflict(settling->delivery, error);
    return JANGLE_OK;
}

/* What was not settled as it should be is given back. */
static void
finish(struct jn_nats *nats, struct settling *settling, enum jangle_result *worst)
{
    enum jangle_result result = settling->settlement->result;
    struct jn_nats_delivery *delivery = settling->delivery;

    if (result && jn_nats_delivery_is_ours(nats, delivery))
        jn_nats_tell(nats, natsMsg_GetReply(delivery->message), "-NAK");
    if (result == JANGLE_NO_MEMORY || (result == JANGLE_BUSY && !*worst))
        *worst = result;
    jn_nats_delivery_free(nats, delivery);
    jn_free(&nats->allocator, settling->headers);
}

static enum jangle_result settle_all(struct jn_nats *nats,
                                     struct settling *all,
                                     struct jn_nats_posted *posted,
                                     size_t count,
                                     struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_after_ms(SETTLE_MS);
    enum jangle_result worst = JANGLE_OK;

    for (size_t i = 0; i < count; i++)
        all[i].settlement->result = check(nats, &all[i], error);
    post_copies(nats, all, posted, count, until_us, error);
    tell_all(nats, all, count, jn_monotonic_after_ms(SETTLE_MS), error);
    for (size_t i = 0; i < count; i++)
        finish(nats, &all[i], &worst);
    if (worst == JANGLE_BUSY)
        jn_nats_forgive(error);
    if (worst == JANGLE_BUSY)
        jangle_error_set(error, worst,
                         "NATS: what becomes of a parcel was not confirmed: it may come "
                         "again");
    return worst;
}

enum jangle_result jn_nats_settle(struct jangle_transport *transport,
                                  struct jangle_settlement *settlements,
                                  size_t count,
                                  struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    size_t room = count ? count : 1;
    struct settling *all = jn_new(&nats->allocator, room * sizeof *all);
    struct jn_nats_posted *posted = jn_new(&nats->allocator, room * sizeof *posted);
    enum jangle_result result = all && posted ? JANGLE_OK : JANGLE_NO_MEMORY;

    for (size_t i = 0; i < count; i++) {
        struct jn_nats_delivery *delivery = settlements[i].parcel->receipt;

        settlements[i].result = result;
        if (!result)
            all[i] =
                (struct settling){.settlement = &settlements[i], .delivery = delivery};
        else
            jn_nats_delivery_free(nats, delivery);
    }
    if (!result)
        result = settle_all(nats, all, posted, count, error);
    else
        jangle_error_set(error, result, "NATS: no memory to settle %zu parcels", count);
    jn_free(&nats->allocator, all);
    jn_free(&nats->allocator, posted);
    return result;
}
