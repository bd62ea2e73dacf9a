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

/* Encode into the arena; `json` ends with a zero that `size` does not count. INVALID
 * names type and member: a NULL text, bad UTF-8, a real that is not finite, raw JSON that
 * is none, too long, too deep. NO_MEMORY. */
enum jangle_result jn_encode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const void *data,
                             const struct jn_limits *limits,
                             const char **json,
                             size_t *size,
                             struct jangle_error *error);

/* The same for what starts zeroed and may still be so, as a state: a NULL text is written
 * as an empty one. */
enum jangle_result jn_encode_zeroed(struct jangle_arena *arena,
                                    const struct jangle_message *type,
                                    const void *data,
                                    const struct jn_limits *limits,
                                    const char **json,
                                    size_t *size,
                                    struct jangle_error *error);

/* Decode `size` bytes that were stored as `version` of the type into `data`, zeroed or
 * not; texts and lists are made in the arena, none points into `json`. Older versions
 * are upcast first. INVALID names type and member: malformed, a wrong kind, a NUL, out of
 * range, given twice, too long, too deep, a version newer than the type's. NO_MEMORY. On
 * failure the data is all zero. */
enum jangle_result jn_decode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const char *json,
                             size_t size,
                             int version,
                             const struct jn_limits *limits,
                             void *data,
                             struct jangle_error *error);

/* Run the checks of the type and of what it contains, the inner ones first; the first
 * complaint is INVALID: "deposit_funds.amount: ...". A required text that is NULL, bad
 * UTF-8, or a list without its items never reaches a check. */
enum jangle_result jn_check_run(const struct jangle_message *type,
                                const void *data,
                                struct jangle_error *error);

#endif
