/* broker.c - lies about connections and what a broker has: TR-1, TR-2, TR-14 to
 * TR-17 and TR-19. */
#include "contract/lies/lying_transport.h"

#include <stdlib.h>
#include <unistd.h>

#define OPEN(name)                                                                       \
    static enum jangle_result name(                                                      \
        const struct jangle_broker *broker, const struct jangle_host *host,              \
        const char *name_shown, struct jangle_transport **transport,                     \
        struct jangle_error *error)
#define OPEN_HONESTLY honest_open(broker, host, name_shown, transport, error)

/* ---- TR-1 ---------------------------------------------------------------------- */

OPEN(connect_at_once)
{
    enum jangle_result result = OPEN_HONESTLY;

    if (result || honest_tend(*transport, NULL) != JANGLE_BUSY)
        return result;
    honest_close(*transport);
    *transport = NULL;
    return jangle_error_set(error, JANGLE_BUSY, "the broker is away");
}

OPEN(set_it_though_it_failed)
{
    struct jangle_broker other = *broker;
    enum jangle_result result = OPEN_HONESTLY;

    other.url = LYING_URL;
    if (result)
        honest_open(&other, host, name_shown, transport, NULL);
    return result;
}

OPEN(believe_any_url)
{
    struct jangle_broker other = *broker;

    other.url = LYING_URL;
    return honest_open(&other, host, name_shown, transport, error);
}

OPEN(leave_memory_behind)
{
    enum jangle_result result = OPEN_HONESTLY;

    if (result == JANGLE_NO_MEMORY)
        (void)!jn_new(&host->allocator, 8);
    return result;
}

OPEN(call_it_busy)
{
    enum jangle_result result = honest_open(broker, host, name_shown, transport, NULL);

    if (result == JANGLE_NO_MEMORY)
        result = JANGLE_BUSY;
    return result ? jangle_error_set(error, result, "that failed") : result;
}

OPEN(lack_an_operation)
{
    enum jangle_result result = OPEN_HONESTLY;

    if (!result)
        lying_of(*transport)->ops.tend = NULL;
    return result;
}

OPEN(have_another_abi)
{
    enum jangle_result result = OPEN_HONESTLY;

    if (!result)
        lying_of(*transport)->ops.abi = 0;
    return result;
}

OPEN(fail_without_a_sentence)
{
    (void)error;
    return honest_open(broker, host, name_shown, transport, NULL);
}

static enum jangle_result publish_by_name(struct jangle_transport *transport,
                                          struct jangle_parcel *parcels,
                                          size_t count,
                                          int64_t timeout_ms,
                                          struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);

    if (*liar->name != liar->first_of_name)
        return jangle_error_set(error, JANGLE_INVALID, "the name has changed");
    return honest_publish(transport, parcels, count, timeout_ms, error);
}

/* ---- TR-2 ---------------------------------------------------------------------- */

#define DECLARE(name)                                                                    \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   const struct jangle_queue *queue,                     \
                                   struct jangle_error *error)
#define DECLARE_HONESTLY(queue) honest_declare_queue(transport, queue, error)

static enum jangle_result declare_a_topic_once(struct jangle_transport *transport,
                                               const char *topic,
                                               struct jangle_error *error)
{
    struct lying_broker *broker = lying_of(transport)->broker;

    if (strcmp(broker->first_queue, topic) == 0)
        return jangle_error_set(error, JANGLE_INVALID, "the topic exists");
    jn_text_copy(broker->first_queue, LYING_NAME_SIZE, topic);
    return honest_declare_topic(transport, topic, error);
}

DECLARE(make_it_again)
{
    honest_remove_queue(transport, queue, NULL);
    return DECLARE_HONESTLY(queue);
}

DECLARE(make_no_dead_letter_queue)
{
    struct jangle_queue other = *queue;

    other.dead = NULL;
    return DECLARE_HONESTLY(&other);
}

DECLARE(bind_all_routes)
{
    struct jangle_queue other = *queue;

    other.routes = NULL;
    return DECLARE_HONESTLY(&other);
}

DECLARE(bind_one_route)
{
    const char *routes[2] = {queue->routes ? queue->routes[0] : NULL, NULL};
    struct jangle_queue other = *queue;

    other.routes = queue->routes ? routes : NULL;
    return DECLARE_HONESTLY(&other);
}

DECLARE(unbind_others)
{
    if (queue->routes)
        honest_remove_queue(transport, queue, NULL);
    return DECLARE_HONESTLY(queue);
}

