/* settle.c - lies about what becomes of parcels: TR-9 to TR-12. */
#include "contract/lies/lying_transport.h"

#include <stdio.h>

#define SETTLE(name)                                                                     \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   struct jangle_settlement *settlements, size_t count,  \
                                   struct jangle_error *error)
#define SETTLE_HONESTLY honest_settle(transport, settlements, count, error)

/* ---- TR-9 ---------------------------------------------------------------------- */

SETTLE(take_nothing)
{
    for (size_t i = 0; i < count; i++) {
        if (settlements[i].disposition != JANGLE_TAKEN)
            honest_settle(transport, &settlements[i], 1, error);
        else
            settlements[i].result = JANGLE_OK;
    }
    return JANGLE_OK;
}

SETTLE(take_what_says_nothing)
{
    for (size_t i = 0; i < count; i++)
        if (!settlements[i].disposition)
            settlements[i].disposition = JANGLE_TAKEN;
    return SETTLE_HONESTLY;
}

static bool says_nothing(const struct jangle_settlement *settlements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!settlements[i].disposition)
            return true;
    return false;
}

SETTLE(one_that_is_invalid_spoils_all)
{
    bool spoilt = says_nothing(settlements, count);
    enum jangle_result result = SETTLE_HONESTLY;

    for (size_t i = 0; spoilt && i < count; i++)
        settlements[i].result = JANGLE_INVALID;
    return result;
}

SETTLE(fail_the_call_for_one)
{
    bool spoilt = says_nothing(settlements, count);
    enum jangle_result result = SETTLE_HONESTLY;

    return spoilt ? jangle_error_set(error, JANGLE_INVALID, "one says nothing") : result;
}

SETTLE(forget_the_last_result)
{
    enum jangle_result before = count ? settlements[count - 1].result : JANGLE_OK;
    enum jangle_result result = SETTLE_HONESTLY;

    if (count)
        settlements[count - 1].result = before;
    return result;
}

SETTLE(settle_the_first)
{
    enum jangle_result result =
        honest_settle(transport, settlements, count ? 1 : 0, error);

    for (size_t i = 1; i < count; i++)
        settlements[i].result = JANGLE_OK;
    return result;
}

SETTLE(there_is_no_conflict)
{
    enum jangle_result result = SETTLE_HONESTLY;

    for (size_t i = 0; i < count; i++)
        if (settlements[i].result == JANGLE_CONFLICT)
            settlements[i].result = JANGLE_OK;
    return result;
}

/* What is dead is copied, though another has the parcel. */
SETTLE(bury_what_others_have)
{
    bool dead = count == 1 && settlements[0].disposition == JANGLE_DEAD;
    enum jangle_result result = SETTLE_HONESTLY;
    struct jangle_parcel copy = {
        .queue = lying_of(transport)->broker->dead, .body = "x", .body_size = 1};

    if (dead && settlements[0].result == JANGLE_CONFLICT)
        honest_publish(transport, &copy, 1, 1000, NULL);
    return result;
}

SETTLE(refuse_an_empty_call)
{
    return count ? SETTLE_HONESTLY
                 : jangle_error_set(error, JANGLE_INVALID, "no settlements");
}

/* Only the last parcel that was received counts. */
SETTLE(forget_earlier_ones)
{
    struct lying_transport *liar = lying_of(transport);
    const struct jangle_parcel *last =
        liar->held_count ? &liar->held[liar->held_count - 1] : NULL;
    bool is_last = count != 1 || !last || settlements[0].parcel->receipt == last->receipt;
    enum jangle_result result = SETTLE_HONESTLY;

    if (!is_last)
        settlements[0].result = JANGLE_CONFLICT;
    return result;
}

SETTLE(confuse_dead_with_taken)
{
    for (size_t i = 0; i < count; i++)
        if (settlements[i].disposition == JANGLE_DEAD)
            settlements[i].disposition = JANGLE_TAKEN;
    return SETTLE_HONESTLY;
}

/* ---- TR-10 --------------------------------------------------------------------- */

SETTLE(forget_attempts)
{
    for (size_t i = 0; i < count; i++)
        settlements[i].attempts = 0;
    return SETTLE_HONESTLY;
}

