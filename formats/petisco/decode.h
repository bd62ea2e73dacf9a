/* decode.h - reads petisco's messages, also those of its older versions. */
#ifndef JN_PETISCO_DECODE_H
#define JN_PETISCO_DECODE_H

#include <jangle/plugin/format.h>

jangle_format_decode_fn jn_petisco_decode;

/* Is that the name of a member which this format reads? */
bool jn_petisco_knows(const char *name);

#endif
