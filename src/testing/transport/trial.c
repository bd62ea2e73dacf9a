/* trial.c - what a test of a transport works in: its connections, the names
 * that it declares, and the first thing that did not hold. */
#include "testing/transport/trial.h"

#include "base/error.h"

#include <stdio.h>

/* ---- what does not hold -------------------------------------------------------- */

JANGLE_PRINTF(2, 0)
static void fail_values(struct jn_trial *trial, const char *format, va_list values)
{
    struct jn_sentence sentence;

    if (trial->failed)
        return;
    trial->failed = true;
    sentence = jn_sentence_in(trial->failure, sizeof trial->failure);
    jn_sentence_add_values(&sentence, format, values);
}

void jn_trial_fail(struct jn_trial *trial, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    fail_values(trial, format, values);
    va_end(values);
}

bool jn_trial_check(struct jn_trial *trial, bool holds, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    if (!holds)
        fail_values(trial, format, values);
    va_end(values);
    return !trial->failed;
}

void jn_trial_read(struct jn_trial *trial, const char *text)
{
    if (trial->secret && text && strstr(text, trial->secret))
        trial->shown = true;
}

bool jn_trial_is(struct jn_trial *trial,
                 const char *what,
                 enum jangle_result result,
                 enum jangle_result expected,
                 const struct jangle_error *error)
{
    const char *text = error && result ? error->message : "";

    jn_trial_read(trial, text);
    if (result != expected)
        jn_trial_fail(trial, "%s is %s%s%s, not %s", what, JN_RESULT_SHOWN(result),
                      *text ? ": " : "", text, JN_RESULT_SHOWN(expected));
    if (result && error && (error->result != result || !*text))
        jn_trial_fail(trial, "%s is %s, and the error does not say so in a sentence",
                      what, JN_RESULT_SHOWN(result));
    return !trial->failed;
}

/* ---- the host of the transports ------------------------------------------------ */

static void *resize_counted(void *context, void *memory, size_t size)
{
    struct jn_trial_memory *counted = context;
    void *resized;

    if (counted->fail_at > 0 && --counted->fail_at == 0)
        return NULL;
    resized = jn_resize(&counted->inner, memory, size);
    counted->blocks += resized && !memory;
    return resized;
}

static void free_counted(void *context, void *memory)
{
    struct jn_trial_memory *counted = context;

    counted->blocks -= memory != NULL;
    jn_free(&counted->inner, memory);
}

/* Log lines go to the trial's logger, and are read for the secret first. */
static void write_watched(void *context, const struct jangle_log_entry *entry)
{
    struct jn_trial *trial = context;
    const struct jangle_logger *logger = &trial->own.host.logger;

    jn_trial_read(trial, entry->message);
    for (size_t i = 0; i < entry->pair_count; i++)
        jn_trial_read(trial, entry->pairs[i].text);
    logger->write(logger->context, entry);
}

enum jangle_result jn_trial_init(struct jn_trial *trial,
                                 const struct jangle_transport_trial *given)
{
    *trial = (struct jn_trial){.given = given};
    if (jn_host_init(&trial->own, &given->host))
        return JANGLE_NO_MEMORY;
    trial->host = trial->own.host;
    trial->memory.inner = trial->own.host.allocator;
    trial->host.allocator = (struct jangle_allocator){
        .resize = resize_counted, .free = free_counted, .context = &trial->memory};
    trial->host.logger = (struct jangle_logger){.write = write_watched, .context = trial};
    jn_arena_init(&trial->arena, &trial->own.host.allocator);
    return JANGLE_OK;
}

void jn_trial_finish(struct jn_trial *trial)
{
    jn_arena_finish(&trial->arena);
    jn_host_finish(&trial->own);
}

/* ---- connections --------------------------------------------------------------- */

struct jangle_transport *jn_trial_open(struct jn_trial *trial)
{
    const struct jangle_broker *broker = &trial->given->broker;
    struct jangle_error error = {0};
    enum jangle_result result;
    size_t i = 0;