SETTLE(count_attempts_itself)
{
    for (size_t i = 0; i < count; i++)
        settlements[i].attempts = settlements[i].parcel->attempt;
    return SETTLE_HONESTLY;
}

SETTLE(ignore_the_delay)
{
    for (size_t i = 0; i < count; i++)
        settlements[i].delay_ms = 0;
    return SETTLE_HONESTLY;
}

SETTLE(halve_the_delay)
{
    for (size_t i = 0; i < count; i++)
        settlements[i].delay_ms /= 2;
    return SETTLE_HONESTLY;
}

/* Nothing is received until the delay is over. */
SETTLE(let_all_wait)
{
    struct lying_transport *liar = lying_of(transport);
    const struct jangle_clock *clock = &liar->host.clock;

    for (size_t i = 0; i < count; i++)
        if (settlements[i].disposition == JANGLE_AGAIN)
            liar->until_us =
                clock->monotonic_us(clock->context) + settlements[i].delay_ms * 1000;
    return SETTLE_HONESTLY;
}

static enum jangle_result receive_later(struct jangle_transport *transport,
                                        size_t limit,
                                        size_t bytes,
                                        int64_t wait_ms,
                                        struct jangle_parcel **parcels,
                                        size_t *count,
                                        struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);
    const struct jangle_clock *clock = &liar->host.clock;

    *count = 0;
    if (clock->monotonic_us(clock->context) < liar->until_us)
        return JANGLE_OK;
    return honest_receive(transport, limit, bytes, wait_ms, parcels, count, error);
}

/* In the queue where they wait, the first holds up the others. */
SETTLE(let_the_first_delay_hold)
{
    struct lying_transport *liar = lying_of(transport);

    for (size_t i = 0; i < count; i++) {
        if (settlements[i].disposition != JANGLE_AGAIN)
            continue;
        if (settlements[i].delay_ms < liar->until_us)
            settlements[i].delay_ms = liar->until_us;
        liar->until_us = settlements[i].delay_ms;
    }
    return SETTLE_HONESTLY;
}

/* Publish a copy, and take the first one. */
static enum jangle_result copy_and_take(struct jangle_transport *transport,
                                        struct jangle_settlement *settlement,
                                        const struct jangle_parcel *as,
                                        struct jangle_error *error)
{
    struct jangle_parcel copy = *as;
    enum jangle_result result = honest_publish(transport, &copy, 1, 1000, error);

    result = result ? result : copy.result;
    settlement->disposition = JANGLE_TAKEN;
    if (result == JANGLE_OK)
        return honest_settle(transport, settlement, 1, error);
    settlement->result = result;
    return JANGLE_OK;
}

/* A name that outlives its parcel. */
static const char *queue_of(const struct jangle_settlement *settlement)
{
    static char name[LYING_NAME_SIZE];

    jn_text_copy(name, sizeof name, settlement->parcel->queue);
    return name;
}

SETTLE(copy_without_headers)
{
    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel copy = *settlements[i].parcel;

        copy.topic = NULL;
        copy.queue = queue_of(&settlements[i]);
        copy.attempt = settlements[i].attempts + 1;
        copy.header_count = 0;
        if (settlements[i].disposition == JANGLE_AGAIN)
            copy_and_take(transport, &settlements[i], &copy, error);
        else
            honest_settle(transport, &settlements[i], 1, error);
    }
    return JANGLE_OK;
}

SETTLE(copy_without_key_and_id)
{
    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel copy = *settlements[i].parcel;

        copy.topic = NULL;
        copy.queue = queue_of(&settlements[i]);
        copy.attempt = settlements[i].attempts + 1;
        copy.key = copy.id = NULL;
        if (settlements[i].disposition == JANGLE_AGAIN)
            copy_and_take(transport, &settlements[i], &copy, error);
        else
            honest_settle(transport, &settlements[i], 1, error);
    }
    return JANGLE_OK;
}

