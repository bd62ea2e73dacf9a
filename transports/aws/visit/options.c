/* options.c - a visit begins: its options are checked and made complete. */
#include "aws/visit/options.h"
#include "aws/visit/memory.h"

enum jangle_result jn_visit_begin(struct jn_visit *visit,
                                  const char *json,
                                  const struct jangle_aws_visit_options *options,
                                  jangle_aws_record_fn *function,
                                  void *context,
                                  struct jangle_error *error)
{
    *visit = (struct jn_visit){.context = context};
    if (options)
        visit->options = *options;
    if (!visit->options.allocator)
        visit->options.allocator = &jn_visit_system_memory;
    if (!visit->options.message_bytes)
        visit->options.message_bytes = JN_VISIT_BODY_BYTES;
    visit->event.allocator = visit->record.allocator = visit->options.allocator;
    if (!json || !function)
        return jangle_error_set(error, JANGLE_INVALID, "%s is NULL",
                                json ? "the visitor" : "the event");
    if (visit->options.subscription && !visit->options.certificate)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "`subscription` needs `certificate`: who confirms what is "
            "not signed lets strangers send");
    return JANGLE_OK;
}

void jn_visit_finish(struct jn_visit *visit)
{
    jn_aws_room_empty(&visit->record);
    jn_aws_room_empty(&visit->event);
}
