/* verify.c - check the files of a store, through its storage. */
#include <jangle/verify.h>

#include "base/error.h"
#include "message/codec.h"

#include <jangle/plugin/support.h>
#include <jangle/plugin/verify.h>

const char *jangle_finding_kind_name(enum jangle_finding_kind kind)
{
    switch (kind) {
#define KIND_NAME(name, number, text)                                                    \
    case JANGLE_FINDING_##name:                                                          \
        return #name;
        JANGLE_FINDING_KINDS(KIND_NAME)
#undef KIND_NAME
    default:
        return "?";
    }
}

static struct jangle_verify_options fill_in(const struct jangle_verify_options *given)
{
    struct jangle_verify_options options = {0};

    if (given)
        options = *given;
    if (options.json_depth <= 0)
        options.json_depth = jn_limits_default.json_depth;
    if (options.message_bytes <= 0)
        options.message_bytes = jn_limits_default.message_bytes;
    return options;
}

enum jangle_result jangle_verify(const struct jangle_storage *storage,
                                 const struct jangle_verify_options *options,
                                 jangle_finding_fn *visit,
                                 void *context,
                                 struct jangle_verify_totals *totals,
                                 struct jangle_error *error)
{
    struct jangle_verify_totals ignored;
    struct jangle_verification verification = {
        .options = fill_in(options),
        .visit = visit,
        .context = context,
        .totals = totals ? totals : &ignored,
    };
    struct jangle_error why = {0};
    enum jangle_result result;

    *verification.totals = (struct jangle_verify_totals){0};
    if (!storage || !storage->verify)
        return jn_fail(error, JANGLE_INVALID,
                       "this storage keeps no file that could be checked");
    jn_host_fill_in(&verification.options.host);
    result = storage->verify(storage, &verification.options.host, &verification, &why);
    if (result && !why.result)
        return jn_fail(error, result, "the visit ended it");
    return jn_fail_as(error, &why);
}
