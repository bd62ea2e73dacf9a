/* line.h - a transport in a test, whichever it is: what is received and settled. The
 * line.h of each broker has how it is opened and published to. What must not fail is
 * asserted here. */
#ifndef BROKER_LINE_H
#define BROKER_LINE_H

#include "support/test.h"

#include <jangle/plugin/transport.h>

#include <string.h>

enum { LINE_WAIT_MS = 20000, LINE_BYTES = 4 << 20 };

void line_close(struct jangle_transport *transport);

/* One parcel, which must come. */
struct jangle_parcel line_receive(struct jangle_transport *transport);

/* The settlement's own result; AGAIN at once, or no earlier than after that delay. The
 * reason is "a test wants it". */
enum jangle_result line_settle(struct jangle_transport *transport,
                               const struct jangle_parcel *parcel,
                               enum jangle_disposition disposition);
enum jangle_result line_settle_after(struct jangle_transport *transport,
                                     const struct jangle_parcel *parcel,
                                     enum jangle_disposition disposition,
                                     int64_t delay_ms);

int64_t line_count(struct jangle_transport *transport, const char *queue);

/* NULL: the parcel has no such header. */
const char *line_header(const struct jangle_parcel *parcel, const char *name);
void line_assert_body(const struct jangle_parcel *parcel, const char *body);

#endif
