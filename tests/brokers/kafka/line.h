/* line.h - a topic "orders" with a queue "store" at Kafka, one who publishes and one who
 * reads. What must not fail is asserted here. */
#ifndef KAFKA_LINE_H
#define KAFKA_LINE_H

#include "brokers/kafka/mock.h"
#include "support/parcels.h"

#include <string.h>

enum { LINE_WAIT_MS = 20000, LINE_BYTES = 1 << 20 };

struct line {
    struct jangle_transport *sender;
    struct jangle_transport *reader; /* attached from the first parcel */
};
extern const struct jangle_queue line_queue;

/* A transport, which the caller closes. */
struct jangle_transport *line_transport(void);

struct line line_open(void);
void line_close(struct line *line);

/* Publish "FIRST", "FIRST+1"... with that key. */
void line_publish(struct jangle_transport *sender, const char *key, int first, int count);

/* Receive so many parcels, whose bodies must be FIRST, FIRST+1...; the last one. `log`
 * (may be NULL) becomes the name of its log. All are settled as taken. */
int64_t
line_take(struct jangle_transport *reader, int first, int count, char log[static 400]);

/* The result of attaching behind that offset. */
enum jangle_result line_attach(struct jangle_transport *reader,
                               const char *log,
                               int64_t offset,
                               struct jangle_error *error);

#endif
