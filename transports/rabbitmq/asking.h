/* asking.h - questions to the broker, by the channel that is for them. */
#ifndef JN_RABBIT_ASKING_H
#define JN_RABBIT_ASKING_H

#include "rabbitmq/rabbit.h"

/* Connect, and open the channel for questions. */
enum jangle_result jn_rabbit_begin_asking(struct jn_rabbit *rabbit,
                                          int64_t until_us,
                                          struct jangle_error *error);

/* The answer to what was asked; an error names the kind of thing and its name. The
 * channel is opened again by the next question if the broker closed it. */
enum jangle_result jn_rabbit_asked(struct jn_rabbit *rabbit,
                                   const char *kind,
                                   const char *name,
                                   struct jangle_error *error);

#endif
