/* cloudevents_binary.c - CloudEvents 1.0 with the data as the body, and all else in
 * headers. It carries every member, but for the type of an extra that is a number or a
 * boolean: a header is a text. */
#include "cloudevents/binary.h"
#include "cloudevents/decode.h"

#include <jangle/messaging.h>

static enum jangle_result encode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_contents *contents,
                                 struct jangle_parcel *parcel,
                                 struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);

    jn_conversion_empty(parcel);
    return jn_binary_write(&conversion, contents, parcel);
}

const struct jangle_format jangle_cloudevents_binary = {.abi = 1,
                                                        .name = "cloudevents_binary",
                                                        .encode = encode,
                                                        .decode = jn_cloudevents_decode};
