/* receive.c - lies about who receives what, and when: TR-6, TR-7, TR-8, TR-13 and
 * TR-18. */
#include "contract/lies/lying_transport.h"

#define RECEIVE(name)                                                                    \
    static enum jangle_result name(                                                      \
        struct jangle_transport *transport, size_t limit, size_t bytes, int64_t wait_ms, \
        struct jangle_parcel **parcels, size_t *count, struct jangle_error *error)
#define RECEIVE_HONESTLY(limit, bytes, wait_ms)                                          \
    honest_receive(transport, limit, bytes, wait_ms, parcels, count, error)

#define ATTACH(name)                                                                     \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   const struct jangle_queue *queue,                     \
                                   const struct jangle_log_offset *offsets,              \
                                   size_t offset_count, struct jangle_error *error)
#define ATTACH_HONESTLY honest_attach(transport, queue, offsets, offset_count, error)

#define DETACH(name)                                                                     \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   const char *queue, struct jangle_error *error)

/* ---- TR-6 ---------------------------------------------------------------------- */

ATTACH(attach_to_nothing)
{
    enum jangle_result result = ATTACH_HONESTLY;

    return result == JANGLE_NOT_FOUND ? JANGLE_OK : result;
}

ATTACH(make_what_is_missing)
{
    enum jangle_result result = ATTACH_HONESTLY;

    if (result != JANGLE_NOT_FOUND)
        return result;
    honest_declare_queue(transport, queue, NULL);
    return honest_attach(transport, queue, offsets, offset_count, NULL);
}

/* A sentence is what a person has to go by. */
ATTACH(do_not_say_what_is_missing)
{
    (void)error;
    return honest_attach(transport, queue, offsets, offset_count, NULL);
}

ATTACH(begin_with_the_next)
{
    honest_purge(transport, queue->name, NULL);
    return ATTACH_HONESTLY;
}

ATTACH(attach_to_one_at_a_time)
{
    if (*lying_of(transport)->attached)
        honest_detach(transport, lying_of(transport)->attached, NULL);
    return ATTACH_HONESTLY;
}

DETACH(forget_to_detach)
{
    (void)transport, (void)queue, (void)error;
    return JANGLE_OK;
}

DETACH(detach_twice_is_not_found)
{
    struct lying_transport *liar = lying_of(transport);

    if (strcmp(liar->attached, queue) != 0)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "it is not attached");
    *liar->attached = '\0';
    return honest_detach(transport, queue, error);
}

DETACH(detach_and_lose)
{
    settle_held(lying_of(transport), JANGLE_TAKEN);
    return honest_detach(transport, queue, error);
}

/* Nothing is received any more, but what was received is kept. */
DETACH(detach_and_keep)
{
    struct lying_transport *liar = lying_of(transport);

    (void)queue, (void)error;
    *liar->attached = '\0';
    return JANGLE_OK;
}

RECEIVE(receive_if_attached)
{
    *count = 0;
    return *lying_of(transport)->attached ? RECEIVE_HONESTLY(limit, bytes, wait_ms)
                                          : JANGLE_OK;
}

/* ---- TR-6, logs ------------------------------------------------------------------ */

ATTACH(begin_with_the_first)
{
    (void)offsets, (void)offset_count;
    return honest_attach(transport, queue, NULL, 0, error);
}

ATTACH(begin_with_the_last)
{
    struct jangle_log_offset last = {0};

    if (!offset_count)
        return ATTACH_HONESTLY;
    last = offsets[0];
    last.offset--;
    return honest_attach(transport, queue, &last, 1, error);
}

ATTACH(skip_one)
{
    struct jangle_log_offset later;

    if (!offset_count)
        return ATTACH_HONESTLY;
    later = offsets[0];
    later.offset++;
    return honest_attach(transport, queue, &later, 1, NULL)
               ? honest_attach(transport, queue, offsets, 1, error)
               : JANGLE_OK;
}

ATTACH(take_the_nearest)
{
    enum jangle_result result = ATTACH_HONESTLY;

    return result == JANGLE_INVALID ? honest_attach(transport, queue, NULL, 0, NULL)
                                    : result;
}

