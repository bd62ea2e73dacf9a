/* decode.h - JSON becomes described structs, in one pass over the text. */
#ifndef JN_DECODE_H
#define JN_DECODE_H

#include "message/codec.h"

/* Decode `size` bytes, which were stored as `version` of the type, into `data`. Texts and
 * lists are made in the arena: none points into `json`. An older version is upcast first.
 * INVALID names type and member: malformed JSON, a wrong kind, a NUL, a number out of
 * range, a member given twice, too long, too deep, a version newer than the type's.
 * NO_MEMORY. On failure the data is all zero. */
enum jangle_result jn_decode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const char *json,
                             size_t size,
                             int version,
                             const struct jn_limits *limits,
                             void *data,
                             struct jangle_error *error);

/* The same for any form of JSON. jn_decode calls it for what canonical.h declines: the
 * struct and the sentence are the same whichever way was taken. */
enum jangle_result jn_decode_plain(struct jangle_arena *arena,
                                   const struct jangle_message *type,
                                   const char *json,
                                   size_t size,
                                   int version,
                                   const struct jn_limits *limits,
                                   void *data,
                                   struct jangle_error *error);

#endif
