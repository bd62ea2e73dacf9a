/* handling.c - messages that are handled on receipt: which of those in hand are given to
 * their handlers when, and what becomes of them.
 *
 * A crash while handlers run leaves messages that the broker delivers again, and their
 * handlers are called again. A crash after the commit leaves messages that are known. */
#include "messaging/consumer/handling.h"

#include "base/hash.h"
#include "command/commands.h"
#include "messaging/consumer/calling.h"
#include "messaging/consumer/handled.h"
#include "messaging/consumer/known.h"

#include <string.h>

enum {
    SLICE_US = 250000, /* for a handler; then the transport is tended */
    WORK_US = 1000000  /* for a message, or until the thread is woken */
};

static struct jangle *jangle_of(const struct jn_handling *handling)
{
    return handling->reader->endpoint->jangle;
}

int jn_handling_threads(const struct jangle_consumer *consumer)
{
    for (size_t i = 0; i < consumer->routes.count; i++)
        if (consumer->routes.items[i].handle)
            return consumer->threads ? consumer->threads : 1;
    return 0;
}

/* ---- open and close ------------------------------------------------------- */

enum jangle_result jn_handling_init(struct jn_handling *handling,
                                    struct jn_reader *reader,
                                    struct jn_attempts *attempts,
                                    struct jangle_error *error)
{
    *handling = (struct jn_handling){.reader = reader, .attempts = attempts};
    if (jn_mutex_init(&handling->mutex))
        goto no_mutex;
    if (jn_cond_init(&handling->work))
        goto no_work;
    if (!jn_cond_init(&handling->over))
        return JANGLE_OK;
    jn_cond_finish(&handling->work);
no_work:
    jn_mutex_finish(&handling->mutex);
no_mutex:
    return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
}

void jn_handling_finish(struct jn_handling *handling)
{
    jn_cond_finish(&handling->over);
    jn_cond_finish(&handling->work);
    jn_mutex_finish(&handling->mutex);
}

/* A part that is the last thing of its message now may have been done when handlers came
 * after it, under another id. So the store keeps a receipt which says that the consumer
 * ever had handlers: others need not look for that id. Where receipts are forgotten after
 * some time, its absence says nothing. */
static enum jangle_result note_handles(struct jn_handling *handling,
                                       struct jangle_error *error)
{
    struct jn_reader *reader = handling->reader;
    struct jangle *jangle = jangle_of(handling);
    struct jangle_store *store = jangle->store;
    char id[JANGLE_FIRST_NAME_SIZE + 16];
    struct jangle_append append = {.command_id = id,
                                   .remember_at = jn_host_now(&jangle->host)};
    struct jangle_receipt receipt;
    struct jangle_error why = {0};
    enum jangle_result result;

    jn_text_format(id, sizeof id, "%s/handles", reader->first_name);
    result = store->ops->find_command(store, id, &receipt, &why);
    atomic_store(&reader->had_handles,
                 result != JANGLE_NOT_FOUND || jangle->config.command_id_keep_ms > 0);
    if (result != JANGLE_NOT_FOUND)
        return jn_fail_as(error, &why);
    if (!jn_handling_threads(reader->consumer))
        return JANGLE_OK;
    atomic_store(&reader->had_handles, true);
    return jn_committer_send(&jangle->commands->committer, &append, NULL, -1, error);
}

/* As many messages as the last owner may have received at once. */
enum jangle_result
jn_handling_own(struct jn_handling *handling, bool unclean, struct jangle_error *error)
{
    const struct jangle_config *config = &jangle_of(handling)->config;
    enum jangle_result result = note_handles(handling, error);

    if (result || !jn_handling_threads(handling->reader->consumer))
        return result;
    return jn_attempts_read(handling->attempts, unclean ? config->receive_count : 0,
                            error);
}

static bool is_paused(const struct jn_handling *handling)
{
    struct jn_pause pause;

    jn_pause_find(jangle_of(handling)->dispatch, handling->reader->consumer->name,
                  &pause);
    return pause.paused;
}

/* ---- which thread calls what: under the mutex ----------------------------- */

/* Two messages of one key are never with handlers at the same time. */
static bool has_earlier(const struct jn_handling *handling,
                        const struct jn_incoming *incoming)
{
    const struct jn_incoming *at = handling->first;

    for (; at != incoming; at = at->called->next)
        if (at->called->state != JN_CALL_IS_OVER &&
            at->called->key == incoming->called->key)
            return true;
    return false;
}

