/* send.h - messages go to the broker and are confirmed. */
#ifndef JN_RABBIT_SEND_H
#define JN_RABBIT_SEND_H

#include "rabbitmq/rabbit.h"

enum jn_rabbit_progress {
    JN_RABBIT_UNSENT,
    JN_RABBIT_SENT,     /* and neither confirmed nor refused */
    JN_RABBIT_RETURNED, /* no queue takes it; its confirm is still to come */
    JN_RABBIT_DONE      /* it has its result */
};

/* A message that is to be published. */
struct jn_rabbit_message {
    const char *topic; /* "": straight into the queue `route` */
    const char *route;
    bool must_be_queued;
    amqp_basic_properties_t properties;
    amqp_bytes_t body;
    uint64_t tag;
    enum jn_rabbit_progress progress;
    enum jangle_result result;
};

/* Publish messages, all under way at once, and wait until each has its result. Those that
 * are DONE already are left out. The result of the call is that of TR-3. */
enum jangle_result jn_rabbit_send(struct jn_rabbit *rabbit,
                                  struct jn_rabbit_message *messages,
                                  size_t count,
                                  int64_t timeout_ms,
                                  struct jangle_error *error);

/* Answer heartbeats, and see alarms come and go. */
void jn_rabbit_tend_publishing(struct jn_rabbit *rabbit);

#endif
