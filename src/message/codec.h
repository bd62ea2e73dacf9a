/* codec.h - the JSON of structs, and the limits that encode.c and decode.c keep to.
 *
 * What is written: members in the order in which they are declared, without spaces;
 * numbers of type double with the fewest digits that read back the same, always with a
 * point or an exponent; texts with only ", \ and control characters escaped; times as
 * microseconds; a jangle_json as it is, or null. Optionals that are absent are left out.
 * The same in every locale.
 *
 * What is read: any JSON. Memory is bounded by the text: a list takes the size of its
 * items, each of which takes two bytes of text at least; what is skipped takes none. */
#ifndef JN_CODEC_H
#define JN_CODEC_H

#include "base/arena.h"
#include "base/utf8.h"

#include <jangle/message.h>

struct jn_limits {
    int64_t message_bytes; /* of JSON */
    int64_t json_depth;
};

/* The defaults of config.h, which jangle_to_json and jangle_from_json keep to. */
extern const struct jn_limits jn_limits_default;

#endif