static struct jn_incoming *take_next(struct jn_handling *handling)
{
    struct jn_incoming *incoming = handling->first;

    while (incoming &&
           (incoming->called->state != JN_CALL_WAITS || has_earlier(handling, incoming)))
        incoming = incoming->called->next;
    if (incoming)
        incoming->called->state = JN_CALL_RUNS;
    return incoming;
}

static bool is_any(const struct jn_handling *handling, enum jn_called_state state)
{
    const struct jn_incoming *at = handling->first;

    while (at && at->called->state != state)
        at = at->called->next;
    return at != NULL;
}

/* With the mutex held, which is released meanwhile. False: there is nothing to call. */
static bool call_next(struct jn_handling *handling)
{
    struct jn_incoming *incoming = take_next(handling);

    if (!incoming)
        return false;
    jn_mutex_unlock(&handling->mutex);
    jn_call_handlers(handling->reader, handling->attempts, incoming);
    jn_mutex_lock(&handling->mutex);
    incoming->called->state = JN_CALL_IS_OVER;
    jn_cond_broadcast(&handling->work); /* for the next of its key */
    jn_cond_signal(&handling->over);
    return true;
}

/* An operator may have paused the consumer since messages were handed over: none of them
 * is begun with then, although the consumer's own thread may not have seen that yet. The
 * pause is asked for without the mutex, so a resume may be missed for a moment. */
void jn_handling_work(struct jn_handling *handling)
{
    const struct jangle *jangle = jangle_of(handling);

    while (!atomic_load(&jangle->stopping)) {
        bool paused = is_paused(handling);

        jn_mutex_lock(&handling->mutex);
        if (!atomic_load(&jangle->stopping) && (paused || !call_next(handling)))
            jn_cond_wait_for(&handling->work, &handling->mutex, WORK_US);
        jn_mutex_unlock(&handling->mutex);
    }
}

void jn_handling_wake(struct jn_handling *handling)
{
    jn_mutex_lock(&handling->mutex);
    jn_cond_broadcast(&handling->work);
    jn_cond_signal(&handling->over);
    jn_mutex_unlock(&handling->mutex);
}

/* ---- handing over --------------------------------------------------------- */

static bool may_begin(const struct jn_handling *handling)
{
    return !atomic_load(&jangle_of(handling)->stopping) && !handling->away.result &&
           !handling->unclaimed.result && !is_paused(handling);
}

/* A message that came twice is handled once: the second is known when the first is
 * remembered. */
static bool is_repeated_in(const struct jn_intake *intake, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (intake->items[i].state == JN_IN_HAND && intake->items[i].id &&
            !strcmp(intake->items[i].id, intake->items[index].id))
            return true;
    return false;
}

static void hand_over(struct jn_handling *handling, struct jn_incoming *incoming)
{
    struct jn_incoming **last = &handling->first;

    incoming->begun = true;
    incoming->called->state = JN_CALL_WAITS;
    incoming->called->key = jn_hash_text(incoming->stream);
    incoming->called->next = NULL;
    jn_mutex_lock(&handling->mutex);
    while (*last)
        last = &(*last)->called->next;
    *last = incoming;
    jn_cond_broadcast(&handling->work);
    jn_mutex_unlock(&handling->mutex);
}

static enum jangle_result hand_over_all(struct jn_handling *handling,
                                        struct jn_intake *intake,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < intake->count; i++) {
        struct jn_incoming *incoming = &intake->items[i];

        if (!jn_incoming_is_for_handlers(incoming) || is_repeated_in(intake, i))
            continue;
        result = jn_known_find(handling->reader, incoming, incoming->id, error);
        if (!result && incoming->state == JN_IN_HAND)
            hand_over(handling, incoming);
    }
    return result;
}

/* Those that no thread has begun with are in hand again. */
static void withdraw_all(struct jn_handling *handling)
{
    struct jn_incoming **link = &handling->first;

    jn_mutex_lock(&handling->mutex);
    while (*link) {
        struct jn_incoming *incoming = *link;

        if (incoming->called->state != JN_CALL_WAITS) {
            link = &incoming->called->next;
            continue;
        }
        *link = incoming->called->next;
        incoming->begun = false;
    }
    jn_mutex_unlock(&handling->mutex);
}

/* ---- outcomes ------------------------------------------------------------- */

static struct jn_incoming *pick_answered(struct jn_handling *handling)
{
    struct jn_incoming **link = &handling->first, *incoming;

