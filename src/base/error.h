/* error.h - one line to fail: return jn_fail(error, JANGLE_STORAGE, "%s: %s", ...); */
#ifndef JN_ERROR_H
#define JN_ERROR_H

#include <jangle/result.h>

/* Fills `error` (may be NULL) if it is still clear, and returns `result`. */
#define jn_fail jangle_error_set

/* Public calls begin with this. NULL is fine. */
void jn_error_clear(struct jangle_error *error);

/* For sentences: NULL becomes "?", too long a text is cut with "...", control characters
 * and what is not UTF-8 are shown as \xNN. Returns what may be printed as long as the
 * buffer lives, of at least 5 bytes. */
const char *jn_error_text(char *buffer, size_t size, const char *text);

/* One step of it: the character at `*at`, which moves past it, or past its first byte. */
void jn_error_character(char piece[8], const char **at);

/* Ends a text that filled its `size` bytes, and did not fit, with "...", never in the
 * middle of a character. */
void jn_error_shorten(char *text, size_t size);

#endif
