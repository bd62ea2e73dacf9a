/* broker.h - a broker of a test's own, whichever it is: how programs reach it, and how a
 * test kills it and starts it again. */
#ifndef BROKER_H
#define BROKER_H

#include <jangle/plugin/transport.h>

#include <stdbool.h>
#include <sys/types.h>

struct tested_broker {
    struct jangle_broker broker; /* what a program's configuration gets */
    bool (*kill)(void *context); /* as kill -9 does; false: it failed */
    bool (*start_again)(
        void *context); /* with what it had kept; returns when it answers */
    void (*outlast)(void *context, pid_t taker); /* stop that process for so long that the
                                                    broker takes it for dead, and let it
                                                    go on. NULL: no test does that */
    void *context;                               /* of these functions */
};

#endif
