/* codec.h - structs to JSON and back.
 *
 * Written form: members in declared order, no spaces; whole numbers plain; reals with the
 * fewest digits that read back the same, always with a point or an exponent; texts with
 * only ", \ and control characters escaped; times as microseconds; absent optionals are
 * left out; a jangle_json as it is, or null. The same in every locale.
 *
 * Read form: any JSON. Memory is bounded by the text: a list takes its items' size, and
 * an item takes two bytes of text at least; what is passed over takes none. */
#ifndef JN_CODEC_H
#define JN_CODEC_H

#include "base/arena.h"
#include "base/utf8.h"

#include <jangle/message.h>

struct jn_limits {
    int64_t message_bytes; /* of JSON */
    int64_t json_depth;
};

/* The defaults of config.h; what jangle_to_json and jangle_from_json go by. */
extern const struct jn_limits jn_limits_default;

#endif
