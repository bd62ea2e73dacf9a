/* dial.h - reaches a host by TCP. */
#ifndef JN_RABBIT_DIAL_H
#define JN_RABBIT_DIAL_H

#include "rabbitmq/rabbit.h"

/* A socket that is connected and does not block. BUSY says what was wrong with the host;
 * a `wake` ends the attempt, and is left in the pipe. */
enum jangle_result jn_rabbit_dial(struct jn_rabbit *rabbit,
                                  const struct jn_rabbit_host *host,
                                  int64_t until_us,
                                  int *file,
                                  struct jangle_error *error);

/* Ask a host that did not answer as a broker does what it speaks. A text for people. */
const char *jn_rabbit_probe(struct jn_rabbit *rabbit, const struct jn_rabbit_host *host);

#endif
