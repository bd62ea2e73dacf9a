/* safe.h - the texts of others, made harmless for a terminal and for JSON.
 *
 * What could steer a terminal or mislead a reader is written as an escape: control
 * characters, those that change the direction of writing, those without a width, and
 * bytes that are not UTF-8. */
#ifndef ADMIN_SAFE_H
#define ADMIN_SAFE_H

#include "admin/bytes.h"

/* For people: \x1b for a byte, \u202e and \U000e0041 for a character. */
void jn_safe_put(struct jn_bytes *bytes, const char *text, size_t size);

/* A JSON string with its quotes. A byte that is not UTF-8 becomes the text \x1b. */
void jn_safe_json_string(struct jn_bytes *bytes, const char *text, size_t size);

/* A JSON text that is well formed, on one line. */
void jn_safe_json_value(struct jn_bytes *bytes, const char *text, size_t size);

bool jn_safe_is_utf8(const char *text, size_t size);

/* How many columns of a terminal a text takes that was made harmless; and how many of its
 * bytes fit into so many columns. */
size_t jn_safe_width(const char *text, size_t size);
size_t jn_safe_fit(const char *text, size_t size, size_t columns);

#endif