/* What waits for its delay is in the memory of who received it, and goes with it. */
SETTLE(remember_what_waits)
{
    struct lying_transport *liar = lying_of(transport);
    const struct jangle_clock *clock = &liar->host.clock;

    if (count == 1 && settlements[0].disposition == JANGLE_AGAIN &&
        settlements[0].delay_ms &&
        settlements[0].parcel->body_size < sizeof liar->later) {
        memcpy(liar->later, settlements[0].parcel->body,
               settlements[0].parcel->body_size);
        liar->later[settlements[0].parcel->body_size] = '\0';
        liar->later_attempt = settlements[0].attempts + 1;
        liar->until_us =
            clock->monotonic_us(clock->context) + settlements[0].delay_ms * 1000;
        settlements[0].disposition = JANGLE_TAKEN;
    }
    return SETTLE_HONESTLY;
}

static enum jangle_result receive_what_waited(struct jangle_transport *transport,
                                              size_t limit,
                                              size_t bytes,
                                              int64_t wait_ms,
                                              struct jangle_parcel **parcels,
                                              size_t *count,
                                              struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);
    const struct jangle_clock *clock = &liar->host.clock;
    struct jangle_parcel parcel = {.queue = liar->attached,
                                   .body = liar->later,
                                   .body_size = strlen(liar->later),
                                   .attempt = liar->later_attempt};

    if (*liar->later && clock->monotonic_us(clock->context) >= liar->until_us) {
        honest_publish(transport, &parcel, 1, 1000, NULL);
        *liar->later = '\0';
    }
    return honest_receive(transport, limit, bytes, wait_ms, parcels, count, error);
}

static enum jangle_result ignore_the_queues_delay(struct jangle_transport *transport,
                                                  const struct jangle_queue *queue,
                                                  struct jangle_error *error)
{
    struct jangle_queue other = *queue;

    other.retry_ms = 0;
    return honest_declare_queue(transport, &other, error);
}

static enum jangle_result ignore_the_attempt(struct jangle_transport *transport,
                                             struct jangle_parcel *parcels,
                                             size_t count,
                                             int64_t timeout_ms,
                                             struct jangle_error *error)
{
    for (size_t i = 0; i < count; i++)
        parcels[i].attempt = 0;
    return honest_publish(transport, parcels, count, timeout_ms, error);
}

/* ---- TR-11 --------------------------------------------------------------------- */

enum dead_form {
    NO_REASON = 1,
    NO_QUEUE = 2,
    NO_ATTEMPTS = 4,
    ONE_ATTEMPT = 8,
    NO_BODY = 16,
    NO_KEY = 32,
    NO_ID = 64,
    NO_TYPE = 128,
    NO_HEADERS = 256,
    OLD_HEADERS = 512, /* those of an earlier death stay */
    TAKE_FIRST = 1024,
    PAUSE = 4096, /* after it was taken */
    KEEP = 2048,  /* in its queue, too */
    RECEIVED_ATTEMPTS = 8192
};

static bool is_ours(const char *name)
{
    return strncmp(name, "jangle-", 7) == 0;
}

static size_t dead_headers(struct jangle_header headers[64],
                           const struct jangle_settlement *settlement,
                           const char *attempts,
                           unsigned form)
{
    const struct jangle_parcel *parcel = settlement->parcel;
    size_t count = 0;

    for (size_t i = 0; !(form & NO_HEADERS) && i < parcel->header_count; i++)
        if (form & OLD_HEADERS || !is_ours(parcel->headers[i].name))
            headers[count++] = parcel->headers[i];
    if (!(form & NO_REASON))
        headers[count++] = (struct jangle_header){
            "jangle-reason", settlement->reason ? settlement->reason : ""};
    if (!(form & NO_QUEUE))
        headers[count++] = (struct jangle_header){"jangle-queue", queue_of(settlement)};
    if (!(form & NO_ATTEMPTS))
        headers[count++] = (struct jangle_header){"jangle-attempts", attempts};
    return count;
}

static const char *outlive(char to[64], const char *text)
{
    jn_text_copy(to, 64, text ? text : "");
    return text ? to : NULL;
}

/* What the parcel points to is gone when it is taken. With a pause in which much may
 * happen, it goes back if it cannot be buried. */
static enum jangle_result take_and_publish(struct jangle_transport *transport,
                                           struct jangle_settlement *settlement,
                                           const struct jangle_parcel *as,
                                           bool pause,
                                           struct jangle_error *error)
{
    const char *back = queue_of(settlement);
    static char names[64][64], values[64][64];
    char body[1024], key[64], id[64], type[64];
    struct jangle_header headers[64];
    struct jangle_parcel dead = *as;

