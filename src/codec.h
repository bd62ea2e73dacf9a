/* codec.h - structs to JSON and back. The only module that knows jansson.
 *
 * Written form: members in declared order, no spaces; whole numbers plain; reals in the
 * shortest form that reads back the same, always with a point or an exponent; texts with
 * only ", \ and control characters escaped; times as microseconds; absent optionals are
 * left out; a jangle_json as it is, or null. The same in every locale. */
#ifndef JN_CODEC_H
#define JN_CODEC_H

#include "arena.h"

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

/* Decode `size` bytes that were stored as `version` of the type into `data`, zeroed or
 * not; texts and lists are made in the arena, none points into `json`. Older versions
 * are upcast first. INVALID names type and member: malformed, a wrong kind, a NUL, out of
 * range, too long, too deep, a version newer than the type's. NO_MEMORY, also when
 * jansson hid it. */
enum jangle_result jn_decode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const char *json,
                             size_t size,
                             int version,
                             const struct jn_limits *limits,
                             void *data,
                             struct jangle_error *error);

/* Run the type's check, if it has one. INVALID: "deposit_funds.amount: ...". Texts are
 * made sure of first: a required text that is NULL, or bad UTF-8, never reaches a
 * check. */
enum jangle_result jn_check_run(const struct jangle_message *type,
                                const void *data,
                                struct jangle_error *error);

/* Is it UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, no NUL? */
bool jn_utf8_is_valid(const char *text, size_t size);

#endif