DECLARE(bind_one_queue)
{
    struct lying_broker *broker = lying_of(transport)->broker;
    struct jangle_queue other = *queue;
    bool taken = queue->topic && strcmp(broker->first_topic, queue->topic) == 0 &&
                 strcmp(broker->first_queue, queue->name) != 0;

    if (taken) {
        other.topic = NULL;
    } else if (queue->topic) {
        jn_text_copy(broker->first_queue, LYING_NAME_SIZE, queue->name);
        jn_text_copy(broker->first_topic, LYING_NAME_SIZE, queue->topic);
    }
    return DECLARE_HONESTLY(&other);
}

/* The hub's error names the member. */
static enum jangle_result overlook(struct jangle_transport *transport,
                                   const struct jangle_queue *queue,
                                   const char *member,
                                   struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = honest_declare_queue(transport, queue, &why);

    if (result == JANGLE_INVALID && strstr(why.message, member))
        return JANGLE_OK;
    return result ? jangle_error_set(error, result, "%s", why.message) : result;
}

DECLARE(overlook_the_order)
{
    return overlook(transport, queue, "in_order", error);
}

DECLARE(overlook_the_dead_letter_queue)
{
    return overlook(transport, queue, "dead", error);
}

DECLARE(overlook_the_expiry)
{
    return overlook(transport, queue, "expire_ms", error);
}

DECLARE(change_what_differs)
{
    enum jangle_result result = DECLARE_HONESTLY(queue);

    if (result == JANGLE_INVALID) {
        honest_remove_queue(transport, queue, NULL);
        honest_declare_queue(transport, queue, NULL);
    }
    return result;
}

DECLARE(empty_what_differs)
{
    enum jangle_result result = DECLARE_HONESTLY(queue);

    if (result == JANGLE_INVALID)
        honest_purge(transport, queue->name, NULL);
    return result;
}

DECLARE(name_nothing)
{
    enum jangle_result result = honest_declare_queue(transport, queue, NULL);

    return result ? jangle_error_set(error, result, "that differs") : result;
}

DECLARE(let_nothing_expire)
{
    struct jangle_queue other = *queue;

    other.expire_ms *= 1000000;
    return DECLARE_HONESTLY(&other);
}

/* ---- TR-14 --------------------------------------------------------------------- */

static enum jangle_result declare_without_a_broker(struct jangle_transport *transport,
                                                   const char *topic,
                                                   struct jangle_error *error)
{
    enum jangle_result result = honest_declare_topic(transport, topic, NULL);

    (void)error;
    return result == JANGLE_BUSY ? JANGLE_OK : result;
}

static enum jangle_result busy_without_a_word(struct jangle_transport *transport,
                                              const char *queue,
                                              int64_t *count,
                                              struct jangle_error *error)
{
    (void)error;
    return honest_count(transport, queue, count, NULL);
}

static enum jangle_result confirm_without_a_broker(struct jangle_transport *transport,
                                                   struct jangle_parcel *parcels,
                                                   size_t count,
                                                   int64_t timeout_ms,
                                                   struct jangle_error *error)
{
    enum jangle_result result =
        honest_publish(transport, parcels, count, timeout_ms, NULL);

    (void)error;
    for (size_t i = 0; result == JANGLE_BUSY && i < count; i++)
        parcels[i].result = JANGLE_OK;
    return result == JANGLE_BUSY ? JANGLE_OK : result;
}

/* What was BUSY goes out nevertheless, later. */
static enum jangle_result publish_later(struct jangle_transport *transport,
                                        struct jangle_parcel *parcels,
                                        size_t count,
                                        int64_t timeout_ms,
                                        struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);
    enum jangle_result result =
        honest_publish(transport, parcels, count, timeout_ms, error);

    if (result == JANGLE_BUSY) {
        liar->was_away = true;
    } else if (liar->was_away && count) {
        struct jangle_parcel again = parcels[0];

        liar->was_away = false;
        again.body = "lost";
        again.body_size = 4;
        honest_publish(transport, &again, 1, timeout_ms, NULL);
    }
    return result;
}

static enum jangle_result never_connect_again(struct jangle_transport *transport,
                                              struct jangle_parcel *parcels,
                                              size_t count,
                                              int64_t timeout_ms,
                                              struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);
    enum jangle_result result;

    for (size_t i = 0; i < count; i++)
        parcels[i].result = JANGLE_BUSY;
    if (liar->was_away)
        return jangle_error_set(error, JANGLE_BUSY, "the broker was away once");
    result = honest_publish(transport, parcels, count, timeout_ms, error);
    liar->was_away = result == JANGLE_BUSY;
    return result;
}

