/* prompt.h - asks a question, of a person or of a pipe, until the answer makes sense. */
#ifndef BANK_PROMPT_H
#define BANK_PROMPT_H

#include "cli/options.h"

#include <jangle/result.h>

/* The input, as far as it was read. Start with {0}. */
struct prompt {
    char bytes[1024]; /* those from `next` to `count` are still to be used */
    size_t next, count;
    bool ended; /* there is no more, or the bank was stopped */
};

/* What an answer means; false: nothing, and `problem` says why. */
typedef bool prompt_read_fn(const void *context,
                            const char *text,
                            void *value,
                            char problem[PROBLEM_SIZE]);

struct question {
    const char *text;     /* "Amount" */
    const char *empty;    /* what ENTER alone means: "back" */
    prompt_read_fn *read; /* never sees an empty text, nor one that cannot be printed */
};

/* Ask until there is an answer that makes sense. False: there is none, as ENTER was all
 * that was typed, or as the input has ended. */
bool prompt_ask(struct prompt *prompt,
                const struct question *question,
                const void *context,
                void *value);

/* Say what is wrong with an answer. Returns false. */
bool prompt_refuse(char problem[PROBLEM_SIZE], const char *format, ...)
    JANGLE_PRINTF(2, 3);

#endif
