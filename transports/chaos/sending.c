/* sending.c - parcels that are refused, or whose confirm is lost. */
#include "chaos/sending.h"

#include "chaos/connection.h"

/* What becomes of one parcel of a call. */
struct plan {
    bool refused;
    bool unconfirmed;
};

static bool has_key_of(const struct jangle_parcel *one, const struct jangle_parcel *other)
{
    return one->key && other->key && strcmp(one->key, other->key) == 0;
}

static bool
follows_refused(const struct jangle_parcel *parcels, const struct plan *plans, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (plans[i].refused && has_key_of(&parcels[i], &parcels[at]))
            return true;
    return false;
}

/* A parcel behind a refused one of its key is refused, too, even if it is spared: a queue
 * keeps a beginning of them. */
static void make_plans(struct jn_chaos_transport *transport,
                       const struct jangle_parcel *parcels,
                       struct plan *plans,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        plans[i] = (struct plan){0};
        if (!jn_chaos_spares_parcel(transport, &parcels[i])) {
            plans[i].refused = jn_chaos_roll(&transport->dice, transport->chaos.refuse);
            plans[i].unconfirmed =
                jn_chaos_roll(&transport->dice, transport->chaos.unconfirm);
        }
        if (!plans[i].refused)
            plans[i].refused = follows_refused(parcels, plans, i);
    }
}

/* What is left, in the same order. */
static size_t choose_parcels(const struct jangle_parcel *parcels,
                             const struct plan *plans,
                             size_t count,
                             struct jangle_parcel *chosen)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        if (!plans[i].refused)
            chosen[left++] = parcels[i];
    return left;
}

static void tell_results(struct jangle_parcel *parcels,
                         const struct plan *plans,
                         size_t count,
                         const struct jangle_parcel *chosen)
{
    for (size_t i = 0; i < count; i++) {
        parcels[i].result = plans[i].refused ? JANGLE_BUSY : chosen->result;
        chosen += !plans[i].refused;
        if (plans[i].unconfirmed && !parcels[i].result)
            parcels[i].result = JANGLE_TIMEOUT;
    }
}

static bool all_are_spared(const struct jn_chaos_transport *transport,
                           const struct jangle_parcel *parcels,
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!jn_chaos_spares_parcel(transport, &parcels[i]))
            return false;
    return true;
}

static enum jangle_result
refuse_all(struct jangle_parcel *parcels, size_t count, enum jangle_result result)
{
    for (size_t i = 0; i < count; i++)
        parcels[i].result = JANGLE_BUSY;
    return result;
}

enum jangle_result jn_chaos_publish(struct jangle_transport *base,
                                    struct jangle_parcel *parcels,
                                    size_t count,
                                    int64_t timeout_ms,
                                    struct jangle_error *error)
{
    struct jn_chaos_transport *transport = jn_chaos_of(base);
    const struct jangle_allocator *allocator = &transport->host.allocator;
    enum jangle_result result =
        jn_chaos_enter(transport, all_are_spared(transport, parcels, count), error);
    struct jangle_parcel *chosen;
    struct plan *plans;

    if (result)
        return refuse_all(parcels, count, result);
    chosen = jn_new(allocator, (count + 1) * (sizeof *chosen + sizeof *plans));
    if (!chosen)
        return refuse_all(parcels, count, jn_chaos_full(error));
    plans = (struct plan *)(chosen + count + 1);
    make_plans(transport, parcels, plans, count);
    result = transport->inner->ops->publish(transport->inner, chosen,
                                            choose_parcels(parcels, plans, count, chosen),
                                            timeout_ms, error);
    tell_results(parcels, plans, count, chosen);
    jn_free(allocator, chosen);
    return result;
}
