/* tale.h - a tale with a bit of everything, to be told while something fails: commands of
 * all kinds, a view, side effects, questions, replays. Afterwards every answer that was
 * given in it is compared with what is stored. */
#ifndef TALE_H
#define TALE_H

#include "support/domains/follower.h"

enum { TALE_COMMANDS = 64 };

/* What a sender was told. */
struct tale_answer {
    enum jangle_result result;
    char command_id[201];
    int64_t position;
    int events; /* that it stores if it is OK */
};

/* What a reader was told. */
struct tale_reading {
    bool told;
    int64_t position, total, events;
};

struct tale {
    struct world world; /* its configuration may be changed until tale_open */
    struct tale_answer answers[TALE_COMMANDS];
    size_t count;
    struct tale_reading readings[8];
    size_t reading_count;
};

void tale_init(struct tale *tale, bool in_file);
void tale_finish(struct tale *tale);

/* Retries come as soon as they are due, without end. */
bool tale_open(struct tale *tale);

/* What fails here is written down, and no reason to stop. */
void tale_tell(struct tale *tale);

/* With nothing failing any more: all that was said is true, all that is stored is
 * handled and shown once. */
void tale_check(struct tale *tale);

#endif