/* The hub's error says on which side of the log the offset lies. */
ATTACH(begin_with_what_is_left)
{
    struct jangle_error why = {0};
    enum jangle_result result =
        honest_attach(transport, queue, offsets, offset_count, &why);

    if (result == JANGLE_INVALID && strstr(why.message, "begins at"))
        return honest_attach(transport, queue, NULL, 0, NULL);
    return result ? jangle_error_set(error, result, "%s", why.message) : result;
}

ATTACH(name_no_numbers)
{
    enum jangle_result result =
        honest_attach(transport, queue, offsets, offset_count, NULL);

    return result ? jangle_error_set(error, result, "the log does not have the offset")
                  : result;
}

ATTACH(name_one_number)
{
    enum jangle_result result =
        honest_attach(transport, queue, offsets, offset_count, NULL);

    return result ? jangle_error_set(error, result, "the log does not have %lld",
                                     offset_count ? (long long)offsets[0].offset : 0)
                  : result;
}

/* What is not named is read from its end. */
ATTACH(skip_what_is_not_named)
{
    if (offset_count)
        honest_purge(transport, queue->name, NULL);
    return ATTACH_HONESTLY;
}

RECEIVE(show_one_offset)
{
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    for (size_t i = 0; !result && i < *count; i++)
        (*parcels)[i].offset.offset = 7;
    return result;
}

/* ---- TR-7 ---------------------------------------------------------------------- */

RECEIVE(receive_one_more)
{
    return RECEIVE_HONESTLY(limit + 1, bytes, wait_ms);
}

RECEIVE(ignore_the_bytes)
{
    (void)bytes;
    return RECEIVE_HONESTLY(limit, SIZE_MAX, wait_ms);
}

/* The first one is too large. */
RECEIVE(hold_back_what_is_large)
{
    *count = 0;
    return bytes < 100 ? JANGLE_OK : RECEIVE_HONESTLY(limit, bytes, wait_ms);
}

RECEIVE(do_not_wait)
{
    (void)wait_ms;
    return RECEIVE_HONESTLY(limit, bytes, 0);
}

RECEIVE(to_receive_nothing_is_an_error)
{
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    return result || *count ? result
                            : jangle_error_set(error, JANGLE_TIMEOUT, "nothing came");
}

RECEIVE(leave_the_count)
{
    size_t before = *count;
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    if (!result && !*count)
        *count = before;
    return result;
}

/* What was received by an earlier call is overwritten. */
RECEIVE(use_one_buffer)
{
    static char buffer[4096];
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);
    size_t used = 0;

    memset(buffer, '?', sizeof buffer);
    for (size_t i = 0; !result && i < *count; i++) {
        struct jangle_parcel *parcel = &(*parcels)[i];

        if (used + parcel->body_size > sizeof buffer)
            break;
        memcpy(&buffer[used], parcel->body, parcel->body_size);
        parcel->body = &buffer[used];
        used += parcel->body_size;
    }
    return result;
}

/* Another receiver finds the same. */
RECEIVE(let_others_have_it_too)
{
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    for (size_t i = 0; !result && i < *count; i++) {
        struct jangle_parcel copy = (*parcels)[i];

        if (lying_of(transport)->broker->counter++ > 100)
            break;
        copy.topic = NULL;
        honest_publish(transport, &copy, 1, 1000, NULL);
    }
    return result;
}

/* ---- TR-8 ---------------------------------------------------------------------- */

RECEIVE(turn_the_order_round)
{
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    for (size_t i = 0; !result && i < *count / 2; i++) {
        struct jangle_parcel parcel = (*parcels)[i];

        (*parcels)[i] = (*parcels)[*count - 1 - i];
        (*parcels)[*count - 1 - i] = parcel;
    }
    return result;
}

DETACH(give_back_to_the_end)
{
    settle_held(lying_of(transport), JANGLE_AGAIN);
    return honest_detach(transport, queue, error);
}

static void close_and_give_back_to_the_end(struct jangle_transport *transport)
{
    settle_held(lying_of(transport), JANGLE_AGAIN);
    honest_close(transport);
}