static enum jangle_result attach_nothing_again(struct jangle_transport *transport,
                                               size_t limit,
                                               size_t bytes,
                                               int64_t wait_ms,
                                               struct jangle_parcel **parcels,
                                               size_t *count,
                                               struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);
    enum jangle_result result;

    if (liar->was_away && honest_tend(transport, NULL) == JANGLE_OK) {
        honest_detach(transport, liar->attached, NULL);
        liar->was_away = false;
    }
    result = honest_receive(transport, limit, bytes, wait_ms, parcels, count, error);
    liar->was_away = liar->was_away || result == JANGLE_BUSY;
    return result;
}

static enum jangle_result take_what_is_not_ours(struct jangle_transport *transport,
                                                struct jangle_settlement *settlements,
                                                size_t count,
                                                struct jangle_error *error)
{
    enum jangle_result result = honest_settle(transport, settlements, count, NULL);

    (void)error;
    for (size_t i = 0; i < count; i++)
        settlements[i].result = JANGLE_OK;
    return result == JANGLE_BUSY ? JANGLE_OK : result;
}

static enum jangle_result miss_no_queue(struct jangle_transport *transport,
                                        size_t limit,
                                        size_t bytes,
                                        int64_t wait_ms,
                                        struct jangle_parcel **parcels,
                                        size_t *count,
                                        struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result =
        honest_receive(transport, limit, bytes, wait_ms, parcels, count, &why);

    if (result == JANGLE_NOT_FOUND) {
        *count = 0;
        return JANGLE_OK;
    }
    return result ? jangle_error_set(error, result, "%s", why.message) : result;
}

/* ---- TR-15 and TR-16 --------------------------------------------------------------- */

#define COUNT(name)                                                                      \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   const char *queue, int64_t *count,                    \
                                   struct jangle_error *error)

COUNT(count_what_was_received)
{
    enum jangle_result result = honest_count(transport, queue, count, error);

    if (!result)
        *count += lying_of(transport)->broker->held;
    return result;
}

COUNT(count_nothing)
{
    enum jangle_result result = honest_count(transport, queue, count, error);

    *count = 0;
    return result;
}

COUNT(count_everything)
{
    int64_t more = 0;
    enum jangle_result result = honest_count(transport, queue, count, error);

    if (!result && !honest_count(transport, lying_of(transport)->attached, &more, NULL))
        *count += more;
    return result;
}

COUNT(find_every_queue)
{
    enum jangle_result result = honest_count(transport, queue, count, NULL);

    (void)error;
    if (result == JANGLE_NOT_FOUND)
        *count = 0;
    return result == JANGLE_NOT_FOUND ? JANGLE_OK : result;
}

static enum jangle_result purge_nothing(struct jangle_transport *transport,
                                        const char *queue,
                                        struct jangle_error *error)
{
    (void)transport, (void)queue, (void)error;
    return JANGLE_OK;
}

static enum jangle_result purge_dead_letters_too(struct jangle_transport *transport,
                                                 const char *queue,
                                                 struct jangle_error *error)
{
    honest_purge(transport, lying_of(transport)->broker->dead, NULL);
    return honest_purge(transport, queue, error);
}

static enum jangle_result purge_for_good(struct jangle_transport *transport,
                                         const char *queue,
                                         struct jangle_error *error)
{
    const struct jangle_queue alone = {.name = queue};

    return honest_remove_queue(transport, &alone, error);
}

DECLARE(remove_no_queue)
{
    (void)transport, (void)queue, (void)error;
    return JANGLE_OK;
}

DECLARE(remove_the_queue_alone)
{
    const struct jangle_queue alone = {.name = queue->name};

    return honest_remove_queue(transport, &alone, error);
}

DECLARE(empty_the_queue)
{
    return honest_purge(transport, queue->name, error) == JANGLE_BUSY ? JANGLE_BUSY
                                                                      : JANGLE_OK;
}

DECLARE(remove_what_is_there)
{
    int64_t count;

    if (honest_count(transport, queue->name, &count, NULL) == JANGLE_NOT_FOUND)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "there is no such queue");
    return honest_remove_queue(transport, queue, error);
}

#define REMOVE_TOPIC(name)                                                               \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   const char *topic, struct jangle_error *error)

REMOVE_TOPIC(remove_no_topic)
{
    enum jangle_result result = honest_remove_topic(transport, topic, error);

    if (!result)
        honest_declare_topic(transport, topic, NULL);
    return result;
}

