/* canonical.h - the fast way from JSON to a struct: for the form that encode.c writes. */
#ifndef JN_CANONICAL_H
#define JN_CANONICAL_H

#include "message/codec.h"

enum jn_canonical {
    JN_CANONICAL_TAKEN,     /* the struct is filled */
    JN_CANONICAL_DECLINED,  /* the text has another form, or it may be wrong */
    JN_CANONICAL_NO_MEMORY, /* the arena ran out of memory meanwhile */
};

/* As jn_decode, but only for what jn_encode writes: the type's own version, its members
 * in their order, no space, the shortest escapes. A double may have any digits, if it has
 * a point or an `e`.
 *
 * What is taken is what jn_decode_plain makes of the same text, in as much of the arena.
 * Nothing is ever refused, so there is no error: unless the text was taken, the struct is
 * all zero, and if it was declined, the arena is as it was before the call. */
enum jn_canonical jn_canonical_decode(struct jangle_arena *arena,
                                      const struct jangle_message *type,
                                      const char *json,
                                      size_t size,
                                      int version,
                                      const struct jn_limits *limits,
                                      void *data);

#endif
