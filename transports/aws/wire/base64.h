/* base64.h - base64 of RFC 4648, as Amazon writes it: padded, and without line ends. */
#ifndef JN_AWS_BASE64_H
#define JN_AWS_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Decode into `bytes`, which has room for size / 4 * 3 of them. It may be the text
 * itself, because no byte is written before it was read. False: it is no base64. */
bool jn_aws_base64_read(const char *text, size_t size, char *bytes, size_t *written);

#endif
