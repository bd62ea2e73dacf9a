/* layout.h - does a description leave out a member of its struct? */
#ifndef JN_LAYOUT_H
#define JN_LAYOUT_H

#include <jangle/message.h>

/* A struct, and the members that its description names. */
struct jn_layout {
    const char *name;
    size_t size;
    const struct jangle_field **fields; /* in any order; they are sorted in place */
    size_t count;                       /* at least one */
    bool (*is_padding)(const void *type, size_t byte); /* NULL: the compiler was unable to
                                                          tell padding from members */
    const void *type;                                  /* for is_padding */
};

/* INVALID, with the members on both sides, if members overlap, are not aligned or lie
 * outside the struct, or if a byte that is not padding belongs to none of them. Without
 * is_padding only a gap that is too wide for padding is found. */
enum jangle_result jn_layout_check(const struct jn_layout *layout,
                                   struct jangle_error *error);

#endif
