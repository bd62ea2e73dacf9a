/* story.h - prints each step of the demo, and compares answer and expectation. */
#ifndef BANK_STORY_H
#define BANK_STORY_H

#include <jangle/jangle.h>

struct story {
    struct jangle *bank;
    struct jangle_outcome outcome; /* of the last command */
    int steps;
    int surprises; /* answers that were not expected */
};

/* Print the next step in words. Send its command next. */
void story_ask(struct story *story, const char *format, ...) JANGLE_PRINTF(2, 3);

/* Print the outcome of the command, and compare its result. */
void story_hear(struct story *story, enum jangle_result expected);

/* What a command about a transfer or a request must lead to. */
struct story_end {
    enum jangle_result result;
    const char *transaction_id;
    const char *state;      /* of the payment in the end */
    const char *account_id; /* of the account that pays */
    int64_t balance;        /* of that account in the end */
};

/* Print the outcome, wait for the saga, and compare what became of the payment. */
void story_follow(struct story *story, const struct story_end *expected);

#endif
