/* claims.c - messages that are handled on receipt are claimed in the consumer's dedup.
 *
 * A crash before the claim is ended leaves a lease, which runs out: the message is
 * handled again then, unless it comes back to this store, which may remember it. */
#include "messaging/consumer/claims.h"

#include <inttypes.h>
#include <string.h>

enum {
    SCOPE_MAX = 100,
    LEASE_MS = 60000,
    LEASE_MS_LEAST = 1000,
    LEASE_MS_MOST = 3600000,
};

static const int64_t keep_ms_by_default = INT64_C(7) * 24 * 3600 * 1000;
static const int64_t keep_ms_most = INT64_C(366) * 24 * 3600 * 1000;

static struct jangle *jangle_of(const struct jn_claims *claims)
{
    return claims->endpoint->jangle;
}

static int64_t now_us(const struct jn_claims *claims)
{
    return jn_host_monotonic_us(&jangle_of(claims)->host);
}

/* ---- open and close ------------------------------------------------------- */

static const char *complete(struct jangle_deduplication *descriptor)
{
    if (!descriptor->scope)
        descriptor->scope = "jangle";
    if (!descriptor->lease_ms)
        descriptor->lease_ms = LEASE_MS;
    if (!descriptor->keep_ms)
        descriptor->keep_ms = keep_ms_by_default;
    if (!descriptor->open)
        return "has no `open`: take one that a function returns";
    if (!*descriptor->scope || strlen(descriptor->scope) > SCOPE_MAX)
        return "has a scope that is empty, or longer than 100 bytes";
    if (descriptor->lease_ms < LEASE_MS_LEAST || descriptor->lease_ms > LEASE_MS_MOST)
        return "has a lease_ms that is not between one second and one hour";
    if (descriptor->keep_ms < descriptor->lease_ms || descriptor->keep_ms > keep_ms_most)
        return "has a keep_ms that is not between its lease_ms and 366 days";
    return NULL;
}

static enum jangle_result open_dedup(struct jn_claims *claims,
                                     const struct jangle_consumer *consumer,
                                     struct jangle_error *error)
{
    struct jangle_deduplication descriptor = *consumer->dedup;
    const char *wrong = complete(&descriptor);
    struct jangle_error why = {0};
    enum jangle_result result;

    if (wrong)
        return jn_fail(error, JANGLE_INVALID, "the dedup of \"%s\" %s", consumer->name,
                       wrong);
    result = descriptor.open(&descriptor, &jangle_of(claims)->backend_host,
                             &claims->dedup, &why);
    if (result)
        return jn_fail(error, result, "the dedup of \"%s\": %s", consumer->name,
                       why.message);
    claims->needed = descriptor.needed;
    claims->lease_us = descriptor.lease_ms * 1000;
    if (claims->dedup->ops->abi == 1)
        return JANGLE_OK;
    result = jn_fail(error, JANGLE_INVALID,
                     "the dedup of \"%s\" was made for version %d of the contract, and "
                     "this jangle knows version 1",
                     consumer->name, claims->dedup->ops->abi);
    claims->dedup->ops->close(claims->dedup);
    return result;
}

enum jangle_result jn_claims_open(struct jn_claims *claims,
                                  struct jn_endpoint *endpoint,
                                  const struct jangle_consumer *consumer,
                                  struct jangle_error *error)
{
    enum jangle_result result;

    *claims = (struct jn_claims){.endpoint = endpoint};
    if (!consumer->dedup)
        return JANGLE_OK;
    if (jn_mutex_init(&claims->mutex))
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    result = open_dedup(claims, consumer, error);
    if (!result)
        return JANGLE_OK;
    claims->dedup = NULL;
    jn_mutex_finish(&claims->mutex);
    return result;
}

void jn_claims_close(struct jn_claims *claims)
{
    if (!claims->dedup)
        return;
    claims->dedup->ops->close(claims->dedup);
    jn_mutex_finish(&claims->mutex);
    claims->dedup = NULL;
}

/* ---- one message ---------------------------------------------------------- */

/* The contents are part of the key: a message that has the id of another one is not taken
 * for a repetition, and lost. */