REMOVE_TOPIC(call_it_removed)
{
    enum jangle_result result = honest_remove_topic(transport, topic, NULL);

    (void)error;
    return result == JANGLE_BUSY ? JANGLE_OK : result;
}

/* The queue is gone, and the topic stays. */
REMOVE_TOPIC(unbind_what_is_bound)
{
    enum jangle_result result = honest_remove_topic(transport, topic, error);
    struct lying_broker *broker = lying_of(transport)->broker;
    const struct jangle_queue bound = {.name = broker->first_queue};

    if (result == JANGLE_BUSY)
        honest_remove_queue(transport, &bound, NULL);
    return result;
}

DECLARE(remember_what_is_bound)
{
    if (queue->topic)
        jn_text_copy(lying_of(transport)->broker->first_queue, LYING_NAME_SIZE,
                     queue->name);
    return DECLARE_HONESTLY(queue);
}

/* ---- TR-17 --------------------------------------------------------------------- */

OPEN(show_what_is_malformed)
{
    enum jangle_result result = honest_open(broker, host, name_shown, transport, NULL);

    return result ? jangle_error_set(error, result, "%s is no URL", broker->url) : result;
}

OPEN(log_the_url)
{
    struct jangle_log_pair pair = {.name = "url", .text = broker->url};
    struct jangle_log_entry entry = {.level = JANGLE_LEVEL_DEBUG,
                                     .topic = "CONNECTED",
                                     .message = "connected",
                                     .pairs = &pair,
                                     .pair_count = 1};

    host->logger.write(host->logger.context, &entry);
    return OPEN_HONESTLY;
}

/* An error that comes later. `first_queue` has room for the URL. */
OPEN(remember_the_url)
{
    struct lying_broker *options = *(struct lying_broker *const *)broker->options;

    jn_text_copy(options->first_queue, LYING_NAME_SIZE, broker->url);
    return OPEN_HONESTLY;
}

static enum jangle_result attach_and_show(struct jangle_transport *transport,
                                          const struct jangle_queue *queue,
                                          const struct jangle_log_offset *offsets,
                                          size_t offset_count,
                                          struct jangle_error *error)
{
    enum jangle_result result =
        honest_attach(transport, queue, offsets, offset_count, NULL);

    return result ? jangle_error_set(error, result, "%s has no such queue",
                                     lying_of(transport)->broker->first_queue)
                  : result;
}

/* ---- TR-19 --------------------------------------------------------------------- */

static void close_and_take(struct jangle_transport *transport)
{
    settle_held(lying_of(transport), JANGLE_TAKEN);
    honest_close(transport);
}

static void close_and_keep(struct jangle_transport *transport)
{
    struct lying_broker *broker = lying_of(transport)->broker;

    if (broker->kept_count < sizeof broker->kept / sizeof *broker->kept)
        broker->kept[broker->kept_count++] = transport;
}

static void close_and_leave_memory(struct jangle_transport *transport)
{
    (void)!jn_new(&lying_of(transport)->host.allocator, 8);
    honest_close(transport);
}

static void close_only_what_has_worked(struct jangle_transport *transport)
{
    struct lying_transport *liar = lying_of(transport);

    liar->inner->ops->close(liar->inner);
    if (*liar->attached)
        jn_free(&liar->host.allocator, liar);
}

/* The parent's connection ends because of what the child has sent. */
static void close_for_the_parent(struct jangle_transport *transport)
{
    struct lying_transport *liar = lying_of(transport);

    if (liar->process != getpid())
        *liar->broker->told = 1;
    honest_close(transport);
}

static enum jangle_result
settle_unless_a_child_has_closed(struct jangle_transport *transport,
                                 struct jangle_settlement *settlements,
                                 size_t count,
                                 struct jangle_error *error)
{
    if (*lying_of(transport)->broker->told)
        give_back_held(lying_of(transport));
    *lying_of(transport)->broker->told = 0;
    return honest_settle(transport, settlements, count, error);
}

static void crash_in_a_child(struct jangle_transport *transport)
{
    if (lying_of(transport)->process != getpid())
        _exit(3);
    honest_close(transport);
}

#define LIE(number, sentence, ...)                                                       \
    {                                                                                    \
        .clause = "TR-" #number, .what = sentence, .ops = { __VA_ARGS__ }                \
    }
#define OPEN_LIE(number, sentence, function, ...)                                        \
    {                                                                                    \
        .clause = "TR-" #number, .what = sentence, .open = function, .ops = {            \
            __VA_ARGS__                                                                  \
        }                                                                                \
    }