    memcpy(body, dead.body, dead.body_size < sizeof body ? dead.body_size : sizeof body);
    dead.body = body;
    dead.key = outlive(key, dead.key);
    dead.id = outlive(id, dead.id);
    dead.content_type = outlive(type, dead.content_type);
    dead.route = NULL;
    for (size_t i = 0; i < dead.header_count; i++) {
        headers[i].name = outlive(names[i], dead.headers[i].name);
        headers[i].value = outlive(values[i], dead.headers[i].value);
    }
    dead.headers = headers;
    settlement->disposition = JANGLE_TAKEN;
    dead.result = honest_settle(transport, settlement, 1, error);
    if (pause)
        jn_pause_until(jn_monotonic_after_ms(50));
    honest_publish(transport, &dead, 1, 1000, NULL);
    if (pause && dead.result == JANGLE_NOT_FOUND) {
        dead.queue = back;
        honest_publish(transport, &dead, 1, 1000, NULL);
        dead.result = JANGLE_BUSY;
    }
    settlement->result = dead.result;
    return JANGLE_OK;
}

static int attempts_of(const struct jangle_settlement *settlement, unsigned form)
{
    int received = settlement->parcel->attempt;

    if (form & ONE_ATTEMPT)
        return 1;
    if (form & RECEIVED_ATTEMPTS || settlement->attempts < received)
        return received;
    return settlement->attempts;
}

static enum jangle_result bury(struct jangle_transport *transport,
                               struct jangle_settlement *settlement,
                               unsigned form,
                               struct jangle_error *error)
{
    struct jangle_header headers[64];
    struct jangle_parcel dead = *settlement->parcel;
    char attempts[16];

    snprintf(attempts, sizeof attempts, "%d", attempts_of(settlement, form));
    dead.topic = NULL;
    dead.queue = lying_of(transport)->broker->dead;
    dead.headers = headers;
    dead.header_count = dead_headers(headers, settlement, attempts, form);
    dead.attempt = 0;
    dead.body_size = form & NO_BODY ? 0 : dead.body_size;
    dead.key = form & NO_KEY ? NULL : dead.key;
    dead.id = form & NO_ID ? NULL : dead.id;
    dead.content_type = form & NO_TYPE ? NULL : dead.content_type;
    if (form & KEEP) {
        honest_publish(transport, &dead, 1, 1000, error);
        settlement->disposition = JANGLE_AGAIN;
        return honest_settle(transport, settlement, 1, error);
    }
    if (form & TAKE_FIRST)
        return take_and_publish(transport, settlement, &dead, form & PAUSE, error);
    return copy_and_take(transport, settlement, &dead, error);
}

#define BURY(name, form)                                                                 \
    SETTLE(name)                                                                         \
    {                                                                                    \
        for (size_t i = 0; i < count; i++) {                                             \
            if (settlements[i].disposition == JANGLE_DEAD)                               \
                bury(transport, &settlements[i], form, error);                           \
            else                                                                         \
                honest_settle(transport, &settlements[i], 1, error);                     \
        }                                                                                \
        return JANGLE_OK;                                                                \
    }

BURY(bury_honestly, 0)
BURY(bury_without_reason, NO_REASON)
BURY(bury_without_queue, NO_QUEUE)
BURY(bury_without_attempts, NO_ATTEMPTS)
BURY(bury_after_one_attempt, ONE_ATTEMPT)
BURY(bury_as_often_as_received, RECEIVED_ATTEMPTS)
BURY(bury_without_body, NO_BODY)
BURY(bury_without_key, NO_KEY)
BURY(bury_without_id, NO_ID)
BURY(bury_without_type, NO_TYPE)
BURY(bury_without_headers, NO_HEADERS)
BURY(bury_with_old_headers, OLD_HEADERS)
BURY(take_first_and_bury, TAKE_FIRST)
BURY(take_first_and_bury_later, TAKE_FIRST | PAUSE)
BURY(bury_and_keep, KEEP)

/* ---- TR-12 --------------------------------------------------------------------- */

static enum jangle_result tend_and_give_back(struct jangle_transport *transport,
                                             struct jangle_error *error)
{
    if (lying_of(transport)->held_count)
        give_back_held(lying_of(transport));
    return honest_tend(transport, error);
}

