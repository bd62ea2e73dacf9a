/* show.c - a record that was read is shown to a function of the caller. */
#include "aws/visit/show.h"

enum jangle_result jn_visit_show(const struct jn_visit *visit,
                                 jangle_aws_record_fn *function,
                                 const struct jn_visit_record *record,
                                 const struct jangle_error *why,
                                 struct jangle_error *error)
{
    struct jangle_error said = {0};
    bool is_message = !record->subscription.topic;
    enum jangle_result result;

    if (why->result)
        return jangle_error_set(error, why->result, "%s", why->message);
    result = is_message
                 ? function(visit->context, &record->parcel, &said)
                 : visit->options.subscription(visit->context, &record->subscription);
    if (!result)
        return JANGLE_OK;
    return jangle_error_set(
        error, result, "%s \"%s\": %s%s%s%s",
        is_message ? "message" : "confirmation of the topic",
        JN_SHOWN(100, is_message ? record->parcel.id : record->subscription.topic),
        *said.message ? "" : "the program has returned ", jangle_result_name(result),
        *said.message ? ": " : "", said.message);
}
