/* text.h - texts that grow: the bodies of requests and of their answers. */
#ifndef JN_AWS_TEXT_H
#define JN_AWS_TEXT_H

#include <jangle/plugin/support.h>

/* Ends with a NUL that `size` does not count. Once memory is missing, `failed` is set and
 * nothing is added any more, so a text is written without a check behind each call. */
struct jn_aws_text {
    const struct jangle_allocator *allocator;
    char *bytes; /* NULL: it is empty */
    size_t size;
    size_t room;
    bool failed;
};

struct jn_aws_text jn_aws_text_in(const struct jangle_allocator *allocator);
void jn_aws_text_finish(struct jn_aws_text *text);
void jn_aws_text_clear(struct jn_aws_text *text);

void jn_aws_text_add_bytes(struct jn_aws_text *text, const void *bytes, size_t size);
void jn_aws_text_add(struct jn_aws_text *text, const char *more);
void jn_aws_text_add_number(struct jn_aws_text *text, int64_t number);

/* A JSON string with its quotes, of UTF-8. */
void jn_aws_text_add_json(struct jn_aws_text *text, const char *string);
void jn_aws_text_add_json_bytes(struct jn_aws_text *text, const void *bytes, size_t size);

/* "&NAME=VALUE" of a form; a '+' or a '%' of the value is written as %XX. */
void jn_aws_text_add_field(struct jn_aws_text *text, const char *name, const char *value);
void jn_aws_text_add_field_bytes(struct jn_aws_text *text,
                                 const char *name,
                                 const void *bytes,
                                 size_t size);

/* Bytes as base64, with its padding. */
void jn_aws_text_add_base64(struct jn_aws_text *text, const void *bytes, size_t size);

/* The bytes that base64 stands for. False if it is malformed or memory is missing: then
 * none are added. */
bool jn_aws_text_add_decoded(struct jn_aws_text *text, const char *base64);

/* Can Amazon carry these bytes as a text? UTF-8 of the characters that XML has, and not
 * empty. */
bool jn_aws_is_text(const void *bytes, size_t size);

/* Is it UTF-8? */
bool jn_aws_is_utf8(const void *bytes, size_t size);

#endif
