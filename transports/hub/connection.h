/* connection.h - how a call of a transport begins and ends. */
#ifndef JN_HUB_CONNECTION_H
#define JN_HUB_CONNECTION_H

#include "hub/hub.h"

static inline struct jn_hub_transport *jn_hub_transport_of(struct jangle_transport *base)
{
    assert(strcmp(base->ops->name, "hub") == 0);
    return (struct jn_hub_transport *)base;
}

/* Connect again if the connection has ended, and do what is due by the clock. BUSY: the
 * hub is stopped. The caller holds the mutex. */
enum jangle_result jn_hub_connect(struct jn_hub_transport *transport,
                                  struct jangle_error *error);

/* Lock the mutex and connect. If that fails, the mutex is not locked. */
enum jangle_result jn_hub_enter(struct jn_hub_transport *transport,
                                struct jangle_error *error);

/* Wake up those who wait for parcels, and unlock the mutex. */
void jn_hub_leave(struct jn_hub_transport *transport);

/* End the connection. What was received and is not settled is given back. The caller
 * holds the mutex. */
void jn_hub_lose(struct jn_hub_transport *transport);

#endif
