/* decode.c - reads CloudEvents in both of their forms. */
#include "cloudevents/decode.h"

#include "cloudevents/binary.h"
#include "cloudevents/structured.h"
#include "common/media.h"

/* The content type decides, then the headers, then the body. */
static enum jangle_result read_either(const struct jn_conversion *conversion,
                                      const struct jangle_parcel *parcel,
                                      struct jangle_contents *contents,
                                      struct jn_json_writer *extra)
{
    const char *type = parcel->content_type;
    bool certain = jn_media_is(type, "application/cloudevents+json");

    if (!certain && jn_media_starts(type, "application/cloudevents"))
        return jn_conversion_refuse(
            conversion, "content type",
            "is neither application/cloudevents+json nor that of data");
    if (!certain && jn_binary_is(parcel))
        return jn_binary_read(conversion, parcel, contents, extra);
    if (!certain && !jn_media_is_open(type))
        return jn_conversion_pass(conversion);
    return jn_structured_read(conversion, parcel, certain, contents, extra);
}

enum jangle_result jn_cloudevents_decode(const struct jangle_format *format,
                                         struct jangle_arena *arena,
                                         const struct jangle_parcel *parcel,
                                         struct jangle_contents *contents,
                                         struct jangle_error *error)
{
    return jn_conversion_decode(format, arena, parcel, contents, error, read_either);
}