const struct transport_lie lies_about_brokers[] = {
    OPEN_LIE(1, "connects when it is opened", connect_at_once, .abi = 1),
    OPEN_LIE(1, "sets *transport though it failed", set_it_though_it_failed, .abi = 1),
    OPEN_LIE(1, "believes any URL", believe_any_url, .abi = 1),
    OPEN_LIE(1, "leaves memory behind", leave_memory_behind, .abi = 1),
    OPEN_LIE(1, "calls it BUSY if there is no memory", call_it_busy, .abi = 1),
    OPEN_LIE(1, "lacks an operation", lack_an_operation, .abi = 1),
    OPEN_LIE(1, "has another abi", have_another_abi, .abi = 1),
    OPEN_LIE(1, "fails without a sentence", fail_without_a_sentence, .abi = 1),
    LIE(1, "keeps the name that it borrows", .publish = publish_by_name),
    LIE(2, "declares a topic once", .declare_topic = declare_a_topic_once),
    LIE(2, "makes a queue again", .declare_queue = make_it_again),
    LIE(2, "makes no dead-letter queue", .declare_queue = make_no_dead_letter_queue),
    LIE(2, "binds all routes", .declare_queue = bind_all_routes),
    LIE(2, "binds one route", .declare_queue = bind_one_route),
    LIE(2, "removes the bindings of others", .declare_queue = unbind_others),
    LIE(2, "binds one queue", .declare_queue = bind_one_queue),
    LIE(2, "overlooks another order", .declare_queue = overlook_the_order),
    LIE(2,
        "overlooks another dead-letter queue",
        .declare_queue = overlook_the_dead_letter_queue),
    LIE(2, "overlooks another expiry", .declare_queue = overlook_the_expiry),
    LIE(2, "changes what differs", .declare_queue = change_what_differs),
    LIE(2, "empties what differs", .declare_queue = empty_what_differs),
    LIE(2, "does not name what differs", .declare_queue = name_nothing),
    LIE(2, "lets nothing expire", .declare_queue = let_nothing_expire),
    LIE(14, "declares without a broker", .declare_topic = declare_without_a_broker),
    LIE(14, "is BUSY without a word", .count = busy_without_a_word),
    LIE(14, "confirms without a broker", .publish = confirm_without_a_broker),
    LIE(14, "publishes later what was BUSY", .publish = publish_later),
    LIE(14, "never connects again", .publish = never_connect_again),
    LIE(14, "attaches nothing again", .receive = attach_nothing_again),
    LIE(14, "takes what is not its own any more", .settle = take_what_is_not_ours),
    LIE(14, "misses no queue", .receive = miss_no_queue),
    LIE(15, "counts what was received", .count = count_what_was_received),
    LIE(15, "counts nothing", .count = count_nothing),
    LIE(15, "counts other queues, too", .count = count_everything),
    LIE(15, "finds every queue", .count = find_every_queue),
    LIE(16, "purges nothing", .purge = purge_nothing),
    LIE(16, "purges dead letters, too", .purge = purge_dead_letters_too),
    LIE(16, "removes what it should purge", .purge = purge_for_good),
    LIE(16, "removes no queue", .remove_queue = remove_no_queue),
    LIE(16, "removes the queue alone", .remove_queue = remove_the_queue_alone),
    LIE(16, "empties what it should remove", .remove_queue = empty_the_queue),
    LIE(16, "does not find what is not there", .remove_queue = remove_what_is_there),
    LIE(16, "removes no topic", .remove_topic = remove_no_topic),
    LIE(16, "removes a topic that is bound", .remove_topic = call_it_removed),
    LIE(16,
        "unbinds a topic",
        .remove_topic = unbind_what_is_bound,
        .declare_queue = remember_what_is_bound),
    OPEN_LIE(17, "shows what is malformed", show_what_is_malformed, .abi = 1),
    OPEN_LIE(17, "logs the URL", log_the_url, .abi = 1),
    OPEN_LIE(17, "shows the URL in errors", remember_the_url, .attach = attach_and_show),
    LIE(19, "takes what it should give back", .close = close_and_take),
    LIE(19, "keeps what it should give back", .close = close_and_keep),
    LIE(19, "leaves memory behind", .close = close_and_leave_memory),
    LIE(19, "frees only what has worked", .close = close_only_what_has_worked),
    LIE(19,
        "speaks for its parent",
        .close = close_for_the_parent,
        .settle = settle_unless_a_child_has_closed),
    LIE(19, "crashes in a child", .close = crash_in_a_child),
    {0}};
