/* bson_write.h - JSON as BSON (bsonspec.org, version 1.1). Whole numbers of 64 bits stay
 * exact, and all others are doubles. */
#ifndef JN_MEGA_BSON_WRITE_H
#define JN_MEGA_BSON_WRITE_H

#include "mega/tree.h"

/* Write an object. INVALID: a number is beyond what BSON can hold, or a text is one that
 * JSON can hold and UTF-8 without a zero cannot. */
enum jangle_result jn_bson_write(const struct jn_conversion *conversion,
                                 const struct jn_node *root,
                                 const void **bytes,
                                 size_t *size);

#endif
