/* bus.h - the inside of jangle/bus.h: a bus whose memory comes from a given allocator. */
#ifndef JN_BUS_H
#define JN_BUS_H

#include <jangle/bus.h>
#include <jangle/plugin/support.h>

/* As jangle_bus_open. The allocator is copied. */
struct jangle_bus *jn_bus_open(enum jangle_nesting nesting,
                               const struct jangle_allocator *allocator);

#endif
