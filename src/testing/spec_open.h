/* spec_open.h - a spec is opened. */
#ifndef JN_SPEC_OPEN_H
#define JN_SPEC_OPEN_H

#include "testing/spec.h"

/* Open a spec that has its allocator and its logger from that host. Never NULL: a spec
 * that could not be opened is broken, and a sentence is printed. */
struct jangle_spec *jn_spec_open(const struct jangle_host *host,
                                 const struct jn_spec_subject *subject);

#endif