static enum jangle_result tend_nothing(struct jangle_transport *transport,
                                       struct jangle_error *error)
{
    if (!*lying_of(transport)->attached)
        return jangle_error_set(error, JANGLE_INVALID, "there is nothing to tend");
    return honest_tend(transport, error);
}

static enum jangle_result tend_and_lose(struct jangle_transport *transport,
                                        struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);

    if (liar->broker->held && liar->broker->counter++ > 2 && *liar->attached)
        return jangle_error_set(error, JANGLE_BUSY, "the heartbeat was forgotten");
    return honest_tend(transport, error);
}

#define LIE(number, sentence, ...)                                                       \
    {                                                                                    \
        .clause = "TR-" #number, .what = sentence, .ops = { __VA_ARGS__ }                \
    }

const struct transport_lie lies_about_settling[] = {
    LIE(9, "takes nothing", .settle = take_nothing),
    LIE(9, "takes what says nothing", .settle = take_what_says_nothing),
    LIE(9,
        "lets a settlement that is INVALID spoil all",
        .settle = one_that_is_invalid_spoils_all),
    LIE(9, "fails the call for one", .settle = fail_the_call_for_one),
    LIE(9, "forgets the last result", .settle = forget_the_last_result),
    LIE(9, "settles the first alone", .settle = settle_the_first),
    LIE(9, "knows no conflict", .settle = there_is_no_conflict),
    LIE(9, "buries what others have", .settle = bury_what_others_have),
    LIE(9, "refuses a call without settlements", .settle = refuse_an_empty_call),
    LIE(9, "forgets what it received earlier", .settle = forget_earlier_ones),
    LIE(9, "takes DEAD for TAKEN", .settle = confuse_dead_with_taken),
    LIE(10, "forgets the attempts", .settle = forget_attempts),
    LIE(10, "counts attempts itself", .settle = count_attempts_itself),
    LIE(10, "ignores the delay", .settle = ignore_the_delay),
    LIE(10, "halves the delay", .settle = halve_the_delay),
    LIE(10, "lets all wait for one", .settle = let_all_wait, .receive = receive_later),
    LIE(10, "lets a long delay hold up a short one", .settle = let_the_first_delay_hold),
    LIE(10, "brings it again without headers", .settle = copy_without_headers),
    LIE(10, "brings it again without key and id", .settle = copy_without_key_and_id),
    LIE(10,
        "loses what waits when it is closed",
        .settle = remember_what_waits,
        .receive = receive_what_waited),
    LIE(10, "ignores the delay of the queue", .declare_queue = ignore_the_queues_delay),
    LIE(10, "ignores the attempt of the publisher", .publish = ignore_the_attempt),
    LIE(11, "takes what is dead", .settle = confuse_dead_with_taken),
    LIE(11, "does not say the reason", .settle = bury_without_reason),
    LIE(11, "does not say the queue", .settle = bury_without_queue),
    LIE(11, "does not say the attempts", .settle = bury_without_attempts),
    LIE(11, "says one attempt always", .settle = bury_after_one_attempt),
    LIE(11, "knows only attempts that it saw", .settle = bury_as_often_as_received),
    LIE(11, "buries no body", .settle = bury_without_body),
    LIE(11, "buries no key", .settle = bury_without_key),
    LIE(11, "buries no id", .settle = bury_without_id),
    LIE(11, "buries no content type", .settle = bury_without_type),
    LIE(11, "buries no headers", .settle = bury_without_headers),
    LIE(11, "keeps the headers of an earlier time", .settle = bury_with_old_headers),
    LIE(11, "takes it first, and buries it then", .settle = take_first_and_bury),
    LIE(11, "takes it first, and buries it later", .settle = take_first_and_bury_later),
    LIE(11, "keeps it in its queue, too", .settle = bury_and_keep),
    LIE(12, "gives back what it tends", .tend = tend_and_give_back),
    LIE(12,
        "does not tend a connection that is attached to nothing",
        .tend = tend_nothing),
    LIE(12, "tends twice, and never again", .tend = tend_and_lose),
    {0}};

/* Copying by itself is no lie. */
const struct transport_lie no_lies[] = {
    LIE(11, "copies what is dead", .settle = bury_honestly), {0}};
