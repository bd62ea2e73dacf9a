/* talk.h - a saga that listens to what is said to it, and does as it is told. */
#ifndef TALK_H
#define TALK_H

#include "support/domains/tills.h"

/* What it is told, and what it heard. */
struct talk {
    const char *fails_at;      /* the turn of that word fails... */
    enum jangle_result result; /* ...with this; REJECTED if OK */
    int64_t retry_in_ms;       /* instead */
    int runs;
    char heard[2000];  /* "id:word id:word", by turns that came to their end */
    int64_t at_us[40]; /* of each run */
    int attempts[40];
};

extern struct talk talk;

/* Begins with paid_out, and ends with the word "bye". Three attempts, a second apart. */
extern const struct jangle_saga talk_saga;

/* Of a test: an open world with it, and nothing told. */
int talk_set_up(void **state);
int talk_tear_down(void **state);

void talk_begin(struct world *world, const char *id);
void talk_say(struct world *world, const char *till, const char *id, const char *word);

/* Over a file only. */
void talk_reopen(struct world *world);

struct jangle_left talk_left(struct world *world);
void talk_pass(struct world *world, int64_t ms);

#endif