struct jn_claim *jn_claims_make(const struct jn_claims *claims,
                                struct jangle_arena *arena,
                                const char *id,
                                const unsigned char fingerprint[16])
{
    uint64_t halves[2];
    struct jn_claim *claim;

    if (!claims->dedup)
        return NULL;
    memset(halves, 0, sizeof halves);
    for (size_t i = 0; i < 16; i++)
        halves[i / 8] = halves[i / 8] << 8 | fingerprint[i];
    claim = jangle_alloc(arena, sizeof *claim);
    if (!claim)
        return NULL;
    atomic_init(&claim->held, false);
    claim->key =
        jangle_text(arena, "%s/%016" PRIx64 "%016" PRIx64, id, halves[0], halves[1]);
    return claim;
}

/* ---- is it there? ----------------------------------------------------------- */

/* A dedup that must not be used is not gone round: nobody would notice. */
static bool must_wait(const struct jn_claims *claims)
{
    return claims->needed || claims->away.result == JANGLE_INVALID;
}

static void tell_away(const struct jn_claims *claims, const struct jangle_error *away)
{
    const char *name = claims->endpoint->name;
    bool waits = claims->needed || away->result == JANGLE_INVALID;

    JN_LOG(&jangle_of(claims)->log, DEDUP_AWAY, JN_PAIRS(JN_TEXT("consumer", name)),
           "%s: messages %s: %s", name, waits ? "wait" : "are handled without a claim",
           away->message);
}

/* A sentence that stands alone, in figures and in the answers of jangle_deliver. */
static enum jangle_result name_dedup(enum jangle_result result,
                                     const struct jangle_error *why,
                                     struct jangle_error *error)
{
    const char *how = result == JANGLE_INVALID ? "must not be used" : "is away";

    return jn_fail(error, result, "the dedup %s: %s", how, why->message);
}

static void note_failure(struct jn_claims *claims,
                         enum jangle_result result,
                         const struct jangle_error *why)
{
    struct jangle *jangle = jangle_of(claims);
    struct jangle_error away = {0};
    bool news;

    name_dedup(result, why, &away);
    jn_mutex_lock(&claims->mutex);
    news = claims->away.result != result;
    claims->asked = true;
    claims->away = away;
    claims->due_us = now_us(claims) + 1000 * jn_host_backoff_ms(&jangle->host,
                                                                &jangle->config.reconnect,
                                                                ++claims->failures);
    jn_mutex_unlock(&claims->mutex);
    if (news)
        tell_away(claims, &away);
}

static void note_answer(struct jn_claims *claims)
{
    const char *name = claims->endpoint->name;
    bool news;

    jn_mutex_lock(&claims->mutex);
    news = claims->away.result != JANGLE_OK;
    claims->asked = true;
    claims->away = (struct jangle_error){0};
    claims->failures = 0;
    jn_mutex_unlock(&claims->mutex);
    if (news)
        JN_LOG(&jangle_of(claims)->log, DEDUP_BACK, JN_PAIRS(JN_TEXT("consumer", name)),
               "%s: its dedup is back", name);
}

/* False: it is away, and not to be called yet, for so long. */
static bool
may_call(struct jn_claims *claims, int64_t *wait_us, struct jangle_error *error)
{
    bool may;

    jn_mutex_lock(&claims->mutex);
    *wait_us = claims->away.result ? claims->due_us - now_us(claims) : 0;
    may = *wait_us <= 0;
    if (!may)
        *error = claims->away;
    jn_mutex_unlock(&claims->mutex);
    return may;
}

static bool is_well(struct jn_claims *claims)
{
    bool well;

    jn_mutex_lock(&claims->mutex);
    well = claims->asked && !(claims->away.result && must_wait(claims));
    jn_mutex_unlock(&claims->mutex);
    return well;
}

enum jangle_result jn_claims_check(struct jn_claims *claims, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result;

    if (!claims->dedup)
        return JANGLE_OK;
    result = claims->dedup->ops->check(claims->dedup, &why);
    return result ? name_dedup(result, &why, error) : JANGLE_OK;
}

