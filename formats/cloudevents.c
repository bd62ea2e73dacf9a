/* cloudevents.c - CloudEvents 1.0 as one JSON object: the default format. It carries
 * every member. A member of `extra` becomes an extension attribute. */
#include "cloudevents/decode.h"
#include "cloudevents/structured.h"

#include <jangle/messaging.h>

static enum jangle_result encode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_contents *contents,
                                 struct jangle_parcel *parcel,
                                 struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);

    jn_conversion_empty(parcel);
    return jn_structured_write(&conversion, contents, parcel);
}

const struct jangle_format jangle_cloudevents = {
    .abi = 1, .name = "cloudevents", .encode = encode, .decode = jn_cloudevents_decode};