static enum jangle_result ignore_the_order(struct jangle_transport *transport,
                                           const struct jangle_queue *queue,
                                           struct jangle_error *error)
{
    struct jangle_queue other = *queue;

    other.in_order = false;
    return honest_declare_queue(transport, &other, error);
}

/* The parcel is first again. */
static enum jangle_result keep_its_turn(struct jangle_transport *transport,
                                        struct jangle_settlement *settlements,
                                        size_t count,
                                        struct jangle_error *error)
{
    if (count != 1 || settlements[0].disposition != JANGLE_AGAIN)
        return honest_settle(transport, settlements, count, error);
    settlements[0].result = JANGLE_OK;
    give_back_held(lying_of(transport));
    return JANGLE_OK;
}

/* Nobody takes over. */
static void close_and_stay(struct jangle_transport *transport)
{
    struct lying_broker *broker = lying_of(transport)->broker;

    if (broker->kept_count < sizeof broker->kept / sizeof *broker->kept)
        broker->kept[broker->kept_count++] = transport;
}

/* ---- TR-20 --------------------------------------------------------------------- */

static const char *be_silent(struct jangle_transport *transport)
{
    (void)transport;
    return NULL;
}

static const char *name_the_first_queue(struct jangle_transport *transport)
{
    return lying_of(transport)->broker->first_queue;
}

/* ---- TR-13 and TR-18 --------------------------------------------------------------- */

static void wake_nobody(struct jangle_transport *transport)
{
    (void)transport;
}

RECEIVE(know_that_it_waits)
{
    enum jangle_result result;

    lying_of(transport)->waits = true;
    result = RECEIVE_HONESTLY(limit, bytes, wait_ms);
    lying_of(transport)->waits = false;
    return result;
}

static void wake_who_waits(struct jangle_transport *transport)
{
    if (lying_of(transport)->waits)
        honest_wake(transport);
}

static void wake_and_note(struct jangle_transport *transport)
{
    lying_of(transport)->woken = true;
    honest_wake(transport);
}

RECEIVE(lose_what_comes_with_a_wake)
{
    struct lying_transport *liar = lying_of(transport);
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    if (!liar->woken)
        return result;
    liar->woken = false;
    settle_held(liar, JANGLE_TAKEN);
    *count = 0;
    return result;
}

RECEIVE(a_wake_is_an_error)
{
    struct lying_transport *liar = lying_of(transport);
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    if (!liar->woken)
        return result;
    liar->woken = false;
    return jangle_error_set(error, JANGLE_BUSY, "it was interrupted");
}

/* Until it is woken for the second time, as who joins the thread does. */
RECEIVE(wait_longer)
{
    struct lying_transport *liar = lying_of(transport);
    enum jangle_result result = RECEIVE_HONESTLY(limit, bytes, wait_ms);

    while (!result && !*count && wait_ms == 100 && !liar->woken) {
        jn_pause_until(jn_monotonic_after_ms(5));
        result = RECEIVE_HONESTLY(limit, bytes, 0);
    }
    return result;
}

static enum jangle_result delay_a_thousand_times(struct jangle_transport *transport,
                                                 struct jangle_settlement *settlements,
                                                 size_t count,
                                                 struct jangle_error *error)
{
    for (size_t i = 0; i < count; i++)
        settlements[i].delay_ms *= 1000;
    return honest_settle(transport, settlements, count, error);
}

/* As if the other clock had gone on meanwhile. */
static enum jangle_result delay_by_no_clock(struct jangle_transport *transport,
                                            struct jangle_settlement *settlements,
                                            size_t count,
                                            struct jangle_error *error)
{
    for (size_t i = 0; i < count; i++)
        settlements[i].delay_ms = 0;
    return honest_settle(transport, settlements, count, error);
}

static enum jangle_result wait_for_the_broker(struct jangle_transport *transport,
                                              struct jangle_parcel *parcels,
                                              size_t count,
                                              int64_t timeout_ms,
                                              struct jangle_error *error)
{
    enum jangle_result result =
        honest_publish(transport, parcels, count, timeout_ms, error);

    if (result == JANGLE_BUSY)
        jn_pause_until(jn_monotonic_after_ms(16000));
    return result;
}