    jn_mutex_lock(&handling->mutex);
    while (*link && (*link)->called->state != JN_CALL_IS_OVER)
        link = &(*link)->called->next;
    incoming = *link;
    if (incoming)
        *link = incoming->called->next;
    jn_mutex_unlock(&handling->mutex);
    return incoming;
}

static enum jangle_result take_back_all(struct jn_handling *handling,
                                        struct jangle_error *error)
{
    struct jn_incoming *incoming;
    enum jangle_result result = JANGLE_OK;

    while ((incoming = pick_answered(handling))) {
        enum jangle_result one =
            jn_handled_take_back(handling->reader, incoming, &handling->unclaimed, error);

        result = result ? result : one;
    }
    return result;
}

/* ---- the wait ------------------------------------------------------------- */

/* Without threads: for as long as a run may take, so that what is handled is committed
 * now and then. */
static void call_some(struct jn_handling *handling)
{
    const struct jn_host *host = &jangle_of(handling)->host;
    int64_t until_us = jn_host_monotonic_us(host) + JN_RUN_US;
    bool called = true;

    while (called && may_begin(handling)) {
        jn_mutex_lock(&handling->mutex);
        called = call_next(handling);
        jn_mutex_unlock(&handling->mutex);
        if (jn_host_monotonic_us(host) >= until_us)
            return;
    }
}

static void wait_for_one(struct jn_handling *handling)
{
    jn_mutex_lock(&handling->mutex);
    if (!is_any(handling, JN_CALL_IS_OVER))
        jn_cond_wait_for(&handling->over, &handling->mutex, SLICE_US);
    jn_mutex_unlock(&handling->mutex);
}

/* ---- claims --------------------------------------------------------------- */

/* No handler writes to a claim that is held. */
static void keep_claims(struct jn_handling *handling, const struct jn_intake *intake)
{
    struct jn_claims *claims = handling->reader->claims;
    bool answers = claims->dedup != NULL;

    for (size_t i = 0; answers && i < intake->count; i++)
        if (intake->items[i].called)
            answers = jn_claims_keep(claims, intake->items[i].called->claim);
}

/* Of those that are not in hand any more: what they led to is committed. */
static void end_claims(struct jn_handling *handling, const struct jn_intake *intake)
{
    struct jn_claims *claims = handling->reader->claims;
    bool answers = true;

    for (size_t i = 0; claims->dedup && i < intake->count; i++) {
        const struct jn_incoming *incoming = &intake->items[i];
        enum jn_incoming_state state = incoming->state;

        if (!(incoming->called && state != JN_IN_HAND))
            continue;
        if (answers)
            answers = jn_claims_end(claims, incoming->called->claim,
                                    state == JN_IN_TAKEN || state == JN_IN_KNOWN);
        else
            jn_claims_forget(incoming->called->claim);
    }
    JN_FAILPOINT("consumer.after_claims");
}

static void let_handlers_run(struct jn_handling *handling, const struct jn_intake *intake)
{
    if (handling->threads)
        wait_for_one(handling);
    else
        call_some(handling);
    if (handling->is_received && !handling->away.result)
        jn_endpoint_tend(handling->reader->endpoint, &handling->away);
    keep_claims(handling, intake);
}

static void note_known(struct jn_handling *handling, const struct jn_intake *intake)
{
    for (size_t i = 0; i < intake->count; i++)
        if (intake->items[i].called && intake->items[i].state == JN_IN_KNOWN)
            jn_attempts_note_known(handling->attempts, intake->items[i].id);
}

/* ---- all of it ------------------------------------------------------------ */

/* What is handled is committed while other handlers run. After a failure of the store no
 * more are begun. */
enum jangle_result jn_handling_commit(struct jn_handling *handling,
                                      struct jn_intake *intake,
                                      struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    handling->away = handling->unclaimed = (struct jangle_error){0};
    for (;;) {
        enum jangle_result stored = jn_intake_commit(intake, error);
        bool more;

        end_claims(handling, intake);
        keep_claims(handling, intake);
        result = result ? result : stored;
        more = !result && may_begin(handling);
        if (more)
            result = hand_over_all(handling, intake, error);
        if (!more || result)
            withdraw_all(handling);
        if (!handling->first)
            break;
        let_handlers_run(handling, intake);
        stored = take_back_all(handling, error);
        result = result ? result : stored;
    }
    note_known(handling, intake);
    return result;
}
