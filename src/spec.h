/* spec.h - the inside of given, when, then. */
#ifndef JN_SPEC_H
#define JN_SPEC_H

#include "decision.h"
#include "state.h"

#include <jangle/testing.h>

struct jangle_spec {
    bool broken; /* never came to be: everything fails */
    struct jn_host host;
    struct jn_log log;
    struct jn_registry registry;
    struct jn_loader loader;
    const struct jangle_aggregate *aggregate;
    char *id;
    jangle_time now;
    struct jn_state state;
    int failures;
    int commands;              /* sent */
    struct jangle_arena arena; /* of what the last `when` came to: */
    struct jn_emissions emissions;
    size_t named; /* emissions that a `then` named */
    enum jangle_result result;
    struct jangle_error error;
    bool result_named;
    char reply[64];
    struct jangle_here when; /* where it was said */
};

/* Print where and what, and count it. */
void jn_spec_complain(struct jangle_here here, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Complain of what the last `when` caused and no `then` named; forget it. */
void jn_spec_settle(struct jangle_spec *spec);

#endif
