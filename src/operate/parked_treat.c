/* parked_treat.c - a parked event, or the event that a suspended subscription stands
 * before, is retried or skipped by an operator. */
#include "command/commands.h"
#include "core/call.h"
#include "core/instance.h"
#include "core/saga_match.h"
#include "dispatch/retry.h"
#include "saga/saga_close.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"
#include "subscription/hold.h"
#include "subscription/survey.h"

/* A public call: what it does with a parked key, and with the event that is in
 * the way. */
struct treatment {
    const char *call;
    bool all; /* not only dead letters: also other parked events, and one in the way */
    enum jangle_result (*key)(struct jn_subscription *subscription,
                              const struct jn_row *row,
                              struct jangle_error *error);
    enum jangle_result (*in_the_way)(struct jn_subscription *subscription,
                                     int64_t position,
                                     struct jangle_error *error);
};

static enum jangle_result retry_key(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error)
{
    int64_t position = row->stored.position;
    enum jangle_result result = jn_retry_soon(subscription, row, error);

    if (!result)
        jn_retry_hasten(subscription, position);
    return result;
}

static enum jangle_result retry_in_the_way(struct jn_subscription *subscription,
                                           int64_t position,
                                           struct jangle_error *error)
{
    (void)position, (void)error;
    jn_retry_hasten(subscription, 0);
    return JANGLE_OK;
}

/* ---- skipping the turn of a saga ---------------------------------------------- */

/* The event is taken into the state, unless the event or the state cannot be read. */
static enum jangle_result close_turn(struct jn_saga *saga, struct jangle_error *error)
{
    struct jangle_error reason = {0};
    enum jangle_result result = JANGLE_OK;

    if (saga->turn_position)
        result = jn_saga_decode_state(saga, &reason);
    if (!result && saga->turn_position)
        result = jn_saga_close_waiting(saga, &reason);
    if (result && result != JANGLE_INVALID)
        return jn_fail(error, result, "%s", reason.message);
    jn_saga_leave_turn(saga);
    saga->status = JANGLE_SAGA_OPEN;
    return jn_saga_save(saga, error);
}

/* Is the dead letter of the turn that is open now? The turn of an event may have been
 * closed by a timeout since, while its dead letter stayed. */
static bool is_of_open_turn(const struct jn_saga *saga, const struct jn_row *row)
{
    if (row->stored.kind == JANGLE_PARKED_TIMEOUT)
        return saga->turn_at.us && !saga->turn_position;
    return saga->turn_at.us && saga->turn_position == row->stored.position;
}

/* The open turn that the parked row is of is closed where it stands: it will not be run
 * again. The subscription is held. */
static enum jangle_result skip_turn(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    const char *id =
        subscription->saga ? jn_saga_id_of_key(row->stored.kind, row->stored.key) : NULL;
    enum jangle_result result = JANGLE_OK;
    struct jangle_arena arena;
    struct jn_saga saga;

    if (!id)
        return JANGLE_OK;
    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = jn_saga_load(&saga, subscription, id, &arena, error);
    if (!result && is_of_open_turn(&saga, row))
        result = close_turn(&saga, error);
    jn_arena_finish(&arena);
    return result;
}

/* ---- what is done -------------------------------------------------------------- */

static enum jangle_result skip_key(struct jn_subscription *subscription,
                                   const struct jn_row *row,
                                   struct jangle_error *error)
{
    enum jangle_result result = skip_turn(subscription, row, error);

    return result ? result : jn_retry_skip(subscription, row, error);
}

/* A saga's turn may have begun with the event: that turn is closed, as when a dead letter
 * is skipped. */
static enum jangle_result skip_in_the_way(struct jn_subscription *subscription,
                                          int64_t position,
                                          struct jangle_error *error)
{
    struct jn_row row = {.stored = {.position = position}};
    enum jangle_result result;
    struct jn_event_page page;

    jn_event_page_init(&page, subscription, 1);
    result = jn_event_page_read_one(&page, position, error);
    if (!result && page.items[0].key) {
        row.stored.kind = page.items[0].kind;
        row.stored.key = page.items[0].key;
        result = skip_turn(subscription, &row, error);
    }
    if (!result)
        result = jn_retry_pass(&page, error);
    jn_event_page_finish(&page);
    return result;
}

/* The subscription is held. */
static enum jangle_result treat_held(struct jn_subscription *subscription,
                                     int64_t position,
                                     const struct treatment *treatment,
                                     struct jangle_error *error)
{
    bool all = treatment->all;
    const struct jn_row *row = jn_survey_row_at(subscription, position, !all);
    struct jn_survey survey;

    jn_survey(subscription, &survey);
    if (row)
        return treatment->key(subscription, row, error);
    if (all && jn_survey_stands_before(&survey, position))
        return treatment->in_the_way(subscription, position, error);
    return jn_fail(error, JANGLE_NOT_FOUND, "event %lld is no %s of \"%s\"",
                   (long long)position, all ? "parked event" : "dead letter",
                   jn_name_of(subscription));
}

/* Hold the subscription, find the event, and treat it; the result is stored when this
 * returns. */
static enum jangle_result treat_event(struct jangle *jangle,
                                      const char *subscriber,
                                      int64_t position,
                                      const struct treatment *treatment,
                                      struct jangle_error *error)
{
    struct jn_subscription *subscription = NULL;
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_process(jangle, &why);

    if (!result)
        subscription = jn_subscription_find_or_fail(jangle, subscriber, &why);
    result = why.result;
    if (!result)
        result = jn_subscription_hold(subscription, JN_HELD_BY_DEAD_LETTERS, &why);
    if (result)
        goto done;
    result = treat_held(subscription, position, treatment, &why);
    jn_subscription_let_go(subscription);
    if (!result && !jn_is_view(subscription->subscriber))
        result = jn_committer_flush(&jangle->commands->committer, &why);
done:
    return jn_call_end(jangle, treatment->call, result, &why, error);
}

enum jangle_result jangle_dead_letter_retry(struct jangle *jangle,
                                            const char *subscriber,
                                            int64_t position,
                                            struct jangle_error *error)
{
    static const struct treatment treatment = {"jangle_dead_letter_retry", false,
                                               retry_key, retry_in_the_way};

    return treat_event(jangle, subscriber, position, &treatment, error);
}

enum jangle_result jangle_dead_letter_skip(struct jangle *jangle,
                                           const char *subscriber,
                                           int64_t position,
                                           struct jangle_error *error)
{
    static const struct treatment treatment = {"jangle_dead_letter_skip", false, skip_key,
                                               skip_in_the_way};

    return treat_event(jangle, subscriber, position, &treatment, error);
}

enum jangle_result jangle_parked_retry(struct jangle *jangle,
                                       const char *subscriber,
                                       int64_t position,
                                       struct jangle_error *error)
{
    static const struct treatment treatment = {"jangle_parked_retry", true, retry_key,
                                               retry_in_the_way};

    return treat_event(jangle, subscriber, position, &treatment, error);
}

enum jangle_result jangle_parked_skip(struct jangle *jangle,
                                      const char *subscriber,
                                      int64_t position,
                                      struct jangle_error *error)
{
    static const struct treatment treatment = {"jangle_parked_skip", true, skip_key,
                                               skip_in_the_way};

    return treat_event(jangle, subscriber, position, &treatment, error);
}
