/* message_names.h - the headers of ours that a message has. */
#ifndef JN_NATS_MESSAGE_NAMES_H
#define JN_NATS_MESSAGE_NAMES_H

#define JN_NATS_HEADER_CONTENT_TYPE "content-type"
#define JN_NATS_HEADER_ID           "jangle-id"
#define JN_NATS_HEADER_KEY          "jangle-key"
#define JN_NATS_HEADER_ATTEMPT      "jangle-attempt"
#define JN_NATS_HEADER_DELAY        "jangle-delay-ms"
#define JN_NATS_HEADER_ROUTE        "jangle-route" /* of what goes straight into a queue */
#define JN_NATS_HEADER_ENCODED      "jangle-encoded"
#define JN_NATS_HEADER_ALIKE        "jangle-alike-" /* and a number: a name and its value */

enum { JN_NATS_OWN_NAMES = 7 };

/* All but JN_NATS_HEADER_ALIKE. */
extern const char *const jn_nats_own_names[JN_NATS_OWN_NAMES];

#endif
