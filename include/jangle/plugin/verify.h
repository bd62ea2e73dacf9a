/* verify.h - how a backend checks what it keeps: jangle_storage.verify (storage.h) does
 * what jangle_verify promises (jangle/verify.h). */
#ifndef JANGLE_PLUGIN_VERIFY_H
#define JANGLE_PLUGIN_VERIFY_H

#include <jangle/verify.h>

JANGLE_C_BEGIN

/* One verification. `options` has its defaults filled in, and `totals` is zeroed. Call
 * `visit` while no read transaction is open; NULL: only count. */
struct jangle_verification {
    struct jangle_verify_options options;
    jangle_finding_fn *visit;
    void *context;
    struct jangle_verify_totals *totals;
};

JANGLE_C_END

#endif
