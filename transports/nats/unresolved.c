/* unresolved.c - parcels of which nobody knows whether they were stored. */
#include "nats/unresolved.h"
#include "nats/names.h"

#include <stdio.h>

enum { MANY = 10000 }; /* above that the oldest is forgotten: the inbox knows doubles */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool
is_of(const struct jn_nats_unresolved *each, const char *place, const char *id)
{
    size_t length = strlen(place);

    return strncmp(each->text, place, length) == 0 && each->text[length] == ' ' &&
           strcmp(each->text + length + 1, id) == 0;
}

static struct jn_nats_unresolved **find(struct jn_nats *nats,
                                        const struct jangle_parcel *parcel)
{
    const char *place = or_empty(parcel->topic ? parcel->topic : parcel->queue);
    struct jn_nats_unresolved **at = &nats->unresolved;

    while (*at && !is_of(*at, place, parcel->id))
        at = &(*at)->next;
    return at;
}

static void forget(struct jn_nats *nats, struct jn_nats_unresolved **at)
{
    struct jn_nats_unresolved *known = *at;

    if (!known)
        return;
    *at = known->next;
    nats->unresolved_count--;
    jn_free(&nats->allocator, known);
}

void jn_nats_server_id(struct jn_nats *nats,
                       const struct jangle_parcel *parcel,
                       uint64_t *number,
                       char id[JN_NATS_SERVER_ID_SIZE])
{
    const struct jn_nats_unresolved *known = parcel->id ? *find(nats, parcel) : NULL;
    char text[24];

    *number = known ? known->number : ++nats->next_number;
    snprintf(text, sizeof text, ".%llu", (unsigned long long)*number);
    JN_NATS_JOIN(id, JN_NATS_SERVER_ID_SIZE, nats->birth, text);
}

/* Without memory it is not remembered, and may be stored twice: the inbox knows that. */
static void
remember(struct jn_nats *nats, const struct jangle_parcel *parcel, uint64_t number)
{
    const char *place = or_empty(parcel->topic ? parcel->topic : parcel->queue);
    size_t size = strlen(place) + strlen(parcel->id) + 2;
    struct jn_nats_unresolved *made = jn_new(&nats->allocator, sizeof *made + size);

    if (!made)
        return;
    JN_NATS_JOIN(made->text, size, place, " ", parcel->id);
    made->number = number;
    made->next = nats->unresolved;
    nats->unresolved = made;
    nats->unresolved_count++;
}

static void forget_oldest(struct jn_nats *nats)
{
    struct jn_nats_unresolved **at = &nats->unresolved;

    while (*at && (*at)->next)
        at = &(*at)->next;
    forget(nats, at);
}

void jn_nats_resolve(struct jn_nats *nats,
                     const struct jangle_parcel *parcel,
                     uint64_t number,
                     enum jangle_result result)
{
    if (!parcel->id)
        return;
    if (nats->unresolved)
        forget(nats, find(nats, parcel));
    if (result == JANGLE_TIMEOUT)
        remember(nats, parcel, number);
    if (nats->unresolved_count > MANY)
        forget_oldest(nats);
}

void jn_nats_unresolved_finish(struct jn_nats *nats)
{
    while (nats->unresolved)
        forget(nats, &nats->unresolved);
}
