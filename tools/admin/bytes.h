/* bytes.h - a text that grows. Memory that ran out is noticed at the end. */
#ifndef ADMIN_BYTES_H
#define ADMIN_BYTES_H

#include <jangle/detail/attributes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jn_bytes {
    char *text;
    size_t size;
    size_t room;
    bool failed; /* memory ran out: nothing more is added */
};

void jn_bytes_put(struct jn_bytes *bytes, const void *text, size_t size);
void jn_bytes_text(struct jn_bytes *bytes, const char *text);
void jn_bytes_repeat(struct jn_bytes *bytes, char what, size_t times);
void jn_bytes_format(struct jn_bytes *bytes, const char *format, ...) JANGLE_PRINTF(2, 3);

/* A number, with a comma between its thousands. */
void jn_bytes_thousands(struct jn_bytes *bytes, int64_t number);

/* The text with a zero at its end, which is not counted; "" if memory ran out. */
const char *jn_bytes_string(struct jn_bytes *bytes);

/* Empty it, and keep its memory; or give that back, too. */
void jn_bytes_clear(struct jn_bytes *bytes);
void jn_bytes_free(struct jn_bytes *bytes);

#endif
