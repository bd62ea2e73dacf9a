/* encode.h - described structs become canonical JSON. */
#ifndef JN_ENCODE_H
#define JN_ENCODE_H

#include "message/codec.h"

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

/* Encode as jn_encode does what began zeroed and may still be so, as a state does: a NULL
 * text is written as an empty one. */
enum jangle_result jn_encode_zeroed(struct jangle_arena *arena,
                                    const struct jangle_message *type,
                                    const void *data,
                                    const struct jn_limits *limits,
                                    const char **json,
                                    size_t *size,
                                    struct jangle_error *error);

#endif
