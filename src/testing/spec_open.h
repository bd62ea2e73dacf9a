/* spec_open.h - a spec is opened, and closed with what it has to say. */
#ifndef JN_SPEC_OPEN_H
#define JN_SPEC_OPEN_H

#include "testing/spec.h"

struct jangle_spec *jn_spec_open(const struct jangle_host *host,
                                 const struct jn_spec_subject *subject);

#endif
