/* bson_read.h - BSON (bsonspec.org, version 1.1) as JSON. What JSON does not know becomes
 * a text: a date in RFC 3339, bytes in base64, a decimal number in its own digits, an
 * object's id in hexadecimal digits. */
#ifndef JN_MEGA_BSON_READ_H
#define JN_MEGA_BSON_READ_H

#include "common/conversion.h"

/* Do the bytes look like a document of BSON: do they say their length at their beginning,
 * and end with a zero? */
bool jn_bson_is_framed(const void *bytes, size_t size);

/* Read a document, which must be framed. INVALID: it is damaged, deeper than JSON may be,
 * or holds what has no counterpart. */
enum jangle_result jn_bson_read(const struct jn_conversion *conversion,
                                const void *bytes,
                                size_t size,
                                const char **json);

#endif
