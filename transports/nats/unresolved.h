/* unresolved.h - parcels of which nobody knows whether they were stored.
 *
 * The server drops a message whose Nats-Msg-Id it has seen shortly before. That is what
 * we want if a confirm was lost and the parcel is published again; and it is not what we
 * want if a publisher was reset, or a dead letter is put back, within that time: then the
 * same parcel shall be stored a second time. So the id for the server is not the id of
 * the parcel. Each time that a parcel is published it has a new one, except if the last
 * time had no answer. */
#ifndef JN_NATS_UNRESOLVED_H
#define JN_NATS_UNRESOLVED_H

#include "nats/jetstream.h"

enum { JN_NATS_SERVER_ID_SIZE = 80 };

/* The id for the server with which a parcel is published now. */
void jn_nats_server_id(struct jn_nats *nats,
                       const struct jangle_parcel *parcel,
                       uint64_t *number,
                       char id[JN_NATS_SERVER_ID_SIZE]);

/* What became of it. With TIMEOUT it is remembered, and else forgotten. */
void jn_nats_resolve(struct jn_nats *nats,
                     const struct jangle_parcel *parcel,
                     uint64_t number,
                     enum jangle_result result);

void jn_nats_unresolved_finish(struct jn_nats *nats);

#endif
