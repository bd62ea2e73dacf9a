/* story.h - tells what is asked, what is expected, and what came; and compares. */
#ifndef BANK_STORY_H
#define BANK_STORY_H

#include <jangle/jangle.h>

struct story {
    struct jangle *bank;
    struct jangle_outcome outcome; /* of the last command */
    int steps;
    int surprises;
};

/* The next step, in words. */
void story_ask(struct story *story, const char *format, ...) JANGLE_PRINTF(2, 3);

/* The answer to the command. */
void story_hear(struct story *story, enum jangle_result expected);

/* The same for a command about a transfer or a request, and what that leads to. */
struct story_end {
    enum jangle_result result;
    const char *transaction_id;
    const char *state;      /* of the payment in the end */
    const char *account_id; /* that pays, and has this in the end: */
    int64_t balance;
};

void story_follow(struct story *story, const struct story_end *expected);

#endif