bool jn_claims_may_receive(struct jn_claims *claims,
                           int64_t *wait_us,
                           struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result;

    if (!claims->dedup || is_well(claims))
        return true;
    if (!may_call(claims, wait_us, error))
        return false;
    result = claims->dedup->ops->check(claims->dedup, &why);
    if (!result) {
        note_answer(claims);
        return true;
    }
    note_failure(claims, result, &why);
    may_call(claims, wait_us, error);
    return is_well(claims);
}

/* ---- begin, keep, end --------------------------------------------------------- */

static enum jn_claiming go_without(struct jn_claims *claims)
{
    bool waits;

    jn_mutex_lock(&claims->mutex);
    waits = must_wait(claims);
    jn_mutex_unlock(&claims->mutex);
    if (waits)
        return JN_CLAIM_AWAY;
    JN_ENDPOINT_COUNT(claims->endpoint, unclaimed, 1);
    return JN_CLAIM_OURS;
}

/* A claim whose answer did not come may have been made: then it is held. */
enum jn_claiming jn_claims_begin(struct jn_claims *claims,
                                 struct jn_claim *claim,
                                 int64_t *left_ms,
                                 struct jangle_error *error)
{
    struct jangle_dedup *dedup = claims->dedup;
    struct jangle_error why = {0};
    enum jangle_result result;
    int64_t wait_us;
    bool ours;

    if (!claim)
        return JN_CLAIM_OURS;
    if (!may_call(claims, &wait_us, error))
        return go_without(claims);
    claim->renew_us = now_us(claims) + claims->lease_us / 3;
    result = dedup->ops->begin(dedup, claim->key, &claim->claim, &why);
    if (result) {
        note_failure(claims, result, &why);
        may_call(claims, &wait_us, error);
        atomic_store(&claim->held, claim->claim.token[0] != '\0');
        return go_without(claims);
    }
    note_answer(claims);
    ours = claim->claim.state == JANGLE_CLAIM_IS_YOURS;
    atomic_store(&claim->held, ours);
    *left_ms = claim->claim.left_ms > 0 ? claim->claim.left_ms : 1;
    if (ours)
        return JN_CLAIM_OURS;
    return claim->claim.state == JANGLE_CLAIM_IS_DONE ? JN_CLAIM_DONE : JN_CLAIM_ANOTHERS;
}

static void tell_lost(const struct jn_claims *claims, const struct jn_claim *claim)
{
    const char *name = claims->endpoint->name;

    JN_LOG(&jangle_of(claims)->log, CLAIM_LOST,
           JN_PAIRS(JN_TEXT("consumer", name), JN_TEXT("key", claim->key)),
           "%s: a handler took longer than the lease of its message, so that another "
           "program may have handled it, too",
           name);
}

/* CONFLICT is an answer. */
static bool note_result(struct jn_claims *claims,
                        enum jangle_result result,
                        const struct jangle_error *error)
{
    bool answered = !result || result == JANGLE_CONFLICT;

    if (answered)
        note_answer(claims);
    else
        note_failure(claims, result, error);
    return answered;
}

bool jn_claims_keep(struct jn_claims *claims, struct jn_claim *claim)
{
    struct jangle_dedup *dedup = claims->dedup;
    struct jangle_error error = {0};
    enum jangle_result result;
    int64_t wait_us;

    if (!claim || !atomic_load(&claim->held) || now_us(claims) < claim->renew_us ||
        !may_call(claims, &wait_us, &error))
        return true;
    result = dedup->ops->renew(dedup, claim->key, &claim->claim, &error);
    if (!note_result(claims, result, &error))
        return false;
    claim->renew_us = now_us(claims) + claims->lease_us / 3;
    return true;
}

bool jn_claims_end(struct jn_claims *claims, struct jn_claim *claim, bool done)
{
    struct jangle_dedup *dedup = claims->dedup;
    struct jangle_error error = {0};
    enum jangle_result result;
    int64_t wait_us;

    if (!claim || !atomic_exchange(&claim->held, false) ||
        !may_call(claims, &wait_us, &error))
        return true;
    result = dedup->ops->end(dedup, claim->key, &claim->claim, done, &error);
    if (result == JANGLE_CONFLICT && done)
        tell_lost(claims, claim);
    return note_result(claims, result, &error);
}

void jn_claims_forget(struct jn_claim *claim)
{
    if (claim)
        atomic_store(&claim->held, false);
}