    if (trial->failed)
        return NULL;
    while (i < JN_TRIAL_TRANSPORTS && trial->transports[i])
        i++;
    if (!jn_trial_check(trial, i < JN_TRIAL_TRANSPORTS, "a test opens too many"))
        return NULL;
    result = broker->open(broker, &trial->host, "trial", &trial->transports[i], &error);
    if (!jn_trial_is(trial, "open", result, JANGLE_OK, &error))
        return NULL;
    jn_trial_check(trial, trial->transports[i] != NULL, "open is OK, and opened nothing");
    return trial->transports[i];
}

void jn_trial_close(struct jn_trial *trial, struct jangle_transport *transport)
{
    for (size_t i = 0; transport && i < JN_TRIAL_TRANSPORTS; i++) {
        if (trial->transports[i] != transport)
            continue;
        trial->transports[i] = NULL;
        transport->ops->close(transport);
        return;
    }
}

void jn_trial_stop(struct jn_trial *trial)
{
    const struct jangle_transport_trial *given = trial->given;

    if (trial->failed)
        return;
    trial->stopped = true;
    jn_trial_check(trial, given->stop(given->context), "the broker cannot be stopped");
}

/* Also after a failure, because the next test needs the broker. */
void jn_trial_start(struct jn_trial *trial)
{
    const struct jangle_transport_trial *given = trial->given;

    if (!trial->stopped)
        return;
    trial->stopped = false;
    jn_trial_check(trial, given->start(given->context), "the broker cannot be started");
}

/* ---- names --------------------------------------------------------------------- */

static const char *new_name(struct jn_trial *trial, const char *what)
{
    const char *prefix = trial->given->prefix ? trial->given->prefix : "jangle-trial-";
    const char *name = jangle_text(&trial->arena, "%s%u%s", prefix, trial->counter, what);

    jn_trial_check(trial, name != NULL, "out of memory");
    return name ? name : "";
}

const char *jn_trial_topic(struct jn_trial *trial)
{
    trial->counter++;
    return new_name(trial, "-topic");
}

struct jangle_queue jn_trial_queue(struct jn_trial *trial)
{
    trial->counter++;
    return (struct jangle_queue){.name = new_name(trial, "-queue"),
                                 .retry = new_name(trial, "-retry"),
                                 .dead = new_name(trial, "-dead")};
}

void jn_trial_declare_topic(struct jn_trial *trial,
                            struct jangle_transport *transport,
                            const char *topic)
{
    struct jangle_error error = {0};

    if (trial->failed ||
        !jn_trial_check(trial, trial->topic_count < JN_TRIAL_NAMES, "too many topics"))
        return;
    trial->topics[trial->topic_count++] = topic;
    jn_trial_is(trial, "declare_topic",
                transport->ops->declare_topic(transport, topic, &error), JANGLE_OK,
                &error);
}

/* A test may declare one queue twice; it is then removed once. */
static void note_queue(struct jn_trial *trial, const struct jangle_queue *queue)
{
    size_t i = 0;

    while (i < trial->queue_count && strcmp(trial->queues[i].name, queue->name) != 0)
        i++;
    if (!jn_trial_check(trial, i < JN_TRIAL_NAMES, "too many queues"))
        return;
    trial->queues[i] = *queue;
    trial->queues[i].routes = NULL; /* which may be gone when it is removed */
    trial->queue_count += i == trial->queue_count;
}

void jn_trial_declare(struct jn_trial *trial,
                      struct jangle_transport *transport,
                      const struct jangle_queue *queue)
{
    struct jangle_error error = {0};

    if (trial->failed)
        return;
    note_queue(trial, queue);
    jn_trial_is(trial, "declare_queue",
                transport->ops->declare_queue(transport, queue, &error), JANGLE_OK,
                &error);
}

/* ---- time ---------------------------------------------------------------------- */

enum { PATIENCE_MS = 100, PASS_MS = 50, PAUSE_MS = 10, LEAST_MS = 100 };

