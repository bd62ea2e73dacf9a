/* visit.c - jangle_aws_visit: each record of an event is shown to a function, until one
 * fails. */
#include "aws/visit/event.h"
#include "aws/visit/options.h"
#include "aws/visit/show.h"

struct visiting {
    struct jn_visit visit;
    jangle_aws_record_fn *function;
};

static enum jangle_result show_record(void *context,
                                      struct jn_visit_record *record,
                                      const struct jangle_error *why,
                                      struct jangle_error *error)
{
    struct visiting *visiting = context;

    return jn_visit_show(&visiting->visit, visiting->function, record, why, error);
}

enum jangle_result jangle_aws_visit(const char *json,
                                    const struct jangle_aws_visit_options *options,
                                    jangle_aws_record_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct visiting visiting = {.function = visit};
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    result = jn_visit_begin(&visiting.visit, json, options, visit, context, error);
    if (!result)
        result = jn_visit_event(&visiting.visit, json, show_record, &visiting, error);
    jn_visit_finish(&visiting.visit);
    return result;
}