#define LIE(number, sentence, ...)                                                       \
    {                                                                                    \
        .clause = "TR-" #number, .what = sentence, .ops = { __VA_ARGS__ }                \
    }
#define LOG_LIE(sentence, ...)                                                           \
    {                                                                                    \
        .clause = "TR-6", .what = sentence, .on_logs = true, .ops = { __VA_ARGS__ }      \
    }

const struct transport_lie lies_about_receiving[] = {
    LIE(6, "attaches to nothing", .attach = attach_to_nothing),
    LIE(6, "makes a queue that is missing", .attach = make_what_is_missing),
    LIE(6, "does not say what is missing", .attach = do_not_say_what_is_missing),
    LIE(6, "begins with the next parcel", .attach = begin_with_the_next),
    LIE(6, "has one queue at a time", .attach = attach_to_one_at_a_time),
    LIE(6, "forgets to detach", .detach = forget_to_detach),
    LIE(6, "does not detach what is not attached", .detach = detach_twice_is_not_found),
    LIE(6, "loses what is given back", .detach = detach_and_lose),
    LIE(6,
        "keeps what is to be given back",
        .detach = detach_and_keep,
        .receive = receive_if_attached),
    LOG_LIE("begins with the first of a log", .attach = begin_with_the_first),
    LOG_LIE("begins at an offset, not behind it", .attach = begin_with_the_last),
    LOG_LIE("skips a parcel of a log", .attach = skip_one),
    LOG_LIE("takes the nearest offset", .attach = take_the_nearest),
    LOG_LIE("begins with what is left of a log", .attach = begin_with_what_is_left),
    LOG_LIE("names no numbers", .attach = name_no_numbers),
    LOG_LIE("names one number", .attach = name_one_number),
    LOG_LIE("skips a log that is not named", .attach = skip_what_is_not_named),
    LOG_LIE("shows one offset for all", .receive = show_one_offset),
    LIE(7, "receives one more", .receive = receive_one_more),
    LIE(7, "ignores the bytes", .receive = ignore_the_bytes),
    LIE(7, "holds back what is large", .receive = hold_back_what_is_large),
    LIE(7, "does not wait", .receive = do_not_wait),
    LIE(7, "calls nothing an error", .receive = to_receive_nothing_is_an_error),
    LIE(7, "leaves the count as it was", .receive = leave_the_count),
    LIE(7, "has one buffer for all", .receive = use_one_buffer),
    LIE(7, "lets others have the same", .receive = let_others_have_it_too),
    LIE(8, "turns the order round", .receive = turn_the_order_round),
    LIE(8, "gives back to the end at detach", .detach = give_back_to_the_end),
    LIE(8, "gives back to the end at close", .close = close_and_give_back_to_the_end),
    LIE(8, "lets all receive", .declare_queue = ignore_the_order),
    LIE(8, "lets a parcel for AGAIN keep its turn", .settle = keep_its_turn),
    LIE(8, "stays the receiver when it is closed", .close = close_and_stay),
    LIE(8,
        "stays the receiver when it is detached",
        .detach = detach_and_keep,
        .receive = receive_if_attached),
    LIE(13, "wakes nobody", .wake = wake_nobody),
    LIE(13,
        "wakes only who waits",
        .wake = wake_who_waits,
        .receive = know_that_it_waits),
    LIE(13,
        "loses what comes with a wake",
        .wake = wake_and_note,
        .receive = lose_what_comes_with_a_wake),
    LIE(13,
        "calls a wake an error",
        .wake = wake_and_note,
        .receive = a_wake_is_an_error),
    LIE(18, "waits without end", .wake = wake_and_note, .receive = wait_longer),
    LIE(18, "waits for a broker that is away", .publish = wait_for_the_broker),
    LIE(18, "delays by a slow clock", .settle = delay_a_thousand_times),
    LIE(18, "delays by a clock that has gone on", .settle = delay_by_no_clock),
    LIE(20, "does not say that it stands by", .standing_by = be_silent),
    LIE(20, "always stands by", .standing_by = name_the_first_queue),
    {0}};