/* If the trial lets time pass, that goes quickly. What another thread has to do gets some
 * of the system's time nevertheless. */
struct jn_trial_wait jn_trial_wait_for(const struct jn_trial *trial, int64_t ms)
{
    int64_t least = trial->given->pass && ms > LEAST_MS ? LEAST_MS : ms;

    return (struct jn_trial_wait){.limit_ms = ms,
                                  .until_us = jn_monotonic_after_ms(least)};
}

int64_t jn_trial_patience_ms(const struct jn_trial *trial)
{
    return trial->given->pass ? 0 : PATIENCE_MS;
}

bool jn_trial_waits(struct jn_trial *trial, struct jn_trial_wait *wait, bool idle)
{
    const struct jangle_transport_trial *given = trial->given;
    bool over = jn_monotonic_us() >= wait->until_us;

    if (trial->failed || (over && (!given->pass || wait->passed_ms >= wait->limit_ms)))
        return false;
    if (given->pass && wait->passed_ms < wait->limit_ms) {
        wait->passed_ms += PASS_MS;
        return jn_trial_check(trial, given->pass(given->context, PASS_MS),
                              "time cannot pass");
    }
    if (idle || given->pass)
        jn_pause_until(jn_monotonic_after_ms(PAUSE_MS));
    return true;
}

int64_t jn_trial_ms(const struct jn_trial *trial)
{
    return jn_host_monotonic_us(&trial->own) / 1000;
}

/* ---- a test begins and ends ---------------------------------------------------- */

void jn_trial_begin(struct jn_trial *trial)
{
    trial->failed = false;
    trial->skip = NULL;
    trial->failure[0] = '\0';
}

typedef enum jangle_result remove_fn(struct jangle_transport *transport,
                                     const void *what,
                                     struct jangle_error *error);

static enum jangle_result remove_queue(struct jangle_transport *transport,
                                       const void *queue,
                                       struct jangle_error *error)
{
    return transport->ops->remove_queue(transport, queue, error);
}

static enum jangle_result remove_topic(struct jangle_transport *transport,
                                       const void *topic,
                                       struct jangle_error *error)
{
    return transport->ops->remove_topic(transport, topic, error);
}

/* Some brokers are busy for a while after a queue was removed. */
static void remove_patiently(struct jn_trial *trial,
                             struct jangle_transport *transport,
                             remove_fn *remove,
                             const void *what)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, 2 * JN_TRIAL_LIMIT_MS);
    struct jangle_error error = {0};
    enum jangle_result result;

    do {
        error = (struct jangle_error){0};
        result = remove(transport, what, &error);
    } while (result == JANGLE_BUSY && jn_trial_waits(trial, &wait, true));
    jn_trial_is(trial, "removing what the test has declared", result, JANGLE_OK, &error);
}

/* A failure of the test is its result, and one of this only if there is none yet. */
void jn_trial_end(struct jn_trial *trial)
{
    struct jangle_transport *sweeper = NULL;
    bool failed = trial->failed;
    char failure[sizeof trial->failure];

    memcpy(failure, trial->failure, sizeof failure);
    trial->failed = false;
    jn_trial_start(trial);
    for (size_t i = 0; i < JN_TRIAL_TRANSPORTS; i++)
        jn_trial_close(trial, trial->transports[i]);
    if (trial->queue_count || trial->topic_count)
        sweeper = jn_trial_open(trial);
    for (size_t i = 0; sweeper && i < trial->queue_count; i++)
        remove_patiently(trial, sweeper, remove_queue, &trial->queues[i]);
    for (size_t i = 0; sweeper && i < trial->topic_count; i++)
        remove_patiently(trial, sweeper, remove_topic, trial->topics[i]);
    jn_trial_close(trial, sweeper);
    trial->queue_count = trial->topic_count = 0;
    jn_arena_reset(&trial->arena);
    if (!failed)
        return;
    trial->failed = true;
    memcpy(trial->failure, failure, sizeof failure);
}
