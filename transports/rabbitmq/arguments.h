/* arguments.h - the arguments with which queues are declared. */
#ifndef JN_RABBIT_ARGUMENTS_H
#define JN_RABBIT_ARGUMENTS_H

#include "rabbitmq/rabbit.h"

enum { JN_RABBIT_MOST_ARGUMENTS = 32 };

struct jn_rabbit_arguments {
    amqp_table_entry_t entries[JN_RABBIT_MOST_ARGUMENTS];
    int count;
};

/* Where the broker puts a parcel that has expired, or that it gives up. */
struct jn_rabbit_next {
    const char *topic; /* "": straight into the queue `route`; NULL: nowhere */
    const char *route;
};

/* All texts are borrowed. INVALID: the options have too many arguments. */
enum jangle_result jn_rabbit_arguments_fill(struct jn_rabbit_arguments *arguments,
                                            const struct jangle_rabbitmq_options *options,
                                            struct jn_rabbit_next next,
                                            int64_t expire_ms,
                                            bool in_order,
                                            struct jangle_error *error);

#endif
