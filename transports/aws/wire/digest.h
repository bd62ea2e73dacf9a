/* digest.h - MD5, which SQS answers with, and UUIDs that are made of a text. */
#ifndef JN_AWS_DIGEST_H
#define JN_AWS_DIGEST_H

#include <stddef.h>

enum { JN_AWS_MD5_TEXT = 33, JN_AWS_UUID_TEXT = 37 };

/* MD5 (RFC 1321) in lower-case hexadecimal digits. */
void jn_aws_md5(const void *bytes, size_t size, char text[JN_AWS_MD5_TEXT]);

/* A UUID of version 5 (RFC 9562) in the namespace URL. */
void jn_aws_uuid5(const char *name, char text[JN_AWS_UUID_TEXT]);

#endif
