/* scanner.h - the text of a pattern, token by token. */
#ifndef JN_PATTERN_SCANNER_H
#define JN_PATTERN_SCANNER_H

#include "pattern/memory.h"

enum jn_pattern_token {
    JN_PATTERN_TOKEN_END,
    JN_PATTERN_TOKEN_WORD,   /* letters, digits and _ */
    JN_PATTERN_TOKEN_NUMBER, /* what begins as one; it may be none */
    JN_PATTERN_TOKEN_TEXT,   /* with its quotes */
    JN_PATTERN_TOKEN_RAW,    /* r'...': in it a backslash is a backslash */
    JN_PATTERN_TOKEN_SIGN,   /* one character */
    JN_PATTERN_TOKEN_OPEN    /* a text that does not end */
};

struct jn_pattern_scanner {
    const char *text; /* ends with a zero */
    enum jn_pattern_token token;
    const char *start; /* of the token */
    const char *end;
};

/* Go to the next token. Before the first one, `end` is the start of the text. */
void jn_pattern_scan(struct jn_pattern_scanner *scanner);

/* Is the token this sign? */
bool jn_pattern_is_sign(const struct jn_pattern_scanner *scanner, char sign);

/* The column of a place in the text, in characters from 1. */
size_t jn_pattern_column(const struct jn_pattern_scanner *scanner, const char *at);

/* What a text says between its quotes, in memory of the pattern. A backslash before a
 * quote, a backslash, n, r, t or uXXXX is an escape; before anything else it stays, as in
 * Python. Returns NULL, or what is wrong with the text, or with memory. */
const char *jn_pattern_unquote(const struct jn_pattern_scanner *scanner,
                               struct jn_pattern_memory *memory,
                               const char **text,
                               size_t *size);

#endif
