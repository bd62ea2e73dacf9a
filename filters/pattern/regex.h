/* regex.h - regular expressions, by PCRE2. */
#ifndef JN_PATTERN_REGEX_H
#define JN_PATTERN_REGEX_H

#include "pattern/memory.h"

struct jn_pattern_regex;

/* What one match may cost, in steps of PCRE2. Most expressions need few, so a match gets
 * few at first, and more if that was not enough. */
enum { JN_PATTERN_FEW_STEPS = 1000, JN_PATTERN_MOST_STEPS = 100000 };

/* Where PCRE2 notes what it has still to try, on the stack of the caller. */
enum { JN_PATTERN_REGEX_BYTES = 160 * 1024 };

enum jn_pattern_regex_result {
    JN_PATTERN_REGEX_MATCHES,
    JN_PATTERN_REGEX_DIFFERS,
    JN_PATTERN_REGEX_MORE, /* it needs more steps */
    JN_PATTERN_REGEX_ENDED /* it needs more memory, or the text is not UTF-8 */
};

/* Compile `text` into memory of the pattern. NULL: `why` says why, unless memory ran out,
 * which memory->failed says. */
const struct jn_pattern_regex *jn_pattern_regex_compile(struct jn_pattern_memory *memory,
                                                        const char *text,
                                                        size_t size,
                                                        char *why,
                                                        size_t why_size);

/* Does it match from the start of the subject, in at most so many steps? `bytes` are
 * JN_PATTERN_REGEX_BYTES, aligned for any type. Nothing is allocated, so that the answer
 * is the same every time. */
enum jn_pattern_regex_result jn_pattern_regex_match(const struct jn_pattern_regex *regex,
                                                    const char *subject,
                                                    size_t size,
                                                    uint32_t steps,
                                                    void *bytes);

#endif
